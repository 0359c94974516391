// Plan by one of controller/policies. Admission, phases and tables are dCat's; states are told and decide nothing.
//
// Who is asked about: the tenants admitted to a domain, and its ways but for the shared region's floor. Whoever is not
// admitted lives in the shared region. Masks that do not overlap become sizes, for which layout finds the places; those
// that do are laid as the policy says, above or below the shared region, which stays at the end that I/O fills. Tenants
// that are together wherever they meet share a group; one cluster of all ways in every domain is no group at all.
// Who is isolated is taken out before the policy is asked: a group and its contract's ways, which lie beyond those that
// are divided. Where there are fewer CLOSIDs than that takes, priority and then the id decide, and the rest is divided
// like everybody.
#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "cat/layout.h"
#include "controller/clusters.h"
#include "controller/look.h"
#include "controller/period.h"
#include "controller/policies/policy.h"

namespace dcat {

namespace {

struct DomainAllocation {
  Allocation allocation;
  std::vector<std::size_t> rows;  // by tenant of the allocation: its row in the decision
  Ways ways;                      // that were divided
  std::optional<std::size_t> looked_at;
};

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

// A container's cluster in each domain.
using Places = std::vector<std::ptrdiff_t>;
constexpr std::ptrdiff_t kNotThere = -1;

bool together(const Places& a, const Places& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i] && a[i] != kNotThere && b[i] != kNotThere) return false;
  return true;
}

class PolicyPlanner {
 public:
  explicit PolicyPlanner(Period& period) : period_(period) {}

  void run() {
    set_apart();
    for (std::size_t i = 0; i < period_.domains.size(); ++i) {
      Result<DomainAllocation> allocated = allocate(i);
      if (!allocated) {
        period_.no_plan = allocated.error().to_string();
        allocations_.emplace_back();
        allocations_.back().ways = divided(i);
      } else {
        allocations_.push_back(*std::move(allocated));
      }
    }
    if (period_.no_plan) return;
    name_groups();
    for (std::size_t i = 0; i < period_.domains.size(); ++i) plan_domain(i);
    for (const auto& [container, group] : group_of_)
      plan().members.push_back({period_.state.containers[container], group});
  }

 private:
  Plan& plan() { return period_.decision.plan; }
  // That the policy may use; 0: all are taken, and whom it would be asked about lives in the shared region.
  int closids() const { return period_.observation.geometry.closids - 1 - static_cast<int>(apart_.size()); }
  bool is_apart(const ContainerDecision& r) const { return r.dedicated && apart_.contains(r.container); }
  Ways divided(std::size_t domain) const {
    Ways ways = period_.domains[domain].geometry->ways() - period_.domains[domain].floor;
    for (const ContainerDecision& r : period_.decision.domains[domain].containers)
      if (is_apart(r)) ways -= r.contract;
    return ways;
  }
  TenantState& tenant(std::size_t domain, const ContainerDecision& row) {
    return period_.state.domains[domain].tenants[row.container];
  }
  ContainerDecision& row(std::size_t domain, std::size_t index) {
    return period_.decision.domains[domain].containers[index];
  }

  void set_apart();
  Result<DomainAllocation> allocate(std::size_t domain);
  std::vector<Measured> measure(std::size_t domain, const std::vector<std::size_t>& rows);
  std::optional<DomainAllocation> look(std::size_t domain, const std::vector<std::size_t>& rows, Ways ways);
  void name_groups();
  void plan_domain(std::size_t domain);
  void place(std::size_t domain, DomainPlan& out);

  Period& period_;
  std::set<std::uint32_t> apart_;              // isolated containers with a group of their own
  std::vector<DomainAllocation> allocations_;  // by domain
  std::map<std::uint32_t, GroupId> group_of_;  // by container; not there: the shared region
};

void PolicyPlanner::set_apart() {
  const std::vector<ContainerInfo>& infos = period_.observation.containers;
  std::vector<std::uint32_t> wanting;
  for (std::uint32_t c = 0; c < infos.size(); ++c) {
    const auto admitted = [c](const DomainState& d) { return d.tenants[c].admitted; };
    if (wants_isolation(infos[c]) && std::ranges::any_of(period_.state.domains, admitted)) wanting.push_back(c);
  }
  std::ranges::stable_sort(wanting, std::ranges::greater{}, [&](std::uint32_t c) { return infos[c].priority; });
  for (const std::uint32_t c : wanting)
    if (closids() > 0) apart_.insert(c);
}

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

