// Where the cgroup trees are, from the text of /proc/self/mountinfo (proc(5),
// Documentation/filesystems/proc.rst 3.5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace dcat {

struct CgroupMounts {
  // The tree that containers are found in. The cgroup2 tree: /sys/fs/cgroup, on a hybrid machine
  // /sys/fs/cgroup/unified; without cgroup2 the v1 perf_event hierarchy.
  std::string unified;
  // Where the v1 perf_event hierarchy is mounted, if it is. Then, and only then, events are opened below it:
  // the kernel takes perf_event away from the unified tree. Container runtimes use the same paths in both.
  std::optional<std::string> perf_event_v1;

  const std::string& perf_root() const { return perf_event_v1 ? *perf_event_v1 : unified; }
  bool operator==(const CgroupMounts&) const = default;
};

// unsupported: neither cgroup2 nor v1's perf_event is mounted. Lines that are no mountinfo are passed over, as the
// kernel may add to it. Of several cgroup2 mounts the first that shows the whole tree is taken, else the first.
Result<CgroupMounts> parse_cgroup_mounts(std::string_view mountinfo);

// Of a mountinfo file, "/proc/self/mountinfo" for this process's view.
Result<CgroupMounts> read_cgroup_mounts(const std::string& mountinfo_path);

// Where the v1 hierarchy with this controller is mounted, the whole tree preferred; nothing if none has it.
std::optional<std::string> find_v1_mount(std::string_view mountinfo, std::string_view controller);

}  // namespace dcat
