// guard: the last look before anything is written. What it refuses keeps the masks as observed, with the reason.
//
// Checks, per domain: masks are the plan's sizes, contiguous, at least min_cbm_bits and within the available ways;
// dedicated partitions are disjoint from each other and from the shared region, and together all available ways, but
// for a policy's that overlap each other; an isolated group has one member and meets no other mask at all; no tied set
// is split; nobody is below its floor; there are fewer groups than CLOSIDs; a throttle is one that the domain's MBA
// takes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cat/geometry.h"
#include "cat/masks.h"
#include "cat/plan.h"

namespace dcat {

// The least a group may have in a domain; the empty group is the shared region.
struct Floor {
  DomainId domain;
  GroupId group;
  Ways ways;
};

// nullopt: the masks may be written. Otherwise: what is wrong with them.
std::optional<std::string> guard(const Masks& masks, const Plan& plan, const Geometry& geometry,
                                 const std::vector<Floor>& floors, const std::vector<GroupId>& isolated = {});

}  // namespace dcat
