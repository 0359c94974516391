// layout: where the ways of a Plan lie.
//
// Problem: per domain, give every dedicated partition and the shared region one contiguous run of ways, together
// exactly the domain's available ways, so that the fewest ways move. A way moves when a group gets it that did not
// have it: moved = sum over dedicated partitions and the shared region of |new - old|.
// Constraints: tied ways are never split and lie in the shared region unless that is empty; within that, the shared
// region covers as many shareable ways as any order of the groups lets it (shareable ways at an end of the domain: as
// many as its size allows).
// Approach: exact search over the orders of the groups (cat/tiling.h).
// Ties: the previous order from the lowest way up, then by GroupId, so that the result is a function of its arguments.
// A policy's masks that overlap each other are laid as the plan has them, the shared region at one end
// (end_for_shared).
#pragma once

#include "cat/geometry.h"
#include "cat/masks.h"
#include "cat/plan.h"
#include "core/result.h"

namespace dcat {

// REQUIRES: plan's domains are the geometry's. Error (failed): the sizes do not add up to the domain's ways, a size is
// below min_cbm_bits, no order satisfies the constraints, or a group without a partition has no shared region to be in.
// Members are the plan's.
Result<Masks> layout(const Plan& plan, const Geometry& geometry, const Masks& previous);

// Where the shared region of `size` lies beside partitions that overlap each other: at the end that has tied ways,
// else at that which I/O devices fill, else at the top.
Cbm end_for_shared(const DomainGeometry& geometry, Ways size);

// How many ways `after` gives to groups that did not have them in `before`, over all domains; groups whose mask is
// the shared region's are not counted apart from it.
Ways moved_ways(const Masks& before, const Masks& after);

}  // namespace dcat
