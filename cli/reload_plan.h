// What becomes of a configuration that is read again while its run goes on: what of it can be taken at once, what only
// a restart takes up, and why it is refused. Nothing is changed here.
//
// Taken: the loop's times and parameters, mode, fallback, tenants, what owners may ask for (hooks: wishes, most_ways,
// most_priority, prepared), kubernetes.feature_file, curves. Everything else keeps the value that the run began with
// and is named. Whole or not at all: what would be in force then is checked as a configuration of its own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/run_plan.h"

namespace dcat::cli {

struct Reload {
  RunPlan plan;                      // in force from now on
  std::vector<std::string> changed;  // keys, in the order of a configuration
  std::vector<std::string> later;    // keys whose new values need a restart
};

// `in_force`: the plan of this run. `least`: the ways of the smallest L3, where they are known. bad_input with every
// mistake; unsupported: a mode that this run cannot have.
Result<Reload> plan_reload(const RunArguments& arguments, const RunPlan& in_force, std::optional<Ways> least);

}  // namespace dcat::cli
