// The rules that every state between observed and desired masks keeps, told independently of how diff keeps
// them:
// - what is written is contiguous and at least min_cbm_bits wide; the shared region may become empty only
//   where the geometry allows it;
// - two groups come to overlap only if they do so in the desired masks too, or while both are in the shared
//   region and one of them has no partition of its own at the beginning or at the end;
// - a group comes to overlap the shared region only if it does so in the desired masks too;
//   used_last_resort() tells where that was broken;
// - nobody comes to overlap an isolated group that has a partition in the desired masks, the shared region included,
//   unless it is in the shared region still;
// - where desired partitions overlap each other, the rules about others' overlaps do not hold;
// - nothing is written that is so already; only groups that exist are written, moved into or removed; at no
//   time are there more groups than CLOSes.
#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include "tests/cat/builders.h"

namespace dcat::testing {

class StepRules {
 public:
  StepRules(const Masks& observed, const Masks& desired, const Geometry& geometry,
            const std::vector<GroupId>& isolated = {})
      : observed_(observed), desired_(desired), geometry_(geometry), isolated_(isolated), masks_(observed) {
    for (const DomainMasks& domain : observed.domains)
      for (const GroupMask& group : domain.groups) groups_.insert(group.group);
  }

  bool used_last_resort() const { return last_resort_; }

  // Applies all of them; returns what was broken, with the steps so far.
  std::optional<std::string> check(const Changes& changes) {
    std::string trace = "observed " + text_of(observed_) + "\ndesired  " + text_of(desired_);
    for (const Change& change : changes) {
      trace += "\n  " + text_of(change);
      std::optional<std::string> broken = std::visit([this](const auto& c) { return check_change(c); }, change);
      const Masks before = masks_;
      apply_change(masks_, change);
      if (!broken) broken = check_meetings(before);
      if (broken) return *broken + "\n" + trace;
    }
    if (std::optional<std::string> broken = check_end()) return *broken + "\n" + trace;
    return std::nullopt;
  }

 private:
  using Broken = std::optional<std::string>;

  Broken check_change(const CreateGroup& c) {
    if (!groups_.insert(c.group).second) return "created twice";
    if (static_cast<int>(groups_.size()) + 1 > geometry_.closids) return "more groups than CLOSes";
    return std::nullopt;
  }
  Broken check_change(const RemoveGroup& c) {
    for (const Member& member : masks_.members)
      if (member.group == c.group) return member.container.value + " goes down with its group";
    if (groups_.erase(c.group) == 0) return "removed a group that is not there";
    return std::nullopt;
  }
  Broken check_change(const MoveContainer& c) {
    if (!c.to.is_shared_region() && !groups_.contains(c.to)) return "moved into a group that is not there";
    if (group_of(masks_.members, c.container) == c.to) return "moved to where it is";
    return std::nullopt;
  }
  Broken check_change(const WriteMasks& c) {
    if (!c.group.is_shared_region() && !groups_.contains(c.group)) return "wrote a group that is not there";
    if (c.masks.empty()) return "wrote nothing";
    if (!std::ranges::is_sorted(c.masks)) return "domains out of order";
    for (const auto& [id, mask] : c.masks) {
      const DomainGeometry* domain = geometry_.find(id);
      const bool empty_is_fine = mask.empty() && c.group.is_shared_region() && domain->shared_may_be_empty;
      if (!empty_is_fine && !mask.contiguous()) return "not contiguous";
      if (!empty_is_fine && mask.size() < domain->min_cbm_bits) return "below min_cbm_bits";
      const DomainMasks* now = find_domain(masks_, id);
      const Cbm* has = now == nullptr ? nullptr : find_mask(*now, c.group);
      if (has != nullptr && *has == mask) return "wrote what was so already";
    }
    return std::nullopt;
  }

  static Cbm in(const Masks& masks, DomainId id, const GroupId& group) {
    const DomainMasks* domain = find_domain(masks, id);
    const Cbm* mask = domain == nullptr ? nullptr : find_mask(*domain, group);
    return mask == nullptr ? Cbm() : *mask;
  }
  static bool overlapping(const Masks& masks, DomainId id, const GroupId& a, const GroupId& b) {
    return in(masks, id, a).overlaps(in(masks, id, b));
  }
  bool always_dedicated(DomainId id, const GroupId& group) const {
    return !overlapping(observed_, id, group, GroupId{}) && !overlapping(desired_, id, group, GroupId{});
  }
  bool isolated(DomainId id, const GroupId& group) const {
    return std::ranges::count(isolated_, group) > 0 && !overlapping(desired_, id, group, GroupId{});
  }
  bool partitions_overlap(DomainId id) const {
    const DomainMasks* domain = find_domain(desired_, id);
    Cbm taken;
    for (std::size_t i = 0; domain != nullptr && i < domain->groups.size(); ++i) {
      const Cbm mask = domain->groups[i].mask;
      if (mask == domain->shared) continue;
      if (mask.overlaps(taken)) return true;
      taken = taken | mask;
    }
    return false;
  }
  // REQUIRES: a and b overlap now and did not one step before.
  bool may_meet(const Masks& now, DomainId id, const GroupId& a, const GroupId& b) const {
    if (overlapping(desired_, id, a, b)) return true;
    const bool both_shared = overlapping(now, id, a, GroupId{}) && overlapping(now, id, b, GroupId{});
    return both_shared && !(always_dedicated(id, a) && always_dedicated(id, b));
  }
  Broken check_meetings(const Masks& before) {
    for (const DomainMasks& domain : masks_.domains) {
      const bool kept_apart = !partitions_overlap(domain.id);
      for (std::size_t i = 0; i < domain.groups.size(); ++i) {
        const GroupId& a = domain.groups[i].group;
        if (isolated(domain.id, a) && meet(before, domain.id, a, GroupId{}))
          return "the shared region overlaps " + a.value + ", which is isolated";
        if (meet(before, domain.id, a, GroupId{}) && !overlapping(desired_, domain.id, a, GroupId{}))
          last_resort_ = true;
        for (std::size_t j = i + 1; j < domain.groups.size(); ++j) {
          const GroupId& b = domain.groups[j].group;
          if (!meet(before, domain.id, a, b)) continue;
          const auto apart = [&](const GroupId& group) {
            return isolated(domain.id, group) && !overlapping(before, domain.id, group, GroupId{});
          };
          if (apart(a) || apart(b)) return a.value + " overlaps " + b.value + ", isolated";
          if (kept_apart && !may_meet(masks_, domain.id, a, b)) return a.value + " overlaps " + b.value;
        }
      }
    }
    return std::nullopt;
  }
  bool meet(const Masks& before, DomainId id, const GroupId& a, const GroupId& b) const {
    return overlapping(masks_, id, a, b) && !overlapping(before, id, a, b);
  }
  Broken check_end() const {
    if (masks_.members != desired_.members) return "members are not where they belong";
    for (const DomainMasks& domain : masks_.domains) {
      const DomainMasks* wanted = find_domain(desired_, domain.id);
      if (wanted != nullptr && domain != *wanted) return "ends at " + text_of(domain);
    }
    return std::nullopt;
  }

  const Masks& observed_;
  const Masks& desired_;
  const Geometry& geometry_;
  const std::vector<GroupId> isolated_;
  Masks masks_;  // now
  std::set<GroupId> groups_;
  bool last_resort_ = false;
};

}  // namespace dcat::testing
