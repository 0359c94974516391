#include "sim/experiment/cast.h"

#include <algorithm>
#include <cmath>

namespace dcat::sim {
namespace {

Ways contract_of(const TenantSpec& tenant, const DomainSpec& domain, int node_cpus) {
  if (tenant.contract_kind == ContainerInfo::ContractKind::given)
    return std::clamp(tenant.contract, Ways(1), domain.ways);
  if (tenant.contract_kind == ContainerInfo::ContractKind::none) return Ways(1);
  int cpus = 0;
  for (const PlacementSpec& place : tenant.placements) cpus += place.cpus;
  // The controller's rule (sim/tenant.cpp has it too): rounded down, at least 1.
  return Ways(
      std::max(1, static_cast<int>(std::floor(static_cast<double>(cpus) / node_cpus * domain.ways.count + 1e-9))));
}

}  // namespace

Cast::Cast(const Scenario& scenario) : scenario_(scenario) {
  int node_cpus = 0;
  for (const DomainSpec& domain : scenario.domains) node_cpus += domain.cpus;
  for (const TenantSpec& tenant : scenario.tenants) {
    Role& role = roles_.emplace_back();
    for (const PlacementSpec& place : tenant.placements) {
      const auto at = std::ranges::find(scenario.domains, place.domain, &DomainSpec::id);
      role.domains.push_back(static_cast<std::size_t>(at - scenario.domains.begin()));
      role.contracts.push_back(contract_of(tenant, *at, node_cpus));
      std::vector<std::optional<Act>>& acts = role.acts.emplace_back();
      for (const PhaseSpec& phase : tenant.phases) {
        if (!phase.workload) {
          acts.emplace_back();
          continue;
        }
        SteadyProgram program(tenant.id.value, *phase.workload, LlcShape{at->ways.count, at->way_bytes},
                              tenant.hertz * place.cpus);
        KnownCurve known = program.known();
        acts.emplace_back(Act{std::move(program), std::move(known)});
      }
    }
  }
}

Cast::Scene Cast::scene(std::size_t domain, const Running& running) const {
  const DomainSpec& spec = scenario_.domains[domain];
  Scene scene;
  scene.domain = domain;
  scene.node = {spec.ways, spec.min_cbm_bits, scenario_.closids, spec.memory_bytes_per_sec, {}};
  for (std::size_t t = 0; t < roles_.size(); ++t) {
    if (!running[t]) continue;
    for (std::size_t p = 0; p < roles_[t].domains.size(); ++p) {
      if (roles_[t].domains[p] != domain || !roles_[t].acts[p][*running[t]]) continue;
      const Act& act = *roles_[t].acts[p][*running[t]];
      scene.node.programs.push_back(act.program);
      scene.tenants.push_back(t);
      scene.contracts.push_back(roles_[t].contracts[p]);
      scene.curves.push_back(&act.known);
      scene.key.emplace_back(t, *running[t]);
    }
  }
  return scene;
}

Cast::Scene Cast::whole_scene(std::size_t domain, const std::vector<bool>& present) const {
  const DomainSpec& spec = scenario_.domains[domain];
  Scene scene;
  scene.domain = domain;
  scene.node = {spec.ways, spec.min_cbm_bits, scenario_.closids, spec.memory_bytes_per_sec, {}};
  for (std::size_t t = 0; t < roles_.size(); ++t) {
    for (std::size_t p = 0; p < roles_[t].domains.size(); ++p) {
      if (!present[t] || roles_[t].domains[p] != domain) continue;
      scene.tenants.push_back(t);
      scene.contracts.push_back(roles_[t].contracts[p]);
      scene.curves.push_back(nullptr);
    }
  }
  return scene;
}

}  // namespace dcat::sim
