// The policy `adaptive`, one period: learn what every tenant showed, fit its curve, arrange who shares which ways with
// whom, and say why. docs/adaptive.md has the method; reasons for it are in docs/decisions/0025.
#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "controller/adaptive/arrange.h"
#include "controller/divide.h"

namespace dcat {

namespace {

// A tenant's shortfall is told from noise by so many standard errors of its period.
constexpr double kSurely = 1.0;
// Looks may spend what has been saved up for so many periods.
constexpr double kSavedPeriods = 300;
// Standard errors by which a price is certainly not exceeded.
constexpr double kSurePrice = 3;
// How long a phase lasts until more is known of it, in periods.
constexpr double kUsualPhase = 60;
// A size that was measured for so many periods has said what it has to say; and how often that is looked at again.
constexpr double kSeenEnough = 4;
constexpr std::uint64_t kSearchAnyway = 8;
constexpr int kMostSearched = 24;
// Most tenants that a search without caution is made for in a period.
constexpr std::size_t kMostLookedFor = 3;

double misses_per_sec(const Metrics& m) {
  return m.llc_refs_per_sec && m.miss_ratio ? *m.llc_refs_per_sec * *m.miss_ratio : 0;
}

bool seen_at_contract(const TenantState& t) {
  const std::vector<Measurement>& measured = t.profile.phases.now().evidence.all();
  return !measured.empty() && measured.back().ways >= (1 - kSameSize) * t.contract.count;
}

bool is_known(const TenantState& t) {
  return !t.profile.phases.phases.empty() && !t.profile.phases.now().evidence.empty();
}

// Whether more ways than it has had in this phase could matter: what all its misses could cost at most.
bool could_gain(const Curve& curve, const TenantState& t, double tolerance) {
  const Measurement& most = t.profile.phases.now().evidence.all().back();
  const double price = curve.price().mean + kSurePrice * curve.price().deviation;
  return most.mpki * price > tolerance * most.cpi;
}

class AdaptivePlanner : public Divider {
 public:
  using Divider::Divider;
  void learn_all();

 private:
  struct Note {  // of one tenant in one domain, for its reason
    Lesson lesson;
    bool learned = false;
    bool owed = false;        // its guarantee broke
    bool owed_first = false;  // what the contract gives was not seen in this phase
    double seen_here = 0;     // periods at the size that it has
    std::optional<double> normalised;
  };

  void learn_domain(std::size_t domain);
  const Curve& curve_of(std::size_t domain, const ContainerDecision& row);
  void refit(std::size_t domain, const ContainerDecision& row);
  void learn_tenant(std::size_t domain, ContainerDecision& row, std::optional<double> held, bool alone);
  std::optional<double> held(std::size_t domain, const ContainerDecision& row, bool alone, double group_misses) const;
  bool below_guarantee(const ContainerDecision& row, const TenantState& t, std::optional<double> held, bool alone,
                       Note& note) const;
  Result<DomainAllocation> divide(std::size_t domain, DomainAllocation out) override;
  bool needs_groups() const override { return true; }
  bool may_divide_again() const override { return true; }
  void explain_crowd(std::size_t domain, ContainerDecision& row) override;
  void watch_crowd(std::size_t domain);
  void set_streams_apart(std::size_t domain, DomainAllocation& out, int used);
  GroupId name(const std::vector<std::uint32_t>& containers) const override;
  void explain(std::size_t domain, ContainerDecision& row, bool looked_at, bool others_are) override;
  void classify(const TenantState& t, const Note& note, ContainerDecision& r) const;
  static bool can_stay(const ArrangeQuestion& question, int tenants);
  bool settled(std::size_t domain, const DomainAllocation& out) const;
  Arrangement arrange(std::size_t domain, DomainAllocation& out);
  ArrangeQuestion question(std::size_t domain, const DomainAllocation& out, bool to_search);
  std::optional<std::size_t> whom_to_look_at(const ArrangeQuestion& question, Arranger& arranger, Arrangement& best,
                                             std::size_t domain, const DomainAllocation& out);
  void note_outlooks(std::size_t domain, const DomainAllocation& out, const Arranger& arranger,
                     const Arrangement& arrangement);

