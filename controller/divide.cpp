#include "controller/divide.h"

#include <algorithm>
#include <utility>

#include "cat/layout.h"

namespace dcat {

namespace {

// A container's cluster in each domain.
using Places = std::vector<std::ptrdiff_t>;
constexpr std::ptrdiff_t kNotThere = -1;

bool together(const Places& a, const Places& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i] && a[i] != kNotThere && b[i] != kNotThere) return false;
  return true;
}

}  // namespace

void Divider::run() {
  set_apart();
  most_clusters_ = closids();
  divide_domains();
  find_groups();
  // Containers that run in several domains may be together in one and apart in another.
  while (may_divide_again() && static_cast<int>(groups_.size()) > closids() && most_clusters_ > 1) {
    most_clusters_ = std::max(1, most_clusters_ - (static_cast<int>(groups_.size()) - closids()));
    divide_domains();
    find_groups();
  }
  if (period_.no_plan) return;
  name_groups();
  for (std::size_t i = 0; i < period_.domains.size(); ++i) plan_domain(i);
  for (const auto& [container, group] : group_of_)
    plan().members.push_back({period_.state.containers[container], group});
}

// In turn, so that no domain is always the last to be asked.
void Divider::divide_domains() {
  const std::size_t n = period_.domains.size();
  allocations_.assign(n, {});
  for (std::size_t k = 0; k < n; ++k) {
    const std::size_t i = (k + period_.state.tick) % n;
    Result<DomainAllocation> allocated = allocate(i);
    if (allocated) {
      allocations_[i] = *std::move(allocated);
    } else {
      period_.no_plan = allocated.error().to_string();
      allocations_[i].ways = divided(i);
    }
  }
}

Ways Divider::divided(std::size_t domain) const {
  Ways ways = period_.domains[domain].geometry->ways() - period_.domains[domain].floor;
  for (const ContainerDecision& r : period_.decision.domains[domain].containers)
    if (is_apart(r)) ways -= r.contract;
  return ways;
}

void Divider::set_apart() {
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

Result<DomainAllocation> Divider::allocate(std::size_t domain) {
  DomainAllocation out;
  out.ways = divided(domain);
  for (std::size_t r = 0; r < period_.decision.domains[domain].containers.size(); ++r)
    if (row(domain, r).dedicated && !is_apart(row(domain, r))) out.rows.push_back(r);
  if (out.rows.empty() && (closids() <= 0 || !may_divide_again())) return out;
  if (closids() <= 0) {
    out.allocation = {{Cbm::run(WayIndex(0), out.ways)}, std::vector<std::size_t>(out.rows.size(), 0)};
    return out;
  }
  return divide(domain, std::move(out));
}

GroupId Divider::name(const std::vector<std::uint32_t>& containers) const {
  const ClusterKind kind = containers.size() == 1 ? ClusterKind::own : ClusterKind::packed;
  return group_name(kind, period_.state.containers[containers.front()]);
}

// One group for those who are together wherever they meet.
void Divider::find_groups() {
  groups_.clear();
  if (closids() <= 0) return;  // the shared region is everybody's
  const bool nothing_to_divide = std::ranges::all_of(allocations_, [](const DomainAllocation& d) {
    return d.rows.empty() || (d.allocation.masks.size() == 1 && d.allocation.masks.front().size() == d.ways);
  });
  if (nothing_to_divide && !needs_groups()) return;
  std::map<std::uint32_t, Places> places_of;  // by container
  for (std::size_t i = 0; i < allocations_.size(); ++i)
    for (std::size_t k = 0; k < allocations_[i].rows.size(); ++k) {
      const std::uint32_t container = row(i, allocations_[i].rows[k]).container;
      Places& places = places_of.try_emplace(container, allocations_.size(), kNotThere).first->second;
      places[i] = static_cast<std::ptrdiff_t>(allocations_[i].allocation.cluster_of[k]);
    }
  std::vector<Places> taken;  // by group
  for (const auto& [container, places] : places_of) {
    const auto same = std::ranges::find_if(taken, [&, &its = places](const Places& g) { return together(g, its); });
    const auto g = static_cast<std::size_t>(same - taken.begin());
    if (same == taken.end()) {
      taken.push_back(places);
      groups_.emplace_back();
    }
    for (std::size_t i = 0; i < places.size(); ++i) taken[g][i] = std::max(taken[g][i], places[i]);
    groups_[g].push_back(container);
  }
}

void Divider::name_groups() {
  for (const std::uint32_t c : apart_) group_of_[c] = group_name(ClusterKind::own, period_.state.containers[c]);
  for (const std::vector<std::uint32_t>& containers : groups_) {
    const GroupId group = name(containers);
    for (const std::uint32_t container : containers) group_of_[container] = group;
  }
}

void Divider::plan_domain(std::size_t domain) {
  DomainDecision& decision = period_.decision.domains[domain];
  const DomainGeometry& geometry = *period_.domains[domain].geometry;
  DomainPlan out{decision.id, {}, geometry.ways()};
  if (!group_of_.empty()) place(domain, out);
  decision.shared = out.shared;
  period_.state.domains[domain].shared.granted = out.shared;
  const DomainAllocation& allocated = allocations_[domain];
  for (ContainerDecision& r : decision.containers) {
    r.ways_after = out.shared;
    const auto group = group_of_.find(r.container);
    const auto size = group == group_of_.end() ? out.dedicated.end()
                                               : std::ranges::find(out.dedicated, group->second, &PartitionSize::group);
    if (size != out.dedicated.end()) r.ways_after = size->ways;
    if (!r.dedicated) {
      explain_crowd(domain, r);
      continue;
    }
    TenantState& t = tenant(domain, r);
    t.granted = r.ways_after;
    const bool looked_at = allocated.looked_at && &r == &row(domain, allocated.rows[*allocated.looked_at]);
    explain(domain, r, looked_at, allocated.looked_at.has_value());
    if (is_apart(r)) r.reason.code = ReasonCode::isolated;
    if (!is_apart(r) && wants_isolation(period_.observation.containers[r.container]))
      r.reason.code = ReasonCode::isolation_no_closid;
  }
  plan().domains.push_back(std::move(out));
}

// The groups' sizes, and their masks where those overlap.
void Divider::place(std::size_t domain, DomainPlan& out) {
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

}  // namespace dcat
