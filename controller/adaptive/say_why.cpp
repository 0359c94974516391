// What groups are called, and what became of everybody, in dCat's words and with its numbers.
#include <algorithm>

#include "controller/adaptive/planner.h"

namespace dcat {

// A group goes on under its name as long as most of its members stay together.
GroupId AdaptivePlanner::name(const std::vector<std::uint32_t>& containers) const {
  if (containers.size() == 1) return Divider::name(containers);
  std::map<GroupId, std::size_t> before;
  for (const std::uint32_t c : containers) {
    const std::int16_t g = period_.sight.group_of[c];
    if (g < 0) continue;
    const GroupId& group = period_.sight.groups[static_cast<std::size_t>(g)];
    if (group.value.starts_with("~packed.") && !taken_.contains(group)) ++before[group];
  }
  const auto most = std::ranges::max_element(before, {}, [](const auto& entry) { return entry.second; });
  GroupId name = most != before.end() ? most->first : Divider::name(containers);
  for (std::size_t k = 0; taken_.contains(name) && k < containers.size(); ++k)
    name = group_name(ClusterKind::packed, period_.state.containers[containers[k]]);
  taken_.insert(name);
  return name;
}

// What it is, in dCat's words, and why, by what it has from now on and what is expected of that.
void AdaptivePlanner::classify(const TenantState& t, const Note& note, ContainerDecision& r) const {
  const Metrics& m = r.metrics;
  const bool owed = t.profile.phases.now().keeps_contract;
  r.reason.value = t.mind.expected.normalised_ipc;
  r.after = State::keeper;
  r.reason.code = owed ? ReasonCode::keeps_contract : ReasonCode::holds;
  if (t.mind.expected.alone && r.ways_after == t.contract) {
    if (note.owed_first) r.after = State::reclaim;
    if (note.owed_first) r.reason.code = ReasonCode::contract_first;
  } else if (t.mind.expected.alone && r.ways_after > t.contract) {
    r.after = State::receiver;
    r.reason.code = ReasonCode::gains_by_more;
  } else {
    const bool streams = m.miss_ratio.value_or(0) >= period_.parameters.probe_miss_ratio &&
                         m.llc_refs_per_sec.value_or(0) > period_.parameters.llc_idle_per_sec;
    r.after = streams ? State::streaming : State::donor;
    r.reason.code = t.mind.expected.alone ? ReasonCode::needs_less : ReasonCode::fits_with_others;
    r.reason.threshold = 1 - period_.parameters.ipc_gain_ratio;
    if (!t.mind.expected.alone) r.reason.ways = t.mind.expected.ways;
  }
}

void AdaptivePlanner::explain(std::size_t domain, ContainerDecision& r, bool looked_at, bool others_are) {
  (void)others_are;
  TenantState& t = tenant(domain, r);
  Note& note = notes_.at({domain, r.container});
  const bool known = is_known(t);
  const bool asleep = is_asleep(r.metrics);
  r.demand = note.owed || note.owed_first || (!known && !asleep) ? DemandKind::contract : DemandKind::hold;
  r.reason = Reason{};
  r.reason.normalised_ipc = note.normalised;
  if (!r.metrics.valid()) {
    // Asleep, or not to be judged: it is what it was.
    r.after = asleep && known ? State::donor : r.before;
    r.reason.code = known || asleep ? ReasonCode::absent : ReasonCode::admitted;
  } else if (note.owed && (!t.mind.expected.alone || closids() <= 0)) {
    r.after = State::reclaim;  // there is no CLOSID for it, and nothing that could be mended
    r.reason.code = ReasonCode::shares_group;
  } else if (note.owed) {
    r.after = State::reclaim;
    r.reason.code = ReasonCode::guarantee;
    r.reason.value = note.normalised;
    r.reason.threshold = 1 - period_.parameters.ipc_gain_ratio;
  } else if (!known) {
    r.after = State::reclaim;
    r.reason.code = ReasonCode::admitted;
  } else if (looked_at) {
    r.after = State::unknown;
    r.reason.code = ReasonCode::looked_at;
    r.reason.value = t.mind.expected.normalised_ipc;
  } else {
    classify(t, note, r);
    if (note.lesson.interference) r.reason.code = ReasonCode::non_cache_interference;
  }
  t.profile.state = r.after;
  t.profile.idle =
      r.after == State::donor && r.metrics.llc_refs_per_sec.value_or(0) <= period_.parameters.llc_idle_per_sec;
  if (t.profile.phases.phases.empty()) return;
  Phase& phase = t.profile.phases.now();
  const State kept = r.after == State::reclaim ? State::keeper : r.after;
  if (phase.baseline_ipc && r.ways_after > Ways(0)) phase.record = PhaseRecord{kept, t.profile.idle, r.ways_after};
}

void AdaptivePlanner::explain_crowd(std::size_t domain, ContainerDecision& r) {
  if (!in_crowd(r) || !tenant(domain, r).crowd.confined) return;
  if (r.ways_after == period_.decision.domains[domain].shared) return;
  r.after = State::streaming;
  r.reason.code = ReasonCode::streams_apart;
  r.reason.value = r.metrics.miss_ratio;
}

}  // namespace dcat
