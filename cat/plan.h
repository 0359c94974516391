// A Plan says how many ways each group gets in each L3 domain, and who is in which group. Integers only: where the
// ways lie is layout's business, but for policies whose partitions overlap.
//
// Properties of a plan that guard accepts, per domain: the sizes of the dedicated partitions and of the shared region
// add up to the domain's ways, unless partitions overlap; every size is at least min_cbm_bits (the shared region's may
// be 0 where the geometry allows that); the number of distinct groups over all domains is below Geometry::closids.
#pragma once

#include <utility>
#include <vector>

#include "cat/cbm.h"
#include "cat/throttle.h"
#include "core/ids.h"
#include "core/units.h"

namespace dcat {

struct PartitionSize {
  GroupId group;
  Ways ways;
  bool operator==(const PartitionSize&) const = default;
};

struct GroupThrottle {
  GroupId group;
  Throttle throttle;
  bool operator==(const GroupThrottle&) const = default;
};

struct DomainPlan {
  DomainId id;
  std::vector<PartitionSize> dedicated;  // ascending by group; a group that is not listed lives in the shared region
  Ways shared;
  // A policy's own masks, one a group of `dedicated` and in its order, where they overlap each other; empty: layout
  // finds masks that do not.
  std::vector<Cbm> overlapping{};
  std::vector<GroupThrottle> throttles{};  // ascending by group; a group that is not listed is not throttled
  bool operator==(const DomainPlan&) const = default;
};

struct Member {
  ContainerId container;
  GroupId group;
  auto operator<=>(const Member&) const = default;
};

struct Plan {
  std::vector<DomainPlan> domains;  // ascending by id
  std::vector<Member> members;      // ascending by container; a container that is not listed is in the default group
  bool operator==(const Plan&) const = default;
};

}  // namespace dcat
