// The best sum: of values, or of what misses the floors. Exact, with and without a ceiling of the bus.
//
// With a ceiling a configuration has one stall factor L (sim/steady/steady.h). The search cuts the range of L into
// intervals. In [a, b] a cluster is worth at most what it is worth at L = a, and asks at least for the traffic that it
// asks for at L = b, which together must not be above the ceiling: that is an additive problem with one constraint,
// whose Lagrangian relaxation is dynamic programming again (plan.h) and bounds every configuration with L in [a, b]. An
// interval whose bound is not above the best found is done; of the others the configurations above it are walked
// through, the tables bounding what is left; where those are many, the interval is halved. Without a ceiling: one
// interval, [1, 1], and no multiplier. A limit of the depth is a second constraint, with a fixed multiplier.
#pragma once

#include "sim/oracle/judge.h"

namespace dcat::sim {

struct Problem {
  const ClusterTable& table;
  const StateSpace& space;
  Judge& judge;
};

struct Found {
  Picks picks;  // empty: cut before anything was found
  Merit merit;
  double bound = 0;  // of the sum; infinite where the search was cut before there was one
  bool exact = true;
};

// f(tenants, members) of every cluster at every size, as plan.h wants scores.
template <class F>
Scores scores_of(const ClusterTable& table, int least, F&& f) {
  const std::size_t stride = static_cast<std::size_t>(table.ways()) + 1;
  Scores scores(table.items() * stride, kForbidden);
  for (std::size_t item = 0; item < table.items(); ++item)
    for (int w = least; w <= table.ways(); ++w)
      scores[item * stride + static_cast<std::size_t>(w)] = f(table.tenants(item), table.members(item, w));
  return scores;
}
// Bytes a second that a cluster moves, and what it misses of its floors.
double traffic_at(std::span<const Member> members, double stall_factor);
double depth_at(const Judge& judge, std::span<const std::uint16_t> tenants, std::span<const Member> members,
                double stall_factor);
// A factor that no configuration exceeds: a power of 2.
double greatest_factor(const Problem& problem);
inline constexpr double kGreatestFactor = 1e6;  // of the model; the traffic is then above the ceiling all the same
inline constexpr double kTrafficSlack = 1e-7;   // of the ceiling; stall_factor stops within 1e-9

// bound: minus the least depth that there could be.
Found least_depth(const Problem& problem);
// Among configurations whose depth is at most `depth` (within kTie). `known` is one of them.
Found greatest_value(const Problem& problem, double depth, const Picks& known);

}  // namespace dcat::sim
