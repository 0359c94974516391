// Plan: who is in which group, and how many ways each group gets in each domain.
#include <algorithm>

#include "controller/clusters.h"
#include "controller/grant.h"
#include "controller/period.h"

namespace dcat {

namespace {

class Planner {
 public:
  explicit Planner(Period& period) : period_(period) {}

  void run() {
    find_clusters();
    for (std::size_t i = 0; i < period_.domains.size(); ++i) plan_domain(i);
    for (std::size_t t = 0; t < tenancies_.size(); ++t)
      plan().members.push_back({period_.state.containers[tenancies_[t].container], group_of_[t]});
  }

 private:
  Plan& plan() { return period_.decision.plan; }
  TenantState& tenant(std::size_t domain, std::size_t container) {
    return period_.state.domains[domain].tenants[container];
  }
  const ContainerDecision& row(std::size_t domain, std::size_t container) const {
    const auto index = static_cast<std::size_t>(period_.domains[domain].row[container]);
    return period_.decision.domains[domain].containers[index];
  }

  void find_clusters();
  Tenancy make_tenancy(std::uint32_t container);
  // REQUIRES: the row is dedicated.
  std::size_t tenancy_of(const ContainerDecision& r) const {
    return static_cast<std::size_t>(tenancy_of_container_[r.container]);
  }
  std::size_t cluster_of(const ContainerDecision& r) const { return cluster_of_[tenancy_of(r)]; }
  bool isolated_in_vain(const ContainerDecision& r) const {
    return tenancies_[tenancy_of(r)].isolated && clusters_[cluster_of(r)].kind != ClusterKind::own;
  }
  void plan_domain(std::size_t domain);
  Claim claim_of(std::size_t domain, std::size_t row_index);
  void note(std::size_t domain, const std::vector<std::size_t>& rows, const Grants& grants);

