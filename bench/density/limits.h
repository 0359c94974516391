// Limits of containers by v1 controllers (cpu, cpuset), as container runtimes set them on hybrid machines, through
// libcgroup. A limited container has a v1 group of the same path as its cgroup2 directory.
#pragma once

#include <sys/types.h>

#include <string>

#include "core/result.h"

namespace dcat::bench {

struct Limits {
  int quota_pct = 0;  // of one CPU; 0: no cpu group
  std::string cpus;   // "0-1"; empty: no cpuset group
  bool any() const { return quota_pct > 0 || !cpus.empty(); }
};

// unsupported: built without libcgroup. REQUIRES: limits.any().
Status start_limits();
// Makes the groups of `name` ("dcat-bench.1/fleet/c0001") and puts the process into them.
Status limit(const std::string& name, const Limits& limits, pid_t process);
// Removes the groups of `name` and everything below; no error where there are none, or no libcgroup.
Status unlimit(const std::string& name);

}  // namespace dcat::bench
