#include "cat/diff.h"

#include <algorithm>
#include <compare>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>

#include "cat/domain_steps.h"

namespace dcat {
namespace {

using Groups = std::vector<GroupId>;  // ascending

// Every group that has a mask anywhere.
Groups groups_of(const Masks& masks) {
  Groups groups;
  for (const DomainMasks& domain : masks.domains) {
    // As a rule the same groups in every domain.
    if (std::ranges::equal(domain.groups, groups, {}, &GroupMask::group)) continue;
    for (const GroupMask& group : domain.groups) {
      const auto at = std::ranges::lower_bound(groups, group.group);
      if (at == groups.end() || *at != group.group) groups.insert(at, group.group);
    }
  }
  return groups;
}
bool has(const Groups& groups, const GroupId& group) {
  return std::ranges::binary_search(groups, group);
}
Groups without(const Groups& groups, const Groups& others) {
  Groups rest;
  std::ranges::set_difference(groups, others, std::back_inserter(rest));
  return rest;
}

// --- masks
// ---------------------------------------------------------------------------------------------------------

struct Domain {
  DomainId id;
  HolderState state;        // holders: the default group, then the desired groups
  std::vector<Step> steps;  // those that bring everybody home
  std::size_t taken = 0;    // of steps
  bool steps_left() const { return taken < steps.size(); }
};

Cbm mask_in(const DomainMasks* domain, const GroupId& group, Cbm otherwise) {
  const Cbm* mask = domain == nullptr ? nullptr : find_mask(*domain, group);
  return mask == nullptr ? otherwise : *mask;
}

// Whether partitions are to overlap each other; those whose target is the shared region's are none.
bool partitions_overlap(const HolderState& state) {
  Cbm taken;
  for (const Holder& holder : state.holders) {
    if (&holder != &state.holders.front() && holder.target == state.holders.front().target) continue;
    if (holder.target.overlaps(taken)) return true;
    taken = taken | holder.target;
  }
  return false;
}

// What is not known of a domain is taken as empty, so that all of it is written.
Domain domain_from(const DomainMasks& desired, const DomainMasks* observed, const DomainGeometry* geometry,
                   const Groups& groups, const Groups& isolated) {
  Domain domain{desired.id, {}, {}, 0};
  HolderState& state = domain.state;
  state.holders.reserve(groups.size() + 1);
  state.holders.push_back({mask_in(observed, GroupId{}, Cbm()), desired.shared});
  for (const GroupId& group : groups) {
    const Cbm now = mask_in(observed, group, Cbm());
    const Cbm target = mask_in(&desired, group, now);
    state.holders.push_back({now, target, has(isolated, group) && !target.overlaps(desired.shared)});
  }
  for (const Holder& holder : state.holders) state.available = state.available | holder.target;
  if (geometry != nullptr) {
    state.available = geometry->available;
    state.least = std::max(geometry->min_cbm_bits, 1_ways);
  }
  return domain;
}

class MaskWriter {
 public:
  MaskWriter(const Masks& observed, const Masks& desired, const Geometry& geometry, const Groups& groups,
             const Groups& isolated)
      : groups_(groups) {
    for (const DomainMasks& domain : desired.domains) {
      const DomainMasks* before = find_domain(observed, domain.id);
      if (before == nullptr || *before != domain)
        domains_.push_back(domain_from(domain, before, geometry.find(domain.id), groups, isolated));
    }
  }

  // One write per group that has to give up ways: to what it has in common with its target.
  void shrink(Changes& changes) {
    for (int holder = 0; holder < holders(); ++holder)
      write(holder, changes, [holder](Domain& domain) {
        return common_part(domain.state.holders[static_cast<std::size_t>(holder)], domain.state.least);
      });
  }

  Status plan_jumps() {
    for (Domain& domain : domains_) {
      HolderState after = domain.state;
      if (partitions_overlap(after)) {
        if (std::ranges::none_of(after.holders, &Holder::isolated)) continue;  // each takes its target at once
        if (bring_home_overlapping(after, domain.steps)) continue;
      } else if (bring_home(after, domain.steps)) {
        continue;
      }
      return Error{ErrorCode::failed, "change the masks of L3 domain " + std::to_string(domain.id.value),
                   "no order of writes keeps the partitions apart, there is no way to spare",
                   "keep the masks or give the shared region a way", 0};
    }
    return {};
  }

  // The domains' steps, merged where the next one is the same group's; a domain that has none left takes part
  // with the group's final mask.
  void jump(Changes& changes) {
    for (Domain& first : domains_)
      while (first.steps_left()) {
        const int holder = first.steps[first.taken].holder;
        write(holder, changes, [holder](Domain& domain) { return next_mask(domain, holder); });
      }
  }

  // All are home: everybody takes its whole target.
  void widen(Changes& changes) {
    for (int holder = 0; holder < holders(); ++holder)
      write(holder, changes, [holder](Domain& domain) { return next_mask(domain, holder); });
  }

 private:
  int holders() const { return domains_.empty() ? 0 : static_cast<int>(groups_.size()) + 1; }

  static Cbm next_mask(Domain& domain, int holder) {
    const Holder& at = domain.state.holders[static_cast<std::size_t>(holder)];
    if (!domain.steps_left()) return at.target;
    const Step& step = domain.steps[domain.taken];
    if (step.holder != holder) return at.now;
    ++domain.taken;
    return step.mask;
  }

