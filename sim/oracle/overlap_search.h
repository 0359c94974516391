// Masks that may overlap in part: the best that a local search finds, no worse than any allocation it is given.
//
// A configuration is one contiguous mask a group of tenants. Everything given is judged as sim/steady judges it
// (settle), and the best of it is what there is to beat. Then, from the best clustering with two of its clusters laid
// side by side in every order that matters, and from the best few of what was given, the first better neighbour is
// taken until there is none. Neighbours: an end of a mask moved by one way, a mask moved by one, a tenant moved under
// another mask or under one of its own (its group's, or that with an end moved), two groups under one of their masks or
// under the hull of both. Groups of masks that overlap are settled on their own and remembered, which is what makes a
// look cheap; what comes out is judged whole once more.
//
// Bounded: at most kMostLooks configurations from the clustering and as many from each allocation.
#pragma once

#include <span>

#include "sim/oracle/judge.h"

namespace dcat::sim {

inline constexpr int kMostLooks = 600;

struct Judged {
  Allocation allocation;
  Merit merit;
};

// Whether two masks are neither equal nor disjoint.
bool overlaps_in_part(const Allocation& allocation);
Merit judge_whole(const SteadyNode& node, Judge& judge, const Allocation& allocation);

// At least as good as `best` and every start. `best`: disjoint clusters, side by side from way 0.
Judged search_overlaps(const SteadyNode& node, Judge& judge, const Judged& best, std::span<const Allocation> starts);

}  // namespace dcat::sim
