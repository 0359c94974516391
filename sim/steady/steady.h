// The steady model: a mix of programs as it stands, without time. Who holds what of the cache, how fast everybody runs.
//
// Sharing: in a mask that several fill, each holds in proportion to the lines that it inserts a second at what it
// holds, on an idle bus (a saturated bus slows everybody's insertions, which is left out here and not in sim/model.h:
// the split of a cluster then depends on the cluster alone, so that searches can compute it once). One mask for
// several, or disjoint masks: a fast root (share_cluster). Masks that overlap in part: sim/occupancy.h.
// Bus: as sim/contention.h. One factor L >= 1 multiplies everybody's stalled cycles such that the traffic is the
// ceiling. Newton from L = 1 on 1 / traffic, which is concave and grows with L, so the steps never overshoot.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "controller/policies/policy.h"
#include "sim/steady/program.h"

namespace dcat::sim {

struct SteadyNode {
  Ways ways;
  Ways least{1};
  int closids = 16;
  double memory_bytes_per_sec = 0;      // 0: no ceiling
  std::vector<SteadyProgram> programs;  // the tenants, in order
};

struct SteadyTenant {
  double ways_held = 0;
  ProgramPoint point;  // on an idle bus
  double ipc = 0;      // on this one
  bool operator==(const SteadyTenant&) const = default;
};

struct SteadyState {
  std::vector<SteadyTenant> tenants;
  double stall_factor = 1;
};

// How `ways` split among programs that may all fill them. Adds up to `ways`; nobody below 0; where all fit and nobody
// misses, what is left is split evenly.
void share_cluster(std::span<const SteadyProgram* const> programs, double ways, std::span<double> held);

// What one program asks of the bus, and how its stalls slow it.
struct BusLoad {
  double core_cpi = 0;
  double stall_cpi = 0;
  double bytes_per_sec_cpi = 0;  // traffic = this / CPI
};
BusLoad bus_load(const ProgramPoint& point, double cycles_per_sec);
// L: 1 while the traffic is below the ceiling, or there is none. Where programs without stalls alone exceed it, the
// greatest factor that the model knows (1e6).
double stall_factor(std::span<const BusLoad> loads, double bytes_per_sec);

// REQUIRES: the allocation is legal and names every program.
SteadyState settle(const SteadyNode& node, const Allocation& allocation);

}  // namespace dcat::sim
