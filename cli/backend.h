// The back end of a run on files: this machine's cache allocation, through resctrl, libpqos or not at all.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cat/cache_control.h"
#include "cli/run_plan.h"

namespace dcat::cli {

// `cgroup_of` gives the absolute path of a container's cgroup, "" when it is gone. unsupported: this machine or this
// build does not have it.
Result<std::unique_ptr<CacheControl>> open_backend(const RunPlan& plan,
                                                   std::function<std::string(const ContainerId&)> cgroup_of);

}  // namespace dcat::cli
