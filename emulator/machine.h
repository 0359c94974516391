// Machine: the RDT machine that the emulated node pretends to be, and the kernel that runs on it. Plain values.
//
// Emulated: no number that comes from here was measured on hardware.
#pragma once

#include <cstdint>
#include <vector>

#include "cat/cbm.h"
#include "cat/throttle.h"
#include "core/ids.h"
#include "core/units.h"

namespace dcat::emulator {

// Which kernel's resctrl is answered with. Texts, task lists, renames and file formats differ.
enum class Kernel {
  linux_6_1,   // one task a write, no rename, no sparse_masks
  linux_6_12,  // lists of tasks, mon groups are renamed, sparse_masks
};

struct MachineDomain {
  DomainId id;
  std::vector<int> cpus;  // ascending; no CPU is in two domains
};

struct Machine {
  Ways ways{20};
  std::uint64_t way_bytes = 9 * 256 * 1024;
  int closids = 16;         // of L3, the default group's included; halved where CDP is on
  int mb_closids = 16;      // of MB, with `mba`
  int rmids = 64;           // the default group's included
  int min_cbm_bits = 1;     // 0: empty masks are legal (AMD)
  Cbm shareable;            // ways that I/O fills too
  bool sparse = false;      // masks need not be contiguous (sparse_masks = 1)
  bool mba = false;         // memory bandwidth allocation, in percent
  ThrottleSteps throttles;  // with `mba`
  bool cdp = false;         // the file system is mounted with `cdp`
  bool monitoring = true;
  bool tied = false;  // the top two ways are taken together: a mask with one of them reads back with both
  std::uint64_t max_threshold_occupancy = 0;  // bytes; 0: the machine's default, one RMID's share of the cache
  Kernel kernel = Kernel::linux_6_12;
  std::vector<MachineDomain> domains{{DomainId{0}, {0}}};  // ascending by id, ids have gaps
};

}  // namespace dcat::emulator
