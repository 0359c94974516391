// A recorded node as a scenario: what `dcat run --record` wrote becomes tenants that other policies can be tried on.
//
// The core runs over the trace once more. Each container's phases, as the core tells them apart, become the tenant's
// phases in the order and for the time that they were seen; periods in which it did not run are idle. What was measured
// of a phase at each number of ways (means over its periods) is the phase's curve: between measured sizes a straight
// line (sizes that others filled too count where it had none of its own in that phase), beyond them nothing is known
// and the nearest measured size goes on. A trace recorded at one size only, in observe for example, therefore says that
// cache does not matter; `sizes_seen` tells how much to believe. A tenant is one CPU with the cycles a second that it
// used, in the domain where it used most.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "core/result.h"
#include "core/units.h"
#include "sim/spec.h"

namespace dcat::sim {

struct RecordedNode {
  Scenario scenario;
  Duration interval{};                            // the recording's control period
  std::map<std::string, std::size_t> sizes_seen;  // by tenant: greatest number of sizes of one phase
};

// `text`: a whole trace. Errors (bad_input): `file:line: what is wrong`; no period in it; nobody whose IPC was
// measured.
Result<RecordedNode> scenario_of_trace(const std::string& text, const std::string& file_name);

}  // namespace dcat::sim
