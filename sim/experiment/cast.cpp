#include "sim/experiment/cast.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

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
      cast(tenant, place, *at, role);
    }
  }
}

void Cast::cast(const TenantSpec& tenant, const PlacementSpec& place, const DomainSpec& domain, Role& role) {
  std::vector<Act>& acts = role.acts.emplace_back();
  std::vector<std::optional<std::uint32_t>>& act_of = role.act_of.emplace_back();
  act_of.reserve(tenant.phases.size());
  // The tables of a curve depend on nothing else of the workload.
  std::map<std::pair<const Curve*, double>, std::uint32_t> known;
  std::map<const Curve*, std::size_t> programs;
  for (std::size_t p = 0; p < tenant.phases.size(); ++p) {
    const std::optional<Workload>& workload = tenant.phases[p].workload;
    const double load = tenant.phases[p].load;
    if (!workload) {
      act_of.emplace_back();
      continue;
    }
    const auto next = static_cast<std::uint32_t>(acts.size());
    std::uint32_t act = next;
    std::size_t first = p;
    if (const auto* curve = std::get_if<CurveProgram>(&workload->kind)) {
      act = known.try_emplace({curve->curve.get(), load}, next).first->second;
      first = programs.try_emplace(curve->curve.get(), p).first->second;
    }
    act_of.emplace_back(act);
    if (act != next) continue;
    SteadyProgram program(tenant.id.value, *workload, LlcShape{domain.ways.count, domain.way_bytes},
                          tenant.hertz * place.cpus * load);
    KnownCurve curve = program.known();
    acts.push_back({std::move(program), std::move(curve), p, first});
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
      const std::optional<std::uint32_t>& number = roles_[t].act_of[p][*running[t]];
      if (roles_[t].domains[p] != domain || !number) continue;
      const Act& act = roles_[t].acts[p][*number];
      scene.node.programs.push_back(act.program);
      scene.tenants.push_back(t);
      scene.contracts.push_back(roles_[t].contracts[p]);
      scene.curves.push_back(&act.known);
      scene.key.emplace_back(t, act.first_phase);
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

std::size_t Cast::program(std::size_t tenant, std::size_t phase) const {
  const Role& role = roles_[tenant];
  return role.acts.front()[*role.act_of.front()[phase]].same_program;
}

}  // namespace dcat::sim
