// Plan by one of controller/policies (controller/divide.h). Admission, phases and tables are dCat's; states are told
// and decide nothing.
#include <algorithm>
#include <memory>
#include <utility>

#include "controller/divide.h"
#include "controller/look.h"

namespace dcat {

namespace {

// A stand-in where nobody measures occupancy: its part of the misses, of the ways that it may fill.
double ways_held(const ContainerDecision& row, const DomainGeometry& geometry, double misses, double all_misses) {
  if (row.metrics.llc_occupancy_bytes && geometry.way_bytes > 0)
    return static_cast<double>(*row.metrics.llc_occupancy_bytes) / static_cast<double>(geometry.way_bytes);
  const double part = all_misses > 0 ? geometry.ways().count * misses / all_misses : row.ways_before.count;
  return std::min<double>(row.ways_before.count, part);
}

double misses_per_sec(const Metrics& m) {
  return m.llc_refs_per_sec && m.miss_ratio ? *m.llc_refs_per_sec * *m.miss_ratio : 0;
}

class PolicyPlanner : public Divider {
 public:
  using Divider::Divider;

 private:
  Result<DomainAllocation> divide(std::size_t domain, DomainAllocation out) override;
  void explain(std::size_t domain, ContainerDecision& row, bool looked_at, bool others_are) override;
  std::vector<Measured> measure(std::size_t domain, const std::vector<std::size_t>& rows);
  std::optional<DomainAllocation> look(std::size_t domain, const std::vector<std::size_t>& rows, Ways ways);
};

std::vector<Measured> PolicyPlanner::measure(std::size_t domain, const std::vector<std::size_t>& rows) {
  double all_misses = 0;
  for (const std::size_t r : rows) all_misses += misses_per_sec(row(domain, r).metrics);
  std::vector<Measured> all;
  for (const std::size_t r : rows) {
    const Metrics& m = row(domain, r).metrics;
    Measured& measured = all.emplace_back();
    if (!m.valid()) continue;
    measured.ipc = m.ipc;
    measured.references_per_sec = m.llc_refs_per_sec.value_or(0);
    measured.misses_per_sec = misses_per_sec(m);
    measured.stall_ratio = stall_stand_in(m.mpki.value_or(0), m.ipc);
    measured.ways_held =
        ways_held(row(domain, r), *period_.domains[domain].geometry, measured.misses_per_sec, all_misses);
  }
  return all;
}

// One tenant with a size of its own, everybody else in the rest.
std::optional<DomainAllocation> PolicyPlanner::look(std::size_t domain, const std::vector<std::size_t>& rows,
                                                    Ways ways) {
  const Ways least = period_.domains[domain].least;
  std::vector<const TenantState*> tenants;
  for (const std::size_t r : rows) {
    TenantState& t = tenant(domain, row(domain, r));
    if (row(domain, r).event != PhaseEvent::none) t.looks_in_vain = 0;
    tenants.push_back(&t);
  }
  const std::optional<Look> next = next_look(tenants, least, rows.size() > 1 ? ways - least : ways);
  if (!next) return std::nullopt;
  // Counted until the size has been seen: whoever sleeps shows nothing.
  TenantState& looked_at = tenant(domain, row(domain, rows[next->tenant]));
  const bool had_it = row(domain, rows[next->tenant]).ways_before == next->ways;
  looked_at.looks_in_vain = had_it ? looked_at.looks_in_vain + 1 : 0;
  DomainAllocation out{{}, rows, ways, next->tenant};
  out.allocation.masks = {Cbm::run(WayIndex(ways.count - next->ways.count), next->ways)};
  if (rows.size() > 1) out.allocation.masks.push_back(Cbm::run(WayIndex(0), ways - next->ways));
  for (std::size_t k = 0; k < rows.size(); ++k) out.allocation.cluster_of.push_back(k == next->tenant ? 0 : 1);
  return out;
}

Result<DomainAllocation> PolicyPlanner::divide(std::size_t domain, DomainAllocation out) {
  const DomainPeriod& d = period_.domains[domain];
  const std::unique_ptr<Policy> policy = make_policy(name_of(period_.parameters.policy));
  if (policy->needs_curves() && closids() >= 2)
    if (std::optional<DomainAllocation> looking = look(domain, out.rows, out.ways)) return *std::move(looking);

  const std::vector<Measured> measured = measure(domain, out.rows);
  std::vector<KnownCurve> curves;
  curves.reserve(out.rows.size());
  PolicyInput input{out.ways, d.least, closids(), {}, {}};
  PolicyMemory memory{period_.state.domains[domain].policy_memory, {}};
  for (std::size_t k = 0; k < out.rows.size(); ++k) {
    const ContainerDecision& r = row(domain, out.rows[k]);
    const TenantState& t = tenant(domain, r);
    PolicyTenant& asked = input.tenants.emplace_back();
    asked.contract = t.contract;
    asked.priority = period_.observation.containers[r.container].priority;
    if (policy->needs_curves()) {
      curves.push_back(learned_curve(t, out.ways).value_or(flat_curve(out.ways)));
      asked.curve = &curves.back();
    }
    if (r.metrics.valid()) asked.measured = measured[k];
    asked.number = r.container;
    memory.by_number[r.container] = t.policy_memory;
  }
  policy->remember(memory);
  Result<Allocation> allocation = policy->allocate(input);
  if (!allocation) return std::move(allocation).error();
  out.allocation = *std::move(allocation);
  memory = policy->memory();
  period_.state.domains[domain].policy_memory = memory.common;
  for (const auto& [number, value] : memory.by_number)
    period_.state.domains[domain].tenants[number].policy_memory = value;
  return out;
}

void PolicyPlanner::explain(std::size_t domain, ContainerDecision& r, bool looked_at, bool others_are) {
  const TenantState& t = tenant(domain, r);
  r.demand = DemandKind::hold;
  // Without a baseline nothing says what it is; Reclaim would say that somebody owes it ways.
  if (t.profile.phases.phases.empty() || !t.profile.phases.now().baseline_ipc) r.before = r.after = State::unknown;
  r.reason.code = looked_at ? ReasonCode::looked_at : others_are ? ReasonCode::others_looked_at : ReasonCode::by_policy;
}

}  // namespace

void plan_by_policy(Period& period) {
  PolicyPlanner(period).run();
}

}  // namespace dcat
