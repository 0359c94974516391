// What is asked of every policy alike: which node, which contracts, which floor, which goal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/parameters.h"
#include "core/units.h"
#include "sim/experiment/mixes.h"
#include "sim/oracle/oracle.h"
#include "sim/spec.h"

namespace dcat::sim {

// A node for mixes: one L3 domain, every tenant one CPU.
struct MixNode {
  Ways ways;
  Ways least{1};
  int closids = 16;
  std::uint64_t way_bytes = 2'621'440;  // 27.5 MiB in 11 ways; shows in occupancies only
  double memory_bytes_per_sec = 0;      // 0: no ceiling
  double hertz = 2.1e9;
  // One number a tenant, ways in proportion, rounded down and at least 1, the rest to the first tenants; empty: all
  // alike. Fewer numbers than tenants start again from the first: 4,2,1,1 over six tenants is 4,2,1,1,4,2.
  // Where a mask of its own for everybody is more than there is: see contracts_of.
  std::vector<int> contract_weights;
};

// By tenant; 0: no contract. Where not everybody can have `least` ways, those with the greatest weights (of equal ones
// the first) have a contract of `least` each, as many as leave `least` ways to all others together.
std::vector<Ways> contracts_of(const MixNode& node, std::size_t tenants);

// What the oracle and those who keep floors aim at.
struct Goal {
  Objective objective = Objective::throughput;
  bool floors = false;  // IPC >= (1 - tolerance) x IPC at the contract
  // What counts as a violation, too: one number for all policies, whatever dCat's own parameters are.
  double tolerance = 0.05;
};

// When tenants change program, in mixes over time.
struct PhaseChanges {
  Duration shortest{};
  Duration longest{};
  bool operator==(const PhaseChanges&) const = default;
};

struct TimeFrame {
  int periods = 300;
  Duration period = std::chrono::seconds(1);
  std::optional<PhaseChanges> phases;  // absent: each tenant stays with its program
  bool one_at_a_time = false;  // after each time from that range one tenant changes, drawn evenly, all others stay
  double noise_ratio = 0;
  std::uint64_t seed = 1;
};

// The tenants of a mix as a scenario: ids are "01:program" and so on. A tenant that changes program draws the next one
// evenly from the file's others, and how long it stays evenly from the whole seconds between the two bounds; all from
// the seed, a stream a tenant. One at a time: who changes and when is a stream of its own. L1 loads per instruction are
// not in curve files: each program gets a number of its own from 0.15 to 0.50 by its name, the same with any number of
// ways, as a real program has.
Scenario scenario_of(const Mix& mix, const CurveTable& curves, const MixNode& node, const std::vector<Ways>& contracts,
                     const TimeFrame& frame);

// Deviation of a counter's increment between two reads, as real programs show it: docs/simulator.md says how it was
// measured.
inline constexpr double kMeasuredNoise = 0.041;

// The made-up L1 loads per instruction of a program.
double stand_in_loads(const std::string& program);

SteadyNode steady_node_of(const Mix& mix, const CurveTable& curves, const MixNode& node);

}  // namespace dcat::sim
