// Contention: what each program in one L3 domain gets of the cache and of the memory bus, and how fast it
// runs then.
//
// Occupancy: sim/occupancy.h. Bus: a miss moves one line of 64 bytes. When the demanded traffic is above the
// domain's ceiling, one factor >= 1 multiplies the memory-stall part of everybody's CPI, such that the
// traffic equals the ceiling: a saturated bus delays all alike. Never is anybody faster than on an idle bus.
// A program without any stall part cannot be slowed so; if such programs alone exceed the ceiling, it is
// exceeded.
#pragma once

#include <vector>

#include "cat/cbm.h"
#include "sim/spec.h"
#include "sim/workload.h"

namespace dcat::sim {

inline constexpr double kLineBytes = 64;
inline constexpr double kTrafficTolerance = 1e-9;  // of the ceiling; 1e-5 where masks overlap in part

struct Runner {
  Cbm mask;                   // that its occupancy follows
  const Workload* workload;   // never null
  double cycles_per_sec = 0;  // over its CPUs in this domain
  double slow_factor = 1;     // on its whole CPI
};

struct Rates {
  double ways_held = 0;
  double cycles_per_sec = 0;
  double instructions_per_sec = 0;
  double references_per_sec = 0;
  double misses_per_sec = 0;
};

struct Contention {
  std::vector<Rates> rates;  // by index of the runners
  double stall_factor = 1;
};

Contention contend(const std::vector<Runner>& runners, const DomainSpec& domain);

}  // namespace dcat::sim
