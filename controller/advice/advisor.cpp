#include "controller/advice/advisor.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace dcat {

namespace {

IpcCurve curve_of_table(const PerformanceTable& table) {
  std::vector<IpcPoint> points;
  for (const TableEntry& entry : table.entries())
    points.push_back({static_cast<double>(entry.ways.count), entry.normalised_ipc, entry.weight});
  return IpcCurve(std::move(points));
}

// What it would gain, against `reference` in the curve's unit. REQUIRES: curve.tells(), reference > 0
Advice from_curve(AdviceSource source, const IpcCurve& curve, double reference, Ways planned, double loss) {
  Advice advice;
  advice.source = source;
  advice.seen_least = curve.points().front().ways;
  advice.seen_most = curve.points().back().ways;
  advice.wants = Ways(static_cast<int>(std::ceil(curve.enough(loss))));
  advice.gain = *curve.at(advice.wants.count) / reference - 1;
  if (const auto ipc = curve.at(planned.count)) advice.planned_gain = *ipc / reference - 1;
  return advice;
}

const Phase* present_phase(const TenantState* tenant, const ContainerDecision& row) {
  if (tenant == nullptr || tenant->profile.phases.phases.empty() || row.phase == 0) return nullptr;
  return &tenant->profile.phases.now();
}

}  // namespace

std::string_view name_of(AdviceSource source) {
  switch (source) {
    case AdviceSource::unknown: return "unknown";
    case AdviceSource::table: return "table";
    case AdviceSource::curve: return "curve";
    case AdviceSource::occupancy: return "occupancy";
  }
  return "";
}

// A phase that is another begins anew: what was held in the old one says nothing about this one. Of containers that are
// only watched nobody tracks phases: their own test here is the same, without known phases that come back.
void Advisor::learn(const ContainerId& container, DomainId domain, const ContainerDecision& row,
                    std::uint64_t way_bytes, double phase_change_ratio) {
  if (!row.metrics.valid() || !row.metrics.llc_occupancy_bytes || way_bytes == 0) return;
  Held& held = held_[container][domain];
  const std::optional<double>& accesses = row.metrics.memory_accesses_per_instruction;
  const bool changed = row.phase == 0 && accesses && held.reference &&
                       std::abs(*accesses - *held.reference) > phase_change_ratio * *held.reference;
  if (held.phase != row.phase || changed) held = {row.phase, {}, {}};
  if (row.phase == 0 && !held.reference) held.reference = accesses;
  const double ways = static_cast<double>(*row.metrics.llc_occupancy_bytes) / static_cast<double>(way_bytes);
  Seen& seen = held.at[std::max(1, static_cast<int>(std::lround(ways)))];
  // As many periods as make the mean steady; later ones keep it fresh.
  constexpr int kMostPeriods = 60;
  seen.periods = std::min(seen.periods + 1, kMostPeriods);
  seen.ipc += (row.metrics.ipc - seen.ipc) / seen.periods;
}

IpcCurve Advisor::held_curve(const ContainerId& container, DomainId domain) const {
  const auto known = held_.find(container);
  if (known == held_.end()) return {};
  const auto held = known->second.find(domain);
  if (held == known->second.end()) return {};
  std::vector<IpcPoint> points;
  for (const auto& [ways, seen] : held->second.at)
    if (seen.periods >= kFewest)
      points.push_back({static_cast<double>(ways), seen.ipc, static_cast<double>(seen.periods)});
  return IpcCurve(std::move(points));
}

Advice Advisor::advise(const ContainerInfo& info, DomainId domain, const ContainerDecision& row,
                       const TenantState* tenant, Ways cache_ways, const Parameters& parameters) const {
  const double loss = parameters.table_loss_ratio;
  const bool measured = row.metrics.valid() && row.metrics.ipc > 0;
  if (const Phase* const phase = present_phase(tenant, row); phase != nullptr && phase->baseline_ipc) {
    const IpcCurve curve = curve_of_table(phase->table);
    const double now = measured ? row.metrics.ipc / *phase->baseline_ipc : 1;
    if (curve.tells()) {
      Advice advice = from_curve(AdviceSource::table, curve, now, row.ways_after, loss);
      advice.against_contract = !measured;
      return advice;
    }
  }
  if (const NamedCurve* const named = curve_of_ ? curve_of_(info, cache_ways) : nullptr;
      named != nullptr && named->curve.tells()) {
    const bool given = info.contract_kind == ContainerInfo::ContractKind::given;
    const Ways contract = row.contract == Ways(0) && given ? info.contract : row.contract;
    const auto at_contract = named->curve.at(contract.count);
    if (contract > Ways(0) && at_contract && *at_contract > 0) {
      Advice advice = from_curve(AdviceSource::curve, named->curve, *at_contract, row.ways_after, loss);
      advice.curve = named->name;
      advice.against_contract = true;
      return advice;
    }
  }
  const IpcCurve curve = held_curve(info.id, domain);
  if (measured && curve.tells())
    return from_curve(AdviceSource::occupancy, curve, row.metrics.ipc, row.ways_after, loss);
  return {};
}

std::vector<AdviceRow> Advisor::look(const Observation& observation, const Decision& decision,
                                     const ControllerState& state, const Parameters& parameters) {
  std::erase_if(held_, [&](const auto& entry) {
    return !std::ranges::binary_search(observation.containers, entry.first, {}, &ContainerInfo::id);
  });
  std::vector<AdviceRow> rows;
  for (const DomainDecision& domain : decision.domains) {
    const auto of_domain = std::ranges::find(state.domains, domain.id, &DomainState::id);
    const DomainGeometry* const geometry = observation.geometry.find(domain.id);
    const std::uint64_t way_bytes = geometry == nullptr ? 0 : geometry->way_bytes;
    const Ways cache_ways = geometry == nullptr ? Ways(0) : geometry->ways();
    for (const ContainerDecision& row : domain.containers) {
      if (row.container == kSharedRegion) continue;
      const ContainerInfo& info = observation.containers[row.container];
      learn(info.id, domain.id, row, way_bytes, parameters.phase_change_ratio);
      const bool known = of_domain != state.domains.end() && row.container < of_domain->tenants.size();
      const TenantState* const tenant = known ? &of_domain->tenants[row.container] : nullptr;
      rows.push_back({row.container, domain.id, advise(info, domain.id, row, tenant, cache_ways, parameters)});
    }
  }
  return rows;
}

}  // namespace dcat
