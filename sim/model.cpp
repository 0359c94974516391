#include "sim/model.h"

#include <algorithm>
#include <utility>

namespace dcat::sim {
namespace {

Scenario sorted(Scenario scenario) {
  std::sort(scenario.domains.begin(), scenario.domains.end(),
            [](const DomainSpec& a, const DomainSpec& b) { return a.id < b.id; });
  std::sort(scenario.tenants.begin(), scenario.tenants.end(),
            [](const TenantSpec& a, const TenantSpec& b) { return a.id < b.id; });
  for (TenantSpec& tenant : scenario.tenants)
    std::sort(tenant.placements.begin(), tenant.placements.end(),
              [](const PlacementSpec& a, const PlacementSpec& b) { return a.domain < b.domain; });
  return scenario;
}

double most_references_per_sec(const Tenant::Place& place) {
  if (place.throttle == kUnthrottled) return 0;
  return place.throttle.percent / 100.0 * place.spec.cpus * kCoreBytesPerSec / kLineBytes;
}

}  // namespace

Model::Model(Scenario scenario)
    : scenario_(sorted(std::move(scenario))),
      groups_(scenario_),
      changed_(scenario_.domains.size(), true),
      stall_factors_(scenario_.domains.size(), 1) {
  int cpus = 0;
  for (const DomainSpec& d : scenario_.domains) cpus += d.cpus;
  tenants_.reserve(scenario_.tenants.size());
  for (const TenantSpec& spec : scenario_.tenants) tenants_.emplace_back(spec, scenario_.domains, cpus);
  fire_events();
}

const Tenant* Model::find(const ContainerId& id) const {
  const auto at = std::lower_bound(tenants_.begin(), tenants_.end(), id,
                                   [](const Tenant& t, const ContainerId& wanted) { return t.spec().id < wanted; });
  return at != tenants_.end() && at->spec().id == id ? &*at : nullptr;
}

void Model::advance_to(TimePoint until) {
  while (now_ < until) {
    solve_changed_domains();
    TimePoint next = until;
    for (const Tenant& tenant : tenants_) next = std::min(next, tenant.next_event(now_));
    for (Tenant& tenant : tenants_) tenant.accrue(now_, next);
    now_ = next;
    fire_events();
  }
}

Status Model::apply(const Change& change) {
  const auto exists = [this](const ContainerId& id) {
    const Tenant* tenant = find(id);
    return tenant != nullptr && tenant->present();
  };
  Status status = groups_.apply(change, exists);
  if (status) follow_masks();
  return status;
}

void Model::replace_masks(const Masks& masks) {
  groups_.replace(masks);
  follow_masks();
}

std::vector<ContainerInfo> Model::containers() const {
  std::vector<ContainerInfo> infos;
  for (const Tenant& tenant : tenants_) {
    if (!tenant.present()) continue;
    ContainerInfo& info = infos.emplace_back();
    info.id = tenant.spec().id;
    info.contract_kind = tenant.spec().contract_kind;
    if (info.contract_kind == ContainerInfo::ContractKind::given) info.contract = tenant.spec().contract;
    if (info.contract_kind == ContainerInfo::ContractKind::cpu_share) info.cpu_share = tenant.cpu_share();
    info.managed = tenant.spec().managed;
    info.isolated = tenant.spec().isolated;
  }
  return infos;
}

std::vector<TruthRow> Model::truth() const {
  std::vector<TruthRow> rows;
  for (const Tenant& tenant : tenants_) rows.push_back(tenant.truth());
  return rows;
}

std::vector<Standing> Model::standings() {
  solve_changed_domains();
  std::vector<Standing> rows;
  for (const Tenant& tenant : tenants_) {
    if (!tenant.present()) continue;
    for (const Tenant::Place& place : tenant.places()) {
      Standing row{tenant.spec().id, place.spec.domain, place.mask, place.rates.ways_held, 0, 0, 1};
      if (place.rates.cycles_per_sec > 0) row.ipc = place.rates.instructions_per_sec / place.rates.cycles_per_sec;
      row.misses_per_sec = place.rates.misses_per_sec;
      for (std::size_t d = 0; d < scenario_.domains.size(); ++d)
        if (scenario_.domains[d].id == place.spec.domain) row.stall_factor = stall_factors_[d];
      rows.push_back(row);
    }
  }
  return rows;
}

void Model::solve_changed_domains() {
  for (std::size_t d = 0; d < changed_.size(); ++d) {
    if (changed_[d]) solve(d);
    changed_[d] = false;
  }
}

void Model::solve(std::size_t domain) {
  const DomainSpec& spec = scenario_.domains[domain];
  std::vector<Runner> runners;
  std::vector<std::pair<Tenant*, std::size_t>> who;
  for (Tenant& tenant : tenants_) {
    for (std::size_t i = 0; i < tenant.places().size(); ++i) {
      const Tenant::Place& place = tenant.places()[i];
      if (place.spec.domain != spec.id) continue;
      tenant.set_rates(i, Rates{});
      if (tenant.workload() == nullptr) continue;
      const double cycles_per_sec = tenant.spec().hertz * place.spec.cpus * tenant.load();
      runners.push_back({place.mask, tenant.workload(), cycles_per_sec, tenant.slow_factor(),
                         tenant.load() * most_references_per_sec(place)});
      who.emplace_back(&tenant, i);
    }
  }
  const Contention contention = contend(runners, spec);
  for (std::size_t k = 0; k < who.size(); ++k) who[k].first->set_rates(who[k].second, contention.rates[k]);
  stall_factors_[domain] = contention.stall_factor;
}

void Model::fire_events() {
  for (Tenant& tenant : tenants_) {
    const bool was_present = tenant.present();
    if (!tenant.fire(now_)) continue;
    mark_changed(tenant);
    if (was_present && !tenant.present()) groups_.forget(tenant.spec().id);
    // Who arrives starts in the default group, with nothing of an earlier mask to wait for.
    if (!was_present && tenant.present())
      for (std::size_t i = 0; i < tenant.places().size(); ++i) {
        const DomainId domain = tenant.places()[i].spec.domain;
        tenant.set_mask(i, groups_.mask_of(tenant.spec().id, domain), now_, now_);
        tenant.set_throttle(i, groups_.throttle_of(tenant.spec().id, domain));
      }
  }
}

void Model::follow_masks() {
  for (Tenant& tenant : tenants_) {
    if (!tenant.present()) continue;
    for (std::size_t i = 0; i < tenant.places().size(); ++i) {
      const DomainId domain = tenant.places()[i].spec.domain;
      bool changed = tenant.set_mask(i, groups_.mask_of(tenant.spec().id, domain), now_ + scenario_.refill, now_);
      changed |= tenant.set_throttle(i, groups_.throttle_of(tenant.spec().id, domain));
      if (changed) mark_changed(tenant);
    }
  }
}

void Model::mark_changed(const Tenant& tenant) {
  for (const Tenant::Place& place : tenant.places())
    for (std::size_t d = 0; d < changed_.size(); ++d)
      if (scenario_.domains[d].id == place.spec.domain) changed_[d] = true;
}

}  // namespace dcat::sim
