#include "sim/steady/steady.h"

#include <algorithm>
#include <cmath>

#include "sim/contention.h"
#include "sim/occupancy.h"

namespace dcat::sim {
namespace {

constexpr double kMostStallFactor = 1e6;
constexpr int kMostSteps = 100;
constexpr double kShareTolerance = 1e-9;  // ways
constexpr double kLeastBracket = 1e-12;   // of log u

// Whether any two masks are equal or have no way in common.
bool disjoint_or_equal(const std::vector<Cbm>& masks) {
  for (std::size_t i = 0; i < masks.size(); ++i)
    for (std::size_t k = i + 1; k < masks.size(); ++k)
      if (masks[i].overlaps(masks[k]) && masks[i] != masks[k]) return false;
  return true;
}

void share_by_mask(const SteadyNode& node, const Allocation& allocation, std::vector<double>& held) {
  std::vector<const SteadyProgram*> members;
  std::vector<std::size_t> who;
  std::vector<double> parts;
  for (std::size_t c = 0; c < allocation.masks.size(); ++c) {
    const Cbm mask = allocation.masks[c];
    if (std::find(allocation.masks.begin(), allocation.masks.begin() + static_cast<std::ptrdiff_t>(c), mask) !=
        allocation.masks.begin() + static_cast<std::ptrdiff_t>(c))
      continue;  // its tenants were counted with the first cluster of this mask
    members.clear();
    who.clear();
    for (std::size_t i = 0; i < node.programs.size(); ++i) {
      if (allocation.masks[allocation.cluster_of[i]] != mask) continue;
      members.push_back(&node.programs[i]);
      who.push_back(i);
    }
    parts.assign(members.size(), 0);
    share_cluster(members, mask.size().count, parts);
    for (std::size_t k = 0; k < who.size(); ++k) held[who[k]] = parts[k];
  }
}

// Leaves in `held` the parts at the root of `split` (the sum of the parts less the ways) over log u in [low, high].
// Newton, kept inside the bracket. A curve that is not monotone makes a part jump with u: there is no root then, and
// the parts before and after the jump are mixed such that they fill the ways.
template <class Split>
void find_split(Split&& split, const double& slope, double low, double high, std::span<double> held) {
  double x = (low + high) / 2;
  for (int step = 0; step < kMostSteps && high - low > kLeastBracket; ++step) {
    const double excess = split(x);
    if (std::abs(excess) <= kShareTolerance) return;
    (excess < 0 ? low : high) = x;
    const double newton = slope > 0 ? x - excess / slope : low;
    // Every third step halves: a jump is not found by tangents.
    x = newton > low && newton < high && step % 3 != 2 ? newton : (low + high) / 2;
  }
  const double above = split(high);
  if (above <= 0) return;
  std::vector<double> at_high(held.begin(), held.end());
  const double below = split(low);
  if (below >= 0) return;
  for (std::size_t i = 0; i < held.size(); ++i) held[i] += (at_high[i] - held[i]) * -below / (above - below);
}

}  // namespace

void share_cluster(std::span<const SteadyProgram* const> programs, double ways, std::span<double> held) {
  if (programs.empty()) return;
  if (programs.size() == 1) {
    held[0] = ways;
    return;
  }
  double slope = 0;
  const auto split = [&](double log_u) {
    const double u = std::exp(log_u);
    double sum = slope = 0;
    for (std::size_t i = 0; i < programs.size(); ++i) {
      const SteadyProgram::Held part = programs[i]->held_with(u, ways);
      sum += held[i] = part.ways;
      slope += part.per_log_u;
    }
    return sum - ways;
  };
  // With the u at which the fastest inserter holds an even part, nobody holds more; with the slowest's, nobody less.
  const double even = ways / static_cast<double>(programs.size());
  double low = kMostLogU;
  double high = kLeastLogU;
  for (const SteadyProgram* program : programs) {
    const double rate = program->insertions_per_sec(even);
    const double log_u = rate > 0 ? std::clamp(std::log(even / rate), kLeastLogU, kMostLogU) : kMostLogU;
    low = std::min(low, log_u);
    high = std::max(high, log_u);
  }
  // A curve need not fall everywhere: then the bracket may be wrong, and the widest one is right.
  if (split(low) > 0) low = kLeastLogU;
  if (split(high) < 0) split(high = kMostLogU);
  find_split(split, slope, low, high, held);
  double sum = 0;
  for (const double part : held) sum += part;
  for (double& part : held) {
    if (sum > ways)
      part *= ways / sum;
    else
      part += (ways - sum) / static_cast<double>(held.size());
  }
}

BusLoad bus_load(const ProgramPoint& point, double cycles_per_sec) {
  const double cpi = 1 / point.ipc;
  return {cpi * (1 - point.stall_ratio), cpi * point.stall_ratio,
          cycles_per_sec * point.misses_per_ki / 1000 * kLineBytes};
}

double stall_factor(std::span<const BusLoad> loads, double bytes_per_sec) {
  if (bytes_per_sec <= 0) return 1;
  double factor = 1;
  // Newton on 1 / traffic, which is concave and grows with L: from the left it never oversteps, and a single program's
  // is a straight line.
  for (int step = 0; step < kMostSteps; ++step) {
    double traffic = 0;
    double slope = 0;
    for (const BusLoad& load : loads) {
      const double ipc = 1 / (load.core_cpi + factor * load.stall_cpi);
      const double part = load.bytes_per_sec_cpi * ipc;
      traffic += part;
      slope += part * load.stall_cpi * ipc;
    }
    if (traffic <= bytes_per_sec * (1 + kTrafficTolerance)) return factor;
    if (slope <= 0) return kMostStallFactor;
    factor += (traffic / bytes_per_sec - 1) * traffic / slope;
    if (factor >= kMostStallFactor) return kMostStallFactor;
  }
  return factor;
}

SteadyState settle(const SteadyNode& node, const Allocation& allocation) {
  const std::size_t count = node.programs.size();
  std::vector<double> held(count, 0);
  if (disjoint_or_equal(allocation.masks)) {
    share_by_mask(node, allocation, held);
  } else {
    std::vector<Filler> fillers;
    for (std::size_t i = 0; i < count; ++i)
      fillers.push_back({allocation.masks[allocation.cluster_of[i]],
                         [&program = node.programs[i]](double ways) { return program.insertions_per_sec(ways); },
                         [&program = node.programs[i]](double own, double u, double most) {
                           return program.ways_held_beside(own, u, most);
                         }});
    held = share_ways(fillers);
  }
  SteadyState state;
  std::vector<BusLoad> loads;
  for (std::size_t i = 0; i < count; ++i) {
    state.tenants.push_back({held[i], node.programs[i].at(held[i]), 0});
    loads.push_back(bus_load(state.tenants.back().point, node.programs[i].cycles_per_sec()));
  }
  state.stall_factor = stall_factor(loads, node.memory_bytes_per_sec);
  for (std::size_t i = 0; i < count; ++i)
    state.tenants[i].ipc = state.stall_factor == 1  // the table's own number, not its inverse's inverse
                               ? state.tenants[i].point.ipc
                               : 1 / (loads[i].core_cpi + state.stall_factor * loads[i].stall_cpi);
  return state;
}

}  // namespace dcat::sim
