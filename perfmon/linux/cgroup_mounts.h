// Where the cgroup trees are, from the text of /proc/self/mountinfo (proc(5),
// Documentation/filesystems/proc.rst 3.5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace dcat {

struct CgroupMounts {
  std::string unified;  // the cgroup2 tree: /sys/fs/cgroup, on a hybrid machine /sys/fs/cgroup/unified
  // Where the v1 perf_event hierarchy is mounted, if it is. Then, and only then, events are opened below it:
  // the kernel takes perf_event away from the unified tree. Container runtimes use the same paths in both.
  std::optional<std::string> perf_event_v1;

  const std::string& perf_root() const { return perf_event_v1 ? *perf_event_v1 : unified; }
  bool operator==(const CgroupMounts&) const = default;
};

// unsupported: there is no cgroup2 mount. Lines that are no mountinfo are passed over, as the kernel may add
// to it. Of several cgroup2 mounts the first that shows the whole tree is taken, else the first.
Result<CgroupMounts> parse_cgroup_mounts(std::string_view mountinfo);

// Of a mountinfo file, "/proc/self/mountinfo" for this process's view.
Result<CgroupMounts> read_cgroup_mounts(const std::string& mountinfo_path);

}  // namespace dcat
