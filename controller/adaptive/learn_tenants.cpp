// What every tenant showed goes into what is known of it, and its baseline and table follow.
#include <algorithm>
#include <cmath>

#include "controller/adaptive/planner.h"

namespace dcat {

namespace {

// A tenant's shortfall is told from noise by so many standard errors of its period.
constexpr double kSurely = 1.0;
// Looks may spend what has been saved up for so many periods.
constexpr double kSavedPeriods = 300;

}  // namespace

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

// Who is to be isolated and has no room for it here is apart elsewhere, perhaps: it is never put among others.
bool AdaptivePlanner::in_crowd(const ContainerDecision& r) const {
  if (r.container == kSharedRegion || r.dedicated) return false;
  const ContainerInfo& info = period_.observation.containers[r.container];
  return info.managed && !wants_isolation(info);
}

// Who streams without a contract, by what it did, wherever it lives now.
void AdaptivePlanner::watch_crowd(std::size_t domain) {
  for (const ContainerDecision& r : period_.decision.domains[domain].containers) {
    if (in_crowd(r))
      watch(tenant(domain, r).crowd, r.metrics, period_.sight.group_of[r.container] >= 0, period_.parameters);
  }
}

void AdaptivePlanner::learn_all() {
  for (std::size_t i = 0; i < period_.domains.size(); ++i) {
    learn_domain(i);
    watch_crowd(i);
  }
}

}  // namespace dcat
