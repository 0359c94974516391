// Contention: what each program in one L3 domain gets of the cache and of the memory bus, and how fast it
// runs then.
//
// Occupancy: sim/occupancy.h. Bus: a miss moves one line of 64 bytes. When the demanded traffic is above the
// domain's ceiling, one factor >= 1 multiplies the memory-stall part of everybody's CPI, such that the
// traffic equals the ceiling: a saturated bus delays all alike. Never is anybody faster than on an idle bus.
// A program without any stall part cannot be slowed so; if such programs alone exceed the ceiling, it is
// exceeded.
//
// Throttle (MBA): a core under p % sends at most p % of kCoreBytesPerSec to the L3, hits and misses alike; who would
// send less anyway is not slowed. At 100 % there is no bound but the program's own.
#pragma once

#include <vector>

#include "cat/cbm.h"
#include "sim/spec.h"
#include "sim/workload.h"

namespace dcat::sim {

inline constexpr double kLineBytes = 64;
inline constexpr double kTrafficTolerance = 1e-9;  // of the ceiling; 1e-5 where masks overlap in part

// What a core can move from the L3 or beyond it at most: ten lines in flight (it has ten L1 fill buffers) that each
// take 87 ns from memory, as sim/workload.cpp has them.
inline constexpr double kCoreBytesPerSec = 10 * kLineBytes / 87e-9;

struct Runner {
  Cbm mask;                            // that its occupancy follows
  const Workload* workload;            // never null
  double cycles_per_sec = 0;           // over its CPUs in this domain
  double slow_factor = 1;              // on its whole CPI
  double most_references_per_sec = 0;  // over its CPUs, by its throttle; 0 = it is not throttled
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