  std::map<std::pair<std::size_t, std::uint32_t>, Note> notes_;  // by domain and container
  std::map<std::pair<std::size_t, std::uint32_t>, Curve> curves_;
  int searched_ = 0;                 // tenants, in this period
  mutable std::set<GroupId> taken_;  // names of this plan's clusters
};

// Where nobody measures occupancy, its part of the group's misses, for that is how a shared way is divided.
std::optional<double> AdaptivePlanner::held(std::size_t domain, const ContainerDecision& row, bool alone,
                                            double group_misses) const {
  if (row.ways_before <= Ways(0)) return std::nullopt;
  if (alone) return row.ways_before.count;
  const DomainGeometry& geometry = *period_.domains[domain].geometry;
  if (row.metrics.llc_occupancy_bytes && geometry.way_bytes > 0 && *row.metrics.llc_occupancy_bytes > 0)
    return std::min<double>(row.ways_before.count, static_cast<double>(*row.metrics.llc_occupancy_bytes) /
                                                       static_cast<double>(geometry.way_bytes));
  const double own = misses_per_sec(row.metrics);
  if (group_misses <= 0 || own <= 0) return std::nullopt;
  return std::max(0.01, row.ways_before.count * own / group_misses);
}

bool AdaptivePlanner::below_guarantee(const ContainerDecision& row, const TenantState& t, std::optional<double> held,
                                      bool alone, Note& note) const {
  const Phase& phase = t.profile.phases.now();
  if (!phase.baseline_ipc || note.lesson.event != PhaseEvent::none || note.lesson.interference) return false;
  note.normalised = row.metrics.ipc / *phase.baseline_ipc;
  if (alone && held && *held >= t.contract.count) return false;
  const double floor = 1 - period_.parameters.ipc_gain_ratio;
  return *note.normalised * (1 + kSurely * t.mind.noise.deviation()) < floor;
}

void AdaptivePlanner::learn_tenant(std::size_t domain, ContainerDecision& row, std::optional<double> held, bool alone) {
  TenantState& t = tenant(domain, row);
  Note& note = notes_[{domain, row.container}];
  t.mind.look_budget = std::min(t.mind.look_budget + period_.parameters.look_budget_ratio,
                                kSavedPeriods * period_.parameters.look_budget_ratio);
  if (row.metrics.valid()) {
    note.lesson = learn(t.profile.phases, t.mind, row.metrics, held, period_.domains[domain].geometry->ways(),
                        period_.parameters);
    note.learned = true;
    row.event = note.lesson.event;
    note.owed = below_guarantee(row, t, held, alone, note);
    const Measurement* const here = held ? t.profile.phases.now().evidence.find(*held) : nullptr;
    note.seen_here = here != nullptr ? here->weight : held ? 0 : kSeenEnough;
  }
  PhaseState& phases = t.profile.phases;
  if (phases.phases.empty()) return;
  Phase& phase = phases.now();
  row.phase = phase.id;
  if (note.owed) {
    ++t.mind.slower;
    const double depth = 1 - period_.parameters.ipc_gain_ratio - *note.normalised;
    if (t.mind.looked_at) t.mind.look_budget -= std::max(0.0, depth);
    if (!alone) phase.suffered_sharing = true;
    if (t.mind.slower > 1) phase.keeps_contract = true;
  }
  if (phase.evidence.empty()) return;
  // What was measured often enough says the same as the last time.
  const bool fresh = note.seen_here < kSeenEnough || note.lesson.event != PhaseEvent::none ||
                     period_.state.tick % kSearchAnyway == row.container % kSearchAnyway;
  if (!phase.baseline_ipc || fresh) refit(domain, row);
  if (row.metrics.valid() && !note.normalised) note.normalised = row.metrics.ipc / *phase.baseline_ipc;
}

const Curve& AdaptivePlanner::curve_of(std::size_t domain, const ContainerDecision& row) {
  const TenantState& t = tenant(domain, row);
  return curves_
      .try_emplace({domain, row.container}, t.profile.phases.now().evidence, t.mind.noise.deviation(),
                   period_.domains[domain].geometry->ways().count)
      .first->second;
}

// The baseline is what the evidence says of the contract: measured there, or expected.
void AdaptivePlanner::refit(std::size_t domain, const ContainerDecision& row) {
  TenantState& t = tenant(domain, row);
  Phase& phase = t.profile.phases.now();
  const Curve& curve = curve_of(domain, row);
  phase.baseline_ipc = 1 / curve.cpi(t.contract.count);
  phase.baseline_mpki = curve.mpki(t.contract.count);
  phase.reference = phase.evidence.features().accesses_per_instruction;
  std::vector<TableEntry> table;
  for (const Measurement& m : phase.evidence.all()) {
    const Ways ways(static_cast<int>(std::lround(m.ways)));
    if (ways < Ways(1) || std::abs(m.ways - ways.count) > kSameSize * m.ways) continue;
    if (!table.empty() && table.back().ways == ways) table.pop_back();
    table.push_back({ways, 1 / (m.cpi * *phase.baseline_ipc), m.weight, phase.evidence.features().refs_per_ki, m.mpki});
  }
  phase.table.restore(std::move(table));
}

void AdaptivePlanner::learn_domain(std::size_t domain) {
  std::map<std::int16_t, std::pair<double, int>> groups;  // misses per second, members
  std::vector<ContainerDecision>& rows = period_.decision.domains[domain].containers;
  for (const ContainerDecision& r : rows) {
    if (r.container == kSharedRegion) continue;
    auto& [misses, members] = groups[period_.sight.group_of[r.container]];
    if (r.metrics.valid()) misses += misses_per_sec(r.metrics);
    ++members;
  }
  for (ContainerDecision& r : rows) {
    if (r.container == kSharedRegion || !r.dedicated) continue;
    const std::int16_t g = period_.sight.group_of[r.container];
    const auto& [misses, members] = groups[g];
    const bool alone = g >= 0 && members == 1 && period_.sight.at(domain, r.container).disjoint;
    learn_tenant(domain, r, held(domain, r, alone, misses), alone);
  }
}

void AdaptivePlanner::learn_all() {
  for (std::size_t i = 0; i < period_.domains.size(); ++i) {
    learn_domain(i);
    watch_crowd(i);
  }
}

// `to_search`: with curves; else only where things stand and who is owed what.
ArrangeQuestion AdaptivePlanner::question(std::size_t domain, const DomainAllocation& out, bool to_search) {
  const Parameters& p = period_.parameters;
  ArrangeQuestion q;
  q.ways = out.ways.count;
  q.least = period_.domains[domain].least.count;
  q.closids = most_clusters();
  q.goal = p.goal;
  q.floor = 1 - p.ipc_gain_ratio;
  q.move_cost = p.move_cost;
  q.worth_moving = p.worth_moving;
  std::map<std::int16_t, int> part_of;
  for (std::size_t k = 0; k < out.rows.size(); ++k) {
    const ContainerDecision& r = row(domain, out.rows[k]);
    const TenantState& t = tenant(domain, r);
    Note& note = notes_.at({domain, r.container});
    Claimant c;
    c.contract = t.contract;
    if (p.goal == Goal::priority) c.weight = 1 + std::max(0, period_.observation.containers[r.container].priority);
    const bool known = is_known(t);
    const bool asleep =
        r.metrics.absent == Absence::too_few_instructions || r.metrics.absent == Absence::counted_nothing;
    if (known && !asleep && to_search) c.curve = &curve_of(domain, r);
    c.caution = p.caution;
    if (known)
      c.exposure = p.change_risk * (t.mind.changes + 1) / (static_cast<double>(t.profile.phases.periods) + kUsualPhase);
    if (r.metrics.llc_refs_per_sec && r.metrics.llc_refs_per_ki.value_or(0) > 0)
      c.cycles_per_sec = *r.metrics.llc_refs_per_sec / *r.metrics.llc_refs_per_ki * 1000 * r.metrics.cpi();
    c.owed = note.owed || (!known && !asleep);
    if (known) {
      const Phase& phase = t.profile.phases.now();
      c.alone = phase.suffered_sharing;
      // What the contract gives must have been seen before anything less is thought of.
      note.owed_first = !asleep && !seen_at_contract(t) && could_gain(curve_of(domain, r), t, p.ipc_gain_ratio);
      c.owed = c.owed || phase.keeps_contract || note.owed_first;
    }
    const std::int16_t g = period_.sight.group_of[r.container];
    if (g >= 0 && period_.sight.at(domain, r.container).disjoint) {
      const auto [at, is_new] = part_of.try_emplace(g, static_cast<int>(q.before.size()));
      if (is_new) q.before.push_back({0, r.ways_before.count, at->second});
      c.part_before = at->second;
      c.had = r.ways_before;
      q.before[static_cast<std::size_t>(at->second)].members |= std::uint64_t{1} << k;
    }
    q.claimants.push_back(c);
  }
  return q;
}

// Somebody whose caution stands in the way of a better arrangement, and who can afford to be wrong about: one at a
// time.
std::optional<std::size_t> AdaptivePlanner::whom_to_look_at(const ArrangeQuestion& q, Arranger& arranger,
                                                            Arrangement& best, std::size_t domain,
                                                            const DomainAllocation& out) {
  std::vector<std::pair<double, std::size_t>> hopeful;
  for (std::size_t k = 0; k < out.rows.size(); ++k) {
    const Claimant& c = q.claimants[k];
    const ContainerDecision& r = row(domain, out.rows[k]);
    if (c.curve == nullptr || c.owed || !r.metrics.valid()) continue;
    // What less would cost is learned only beside what the contract gives.
    if (!seen_at_contract(tenant(domain, r))) continue;
    const Spread least = c.curve->relative_ipc(q.least, c.contract.count);
    const double risk = least.deviation;
    if (tenant(domain, r).mind.look_budget < 0) continue;
    // Already being looked at: that goes on first.
    const double first = tenant(domain, r).mind.looked_at ? -10 : 0;
    hopeful.push_back({first - least.mean + risk, k});
  }
  std::ranges::sort(hopeful);
  if (hopeful.size() > kMostLookedFor) hopeful.resize(kMostLookedFor);
  std::optional<std::size_t> chosen;
  for (const auto& [hope, k] : hopeful) {
    Arrangement with = arranger.better_than(best, k);
    if (!with.feasible) continue;
    if (with.value - with.cost <= best.value - best.cost + q.worth_moving) continue;
    best = std::move(with);
    chosen = k;
  }
  return chosen;
}

// Everybody has a place, and who is owed its contract has it.
bool AdaptivePlanner::can_stay(const ArrangeQuestion& q, int tenants) {
  std::uint64_t placed = 0;
  int used = 0;
  for (const Part& part : q.before) {
    placed |= part.members;
    used += part.ways;
    if (part.ways < q.least) return false;
  }
  if (std::popcount(placed) != tenants || used > q.ways || static_cast<int>(q.before.size()) > q.closids) return false;
  return std::ranges::all_of(q.claimants, [&](const Claimant& c) {
    const bool alone = std::popcount(q.before[static_cast<std::size_t>(c.part_before)].members) == 1;
    return !c.owed || (alone && c.had >= c.contract);
  });
}

// Nothing has been learned that could change the arrangement: it stays without a search, but for every
// kSearchAnyway-th period.
bool AdaptivePlanner::settled(std::size_t domain, const DomainAllocation& out) const {
  if ((period_.state.tick + domain) % kSearchAnyway == 0) return false;
  return std::ranges::all_of(out.rows, [&](std::size_t index) {
    const ContainerDecision& r = period_.decision.domains[domain].containers[index];
    const TenantState& t = period_.state.domains[domain].tenants[r.container];
    const Note& note = notes_.at({domain, r.container});
    return !note.learned ||
           (note.lesson.event == PhaseEvent::none && !t.mind.looked_at && note.seen_here >= kSeenEnough);
  });
}

// Who streams without a contract, by what it did, wherever it lives now.
void AdaptivePlanner::watch_crowd(std::size_t domain) {
  for (const ContainerDecision& r : period_.decision.domains[domain].containers) {
    if (r.container == kSharedRegion || r.dedicated || !period_.observation.containers[r.container].managed) continue;
    watch(tenant(domain, r).crowd, r.metrics, period_.sight.group_of[r.container] >= 0, period_.parameters);
  }
}

// Those that stream without a contract get a least partition of what the contracts leave, if they are worth it.
void AdaptivePlanner::set_streams_apart(std::size_t domain, DomainAllocation& out, int used) {
  std::vector<std::size_t> streams;
  double streams_misses = 0, others_misses = 0, others_refs = 0;
  const std::vector<ContainerDecision>& rows = period_.decision.domains[domain].containers;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const ContainerDecision& r = rows[k];
    if (r.container == kSharedRegion || r.dedicated || !period_.observation.containers[r.container].managed) continue;
    if (tenant(domain, r).crowd.confined) {
      streams.push_back(k);
      streams_misses += misses_per_sec(r.metrics);
    } else if (r.metrics.valid()) {
      others_misses += misses_per_sec(r.metrics);
      others_refs += r.metrics.llc_refs_per_sec.value_or(0);
    }
  }
  const int least = period_.domains[domain].least.count;
  const bool room = used + least <= out.ways.count && static_cast<int>(out.allocation.masks.size()) < most_clusters();
  if (streams.empty() || !room || !worth_apart(streams_misses, others_misses, others_refs, period_.parameters)) return;
  out.allocation.masks.push_back(Cbm::run(WayIndex(used), Ways(least)));
  for (const std::size_t k : streams) {
    out.rows.push_back(k);
    out.allocation.cluster_of.push_back(out.allocation.masks.size() - 1);
  }
}

void AdaptivePlanner::explain_crowd(std::size_t domain, ContainerDecision& r) {
  if (r.container == kSharedRegion || !tenant(domain, r).crowd.confined) return;
  if (r.ways_after == period_.decision.domains[domain].shared) return;
  r.after = State::streaming;
  r.reason.code = ReasonCode::streams_apart;
  r.reason.value = r.metrics.miss_ratio;
}

// One period searches for so many tenants, whole domains, in turn: who must wait stays as it is if nobody there is owed
// anything, else has the contracts alone.
Arrangement AdaptivePlanner::arrange(std::size_t domain, DomainAllocation& out) {
  const auto tenants = static_cast<int>(out.rows.size());
  const ArrangeQuestion now = question(domain, out, false);
  const bool may_stay = can_stay(now, tenants);
  const bool must_wait = searched_ > 0 && searched_ + tenants > kMostSearched;
  if (may_stay && (must_wait || settled(domain, out))) {
    Arrangement before;
    before.parts = now.before;
    return before;
  }
  if (must_wait) return contracts_alone(now);
  searched_ += tenants;
  Arranger arranger(question(domain, out, true));
  Arrangement best = arranger.best();
  out.looked_at = whom_to_look_at(arranger.question(), arranger, best, domain, out);
  note_outlooks(domain, out, arranger, best);
  return best;
}

Result<DomainAllocation> AdaptivePlanner::divide(std::size_t domain, DomainAllocation out) {
  if (out.rows.empty()) {
    set_streams_apart(domain, out, 0);
    return out;
  }
  const Arrangement best = arrange(domain, out);
  for (std::size_t k = 0; k < out.rows.size(); ++k)
    tenant(domain, row(domain, out.rows[k])).mind.looked_at = out.looked_at == k;
  out.allocation.cluster_of.assign(out.rows.size(), 0);
  int lowest = 0;
  for (std::size_t p = 0; p < best.parts.size(); ++p) {
    out.allocation.masks.push_back(Cbm::run(WayIndex(lowest), Ways(best.parts[p].ways)));
    lowest += best.parts[p].ways;
    for (std::size_t k = 0; k < out.rows.size(); ++k)
      if ((best.parts[p].members >> k & 1) != 0) out.allocation.cluster_of[k] = p;
  }
  set_streams_apart(domain, out, lowest);
  return out;
}

void AdaptivePlanner::note_outlooks(std::size_t domain, const DomainAllocation& out, const Arranger& arranger,
                                    const Arrangement& arrangement) {
  for (const Part& part : arrangement.parts)
    for (std::size_t k = 0; k < out.rows.size(); ++k)
      if ((part.members >> k & 1) != 0)
        tenant(domain, row(domain, out.rows[k])).mind.expected = arranger.outlook(part, k);
}

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
  r.demand = note.owed || note.owed_first || !known ? DemandKind::contract : DemandKind::hold;
  r.reason = Reason{};
  r.reason.normalised_ipc = note.normalised;
  if (!r.metrics.valid()) {
    // Asleep, or not to be judged: it is what it was.
    const bool asleep = r.metrics.absent == Absence::too_few_instructions;
    r.after = asleep && known ? State::donor : r.before;
    r.reason.code = known || asleep ? ReasonCode::absent : ReasonCode::admitted;
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

}  // namespace

void adapt(Period& period) {
  AdaptivePlanner planner(period);
  planner.learn_all();
  planner.run();
}

}  // namespace dcat
