#include "sim/experiment/timed_record.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "sim/steady/figures.h"

namespace dcat::sim {

Running running_of(const Scenario& scenario, const std::vector<TruthRow>& truth) {
  Running running;
  for (std::size_t t = 0; t < truth.size(); ++t) {
    const bool awake = truth[t].present && scenario.tenants[t].phases[truth[t].phase].workload.has_value();
    running.push_back(awake ? std::optional(truth[t].phase) : std::nullopt);
  }
  return running;
}

TimedRecord::TimedRecord(const TimedQuestion& question, const Cast& cast)
    : question_(question),
      cast_(cast),
      ran_(cast.tenants()),
      masks_(cast.tenants()),
      periods_run_(cast.tenants(), 0),
      in_a_row_(cast.tenants(), 0),
      states_(cast.tenants()) {
  // To be compared with a bound, everybody has a contract and is in one domain.
  bool comparable = question.oracle != nullptr;
  for (const TenantSpec& tenant : question.scenario.tenants) {
    comparable = comparable && tenant.managed && tenant.placements.size() == 1 &&
                 tenant.contract_kind != ContainerInfo::ContractKind::none;
    result_.tenants.push_back(tenant.id.value);
  }
  if (comparable) strict_.emplace(question, cast, false);
  if (comparable && question.compare_clusters) clusters_.emplace(question, cast, true);
  result_.tenant_normalised.assign(cast.tenants(), 0);
  result_.tenant_speedup.assign(cast.tenants(), 0);
}

void TimedRecord::start(const std::vector<TruthRow>& truth) {
  Running running = running_of(question_.scenario, truth);
  bool unseen = false;
  for (std::size_t t = 0; t < running.size(); ++t)
    if (running[t]) unseen = ran_[t].insert(cast_.program(t, *running[t])).second || unseen;
  changed_ = period_ > 0 && running != running_;
  before_ = truth;
  running_ = std::move(running);
  if (!changed_ || !strict_) return;
  const double value = value_of_masks();
  strict_->change(running_, value, unseen);
  if (clusters_) clusters_->change(running_, value, unseen);
}

// The normalised IPC that the masks in force give what runs now.
double TimedRecord::value_of_masks() const {
  double sum = 0;
  for (std::size_t d = 0; d < question_.scenario.domains.size(); ++d) {
    const Cast::Scene scene = cast_.scene(d, running_);
    Allocation allocation;
    for (const std::size_t t : scene.tenants) {
      const Cbm mask = masks_[t].empty() ? Cbm::run(WayIndex(0), scene.node.ways) : masks_[t];
      const auto at = std::ranges::find(allocation.masks, mask);
      allocation.cluster_of.push_back(static_cast<std::size_t>(at - allocation.masks.begin()));
      if (at == allocation.masks.end()) allocation.masks.push_back(mask);
    }
    sum += figures_of(scene.node, scene.contracts, settle(scene.node, allocation), 0).normalised_ipc;
  }
  return sum;
}

// Whether there is anything to catch up with: what stood before the change may be good enough after it.
void TimedRecord::Rival::change(const Running& running, double value, bool unseen) {
  const Result<std::optional<double>> best = bound.of(running);
  convergence.change(best && *best && value < kReached * **best, unseen);
}

Result<std::optional<double>> TimedRecord::Rival::end(const Running& running, double reached) {
  Result<std::optional<double>> best = bound.of(running);
  if (!best || !*best) return best;
  convergence.period(reached / **best);
  sum += **best;
  ++periods;
  return best;
}

Status TimedRecord::end(const std::vector<TruthRow>& truth, const std::vector<Standing>& standings,
                        const std::vector<std::optional<State>>& states) {
  TimedPeriod period;
  period.changed = changed_;
  period.tenants.resize(truth.size());
  for (std::size_t t = 0; t < truth.size(); ++t) {
    TimedTenant& row = period.tenants[t];
    const double cycles = truth[t].cycles - before_[t].cycles;
    row.ran = cycles > 0;
    row.phase = truth[t].phase;
    if (t < states.size()) row.state = states[t];
    count_reclaim(t, row.state);
    if (!row.ran) continue;
    row.ipc = *ipc(before_[t], truth[t]);
    row.normalised_ipc = normalised_ipc(before_[t], truth[t]).value_or(0);
    row.speedup = (truth[t].instructions - before_[t].instructions) /
                  (truth[t].instructions_at_best - before_[t].instructions_at_best);
    period.normalised_ipc += row.normalised_ipc;
  }
  follow_masks(standings, period);
  if (strict_) {
    Result<std::optional<double>> best = strict_->end(running_, period.normalised_ipc);
    if (!best) return std::move(best).error();
    period.oracle_normalised = *best;
  }
  if (clusters_)
    if (const auto best = clusters_->end(running_, period.normalised_ipc); !best) return best.error();
  add_figures(period);
  if (question_.keep_series) result_.series.push_back(std::move(period));
  ++period_;
  return {};
}

// The first state is admission's.
void TimedRecord::count_reclaim(std::size_t tenant, const std::optional<State>& state) {
  if (!state) return;
  const bool again = states_[tenant] && *states_[tenant] != State::reclaim && *state == State::reclaim;
  result_.reclaims = result_.reclaims.value_or(0) + (again ? 1 : 0);
  states_[tenant] = state;
}

void TimedRecord::follow_masks(const std::vector<Standing>& standings, TimedPeriod& period) {
  std::set<std::uint64_t> classes;
  std::vector<bool> seen(period.tenants.size(), false);
  bool rests = true;
  bool moved = false;
  std::size_t t = 0;  // both are ascending
  for (const Standing& s : standings) {
    while (result_.tenants[t] != s.tenant.value) ++t;
    if (seen[t]) continue;
    seen[t] = true;
    classes.insert(s.mask.bits);
    period.tenants[t].mask = s.mask;
    period.tenants[t].ways_held = s.ways_held;
    rests = rests && s.mask == masks_[t];
    // The first mask is nobody's doing.
    if (!masks_[t].empty() && s.mask != masks_[t]) {
      moved = true;
      ++result_.mask_changes;
      result_.moved_ways += static_cast<std::uint64_t>((s.mask - masks_[t]).size().count);
    }
    masks_[t] = s.mask;
  }
  resting_ = rests ? resting_ + 1 : 0;
  if (period_ % kChangesPer == 0) result_.changed_periods.push_back(0);
  if (moved) ++result_.changed_periods.back();
  result_.closids = std::max(result_.closids, static_cast<int>(classes.size()));
}

void TimedRecord::add_figures(const TimedPeriod& period) {
  double stp = 0;
  double slowdowns = 0;
  double least = std::numeric_limits<double>::infinity();
  double greatest = 0;
  int ran = 0;
  for (std::size_t t = 0; t < period.tenants.size(); ++t) {
    const TimedTenant& row = period.tenants[t];
    if (!row.ran) continue;
    ++ran;
    stp += row.speedup;
    slowdowns += 1 / row.speedup;
    least = std::min(least, 1 / row.speedup);
    greatest = std::max(greatest, 1 / row.speedup);
    result_.tenant_normalised[t] += row.normalised_ipc;
    result_.tenant_speedup[t] += row.speedup;
    ++periods_run_[t];
    if (row.normalised_ipc > 0) guarantee(t, row.normalised_ipc);
  }
  result_.stp += stp;
  result_.antt += ran > 0 ? slowdowns / ran : 1;
  result_.unfairness += ran > 0 ? greatest / least : 1;
  result_.normalised_ipc += period.normalised_ipc;
}

void TimedRecord::guarantee(std::size_t tenant, double normalised_ipc) {
  ++result_.contract_periods;
  const double missing = 1 - question_.goal.tolerance - normalised_ipc;
  in_a_row_[tenant] = missing > 0 ? in_a_row_[tenant] + 1 : 0;
  result_.violations_in_a_row = std::max(result_.violations_in_a_row, in_a_row_[tenant]);
  if (missing <= 0) return;
  ++result_.violations;
  result_.violation_depth_periods += missing;
}

std::pair<std::optional<double>, std::vector<CaughtUp>> TimedRecord::Rival::finish() {
  return {periods > 0 ? std::optional(sum / periods) : std::nullopt, convergence.finish()};
}

TimedResult TimedRecord::finish() {
  const double periods = std::max(1, period_);
  result_.stp /= periods;
  result_.antt /= periods;
  result_.unfairness = (result_.unfairness - 1) / periods;  // it began at 1
  result_.normalised_ipc /= periods;
  for (std::size_t t = 0; t < periods_run_.size(); ++t) {
    const double ran = std::max(1.0, periods_run_[t]);
    result_.tenant_normalised[t] /= ran;
    result_.tenant_speedup[t] /= ran;
  }
  if (strict_) std::tie(result_.oracle_normalised, result_.caught_up) = strict_->finish();
  if (clusters_) std::tie(result_.clusters_normalised, result_.caught_up_clusters) = clusters_->finish();
  std::vector<std::optional<int>> to_95;
  std::vector<std::optional<int>> to_98;
  for (const CaughtUp& change : result_.caught_up) {
    to_95.push_back(change.to_95);
    to_98.push_back(change.to_98);
  }
  result_.changes = static_cast<int>(to_98.size());
  result_.last_masks = masks_;
  result_.periods_to_95 = median_of(to_95);
  result_.periods_to_98 = median_of(to_98);
  return std::move(result_);
}

}  // namespace dcat::sim
