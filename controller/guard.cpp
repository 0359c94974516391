#include "controller/guard.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace dcat {

namespace {

using Refusal = std::optional<std::string>;

std::string label(const DomainId& domain, const GroupId& group) {
  return fmt::format("domain {}, {}", domain.value,
                     group.is_shared_region() ? std::string("shared region") : "group " + group.value);
}

Refusal check_mask(const DomainGeometry& geometry, const GroupId& group, Cbm mask, Ways planned) {
  const auto who = [&] { return label(geometry.id, group); };  // masks are right nearly always
  if (mask.size() != planned)
    return fmt::format("{}: mask {} has {} ways, planned {}", who(), format_cbm(mask), mask.size().count,
                       planned.count);
  if (mask.empty() && group.is_shared_region() && geometry.shared_may_be_empty) return std::nullopt;
  if (mask.size() < geometry.min_cbm_bits)
    return fmt::format("{}: mask {} has fewer than {} ways", who(), format_cbm(mask), geometry.min_cbm_bits.count);
  if (!mask.contiguous()) return fmt::format("{}: mask {} is not contiguous", who(), format_cbm(mask));
  if (!geometry.available.contains(mask))
    return fmt::format("{}: mask {} leaves the available ways {}", who(), format_cbm(mask),
                       format_cbm(geometry.available));
  for (const Cbm tied : geometry.tied)
    if (mask.overlaps(tied) && !mask.contains(tied & geometry.available))
      return fmt::format("{}: mask {} splits the tied ways {}", who(), format_cbm(mask), format_cbm(tied));
  return std::nullopt;
}

Refusal check_domain(const DomainMasks& masks, const DomainPlan& plan, const DomainGeometry& geometry) {
  if (const Refusal wrong = check_mask(geometry, GroupId{}, masks.shared, plan.shared)) return wrong;
  Cbm taken = masks.shared;
  for (const PartitionSize& partition : plan.dedicated) {
    const Cbm* mask = find_mask(masks, partition.group);
    if (mask == nullptr) return label(plan.id, partition.group) + ": has no mask";
    if (const Refusal wrong = check_mask(geometry, partition.group, *mask, partition.ways)) return wrong;
    if (mask->overlaps(plan.overlapping.empty() ? taken : masks.shared))
      return fmt::format("{}: mask {} overlaps another partition", label(plan.id, partition.group), format_cbm(*mask));
    taken = taken | *mask;
  }
  for (const GroupMask& group : masks.groups) {
    if (group.mask == masks.shared) continue;
    if (!std::ranges::binary_search(plan.dedicated, group.group, {}, &PartitionSize::group))
      return fmt::format("{}: has no ways planned, and its mask {} is not the shared region's {}",
                         label(plan.id, group.group), format_cbm(group.mask), format_cbm(masks.shared));
  }
  if (plan.overlapping.empty() && taken != geometry.available)
    return fmt::format("domain {}: masks cover {}, available are {}", plan.id.value, format_cbm(taken),
                       format_cbm(geometry.available));
  return std::nullopt;
}

Refusal check_throttles(const DomainMasks& masks, const DomainGeometry& geometry) {
  for (const GroupMask& group : masks.groups) {
    if (group.throttle == kUnthrottled || (geometry.throttles && geometry.throttles->takes(group.throttle))) continue;
    return fmt::format("{}: this machine cannot give it {} % of its memory bandwidth", label(masks.id, group.group),
                       group.throttle.percent);
  }
  return std::nullopt;
}

// Where it has no partition it is in the shared region, and there is nothing to keep apart.
Refusal check_isolated(const DomainMasks& masks, const DomainPlan& plan, const GroupId& group) {
  if (!std::ranges::binary_search(plan.dedicated, group, {}, &PartitionSize::group)) return std::nullopt;
  const Cbm mine = *find_mask(masks, group);
  const auto meets = [&](const GroupMask& other) { return other.group != group && other.mask.overlaps(mine); };
  if (!mine.overlaps(masks.shared) && std::ranges::none_of(masks.groups, meets)) return std::nullopt;
  return fmt::format("{}: is isolated, and its mask {} overlaps another", label(plan.id, group), format_cbm(mine));
}

std::size_t count_groups(const Plan& plan) {
  std::vector<std::string_view> groups;
  for (const Member& m : plan.members) groups.push_back(m.group.value);
  for (const DomainPlan& d : plan.domains)
    for (const PartitionSize& s : d.dedicated) groups.push_back(s.group.value);
  std::sort(groups.begin(), groups.end());
  return static_cast<std::size_t>(std::unique(groups.begin(), groups.end()) - groups.begin());
}

}  // namespace

std::optional<std::string> guard(const Masks& masks, const Plan& plan, const Geometry& geometry,
                                 const std::vector<Floor>& floors, const std::vector<GroupId>& isolated) {
  if (const auto groups = count_groups(plan); groups + 1 > static_cast<std::size_t>(std::max(1, geometry.closids)))
    return fmt::format("{} groups and the default one need more than {} CLOSIDs", groups, geometry.closids);
  for (const DomainPlan& plan_here : plan.domains) {
    const DomainGeometry* geometry_here = geometry.find(plan_here.id);
    const DomainMasks* masks_here = find_domain(masks, plan_here.id);
    if (geometry_here == nullptr || masks_here == nullptr)
      return fmt::format("domain {}: not there", plan_here.id.value);
    if (const Refusal wrong = check_domain(*masks_here, plan_here, *geometry_here)) return wrong;
    if (const Refusal wrong = check_throttles(*masks_here, *geometry_here)) return wrong;
    for (const GroupId& group : isolated)
      if (const Refusal wrong = check_isolated(*masks_here, plan_here, group)) return wrong;
  }
  for (const GroupId& group : isolated)
    if (std::ranges::count(plan.members, group, &Member::group) > 1)
      return "group " + group.value + " is isolated and has more than one member";
  if (plan.domains.size() != geometry.domains.size())
    return fmt::format("{} domains are planned of {}", plan.domains.size(), geometry.domains.size());
  for (const Floor& floor : floors) {
    const DomainMasks* here = find_domain(masks, floor.domain);
    const Cbm* mask = here == nullptr ? nullptr : find_mask(*here, floor.group);
    const Ways size = mask == nullptr ? Ways(0) : mask->size();
    if (size < floor.ways)
      return fmt::format("{}: {} ways are below its floor of {}", label(floor.domain, floor.group), size.count,
                         floor.ways.count);
  }
  return std::nullopt;
}

}  // namespace dcat
