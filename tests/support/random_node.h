// Made-up nodes from a seed: programs whose curves fall, are flat, or go up and down, and no two alike.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "sim/random.h"
#include "sim/steady/steady.h"

namespace dcat::sim::test {

inline int pick(Random& random, int low, int high) {
  return low + static_cast<int>(random.next() % static_cast<std::uint64_t>(high - low + 1));
}

// bumpy: IPC and misses need not rise and fall with the ways.
inline Curve random_curve(Random& random, int points, bool bumpy) {
  Curve curve;
  double ipc = 0.2 + random.uniform();
  double misses = 40 * random.uniform() * random.uniform();
  const double references = misses + 1 + 20 * random.uniform();
  const double gain = random.uniform() < 0.3 ? 0 : 0.4 * random.uniform();
  double stall = 0.9 * random.uniform();
  for (int i = 0; i < points; ++i) {
    const double bump = bumpy ? 1 + 0.1 * random.normal() : 1;
    const double shake = bumpy ? 1 + 0.05 * random.normal() : 1;
    curve.points.push_back({ipc * std::max(0.5, bump), references, std::min(references, misses * std::max(0.5, shake)),
                            stall, std::nullopt});
    const double part = gain * random.uniform();
    ipc *= 1 + part;
    misses *= 1 - part;
    stall *= 1 - part / 2;
  }
  return curve;
}

inline SteadyProgram program_of(const Curve& curve, int ways, std::string name = "p") {
  Workload workload;
  workload.kind = CurveProgram{std::make_shared<const Curve>(curve)};
  return SteadyProgram(std::move(name), workload, LlcShape{ways, 0}, 2e9);
}

inline SteadyNode random_node(Random& random, int tenants, int ways) {
  SteadyNode node;
  node.ways = Ways(ways);
  const bool bumpy = random.uniform() < 0.5;
  for (int i = 0; i < tenants; ++i) node.programs.push_back(program_of(random_curve(random, ways, bumpy), ways));
  return node;
}

// Everybody's traffic at one way, on an idle bus.
inline double traffic_at_one_way(const SteadyNode& node) {
  double traffic = 0;
  for (const SteadyProgram& program : node.programs) {
    const BusLoad load = bus_load(program.at(1), program.cycles_per_sec());
    traffic += load.bytes_per_sec_cpi / (load.core_cpi + load.stall_cpi);
  }
  return traffic;
}

// Clusters of these sizes side by side.
inline Allocation side_by_side(const std::vector<int>& sizes, std::vector<std::size_t> cluster_of) {
  Allocation allocation;
  int next = 0;
  for (const int size : sizes) {
    allocation.masks.push_back(Cbm::run(WayIndex(next), Ways(size)));
    next += size;
  }
  allocation.cluster_of = std::move(cluster_of);
  return allocation;
}

}  // namespace dcat::sim::test
