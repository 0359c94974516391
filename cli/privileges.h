// What a run keeps of the privileges that it was started with (capabilities(7)); whatever it does not need is gone
// before anybody is listened to. It stays uid 0: the kernel lets nobody else move other users' threads between resctrl
// groups (resctrl.rst, "tasks"), whatever capabilities.
//
// Twice: before any thread is made, what no part of a run needs; when all is open, what only opening needed. Threads
// that read what strangers send keep none (hooks/no_capabilities.h), and libpqos' thread what the first time left. What
// the run was not given is not missed here: parts that need it say so themselves.
#pragma once

#include <set>
#include <string>

#include "cli/run_plan.h"

namespace dcat::cli {

// Capabilities by their names without CAP_, as libcap-ng spells them: dac_override.
using Capabilities = std::set<std::string>;

// Anything that a run of this plan may need, also only to open its node.
Capabilities needed_to_open(const RunPlan& plan);
// Whether this kernel wants CAP_SYS_ADMIN where newer ones are content with less: tried, not told by its version.
struct OldKernel {
  bool perf = false;  // CAP_PERFMON does not open events
  bool bpf = false;   // CAP_BPF does not make maps
};
// From then on, in all modes: counters are opened for containers that come, and the mode may change to enforce.
// `counters`: the source's name.
Capabilities needed_to_run(const RunPlan& plan, const std::string& counters, OldKernel kernel);

// In the thread that runs the loop. What cannot be dropped is a warning: the run is as safe as its service manager made
// it.
void drop_before_opening(const RunPlan& plan);
void drop_after_opening(const RunPlan& plan, const std::string& counters);

}  // namespace dcat::cli
