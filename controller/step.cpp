#include "controller/step.h"

#include <algorithm>

#include "controller/period.h"

namespace dcat {

namespace {

bool same_containers(const ControllerState& state, const Observation& o) {
  return std::equal(state.containers.begin(), state.containers.end(), o.containers.begin(), o.containers.end(),
                    [](const ContainerId& id, const ContainerInfo& info) { return id == info.id; });
}

// Tenants keep what is known of them as long as their container is there.
void align_containers(ControllerState& state, const Observation& o) {
  if (same_containers(state, o)) return;
  remember_who_left(state, o.containers, o.at);
  for (DomainState& domain : state.domains) {
    std::vector<TenantState> tenants(o.containers.size());
    std::size_t old = 0;
    for (std::size_t i = 0; i < o.containers.size(); ++i) {
      while (old < state.containers.size() && state.containers[old] < o.containers[i].id) ++old;
      if (old < state.containers.size() && state.containers[old] == o.containers[i].id)
        tenants[i] = std::move(domain.tenants[old]);
    }
    domain.tenants = std::move(tenants);
  }
  state.containers.clear();
  for (const ContainerInfo& info : o.containers) state.containers.push_back(info.id);
}

void align_domains(ControllerState& state, const Observation& o) {
  std::vector<DomainState> domains;
  for (const DomainGeometry& geometry : o.geometry.domains) {
    const auto known = std::find_if(state.domains.begin(), state.domains.end(),
                                    [&](const DomainState& d) { return d.id == geometry.id; });
    domains.push_back(known != state.domains.end() ? std::move(*known) : DomainState{geometry.id, {}, {}});
    domains.back().tenants.resize(o.containers.size());
    domains.back().ways = geometry.ways();
    domains.back().way_bytes = geometry.way_bytes;
  }
  state.domains = std::move(domains);
}

// Who runs in which domain: at least domain_min_share of its instructions. A container that ran nowhere stays where
// it was; one that was announced and has not run yet is everywhere.
void find_presence(Period& period) {
  const std::size_t n = period.state.containers.size();
  std::vector<double> total(n, 0);
  std::vector<bool> ran(n, false);
  for (DomainPeriod& d : period.domains)
    for (std::size_t k = 0; k < d.counts.size(); ++k) {
      const std::uint32_t c = d.observation->series[k].container;
      total[c] += d.counts[k].period_instructions;
      if (d.counts[k].ran) ran[c] = true;
    }
  for (std::size_t i = 0; i < period.domains.size(); ++i) {
    DomainPeriod& d = period.domains[i];
    std::vector<TenantState>& tenants = period.state.domains[i].tenants;
    std::vector<bool> here(n, false);
    for (std::size_t k = 0; k < d.counts.size(); ++k) {
      const std::uint32_t c = d.observation->series[k].container;
      const double least = period.parameters.domain_min_share_ratio * total[c];
      here[c] = d.counts[k].ran && d.counts[k].period_instructions >= least;
    }
    for (std::size_t c = 0; c < n; ++c)
      if (ran[c]) tenants[c].counts = here[c];
  }
  for (std::size_t c = 0; c < n; ++c) {
    if (ran[c] || !period.observation.containers[c].starting) continue;
    const auto tenant = [c](DomainState& domain) -> TenantState& { return domain.tenants[c]; };
    if (std::ranges::any_of(period.state.domains, &TenantState::counts, tenant)) continue;
    for (DomainState& domain : period.state.domains) domain.tenants[c].counts = true;
  }
}

Period begin(ControllerState&& state, const Observation& observation, const Parameters& parameters) {
  Period period{observation, parameters, std::move(state), {}, {}, {}, {}};
  align(period);
  period.sight = look(period.state, observation);
  measure(period);
  return period;
}

StepResult finish(Period&& period) {
  period.state.observed = period.observation.masks;
  return {std::move(period.state), std::move(period.decision)};
}

}  // namespace

void align(Period& period) {
  const Observation& o = period.observation;
  ++period.state.tick;
  period.decision.tick = period.state.tick;
  period.decision.at = o.at;
  align_containers(period.state, o);
  align_domains(period.state, o);
  for (const DomainState& domain : period.state.domains) {
    DomainPeriod d;
    d.geometry = o.geometry.find(domain.id);
    const auto seen =
        std::find_if(o.domains.begin(), o.domains.end(), [&](const DomainObservation& x) { return x.id == domain.id; });
    if (seen != o.domains.end()) d.observation = &*seen;
    d.least = std::max(period.parameters.min_ways, d.geometry->min_cbm_bits);
    d.floor = shared_floor(*d.geometry, period.parameters);
    // A group that has no ways of its own in one of several domains uses the shared region's there.
    if (o.geometry.domains.size() > 1) d.floor = std::max(d.floor, d.geometry->min_cbm_bits);
    // Masks that overlap each other wait in the shared region while an isolated container's moves (cat/diff.h).
    if (!is_dcat(period.parameters.policy) && std::ranges::any_of(o.containers, wants_isolation))
      d.floor = std::max(d.floor, d.geometry->min_cbm_bits);
    period.domains.push_back(std::move(d));
  }
}

void measure(Period& period) {
  for (std::size_t i = 0; i < period.domains.size(); ++i) {
    DomainPeriod& d = period.domains[i];
    if (d.observation == nullptr) continue;
    DomainState& state = period.state.domains[i];
    d.counts.reserve(d.observation->series.size());
    for (const SampleSeries& series : d.observation->series) {
      TenantState& tenant = state.tenants[series.container];
      const GroupSight& group = period.sight.at(i, series.container);
      // Who has no partition of its own feels every change of the shared region.
      const bool own = period.sight.group_of[series.container] >= 0;
      DeriveRules rules = period.rules(tenant);
      if (!own) rules.settled_at = std::max(rules.settled_at, state.shared.settled_at);
      const auto samples = d.observation->samples_of(series);
      d.counts.push_back(count_interval(tenant.last ? &*tenant.last : nullptr, samples, rules));
      if (group.stirred && !d.counts.back().absent) d.counts.back().absent = Absence::ways_changed;
      if (!samples.empty()) tenant.last = samples.back();
    }
  }
  find_presence(period);
}

Ways shared_floor(const DomainGeometry& geometry, const Parameters& parameters) {
  Ways floor = parameters.shared_ways;
  // Where masks have two ways at least, a single free way would be no legal shared region.
  const bool needed = !geometry.shared_may_be_empty || geometry.min_cbm_bits > Ways(1);
  if (floor > Ways(0) || needed) floor = std::max(floor, geometry.min_cbm_bits);
  for (const Cbm tied : geometry.tied) floor = std::max(floor, (tied & geometry.available).size());
  return std::min(floor, geometry.ways());
}

std::optional<Ways> resolve_contract(const ContainerInfo& info, Ways ways, Ways least) {
  if (!info.managed) return std::nullopt;
  switch (info.contract_kind) {
    case ContainerInfo::ContractKind::none: return std::nullopt;
    case ContainerInfo::ContractKind::given: return std::max(info.contract, least);
    case ContainerInfo::ContractKind::cpu_share:
      // A share such as 15/22 must come out whole again.
      return std::max(Ways(static_cast<int>(info.cpu_share * ways.count + 1e-9)), least);
  }
  return std::nullopt;
}

StepResult step(ControllerState state, const Observation& observation, const Parameters& parameters) {
  Period period = begin(std::move(state), observation, parameters);
  admit(period);
  judge(period);
  if (is_dcat(parameters.policy))
    make_plan(period);
  else if (parameters.policy == PolicyKind::adaptive)
    adapt(period);
  else
    plan_by_policy(period);
  carry_out(period);
  return finish(std::move(period));
}

StepResult observe(ControllerState state, const Observation& observation, const Parameters& parameters) {
  Period period = begin(std::move(state), observation, parameters);
  judge_by_counters_alone(period);
  period.decision.masks = observation.masks;
  period.state.desired = observation.masks;
  return finish(std::move(period));
}

}  // namespace dcat
