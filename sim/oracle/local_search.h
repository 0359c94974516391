// Clusters beyond the reach of exact methods: the best that hill climbing finds, with a bound that is true but loose.
//
// From one cluster of everybody and, where it exists, from the best partition: the first neighbour that is better is
// taken, until there is none. Neighbours: a way given to another cluster or to nobody, a tenant moved to another
// cluster or to one of its own, two clusters made one.
#pragma once

#include "sim/oracle/judge.h"

namespace dcat::sim {

struct Cluster {
  std::vector<std::uint16_t> tenants;
  int ways = 0;
};

struct Climbed {
  std::vector<Cluster> clusters;
  Merit merit;
};

Climbed climb(const SteadyNode& node, Judge& judge, std::vector<Cluster> start);
// Of the value (judge.h) of any masks at all, overlapping ones too: what tenants hold adds up to the ways at most, so
// handing out ways in fractions along the concave hulls of their curves is at least as good. Unfairness 1.
double loose_bound(const SteadyNode& node, const Judge& judge);

}  // namespace dcat::sim
