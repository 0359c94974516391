// Where the v1 hierarchies of cpu and cpuset are (hybrid machines), from libcgroup where it is built in, else from
// mountinfo; and what a container may use of the CPUs by its own limits.
//
// libcgroup 2.0 names a mount for a controller of the cgroup2 tree too: what it says is taken only if a v1 file system
// is there. It reads the mounts once in a process's life. The cgroup2 tree is walked without it, and nothing is ever
// written: its cgcreate leaves controllers switched on in the root.
#pragma once

#include <string>
#include <string_view>

namespace dcat {

struct CgroupV1 {
  std::string cpu, cpuset;  // where they are mounted; empty: no v1 hierarchy has the controller
  bool operator==(const CgroupV1&) const = default;
};

// From the text of a mountinfo file.
CgroupV1 parse_cgroup_v1(std::string_view mountinfo);
// Of this process's view.
CgroupV1 find_cgroup_v1();
bool built_with_libcgroup();

// The share of the node's CPUs, 0..1, that a container's own limits leave it: the smaller of the quota (cpu.max; v1:
// cpu.cfs_quota_us / cpu.cfs_period_us) and the CPUs it may run on (cpuset.cpus.effective; v1: cpuset.cpus), where
// there are fewer than all. v1 is asked at the same `path` where the cgroup2 tree has no such file. 0: no limit. What
// weights (cpu.weight, cpu.shares) give is no limit.
double read_cpu_share(const std::string& cgroup_root, const CgroupV1& v1, const std::string& path, int online_cpus);

}  // namespace dcat
