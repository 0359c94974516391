// diff: the ordered writes that lead from observed to desired masks.
//
// Order: create groups; shrink every mask to what old and new have in common; move containers out of groups that
// go, remove those (and only now create the groups for which no CLOS was left); then, where too little is in common,
// jump through free ways in several steps (narrowing a neighbour or the shared region for the time being where no way
// is free, see cat/domain_steps.h); then widen to the new masks; move containers into their groups last, when their
// masks stand.
// Partitions that are to overlap each other are kept apart from nobody: each is written its mask at once, unless that
// meets an isolated group's; then they wait in the shared region until that one has moved.
// An isolated group's partition meets nobody's mask at any step. Its threads move as everybody's do.
// A throttle is written with the group's last masks, or alone where those stay.
// A group whose mask overlaps the shared region's is not dedicated and may overlap it at every step.
// The observed masks may be any: what overlaps already may go on to until it is put right, nothing else comes to.
#pragma once

#include "cat/changes.h"
#include "cat/geometry.h"
#include "cat/masks.h"
#include "core/result.h"

namespace dcat {

// REQUIRES: desired came from layout for this geometry. diff(x, x) is empty.
// Containers that are in observed.members and not in desired.members go to the default group.
// `isolated`: groups whose ways are nobody else's, ascending; where such a group's target is the shared region's it has
// none.
// Error (failed): no sequence of legal masks leads from observed to desired without an overlap (every way is taken by
// partitions at their least size, and there is no shared region to exchange places with or all are isolated); the
// caller keeps the observed masks.
Result<Changes> diff(const Masks& observed, const Masks& desired, const Geometry& geometry,
                     const std::vector<GroupId>& isolated = {});

// The masks after `change`, for tests, for the simulated node and for advice. A group that was just created has an
// empty mask in every domain until it is written; members of a removed group are in the default group. Domains and
// groups that are not there are not written.
void apply_change(Masks& masks, const Change& change);

}  // namespace dcat
