// Shapes that several policies share: sizes of clusters to masks, and the checks before.
#pragma once

#include <cstddef>
#include <vector>

#include "controller/policies/policy.h"

namespace dcat {

// Disjoint contiguous masks, the first cluster from the top way downwards (the ways that I/O fills are low in
// curves' machines and high in others; nobody is told). REQUIRES: the sizes add up to at most the ways.
Allocation lay_out(const std::vector<int>& sizes, std::vector<std::size_t> cluster_of, Ways ways);

// Everybody in one cluster with all ways.
Allocation all_in_one(const PolicyInput& input);

// Each tenant a cluster of its own.
Allocation partitions(const std::vector<int>& sizes, Ways ways);

// An error when each tenant cannot have a partition of its own.
Status partitions_fit(const PolicyInput& input, std::string_view policy);
// An error when a curve is missing.
Status curves_known(const PolicyInput& input, std::string_view policy);

// The least ways with which the tenant's IPC stays at or above its floor; `least` without a floor. Never more than the
// contract (or `least`, where that is more).
int floor_ways(const PolicyInput& input, std::size_t tenant);
// The most ways up to `ways` with which it does: curves are not monotone, and more can be worse. REQUIRES: ways >=
// floor_ways.
int most_ways_above_floor(const PolicyInput& input, std::size_t tenant, int ways);

}  // namespace dcat
