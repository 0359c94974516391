// Which L3 caches the node has and which CPUs are behind them, from sysfs (Documentation/ABI/testing/
// sysfs-devices-system-cpu, "cache/indexX"). Reads only.
//
// An L3's id is the kernel's, the one resctrl uses: unique, with gaps, no socket number. CPUs that are
// offline are left out; so are CPUs without an L3 (low-power cores have been built so), with a note.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cat/geometry.h"
#include "core/ids.h"
#include "core/result.h"
#include "core/units.h"

namespace dcat {

struct L3Cache {
  DomainId id;
  Ways ways;                     // 0 = not known
  std::uint64_t size_bytes = 0;  // 0 = not known
  std::vector<int> cpus;         // online, ascending
  bool operator==(const L3Cache&) const = default;
};

struct CacheTopology {
  std::vector<L3Cache> caches;  // ascending by id
  std::map<int, DomainId> domain_of_cpu;
  std::vector<std::string> notes;  // for people: what is left out or assumed
};

// `cpu_root` is /sys/devices/system/cpu. unsupported: no online CPU has an L3, or an L3 has neither id nor a
// list of its CPUs. Where an L3 has no id (old kernels, some that are not x86), its lowest CPU's number is
// taken and noted: good enough to tell caches apart, but not an id that resctrl would know.
Result<CacheTopology> read_cache_topology(const std::string& cpu_root);

// What dCat could hand out if this node had cache allocation; for advice only. Assumed, and on most machines
// so: all ways available, none shared with I/O, masks of one way and more, and enough CLOSes for a partition
// of every way beside the default group. unsupported: the number of ways is not known or above 64.
Result<Geometry> assumed_geometry(const CacheTopology& topology);

}  // namespace dcat
