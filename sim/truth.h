// Truth: what the model knows and a controller must not see. For summaries, comparisons and tests.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "cat/cbm.h"
#include "core/ids.h"

namespace dcat::sim {

// Cumulative since the tenant arrived, over all domains. The difference of two rows is an interval.
struct TruthRow {
  ContainerId tenant;
  bool present = false;   // arrived and not yet gone; the row of who is gone stays
  std::size_t phase = 0;  // index into the tenant's phases
  double instructions = 0;
  double cycles = 0;
  // What the same cycles would have retired with exactly the contract's ways, nobody else on the node and no
  // slow interval, each in the phase it was in. 0 for a tenant without a contract.
  double instructions_at_contract = 0;
  // What they would have retired with whatever number of ways is best for each phase: what speedup is measured against.
  double instructions_at_best = 0;
};

// Mean IPC over the interval, 1 = the IPC at the contract, alone. Absent without a contract or without a
// cycle in between.
inline std::optional<double> normalised_ipc(const TruthRow& before, const TruthRow& after) {
  const double at_contract = after.instructions_at_contract - before.instructions_at_contract;
  if (at_contract <= 0) return std::nullopt;
  return (after.instructions - before.instructions) / at_contract;
}

inline std::optional<double> ipc(const TruthRow& before, const TruthRow& after) {
  const double cycles = after.cycles - before.cycles;
  if (cycles <= 0) return std::nullopt;
  return (after.instructions - before.instructions) / cycles;
}

// How a tenant stands in one domain at this moment.
struct Standing {
  ContainerId tenant;
  DomainId domain;
  Cbm mask;  // that its occupancy follows: a mask that was just written does not show yet
  double ways_held = 0;
  double ipc = 0;  // 0 asleep
  double misses_per_sec = 0;
  double stall_factor = 1;  // of the domain's bus
};

}  // namespace dcat::sim
