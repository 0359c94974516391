// Random geometries, plans and masks for the property tests. What they are made of shrinks to the smallest
// case.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/cat/builders.h"
#include "tests/support/property.h"

namespace dcat::testing {

// One to three domains with gaps between their ids, 4 to 20 ways each, I/O ways and tied ways at either end.
inline DomainGeometry random_domain(int id) {
  DomainGeometry domain;
  domain.id = DomainId{id};
  domain.min_cbm_bits = Ways(pick(1, 2));
  const int ways = pick(4, 20);
  domain.available = Cbm::run(WayIndex(pick(3)), Ways(ways));
  const Ways io(pick(3));
  const bool top = pick(2) == 0;
  const WayIndex lowest = domain.available.lowest();
  domain.shareable = Cbm::run(top ? lowest + (Ways(ways) - io) : lowest, io);
  if (io == 2_ways && one_in(3)) domain.tied.push_back(domain.shareable);
  domain.shared_may_be_empty = one_in(4);
  return domain;
}
inline Geometry random_geometry() {
  Geometry geometry;
  geometry.closids = 16;
  int id = 0;
  for (int n = pick(1, 3); n > 0; --n) {
    geometry.domains.push_back(random_domain(id));
    id += pick(1, 4);
  }
  return geometry;
}

inline std::vector<GroupId> random_groups(int most) {
  std::vector<GroupId> groups;
  for (int i = 0; i < most; ++i)
    if (pick(3) != 0) groups.push_back(GroupId{std::string(1, static_cast<char>('a' + i))});
  return groups;
}
inline std::vector<Member> random_members(const std::vector<GroupId>& groups) {
  std::vector<Member> members;
  for (int i = 0; i < 6 && !groups.empty(); ++i)
    if (pick(3) != 0)
      members.push_back({ContainerId{"c" + std::to_string(i)},
                         groups[static_cast<std::size_t>(pick(static_cast<int>(groups.size())))]});
  return members;
}

// The least number of ways that the shared region may have in a plan.
inline int least_shared(const DomainGeometry& domain) {
  int least = domain.min_cbm_bits.count;
  for (const Cbm& set : domain.tied) least = std::max(least, set.size().count);
  return least;
}

// Some of the groups get partitions, in all of the domain's ways; the rest of them and of the ways are
// shared.
inline DomainPlan random_domain_plan(const DomainGeometry& domain, const std::vector<GroupId>& groups) {
  DomainPlan plan{domain.id, {}, Ways(least_shared(domain))};
  int left = domain.ways().count - plan.shared.count;
  for (const GroupId& group : groups) {
    if (left < domain.min_cbm_bits.count || one_in(5)) continue;
    const int most = std::min(left, one_in(3) ? 8 : 2);
    const int ways = pick(domain.min_cbm_bits.count, std::max(most, domain.min_cbm_bits.count));
    plan.dedicated.push_back({group, Ways(ways)});
    left -= ways;
  }
  if (one_in(2) && !plan.dedicated.empty())
    plan.dedicated.back().ways += Ways(left);
  else
    plan.shared += Ways(left);
  return plan;
}
inline Plan random_plan(const Geometry& geometry, const std::vector<GroupId>& groups) {
  Plan plan;
  for (const DomainGeometry& domain : geometry.domains) plan.domains.push_back(random_domain_plan(domain, groups));
  plan.members = random_members(groups);
  return plan;
}

// The masks of a plan with the partitions in any order, the shared region among them.
inline DomainMasks random_order(const DomainPlan& plan, const DomainGeometry& domain,
                                const std::vector<GroupId>& groups) {
  std::vector<std::pair<GroupId, Ways>> left = {{GroupId{}, plan.shared}};
  for (const PartitionSize& partition : plan.dedicated) left.emplace_back(partition.group, partition.ways);
  std::map<GroupId, Cbm> placed;
  for (WayIndex next = domain.available.lowest(); !left.empty();) {
    const auto at = left.begin() + pick(static_cast<int>(left.size()));
    placed[at->first] = Cbm::run(next, at->second);
    next = next + at->second;
    left.erase(at);
  }
  DomainMasks masks{domain.id, placed[GroupId{}], {}};
  for (const GroupId& group : groups)
    masks.groups.push_back({group, placed.contains(group) ? placed[group] : masks.shared});
  return masks;
}
inline Masks random_layout(const Geometry& geometry, const std::vector<GroupId>& groups) {
  const Plan plan = random_plan(geometry, groups);
  Masks masks;
  for (std::size_t i = 0; i < plan.domains.size(); ++i)
    masks.domains.push_back(random_order(plan.domains[i], geometry.domains[i], groups));
  masks.members = plan.members;
  return masks;
}

inline std::vector<GroupId> some_of(const std::vector<GroupId>& groups) {
  std::vector<GroupId> some;
  for (const GroupId& group : groups)
    if (one_in(3)) some.push_back(group);
  return some;
}

// As a policy's: the isolated groups of the plan have partitions, on either side of the ways that the others share as
// they like; the shared region lies at an end.
inline DomainMasks random_overlap(const DomainPlan& plan, const DomainGeometry& domain,
                                  const std::vector<GroupId>& groups, const std::vector<GroupId>& isolated) {
  const auto own = [&](const GroupId& group) { return std::ranges::count(isolated, group) > 0; };
  DomainMasks masks = random_order(plan, domain, groups);
  masks.shared = Cbm::run(domain.available.lowest() + (domain.ways() - plan.shared), plan.shared);
  WayIndex next = domain.available.lowest();
  Ways rest = domain.ways() - plan.shared;
  for (const PartitionSize& s : plan.dedicated)
    if (own(s.group)) rest -= s.ways;
  const int before = pick(static_cast<int>(plan.dedicated.size()) + 1);
  WayIndex first_of_rest = next;
  int at = 0;
  for (const PartitionSize& s : plan.dedicated) {
    if (at++ == before) first_of_rest = next, next = next + rest;
    if (!own(s.group)) continue;
    std::ranges::find(masks.groups, s.group, &GroupMask::group)->mask = Cbm::run(next, s.ways);
    next = next + s.ways;
  }
  if (at <= before) first_of_rest = next;
  for (GroupMask& group : masks.groups) {
    const auto planned = std::ranges::find(plan.dedicated, group.group, &PartitionSize::group);
    if (planned == plan.dedicated.end()) group.mask = masks.shared;
    if (planned == plan.dedicated.end() || own(group.group)) continue;
    const Ways size(pick(domain.min_cbm_bits.count, rest.count));
    group.mask = Cbm::run(first_of_rest + Ways(pick((rest - size).count + 1)), size);
  }
  return masks;
}

// What a foreign writer may leave: any bits, or legal masks that have nothing to do with each other.
inline Masks random_mess(const Geometry& geometry, const std::vector<GroupId>& groups, bool legal) {
  const auto any = [&](const DomainGeometry& domain) {
    if (!legal) return Cbm(static_cast<std::uint64_t>(pick(1 << 24)));
    const int least = domain.min_cbm_bits.count;
    const int size = pick(least, std::min(domain.ways().count, 6));
    return Cbm::run(WayIndex(pick(domain.ways().count - size + 1)), Ways(size));
  };
  Masks masks;
  for (const DomainGeometry& domain : geometry.domains) {
    DomainMasks in{domain.id, any(domain), {}};
    for (const GroupId& group : groups)
      if (!one_in(8)) in.groups.push_back({group, any(domain)});
    masks.domains.push_back(in);
  }
  std::vector<GroupId> there;
  for (const GroupId& group : groups)
    if (std::ranges::any_of(masks.domains, [&](const DomainMasks& in) { return find_mask(in, group) != nullptr; }))
      there.push_back(group);
  masks.members = random_members(there);
  return masks;
}

}  // namespace dcat::testing
