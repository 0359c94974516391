// Metrics -> Phase -> State for every container that counts, and for the shared region, whose metrics are the sum of
// everybody in it.
#include <algorithm>

#include "controller/period.h"

namespace dcat {

namespace {

class DomainJudge {
 public:
  DomainJudge(Period& period, std::size_t index)
      : period_(period),
        index_(index),
        d_(period.domains[index]),
        state_(period.state.domains[index]),
        out_(period.decision.domains[index]) {
    members_.assign(period.sight.groups.size(), 0);
    for (std::size_t c = 0; c < state_.tenants.size(); ++c)
      if (state_.tenants[c].counts && period.sight.group_of[c] >= 0)
        ++members_[static_cast<std::size_t>(period.sight.group_of[c])];
  }

  void run(bool plan) {
    out_.containers.reserve(d_.counts.size() + 1);
    d_.row.assign(state_.tenants.size(), -1);
    if (plan && d_.floor > Ways(0)) out_.containers.emplace_back();  // the shared region's, filled last
    std::size_t k = 0;
    for (std::size_t c = 0; c < state_.tenants.size(); ++c) {
      const bool read = k < d_.counts.size() && d_.observation->series[k].container == c;
      const IntervalCounts* counts = read ? &d_.counts[k++] : nullptr;
      if (counts == nullptr && !state_.tenants[c].counts) continue;
      judge(c, counts, plan);
    }
    if (plan && d_.floor > Ways(0)) judge_shared();
  }

 private:
  bool exclusive(std::size_t c) const {
    const std::int16_t g = period_.sight.group_of[c];
    return g >= 0 && period_.sight.at(index_, c).disjoint && members_[static_cast<std::size_t>(g)] == 1;
  }

  Metrics metrics_of(const IntervalCounts* counts, const TenantState& tenant) const {
    if (counts != nullptr) return to_metrics(*counts, period_.rules(tenant));
    Metrics none;
    none.absent = Absence::no_samples;
    return none;
  }

  void judge(std::size_t c, const IntervalCounts* counts, bool plan) {
    TenantState& tenant = state_.tenants[c];
    ContainerDecision row;
    row.container = static_cast<std::uint32_t>(c);
    row.ways_before = period_.sight.at(index_, c).ways;
    row.metrics = metrics_of(counts, tenant);
    row.before = tenant.profile.state;
    const bool managed = period_.observation.containers[c].managed;
    if (period_.sight.group_of[c] < 0 && counts != nullptr && managed) add_counts(sum_, *counts);
    if (!plan)
      judge_alone(row);
    else if (!managed)
      watch_only(row);
    else if (tenant.admitted)
      judge_tenant(row, c, tenant);
    else
      explain_shared(row, c, tenant);
    d_.row[c] = static_cast<std::int32_t>(out_.containers.size());
    out_.containers.push_back(std::move(row));
  }

  void judge_tenant(ContainerDecision& row, std::size_t c, TenantState& tenant) {
    row.dedicated = true;
    row.contract = tenant.contract;
    const bool newcomer = tenant.granted == Ways(0) && tenant.profile.phases.phases.empty();
    if (tenant.profile.phases.phases.empty())
      tenant.profile.phases =
          recall(period_.state.memory, period_.state.containers[c], state_, tenant.contract, period_.parameters);
    const Standing standing{row.ways_before, exclusive(c), tenant.contract, d_.least, false};
    apply(row, tenant, standing);
    if (newcomer && row.after == State::reclaim) row.reason.code = ReasonCode::admitted;
  }