  Period& period_;
  std::vector<Tenancy> tenancies_;
  std::vector<Cluster> clusters_;
  std::vector<std::size_t> cluster_of_;             // by tenancy
  std::vector<GroupId> group_of_;                   // by tenancy
  std::vector<std::int32_t> tenancy_of_container_;  // -1 = none
};

// Normalised IPC between its contract and the least size its table knows; a container nobody knows might lose all. Not
// from what it has now: sharing must not change who shares.
double loss_of(const TenantState& tenant) {
  if (tenant.profile.phases.phases.empty()) return 1;
  const PerformanceTable& table = tenant.profile.phases.now().table;
  if (table.empty() || table.entries().front().ways >= tenant.contract) return 1;
  return std::max(0.0, table.at(tenant.contract) - table.entries().front().normalised_ipc);
}

Tenancy Planner::make_tenancy(std::uint32_t container) {
  Tenancy t{.container = container, .idle = true, .streaming = true, .domains = {}};
  t.isolated = wants_isolation(period_.observation.containers[container]);
  t.domains.assign(period_.domains.size(), false);
  for (std::size_t i = 0; i < period_.domains.size(); ++i) {
    const TenantState& here = tenant(i, container);
    if (!here.admitted) continue;
    t.domains[i] = true;
    const std::vector<Phase>& phases = here.profile.phases.phases;
    const Phase* phase = phases.empty() ? nullptr : &here.profile.phases.now();
    t.idle = t.idle && here.profile.state == State::donor && here.profile.idle;
    t.streaming = t.streaming && here.profile.state == State::streaming;
    t.alone = t.alone || phase == nullptr || !phase->baseline_ipc || here.profile.before_probe.has_value();
    t.suffered = t.suffered || (phase != nullptr && phase->suffered_sharing);
    t.loss += loss_of(here);
    // Who must keep its contract, or was hurt by sharing, cannot live on one way with others.
    if (phase != nullptr && (phase->keeps_contract || phase->suffered_sharing)) t.idle = t.streaming = false;
  }
  return t;
}

void Planner::find_clusters() {
  const std::size_t n = period_.state.containers.size();
  tenancy_of_container_.assign(n, -1);
  for (std::size_t c = 0; c < n; ++c) {
    bool admitted = false;
    for (std::size_t i = 0; i < period_.domains.size(); ++i) admitted = admitted || tenant(i, c).admitted;
    if (!admitted) continue;
    tenancy_of_container_[c] = static_cast<std::int32_t>(tenancies_.size());
    tenancies_.push_back(make_tenancy(static_cast<std::uint32_t>(c)));
  }
  const int most = period_.observation.geometry.closids - 1;
  clusters_ = cluster(tenancies_, static_cast<std::size_t>(std::max(0, most)));
  cluster_of_.assign(tenancies_.size(), 0);
  group_of_.assign(tenancies_.size(), GroupId{});
  for (std::size_t k = 0; k < clusters_.size(); ++k) {
    const Tenancy& leader = tenancies_[clusters_[k].members.front()];
    const GroupId name = group_name(clusters_[k].kind, period_.state.containers[leader.container]);
    for (const std::size_t t : clusters_[k].members) {
      cluster_of_[t] = k;
      group_of_[t] = name;
    }
  }
}

Claim Planner::claim_of(std::size_t domain, std::size_t row_index) {
  const ContainerDecision& r = period_.decision.domains[domain].containers[row_index];
  const bool shared = r.container == kSharedRegion;
  const DomainPeriod& d = period_.domains[domain];
  TenantState& t = shared ? period_.state.domains[domain].shared : tenant(domain, r.container);
  const Profile& profile = t.profile;
  Claim claim;
  claim.held = shared ? std::max(t.granted, d.floor) : t.granted;
  claim.contract = t.contract;
  claim.least = shared ? d.floor : d.least;
  claim.state = r.after;
  claim.demand = period_.demands[domain][row_index];
  claim.being_probed = profile.before_probe.has_value();
  claim.last_gain = profile.last_gain;
  if (profile.phases.phases.empty()) return claim;
  const Phase& phase = profile.phases.now();
  if (phase.baseline_ipc) claim.table = &phase.table;
  if (r.after == State::keeper) claim.most = phase.preferred.value_or(t.granted);
  // Whoever has gained since its contract is known to be hurt by less; a trial would only hurt it.
  const bool gained = r.reason.cumulative_gain.value_or(0) >= period_.parameters.ipc_gain_ratio;
  const bool may_probe = !shared && !isolated_in_vain(r) && r.metrics.valid() && profile.measured && !phase.probed &&
                         !gained && !phase.keeps_contract && r.metrics.miss_ratio &&
                         *r.metrics.miss_ratio >= period_.parameters.probe_miss_ratio;
  if (may_probe) claim.probe_miss_ratio = r.metrics.miss_ratio;
  return claim;
}

void Planner::plan_domain(std::size_t domain) {
  DomainDecision& decision = period_.decision.domains[domain];
  std::vector<Claim> claims;
  std::vector<std::size_t> rows;
  std::vector<bool> claimed(clusters_.size(), false);  // one member claims for an idle or streaming cluster
  for (std::size_t k = 0; k < decision.containers.size(); ++k) {
    const ContainerDecision& r = decision.containers[k];
    if (r.container != kSharedRegion && !r.dedicated) continue;
    Claim claim = claim_of(domain, k);
    if (r.container != kSharedRegion) {
      const std::size_t in = cluster_of(r);
      claim.rides = clusters_[in].one_for_all() && claimed[in];
      claimed[in] = true;
    }
    claims.push_back(claim);
    rows.push_back(k);
  }
  note(domain, rows, grant(claims, period_.domains[domain].geometry->ways(), period_.parameters));
}

// Writes grants to tenants, rows and the plan.
void Planner::note(std::size_t domain, const std::vector<std::size_t>& rows, const Grants& grants) {
  DomainDecision& decision = period_.decision.domains[domain];
  DomainPlan out{decision.id, {}, {}};
  decision.free = grants.free;
  decision.shared = grants.free;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ContainerDecision& r = decision.containers[rows[i]];
    const Ways ways = grants.ways[i];
    if (r.container == kSharedRegion) {
      period_.state.domains[domain].shared.granted = ways;
      decision.shared += ways;
      continue;
    }
    TenantState& t = tenant(domain, r.container);
    const bool lost = ways < t.granted && (r.demand == DemandKind::hold || r.demand == DemandKind::grow);
    if (lost && clusters_[cluster_of(r)].kind == ClusterKind::own) r.reason.code = ReasonCode::taken;
    if (isolated_in_vain(r)) r.reason.code = ReasonCode::isolation_no_closid;
    t.granted = ways;
    r.ways_after = ways;
    if (grants.probe == i) {
      t.profile.before_probe = t.profile.measured;
      r.reason.code = ReasonCode::probing;
    }
    if (ways > Ways(0)) out.dedicated.push_back({group_of_[tenancy_of(r)], ways});
  }
  out.shared = decision.shared;
  std::stable_sort(out.dedicated.begin(), out.dedicated.end(),
                   [](const PartitionSize& a, const PartitionSize& b) { return a.group < b.group; });
  std::vector<PartitionSize> summed;
  for (const PartitionSize& s : out.dedicated) {
    if (!summed.empty() && summed.back().group == s.group)
      summed.back().ways += s.ways;
    else
      summed.push_back(s);
  }
  out.dedicated = std::move(summed);
  for (ContainerDecision& r : decision.containers) {
    if (!r.dedicated) r.ways_after = decision.shared;
    if (!r.dedicated || clusters_[cluster_of(r)].kind == ClusterKind::own) continue;
    // Who shares a group can fill all of its ways.
    const GroupId& group = group_of_[tenancy_of(r)];
    const auto size = std::find_if(out.dedicated.begin(), out.dedicated.end(),
                                   [&](const PartitionSize& s) { return s.group == group; });
    r.ways_after = size == out.dedicated.end() ? decision.shared : size->ways;
  }
  plan().domains.push_back(std::move(out));
}

}  // namespace

void make_plan(Period& period) {
  Planner(period).run();
}

}  // namespace dcat
