// Where a container's threads are and which CPUs are its own: what the papi source has to know and the kernel's cgroup
// mode would not ask. Reads cgroup files only.
//
// A CPU is a container's own when its cpuset (its nearest ancestor's, where it has none) names it and no other
// container's does, and the cpuset is less than all CPUs. Processes outside every watched container may still run
// there; what they do is counted as the container's.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/result.h"

namespace dcat {

// Of a cgroup and all below it, ascending, up to `most` of them and one more, which says that there are too many. A
// cgroup that is gone has none. v1's `tasks` stands in for cgroup.threads.
Result<std::vector<pid_t>> read_threads(const std::string& cgroup_directory, std::size_t most);

// The cpuset of a container by the files of any of `roots` (the v2 tree, v1's cpuset hierarchy). Absent: no root
// says, so that every CPU is meant.
std::optional<std::set<int>> read_cpuset(const std::vector<std::string>& roots, const ContainerId& container);

// The containers that have CPUs of their own. `cpusets` has an entry for every watched container.
std::map<ContainerId, std::set<int>> own_cpus(const std::map<ContainerId, std::optional<std::set<int>>>& cpusets,
                                              const std::set<int>& online);

// The CPU that a thread ran on last (proc(5), /proc/pid/stat, field 39). Absent: the thread is gone.
std::optional<int> read_last_cpu(const std::string& proc_root, pid_t thread);

}  // namespace dcat