  void apply(ContainerDecision& row, TenantState& tenant, const Standing& standing) {
    if (period_.parameters.policy == PolicyKind::adaptive) {  // learns and judges by itself
      row.after = row.container == kSharedRegion ? State::keeper : row.before;
      tenant.profile.state = row.after;
      period_.demands[index_].push_back(Demand{});
      return;
    }
    ClassifyResult result = track_and_classify(std::move(tenant.profile), row.metrics, standing, period_.parameters);
    tenant.profile = std::move(result.profile);
    row.after = result.classification.state;
    row.demand = result.classification.demand.kind;
    row.reason = result.classification.reason;
    row.event = result.classification.event;
    if (!tenant.profile.phases.phases.empty()) row.phase = tenant.profile.phases.now().id;
    period_.demands[index_].push_back(result.classification.demand);
  }

  // What it does is told; what it needs is somebody else's to say.
  void watch_only(ContainerDecision& row) {
    judge_alone(row);
    row.reason.code = ReasonCode::observed_only;
    period_.demands[index_].push_back(Demand{});
  }

  void explain_shared(ContainerDecision& row, std::size_t c, const TenantState& tenant) {
    const ContainerInfo& info = period_.observation.containers[c];
    const auto wanted = resolve_contract(info, d_.geometry->ways(), d_.least);
    row.after = State::reclaim;
    const bool no_closid = period_.observation.geometry.closids <= 1;
    row.reason.code = !tenant.counts ? ReasonCode::away
                      : !wanted      ? ReasonCode::shared_by_choice
                      : no_closid    ? ReasonCode::no_closid
                                     : ReasonCode::refused;
    if (wants_isolation(info) && tenant.counts)
      row.reason.code = !wanted     ? ReasonCode::isolation_no_contract
                        : no_closid ? ReasonCode::isolation_no_closid
                                    : ReasonCode::isolation_no_room;
    if (wanted) row.contract = *wanted;
    period_.demands[index_].push_back(Demand{});
  }

  void judge_alone(ContainerDecision& row) {
    row.after = State::unknown;
    row.ways_after = row.ways_before;
    if (row.metrics.absent && row.metrics.absent != Absence::too_few_instructions) {
      row.reason.code = ReasonCode::absent;
      return;
    }
    const auto& refs = row.metrics.llc_refs_per_sec;
    const bool asleep = row.metrics.absent.has_value();
    if (asleep || (refs && *refs <= period_.parameters.llc_idle_per_sec)) {
      row.after = State::donor;
      row.reason.code = ReasonCode::idle;
      row.reason.value = refs;
      row.reason.threshold = period_.parameters.llc_idle_per_sec;
    }
  }

  void judge_shared() {
    TenantState& shared = state_.shared;
    ContainerDecision row;
    row.container = kSharedRegion;
    row.contract = d_.floor;
    row.ways_before = period_.sight.domains[index_].shared.ways;
    if (shared.contract != d_.floor) {
      shared.contract = d_.floor;
      shared.profile = Profile{};
    }
    if (sum_.sub_samples == 0 && !sum_.absent) sum_.absent = Absence::no_samples;
    row.metrics = to_metrics(sum_, period_.rules(shared));
    row.before = shared.profile.state;
    apply(row, shared, Standing{row.ways_before, true, d_.floor, d_.floor, true});
    // Its demand comes first, as its row does.
    std::rotate(period_.demands[index_].begin(), period_.demands[index_].end() - 1, period_.demands[index_].end());
    out_.containers.front() = std::move(row);
  }

  Period& period_;
  std::size_t index_;
  DomainPeriod& d_;
  DomainState& state_;
  DomainDecision& out_;
  std::vector<int> members_;  // by group: containers that count here
  IntervalCounts sum_;
};

void judge_domains(Period& period, bool plan) {
  period.demands.assign(period.domains.size(), {});
  for (const DomainState& domain : period.state.domains)
    period.decision.domains.push_back(DomainDecision{domain.id, {}, {}, {}});
  for (std::size_t i = 0; i < period.domains.size(); ++i) DomainJudge(period, i).run(plan);
}

}  // namespace

void judge(Period& period) {
  judge_domains(period, true);
}

void judge_by_counters_alone(Period& period) {
  judge_domains(period, false);
}

}  // namespace dcat
