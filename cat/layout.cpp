#include "cat/layout.h"

#include <algorithm>
#include <bitset>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "cat/tiling.h"

namespace dcat {
namespace {

constexpr int kMostWays = 64;

// A dedicated partition or the shared region (the empty GroupId) before it has a place.
struct Piece {
  const GroupId* group;
  Ways size;
  Cbm before;
};

std::string ways_text(Ways n) {
  return std::to_string(n.count) + (n.count == 1 ? " way" : " ways");
}

Error refuse(DomainId domain, std::string why) {
  return Error{ErrorCode::failed, "lay out L3 domain " + std::to_string(domain.value), std::move(why), "", 0};
}

// Every group that the plan names, in order.
std::vector<GroupId> groups_of(const Plan& plan) {
  std::vector<GroupId> groups;
  const auto add = [&groups](const GroupId& group) {
    if (group.is_shared_region()) return;
    const auto at = std::ranges::lower_bound(groups, group);
    if (at == groups.end() || *at != group) groups.insert(at, group);
  };
  for (const DomainPlan& domain : plan.domains)
    for (const PartitionSize& partition : domain.dedicated) add(partition.group);
  for (const Member& member : plan.members) add(member.group);
  return groups;
}

// What is wrong with the sizes; nothing when they can be laid.
std::optional<Error> check_sizes(const DomainPlan& plan, const DomainGeometry& geometry) {
  if (!geometry.available.contiguous()) return refuse(plan.id, "its available ways are not one run");
  const Ways least = std::max(geometry.min_cbm_bits, 1_ways);
  Ways sum = plan.shared;
  const GroupId* last = nullptr;
  for (const PartitionSize& partition : plan.dedicated) {
    if (partition.group.is_shared_region() || (last != nullptr && !(*last < partition.group)))
      return refuse(plan.id, "its partitions are not in the order of their names");
    last = &partition.group;
    if (partition.ways < least)
      return refuse(plan.id, "partition " + partition.group.value + " has " + ways_text(partition.ways) +
                                 ", the machine takes no less than " + std::to_string(least.count));
    sum += partition.ways;
  }
  const bool empty_is_fine = geometry.shared_may_be_empty && plan.shared == 0_ways;
  if (plan.shared < least && !empty_is_fine)
    return refuse(plan.id, "the shared region has " + ways_text(plan.shared) + ", the machine takes no less than " +
                               std::to_string(least.count));
  if (sum != geometry.ways())
    return refuse(
        plan.id, "the sizes add up to " + ways_text(sum) + ", the domain has " + std::to_string(geometry.ways().count));
  return std::nullopt;
}

// Where a boundary between two pieces would split ways that are tied: bit w = between the ways w - 1 and w.
std::uint64_t splits(const DomainGeometry& geometry) {
  std::uint64_t split = 0;
  for (const Cbm& set : geometry.tied) {
    const Cbm ways = set & geometry.available;
    if (ways.empty()) continue;
    split |= Cbm::run(ways.lowest(), Ways(ways.highest().value - ways.lowest().value + 1)).bits &
             ~(std::uint64_t{1} << ways.lowest().value);
  }
  return split;
}

// Where the shared region may begin: with all tied ways in it, ways below it that partitions can fill
// exactly, and of those positions the ones with the most shareable ways.
std::uint64_t shared_starts(const DomainPlan& plan, const DomainGeometry& geometry) {
  std::bitset<kMostWays + 1> fillable(1);
  for (const PartitionSize& partition : plan.dedicated)
    fillable |= fillable << static_cast<std::size_t>(partition.ways.count);
  Cbm tied;
  for (const Cbm& set : geometry.tied) tied = tied | (set & geometry.available);

  std::uint64_t starts = 0;
  Ways most{-1};
  for (int below = 0; below + plan.shared.count <= geometry.ways().count; ++below) {
    const WayIndex first = geometry.available.lowest() + Ways(below);
    const Cbm mask = Cbm::run(first, plan.shared);
    if (!fillable[static_cast<std::size_t>(below)] || !mask.contains(tied)) continue;
    const Ways covered = (mask & geometry.shareable).size();
    if (covered < most) continue;
    if (covered > most) starts = 0;
    most = covered;
    starts |= std::uint64_t{1} << first.value;
  }
  return starts;
}

Cbm mask_before(const DomainMasks* previous, const GroupId& group) {
  const Cbm* mask = previous == nullptr ? nullptr : find_mask(*previous, group);
  return mask == nullptr ? Cbm() : *mask;
}

// The domain's pieces in the order that breaks ties: as they lay before, then new ones by name.
std::vector<Piece> pieces_of(const DomainPlan& plan, Cbm available, const DomainMasks* previous) {
  static const GroupId kSharedRegion;
  std::vector<Piece> pieces;
  pieces.reserve(plan.dedicated.size() + 1);
  if (plan.shared > 0_ways)
    pieces.push_back({&kSharedRegion, plan.shared, mask_before(previous, kSharedRegion) & available});
  for (const PartitionSize& partition : plan.dedicated)
    pieces.push_back({&partition.group, partition.ways, mask_before(previous, partition.group) & available});
  const auto lowest = [](const Piece& piece) { return piece.before.empty() ? kMostWays : piece.before.lowest().value; };
  std::ranges::stable_sort(pieces, {}, lowest);
  return pieces;
}

// Every group's mask in one domain, given the pieces' order from the lowest way up.
Result<DomainMasks> place_groups(const std::vector<Piece>& pieces, const std::vector<int>& order,
                                 const DomainGeometry& geometry, const std::vector<GroupId>& groups) {
  DomainMasks masks{geometry.id, Cbm(), {}};
  masks.groups.reserve(groups.size());
  for (const GroupId& group : groups) masks.groups.push_back({group, Cbm()});
  WayIndex next = geometry.available.lowest();
  for (const int i : order) {
    const Piece& piece = pieces[static_cast<std::size_t>(i)];
    const Cbm mask = Cbm::run(next, piece.size);
    next = next + piece.size;
    if (piece.group->is_shared_region())
      masks.shared = mask;
    else
      std::ranges::lower_bound(masks.groups, *piece.group, {}, &GroupMask::group)->mask = mask;
  }
  for (GroupMask& group : masks.groups) {
    if (!group.mask.empty()) continue;
    if (masks.shared.empty())
      return refuse(geometry.id, "group " + group.group.value + " has no partition and the shared region is empty");
    group.mask = masks.shared;
  }
  return masks;
}

// A policy's own masks: guard looks at them.
DomainMasks as_planned(const DomainPlan& plan, const DomainGeometry& geometry, const std::vector<GroupId>& groups) {
  DomainMasks masks{geometry.id, end_for_shared(geometry, plan.shared), {}};
  for (const GroupId& group : groups) {
    const auto at = std::ranges::find(plan.dedicated, group, &PartitionSize::group);
    const auto index = static_cast<std::size_t>(at - plan.dedicated.begin());
    masks.groups.push_back({group, index < plan.overlapping.size() ? plan.overlapping[index] : masks.shared});
  }
  return masks;
}

Result<DomainMasks> lay_domain(const DomainPlan& plan, const DomainGeometry& geometry, const DomainMasks* previous,
                               const std::vector<GroupId>& groups) {
  if (!plan.overlapping.empty()) return as_planned(plan, geometry, groups);
  if (std::optional<Error> error = check_sizes(plan, geometry)) return *std::move(error);
  const std::vector<Piece> pieces = pieces_of(plan, geometry.available, previous);
  const std::uint64_t whole_sets = ~splits(geometry);
  std::vector<TilingItem> items;
  items.reserve(pieces.size());
  for (const Piece& piece : pieces) {
    const bool shared = piece.group->is_shared_region();
    items.push_back({piece.size, piece.before, shared ? shared_starts(plan, geometry) : whole_sets});
  }
  const std::optional<std::vector<int>> order = find_tiling(geometry.available, items);
  if (!order) return refuse(plan.id, "every order of the partitions splits ways that the machine ties together");
  return place_groups(pieces, *order, geometry, groups);
}

Throttle planned_throttle(const DomainPlan& plan, const GroupId& group) {
  const auto at = std::ranges::lower_bound(plan.throttles, group, {}, &GroupThrottle::group);
  return at != plan.throttles.end() && at->group == group ? at->throttle : kUnthrottled;
}

Ways gained(Cbm before, Cbm after) {
  return (after - before).size();
}

}  // namespace

Cbm end_for_shared(const DomainGeometry& geometry, Ways size) {
  Cbm tied;
  for (const Cbm set : geometry.tied) tied = tied | (set & geometry.available);
  const Cbm fixed = tied.empty() ? geometry.shareable : tied;  // partitions must not split what is tied
  const WayIndex lowest = geometry.available.lowest();
  const bool low = fixed.overlaps(Cbm::run(lowest, 1_ways));
  return Cbm::run(low ? lowest : lowest + (geometry.ways() - size), size);
}

Result<Masks> layout(const Plan& plan, const Geometry& geometry, const Masks& previous) {
  const bool same_domains =
      std::ranges::equal(plan.domains, geometry.domains, {}, &DomainPlan::id, &DomainGeometry::id);
  if (!same_domains) return Error{ErrorCode::failed, "lay out the plan", "its L3 domains are not the machine's", "", 0};
  const std::vector<GroupId> groups = groups_of(plan);
  Masks masks;
  masks.domains.reserve(plan.domains.size());
  for (std::size_t i = 0; i < plan.domains.size(); ++i) {
    const DomainPlan& domain = plan.domains[i];
    Result<DomainMasks> laid = lay_domain(domain, geometry.domains[i], find_domain(previous, domain.id), groups);
    if (!laid) return std::move(laid).error();
    for (GroupMask& group : laid->groups) group.throttle = planned_throttle(domain, group.group);
    masks.domains.push_back(std::move(laid).value());
  }
  masks.members = plan.members;
  return masks;
}

Ways moved_ways(const Masks& before, const Masks& after) {
  Ways moved;
  for (const DomainMasks& domain : after.domains) {
    const DomainMasks* previous = find_domain(before, domain.id);
    moved += gained(mask_before(previous, GroupId{}), domain.shared);
    for (const GroupMask& group : domain.groups)
      if (!group.mask.overlaps(domain.shared)) moved += gained(mask_before(previous, group.group), group.mask);
  }
  return moved;
}

}  // namespace dcat
