// Plan -> Masks -> Changes, with guard between them. Whatever is refused leaves the node as observed.
#include <algorithm>

#include "cat/diff.h"
#include "cat/layout.h"
#include "controller/guard.h"
#include "controller/period.h"

namespace dcat {

namespace {

// The least each group may have: what is owed to its members, a least partition for each of the others.
std::vector<Floor> floors_of(const Period& period) {
  std::vector<Floor> floors;
  const std::vector<Member>& members = period.decision.plan.members;
  for (std::size_t i = 0; i < period.domains.size(); ++i) {
    const DomainDecision& decision = period.decision.domains[i];
    floors.push_back({decision.id, GroupId{}, period.domains[i].floor});
    const bool by_dcat = is_dcat(period.parameters.policy);
    for (const ContainerDecision& r : decision.containers) {
      if (!r.dedicated || period.state.domains[i].tenants[r.container].granted == Ways(0)) continue;
      // Others owe nothing to anybody but who is apart from what they divide.
      const bool apart = !by_dcat && r.reason.code == ReasonCode::isolated;
      const GroupId group = group_of(members, period.state.containers[r.container]);
      // adaptive owes contracts to who is alone; where CLOSIDs are short nobody may be.
      const bool adaptive = period.parameters.policy == PolicyKind::adaptive && r.demand == DemandKind::contract &&
                            std::ranges::count(members, group, &Member::group) == 1;
      if (!by_dcat && !apart && !adaptive) continue;
      const bool owed = apart || r.demand == DemandKind::contract;
      const Ways least = owed ? r.contract : period.domains[i].least;
      const auto same = std::find_if(floors.begin(), floors.end(),
                                     [&](const Floor& f) { return f.domain == decision.id && f.group == group; });
      if (same == floors.end())
        floors.push_back({decision.id, group, least});
      else
        same->ways += least;
    }
  }
  return floors;
}

// Groups whose ways are nobody else's, ascending: of who asked for it, but for those who had to share a group, which
// their rows say.
std::vector<GroupId> isolated_groups(const Period& period) {
  std::vector<GroupId> groups;
  const std::vector<Member>& members = period.decision.plan.members;
  for (std::size_t c = 0; c < period.state.containers.size(); ++c) {
    if (!wants_isolation(period.observation.containers[c])) continue;
    const GroupId group = group_of(members, period.state.containers[c]);
    if (!group.is_shared_region() && std::ranges::count(members, group, &Member::group) == 1) groups.push_back(group);
  }
  std::ranges::sort(groups);
  return groups;
}

// From now on only sub-samples after the change has settled show the new size.
void note_changes(Period& period) {
  const TimePoint settled = period.observation.at + period.parameters.settle;
  const Masks& now = period.observation.masks;
  for (DomainState& domain : period.state.domains) {
    const DomainMasks* before = find_domain(now, domain.id);
    const DomainMasks* after = find_domain(period.decision.masks, domain.id);
    if (before == nullptr || after == nullptr) continue;
    if (before->shared != after->shared) domain.shared.settled_at = settled;
    for (const Member& m : period.decision.plan.members) {
      const Cbm* old_mask = find_mask(*before, group_of(now.members, m.container));
      const Cbm* new_mask = find_mask(*after, m.group);
      if (old_mask != nullptr && new_mask != nullptr && *old_mask == *new_mask) continue;
      const auto at = std::lower_bound(period.state.containers.begin(), period.state.containers.end(), m.container);
      domain.tenants[static_cast<std::size_t>(at - period.state.containers.begin())].settled_at = settled;
    }
  }
}

void refuse(Period& period, std::string why) {
  Decision& decision = period.decision;
  decision.refused = std::move(why);
  decision.masks = period.observation.masks;
  decision.changes.clear();
  for (std::size_t i = 0; i < period.domains.size(); ++i) {
    const Ways shared = period.sight.domains[i].shared.ways;
    decision.domains[i].shared = shared;
    decision.domains[i].free = Ways(0);
    period.state.domains[i].shared.granted = std::min(period.state.domains[i].shared.granted, shared);
    for (ContainerDecision& r : decision.domains[i].containers) {
      r.ways_after = r.ways_before;
      if (!r.dedicated) continue;
      TenantState& tenant = period.state.domains[i].tenants[r.container];
      tenant.granted = period.sight.group_of[r.container] < 0 ? Ways(0) : r.ways_before;
      if (r.reason.code == ReasonCode::probing) tenant.profile.before_probe.reset();
    }
  }
}

bool within_budget(const Period& period, const Masks& masks) {
  const Ways budget = period.parameters.max_moved_ways;
  // Others than dCat take what they need at once; half a plan of theirs is no plan.
  if (!is_dcat(period.parameters.policy)) return true;
  if (budget == Ways(0) || moved_ways(period.observation.masks, masks) <= budget) return true;
  // What restores a contract, lets a tenant in or takes ways that nobody uses is never put off.
  for (const DomainDecision& domain : period.decision.domains)
    for (const ContainerDecision& r : domain.containers)
      if (r.dedicated && r.demand != DemandKind::hold && r.demand != DemandKind::grow) return true;
  return false;
}

}  // namespace

void carry_out(Period& period) {
  Decision& decision = period.decision;
  const Observation& o = period.observation;
  if (period.no_plan) {
    refuse(period, *period.no_plan);
    period.state.desired = decision.masks;
    return;
  }
  const std::vector<GroupId> isolated = isolated_groups(period);
  Result<Masks> masks = layout(decision.plan, o.geometry, o.masks);
  if (!masks) {
    refuse(period, masks.error().to_string());
  } else if (const auto wrong = guard(*masks, decision.plan, o.geometry, floors_of(period), isolated)) {
    refuse(period, *wrong);
  } else if (!within_budget(period, *masks)) {
    refuse(period, "more ways would move than max_moved_ways allows in one period");
  } else if (Result<Changes> changes = diff(o.masks, *masks, o.geometry, isolated); !changes) {
    refuse(period, changes.error().to_string());
  } else {
    decision.masks = std::move(*masks);
    decision.changes = std::move(*changes);
    note_changes(period);
  }
  period.state.desired = decision.masks;
}

}  // namespace dcat
