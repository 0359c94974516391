// From references and misses to IPC: the simulator's model of a parametric program (docs/simulator.md, "A program").
// CPI = core + stall, core = base CPI + references per instruction x 50 cycles / p, stall = misses per instruction x
// 150 cycles / p: 50 cycles to the L3 and 200 to memory (Xeon E5-2697 v4), p accesses in flight at a time.
#pragma once

#include "sim/curves.h"

namespace dcat::llc {

inline constexpr double kL3HitCycles = 50;
inline constexpr double kMissCycles = 150;  // that a miss waits longer than a hit

struct CostModel {
  double base_cpi = 0.7;     // cycles per instruction without any LLC access; as the `zipf` program
  double parallelism = 1.5;  // LLC accesses in flight; as the `zipf` program
  double hertz = 2.3e9;
  double bytes_per_miss = 64;
  bool operator==(const CostModel&) const = default;
};

// REQUIRES: misses <= references, both per instruction.
inline sim::CurvePoint point_of(const CostModel& model, double references, double misses) {
  const double core = model.base_cpi + references * kL3HitCycles / model.parallelism;
  const double stall = misses * kMissCycles / model.parallelism;
  sim::CurvePoint p;
  p.ipc = 1 / (core + stall);
  p.references_per_ki = 1000 * references;
  p.misses_per_ki = 1000 * misses;
  p.stall_ratio = stall / (core + stall);
  p.bandwidth_mb_per_sec = misses * model.bytes_per_miss * p.ipc * model.hertz / 1e6;
  return p;
}

}  // namespace dcat::llc
