// Lookups in masks: binary searches, since everything is in order.
#include "cat/masks.h"

#include <algorithm>

namespace dcat {

const DomainMasks* find_domain(const Masks& masks, DomainId id) {
  const auto found = std::ranges::lower_bound(masks.domains, id, {}, &DomainMasks::id);
  return found != masks.domains.end() && found->id == id ? &*found : nullptr;
}

const Cbm* find_mask(const DomainMasks& domain, const GroupId& group) {
  if (group.is_shared_region()) return &domain.shared;
  const auto found = std::ranges::lower_bound(domain.groups, group, {}, &GroupMask::group);
  return found != domain.groups.end() && found->group == group ? &found->mask : nullptr;
}

Throttle throttle_of(const DomainMasks* domain, const GroupId& group) {
  if (domain == nullptr) return kUnthrottled;
  const auto found = std::ranges::lower_bound(domain->groups, group, {}, &GroupMask::group);
  return found != domain->groups.end() && found->group == group ? found->throttle : kUnthrottled;
}

GroupId group_of(const std::vector<Member>& members, const ContainerId& container) {
  const auto found = std::ranges::lower_bound(members, container, {}, &Member::container);
  return found != members.end() && found->container == container ? found->group : GroupId{};
}

}  // namespace dcat
