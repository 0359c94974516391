#include "controller/sight.h"

#include <algorithm>

namespace dcat {

namespace {

// A mask that is neither what was there nor what we asked for was written by somebody else, at a time unknown.
bool stirred(const Cbm& now, const DomainMasks* before, const DomainMasks* desired, const GroupId& group) {
  const auto same = [&](const DomainMasks* masks) {
    const Cbm* mask = masks == nullptr ? nullptr : find_mask(*masks, group);
    return mask != nullptr && *mask == now;
  };
  return before != nullptr && !same(before) && !same(desired);
}

std::vector<GroupId> groups_in(const Masks& masks) {
  std::vector<GroupId> groups;
  for (const DomainMasks& domain : masks.domains)
    for (const GroupMask& g : domain.groups) groups.push_back(g.group);
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return groups;
}

void mark_overlaps(DomainSight& sight) {
  std::vector<GroupSight*> all{&sight.shared};
  for (GroupSight& g : sight.groups) all.push_back(&g);
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = i + 1; j < all.size(); ++j)
      if (all[i]->mask.overlaps(all[j]->mask)) {
        // The shared region is shared whoever else is in it; only a partition loses by an overlap.
        if (i != 0) all[i]->disjoint = false;
        all[j]->disjoint = false;
      }
}

DomainSight look_at(const DomainId& id, const std::vector<GroupId>& groups, const ControllerState& state,
                    const Observation& o) {
  const DomainMasks* now = find_domain(o.masks, id);
  const DomainMasks* before = find_domain(state.observed, id);
  const DomainMasks* desired = find_domain(state.desired, id);
  const auto sight_of = [&](const GroupId& group) {
    GroupSight g{group, {}, {}, true, false, throttle_of(now, group)};
    const Cbm* mask = now == nullptr ? nullptr : find_mask(*now, group);
    if (mask != nullptr) g.mask = *mask;
    g.ways = g.mask.size();
    g.stirred = stirred(g.mask, before, desired, group);
    return g;
  };
  DomainSight sight;
  sight.shared = sight_of(GroupId{});
  for (const GroupId& group : groups) sight.groups.push_back(sight_of(group));
  mark_overlaps(sight);
  return sight;
}

}  // namespace

Sight look(const ControllerState& state, const Observation& o) {
  Sight sight;
  sight.groups = groups_in(o.masks);
  for (const DomainState& domain : state.domains) sight.domains.push_back(look_at(domain.id, sight.groups, state, o));
  sight.group_of.assign(state.containers.size(), -1);
  auto member = o.masks.members.begin();
  for (std::size_t c = 0; c < state.containers.size() && member != o.masks.members.end(); ++c) {
    while (member != o.masks.members.end() && member->container < state.containers[c]) ++member;
    if (member == o.masks.members.end() || member->container != state.containers[c]) continue;
    const auto group = std::lower_bound(sight.groups.begin(), sight.groups.end(), member->group);
    if (group != sight.groups.end() && *group == member->group)
      sight.group_of[c] = static_cast<std::int16_t>(group - sight.groups.begin());
  }
  return sight;
}

}  // namespace dcat
