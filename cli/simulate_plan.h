// What the arguments of `dcat simulate` and the files they name come to, before anything runs.
#pragma once

#include <string>

#include "cli/commands.h"
#include "core/result.h"
#include "sim/sweep/job.h"

namespace dcat::cli {

// The files that a run reads.
std::vector<std::string> inputs_of(const SimulateArguments& arguments);

// Reads the files. Errors: bad_input, with every mistake of a file.
Result<sim::Experiment> plan_simulation(const SimulateArguments& arguments);

}  // namespace dcat::cli
