// Names of things. All are ordered: the core breaks every tie by them, so that the same input gives the same bytes.
#pragma once

#include <compare>
#include <string>

namespace dcat {

// A container or virtual machine, by a name that is stable for its life and unique on the node (a cgroup path
// below the hierarchy's root, or a scenario's tenant).
struct ContainerId {
  std::string value;
  auto operator<=>(const ContainerId&) const = default;
};

// An L3 cache, by the kernel's cache id (/sys/devices/system/cpu/cpuN/cache/index3/id): unique, with gaps, and not
// a socket number.
struct DomainId {
  int value = 0;
  auto operator<=>(const DomainId&) const = default;
};

// A group of containers that share one class of service (CLOS): a resctrl directory without its prefix, a COS of
// libpqos. The empty name is the default group, which holds the shared region.
struct GroupId {
  std::string value;
  auto operator<=>(const GroupId&) const = default;
  bool is_shared_region() const { return value.empty(); }
};

}  // namespace dcat