  // Appends one write with the masks that `choose` gives in each domain, unless it changes nothing.
  template <class Choose>
  void write(int holder, Changes& changes, Choose choose) {
    WriteMasks written{holder == 0 ? GroupId{} : groups_[static_cast<std::size_t>(holder - 1)], {}, {}};
    for (Domain& domain : domains_) {
      Cbm& now = domain.state.holders[static_cast<std::size_t>(holder)].now;
      const Cbm mask = choose(domain);
      if (mask == now) continue;
      now = mask;
      written.masks.emplace_back(domain.id, mask);
    }
    if (!written.masks.empty()) changes.emplace_back(std::move(written));
  }

  const Groups& groups_;
  std::vector<Domain> domains_;  // those that change
};

// --- throttles
// -----------------------------------------------------------------------------------------------------

using Throttles = std::vector<std::pair<DomainId, Throttle>>;

// Those of the group that are to change. A group that comes is not throttled.
Throttles throttles_to_write(const GroupId& group, const Masks& observed, const Masks& desired, bool comes) {
  Throttles throttles;
  for (const DomainMasks& domain : desired.domains) {
    const Throttle now = comes ? kUnthrottled : throttle_of(find_domain(observed, domain.id), group);
    const Throttle target = throttle_of(&domain, group);
    if (now != target) throttles.emplace_back(domain.id, target);
  }
  return throttles;
}

// With the last write that the group has in `changes`, else in one of its own.
void write_throttles(const GroupId& group, Throttles throttles, Changes& changes) {
  if (throttles.empty()) return;
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    auto* const write = std::get_if<WriteMasks>(&*change);
    if (write == nullptr || write->group != group) continue;
    write->throttles = std::move(throttles);
    return;
  }
  changes.emplace_back(WriteMasks{group, {}, std::move(throttles)});
}

// --- members
// -------------------------------------------------------------------------------------------------------

struct Move {
  const ContainerId* container;
  GroupId from;
  GroupId to;
};

// Who has to move, by one walk over both lists. Being in a group that is not there is being in the default
// group.
std::vector<Move> moves_between(const std::vector<Member>& observed, const std::vector<Member>& desired,
                                const Groups& existing) {
  std::vector<Move> moves;
  const auto add = [&](const ContainerId& container, const GroupId& listed, const GroupId& to) {
    GroupId from = has(existing, listed) ? listed : GroupId{};
    if (from != to) moves.push_back({&container, std::move(from), to});
  };
  auto was = observed.begin();
  auto will = desired.begin();
  while (was != observed.end() || will != desired.end()) {
    const std::strong_ordering order = was == observed.end()   ? std::strong_ordering::greater
                                       : will == desired.end() ? std::strong_ordering::less
                                                               : was->container <=> will->container;
    if (order < 0) {
      add(was->container, was->group, GroupId{});
    } else if (order > 0) {
      add(will->container, GroupId{}, will->group);
    } else {
      add(was->container, was->group, will->group);
    }
    if (order <= 0) ++was;
    if (order >= 0) ++will;
  }
  return moves;
}

// Containers must not go down with their group: they move to where they belong if that is there already, else
// to the default group for the time being.
void leave_groups(std::vector<Move>& moves, const Groups& going, const Groups& existing, Changes& changes) {
  for (Move& move : moves) {
    if (!has(going, move.from)) continue;
    move.from = has(existing, move.to) ? move.to : GroupId{};
    changes.emplace_back(MoveContainer{*move.container, move.from});
  }
}
void join_groups(const std::vector<Move>& moves, Changes& changes) {
  for (const Move& move : moves)
    if (move.from != move.to) changes.emplace_back(MoveContainer{*move.container, move.to});
}

}  // namespace

Result<Changes> diff(const Masks& observed, const Masks& desired, const Geometry& geometry,
                     const std::vector<GroupId>& isolated) {
  if (observed == desired) return Changes{};
  const Groups existing = groups_of(observed);
  const Groups wanted = groups_of(desired);
  const Groups coming = without(wanted, existing);
  const Groups going = without(existing, wanted);
  std::vector<Move> moves;
  if (observed.members != desired.members || !coming.empty() || !going.empty())
    moves = moves_between(observed.members, desired.members, existing);

  // Every group takes a CLOS. Those that there are none for until others have gone come after them.
  const std::size_t closids = geometry.closids < 1 ? 0 : static_cast<std::size_t>(geometry.closids) - 1;
  const std::size_t spare = closids > existing.size() ? closids - existing.size() : 0;
  const std::size_t at_once = std::min(spare, coming.size());

  Changes changes;
  for (std::size_t i = 0; i < at_once; ++i) changes.emplace_back(CreateGroup{coming[i]});
  MaskWriter masks(observed, desired, geometry, wanted, isolated);
  masks.shrink(changes);
  if (Status planned = masks.plan_jumps(); !planned) return std::move(planned).error();
  leave_groups(moves, going, existing, changes);
  for (const GroupId& group : going) changes.emplace_back(RemoveGroup{group});
  for (std::size_t i = at_once; i < coming.size(); ++i) changes.emplace_back(CreateGroup{coming[i]});
  masks.jump(changes);
  masks.widen(changes);
  for (const GroupId& group : wanted)
    write_throttles(group, throttles_to_write(group, observed, desired, has(coming, group)), changes);
  join_groups(moves, changes);
  return changes;
}

}  // namespace dcat
