// Workloads: what a program does to the cache, and what the cache does to the program, as a function of the
// ways that it holds.
//
// CPI = core part + memory-stall part. The core part is what remains when every miss is served at once; the
// stall part is the wait for an idle memory bus (a busy one multiplies it: sim/contention.h). Parametric
// kinds:
//   core  = base CPI + references/instruction x L3 hit cycles / parallelism
//   stall = misses/instruction x cycles from the L3 to memory and back / parallelism
// The constants stand in workload.cpp, each with its reason.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "sim/curves.h"

namespace dcat::sim {

struct LlcShape {
  int ways = 20;
  std::uint64_t way_bytes = 0;
};

// Of a working set: in ways of the cache it runs on, or in bytes.
struct SetSize {
  double ways = 0;
  std::uint64_t bytes = 0;  // counts when `ways` is 0
  double in_ways(const LlcShape& shape) const;
};

// Random reads, evenly over a working set: miss ratio = 1 - min(1, ways / set).
struct Mlr {
  SetSize set;
};
// Sequential reads of what never comes back: every reference misses, with any number of ways.
struct Mload {};
// Computes; its LLC references are far below what counts as use of the cache.
struct Lookbusy {};
// Look-ups of `items` equal items that fill the set, popularity of the i-th ~ i^-theta. The most popular
// items that fit are in the cache: hit ratio = their popularity.
class Zipf {
 public:
  // REQUIRES: items >= 1, theta >= 0.
  Zipf(SetSize set, std::uint64_t items, double theta);
  const SetSize& set() const { return set_; }
  double theta() const { return theta_; }
  // The popularity of the first `count` items, 0..1; fractions of an item count for their part.
  double popularity(double count) const;
  double hit_ratio(double ways, const LlcShape& shape) const;

 private:
  double mass(double count) const;  // sum over i <= count of i^-theta

  SetSize set_;
  double items_;
  double theta_;
  std::shared_ptr<const std::vector<double>> head_;  // mass(0), mass(1), ... of the first items
  double total_ = 1;
};
struct CurveProgram {
  std::shared_ptr<const Curve> curve;
};

using WorkloadKind = std::variant<Mlr, Mload, Lookbusy, Zipf, CurveProgram>;

struct Workload {
  WorkloadKind kind = Lookbusy{};
  // Override the kind's own. Phases are told apart by the first.
  std::optional<double> memory_accesses_per_instruction;
  std::optional<double> references_per_instruction;  // not for curves
};

struct WorkloadPoint {
  double core_cpi = 1;
  double stall_cpi = 0;
  double references_per_instruction = 0;
  double misses_per_instruction = 0;
  // With `stall_factor` >= 1 times the wait for memory.
  double cpi(double stall_factor = 1) const { return core_cpi + stall_factor * stall_cpi; }
};

// REQUIRES: ways >= 0.
WorkloadPoint evaluate(const Workload& workload, double ways, const LlcShape& shape);

// The greatest IPC at any size, alone on an idle bus: of a curve's points; of the parametric kinds, with the whole
// cache.
double best_ipc(const Workload& workload, const LlcShape& shape);

// L1 data loads per instruction: a property of the code, not of the ways. Kinds and parameters differ in it.
// Absent for a curve that the scenario gave none.
std::optional<double> memory_accesses_per_instruction(const Workload& workload, const LlcShape& shape);

// The fraction of the cycles that wait for memory in a program with this IPC and so many misses, where nobody
// measured it: one miss at a time, at most 0.9.
double estimated_stall_ratio(double ipc, double misses_per_ki);

}  // namespace dcat::sim
