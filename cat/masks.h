// Masks: which ways every group may fill, how far it is throttled, and who is in which group. The same shape holds what
// is desired and what is observed on the node.
#pragma once

#include <string>
#include <vector>

#include "cat/cbm.h"
#include "cat/plan.h"
#include "cat/throttle.h"
#include "core/ids.h"

namespace dcat {

struct GroupMask {
  GroupId group;
  Cbm mask;
  Throttle throttle{};
  bool operator==(const GroupMask&) const = default;
};

struct DomainMasks {
  DomainId id;
  Cbm shared;                     // the default group's mask
  std::vector<GroupMask> groups;  // ascending by group; every group of ours, dCat's partitions and those that have no
                                  // ways of their own in this domain (their mask is the shared region's). The
                                  // default group is never throttled by us, and what others do to it is theirs
  bool operator==(const DomainMasks&) const = default;
};

struct Masks {
  std::vector<DomainMasks> domains;  // ascending by id
  std::vector<Member> members;       // ascending by container; not listed = default group
  bool operator==(const Masks&) const = default;
};

// nullptr when the domain or group is not there. The default group's mask is found under GroupId{}.
const DomainMasks* find_domain(const Masks& masks, DomainId id);
const Cbm* find_mask(const DomainMasks& domain, const GroupId& group);
// Not throttled where the domain or group is not there.
Throttle throttle_of(const DomainMasks* domain, const GroupId& group);
// The group a container is in; the default group when it is not listed.
GroupId group_of(const std::vector<Member>& members, const ContainerId& container);

}  // namespace dcat
