// What the observed masks mean for each container: the ways it could fill during the period, and whether alone.
#pragma once

#include <cstdint>
#include <vector>

#include "cat/masks.h"
#include "controller/observation.h"
#include "controller/step.h"

namespace dcat {

struct GroupSight {
  GroupId group;
  Cbm mask;
  Ways ways;             // of the mask
  bool disjoint = true;  // overlaps no other group's mask
  bool stirred = false;  // somebody else changed it within the period: it shows a mixture of two sizes
  Throttle throttle{};   // in force at the period's end
  bool operator==(const GroupSight&) const = default;
};

struct DomainSight {
  GroupSight shared;
  std::vector<GroupSight> groups;  // ascending by group
};

struct Sight {
  std::vector<std::int16_t> group_of;  // per container: index into `groups`, -1 = the shared region
  std::vector<GroupId> groups;         // ascending
  std::vector<DomainSight> domains;    // by domain index; groups in the order of `groups`

  const GroupSight& at(std::size_t domain, std::size_t container) const {
    const std::int16_t g = group_of[container];
    return g < 0 ? domains[domain].shared : domains[domain].groups[static_cast<std::size_t>(g)];
  }
};

Sight look(const ControllerState& state, const Observation& observation);

}  // namespace dcat
