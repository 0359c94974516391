// On which CPUs a container may run: cpuset.cpus.effective of its cgroup (cgroup-v2.rst, "Cpuset Interface Files"), or,
// where there is no such file or it is no limit, what the affinities of its threads come to together (sched_setaffinity
// pins VMs' threads without a cpuset).
#pragma once

#include <string>
#include <vector>

#include "core/result.h"

namespace dcat {

// Ascending. `all` are the node's, ascending. Empty: it has no threads, or is gone. Error: it cannot be read.
Result<std::vector<int>> read_container_cpus(const std::string& cgroup, const std::vector<int>& all);

}  // namespace dcat