Result<DomainAllocation> PolicyPlanner::allocate(std::size_t domain) {
  const DomainPeriod& d = period_.domains[domain];
  const std::unique_ptr<Policy> policy = make_policy(name_of(period_.parameters.policy));
  DomainAllocation out;
  out.ways = divided(domain);
  for (std::size_t r = 0; r < period_.decision.domains[domain].containers.size(); ++r)
    if (row(domain, r).dedicated && !is_apart(row(domain, r))) out.rows.push_back(r);
  if (out.rows.empty()) return out;
  if (closids() <= 0) {
    out.allocation = {{Cbm::run(WayIndex(0), out.ways)}, std::vector<std::size_t>(out.rows.size(), 0)};
    return out;
  }
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

// One group for those who are together wherever they meet.
void PolicyPlanner::name_groups() {
  for (const std::uint32_t c : apart_) group_of_[c] = group_name(ClusterKind::own, period_.state.containers[c]);
  const bool nothing_to_divide = std::ranges::all_of(allocations_, [](const DomainAllocation& d) {
    return d.rows.empty() || (d.allocation.masks.size() == 1 && d.allocation.masks.front().size() == d.ways);
  });
  if (nothing_to_divide) return;
  std::map<std::uint32_t, Places> places_of;  // by container
  for (std::size_t i = 0; i < allocations_.size(); ++i)
    for (std::size_t k = 0; k < allocations_[i].rows.size(); ++k) {
      const std::uint32_t container = row(i, allocations_[i].rows[k]).container;
      Places& places = places_of.try_emplace(container, allocations_.size(), kNotThere).first->second;
      places[i] = static_cast<std::ptrdiff_t>(allocations_[i].allocation.cluster_of[k]);
    }
  std::vector<std::pair<Places, std::vector<std::uint32_t>>> groups;
  for (const auto& [container, places] : places_of) {
    auto group = std::ranges::find_if(groups, [&, &its = places](const auto& g) { return together(g.first, its); });
    if (group == groups.end()) group = groups.insert(groups.end(), {places, {}});
    for (std::size_t i = 0; i < places.size(); ++i) group->first[i] = std::max(group->first[i], places[i]);
    group->second.push_back(container);
  }
  for (const auto& [places, containers] : groups) {
    const ClusterKind kind = containers.size() == 1 ? ClusterKind::own : ClusterKind::packed;
    const GroupId name = group_name(kind, period_.state.containers[containers.front()]);
    for (const std::uint32_t container : containers) group_of_[container] = name;
  }
}

void PolicyPlanner::plan_domain(std::size_t domain) {
  DomainDecision& decision = period_.decision.domains[domain];
  const DomainGeometry& geometry = *period_.domains[domain].geometry;
  DomainPlan out{decision.id, {}, geometry.ways()};
  if (!group_of_.empty()) place(domain, out);
  decision.shared = out.shared;
  period_.state.domains[domain].shared.granted = out.shared;
  const DomainAllocation& allocated = allocations_[domain];
  for (ContainerDecision& r : decision.containers) {
    r.ways_after = out.shared;
    if (!r.dedicated) continue;
    const auto group = group_of_.find(r.container);
    if (group != group_of_.end())
      r.ways_after = std::ranges::find(out.dedicated, group->second, &PartitionSize::group)->ways;
    TenantState& t = tenant(domain, r);
    t.granted = r.ways_after;
    r.demand = DemandKind::hold;
    // Without a baseline nothing says what it is; Reclaim would say that somebody owes it ways.
    if (t.profile.phases.phases.empty() || !t.profile.phases.now().baseline_ipc) r.before = r.after = State::unknown;
    const bool looked_at = allocated.looked_at && &r == &row(domain, allocated.rows[*allocated.looked_at]);
    r.reason.code = is_apart(r)           ? ReasonCode::isolated
                    : looked_at           ? ReasonCode::looked_at
                    : allocated.looked_at ? ReasonCode::others_looked_at
                                          : ReasonCode::by_policy;
    if (!is_apart(r) && wants_isolation(period_.observation.containers[r.container]))
      r.reason.code = ReasonCode::isolation_no_closid;
  }
  plan().domains.push_back(std::move(out));
}

// The groups' sizes, and their masks where those overlap.
void PolicyPlanner::place(std::size_t domain, DomainPlan& out) {
  const DomainAllocation& allocated = allocations_[domain];
  const DomainGeometry& geometry = *period_.domains[domain].geometry;
  std::map<GroupId, Cbm> masks;
  for (std::size_t k = 0; k < allocated.rows.size(); ++k)
    if (const auto group = group_of_.find(row(domain, allocated.rows[k]).container); group != group_of_.end())
      masks[group->second] = allocated.allocation.masks[allocated.allocation.cluster_of[k]];
  WayIndex beyond(allocated.ways.count);
  for (const ContainerDecision& r : period_.decision.domains[domain].containers) {
    if (!is_apart(r)) continue;
    masks[group_of_.at(r.container)] = Cbm::run(beyond, r.contract);
    beyond = beyond + r.contract;
  }
  Cbm taken;
  bool overlap = false;
  for (const auto& [group, mask] : masks) {
    out.dedicated.push_back({group, mask.size()});
    overlap = overlap || mask.overlaps(taken);
    taken = taken | mask;
  }
  if (!overlap) {
    out.shared = geometry.ways() - taken.size();
    return;
  }
  out.shared = period_.domains[domain].floor;
  const WayIndex lowest = geometry.available.lowest();
  const bool shared_below = end_for_shared(geometry, out.shared).overlaps(Cbm::run(lowest, Ways(1)));
  const int shift = lowest.value + (shared_below ? out.shared.count : 0);
  for (const auto& [group, mask] : masks) out.overlapping.push_back(Cbm::run(mask.lowest() + Ways(shift), mask.size()));
}

}  // namespace

void plan_by_policy(Period& period) {
  PolicyPlanner(period).run();
}

}  // namespace dcat
