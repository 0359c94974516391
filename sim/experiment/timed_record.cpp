#include "sim/experiment/timed_record.h"

#include <algorithm>
#include <limits>
#include <set>

#include "sim/steady/figures.h"

namespace dcat::sim {
namespace {

constexpr double kNearly = 0.95;
constexpr double kReached = 0.98;
constexpr int kWorthChasing = 6;  // periods that a change has to last to be counted

std::optional<double> median_of(const std::vector<std::optional<int>>& values) {
  if (values.empty()) return std::nullopt;
  std::vector<double> sorted;
  for (const std::optional<int>& v : values) sorted.push_back(v ? *v : std::numeric_limits<double>::infinity());
  std::sort(sorted.begin(), sorted.end());
  const std::size_t middle = sorted.size() / 2;
  const double median = sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  if (median == std::numeric_limits<double>::infinity()) return std::nullopt;
  return median;
}

}  // namespace

Running running_of(const Scenario& scenario, const std::vector<TruthRow>& truth) {
  Running running;
  for (std::size_t t = 0; t < truth.size(); ++t) {
    const bool awake = truth[t].present && scenario.tenants[t].phases[truth[t].phase].workload.has_value();
    running.push_back(awake ? std::optional(truth[t].phase) : std::nullopt);
  }
  return running;
}

TimedRecord::TimedRecord(const TimedQuestion& question, const Cast& cast)
    : question_(question), cast_(cast), masks_(cast.tenants()), periods_run_(cast.tenants(), 0) {
  for (const TenantSpec& tenant : question.scenario.tenants) {
    comparable_ = comparable_ && tenant.managed && tenant.placements.size() == 1 &&
                  tenant.contract_kind != ContainerInfo::ContractKind::none;
    result_.tenants.push_back(tenant.id.value);
  }
  result_.tenant_normalised.assign(cast.tenants(), 0);
  result_.tenant_speedup.assign(cast.tenants(), 0);
}

void TimedRecord::start(const std::vector<TruthRow>& truth) {
  Running running = running_of(question_.scenario, truth);
  const bool changed = period_ > 0 && running != running_;
  before_ = truth;
  running_ = std::move(running);
  if (!changed) return;
  if (chase_) chases_.push_back(*chase_);
  chase_ = Chase{period_, 0, false, {}, {}};
  if (question_.oracle == nullptr || !comparable_) return;
  // Whether there is anything to catch up with: what stood before the change may be good enough after it.
  const Result<std::optional<double>> best = bound(running_);
  chase_->needed = best && *best && value_of_masks(running_) < kReached * **best;
}

// The normalised IPC that the masks in force give what runs now.
double TimedRecord::value_of_masks(const Running& running) const {
  double sum = 0;
  for (std::size_t d = 0; d < question_.scenario.domains.size(); ++d) {
    const Cast::Scene scene = cast_.scene(d, running);
    Allocation allocation;
    for (const std::size_t t : scene.tenants) {
      allocation.cluster_of.push_back(allocation.masks.size());
      allocation.masks.push_back(masks_[t].empty() ? Cbm::run(WayIndex(0), scene.node.ways) : masks_[t]);
    }
    sum += figures_of(scene.node, scene.contracts, settle(scene.node, allocation), 0).normalised_ipc;
  }
  return sum;
}

Result<std::optional<double>> TimedRecord::bound(const Running& running) {
  if (question_.oracle == nullptr || !comparable_) return std::optional<double>();
  if (bounded_running_ == running) return bound_;
  double sum = 0;
  for (std::size_t d = 0; d < question_.scenario.domains.size(); ++d) {
    const Cast::Scene scene = cast_.scene(d, running);
    if (scene.tenants.empty()) continue;
    Goal goal = question_.goal;
    goal.objective = Objective::normalised;
    const OracleQuestion question = oracle_question(goal, false, scene.contracts);
    const Result<OracleAnswer> answer =
        question_.oracle->ask(scene.key, question_.scenario.domains[d].id, scene.node, question, question_.search);
    // More tenants than ways or CLOSIDs: there is no strict partition to compare with.
    if (!answer && answer.error().code == ErrorCode::bad_input) return remember(running, std::nullopt);
    if (!answer) return answer.error();
    sum += answer->value;
  }
  return remember(running, sum);
}

std::optional<double> TimedRecord::remember(const Running& running, std::optional<double> bound) {
  bounded_running_ = running;
  bound_ = bound;
  return bound_;
}

Status TimedRecord::end(const std::vector<TruthRow>& truth, const std::vector<Standing>& standings,
                        const std::vector<std::optional<State>>& states) {
  TimedPeriod period;
  period.changed = chase_ && chase_->since == period_;
  period.tenants.resize(truth.size());
  for (std::size_t t = 0; t < truth.size(); ++t) {
    TimedTenant& row = period.tenants[t];
    const double cycles = truth[t].cycles - before_[t].cycles;
    row.ran = cycles > 0;
    row.phase = truth[t].phase;
    if (t < states.size()) row.state = states[t];
    if (!row.ran) continue;
    row.ipc = *ipc(before_[t], truth[t]);
    row.normalised_ipc = normalised_ipc(before_[t], truth[t]).value_or(0);
    row.speedup = (truth[t].instructions - before_[t].instructions) /
                  (truth[t].instructions_at_best - before_[t].instructions_at_best);
    period.normalised_ipc += row.normalised_ipc;
  }
  std::set<std::uint64_t> classes;
  std::vector<bool> seen(truth.size(), false);
  bool rests = true;
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
    if (!masks_[t].empty()) result_.moved_ways += static_cast<std::uint64_t>((s.mask - masks_[t]).size().count);
    masks_[t] = s.mask;
  }
  resting_ = rests ? resting_ + 1 : 0;
  result_.closids = std::max(result_.closids, static_cast<int>(classes.size()));
  Result<std::optional<double>> best = bound(running_);
  if (!best) return std::move(best).error();
  period.oracle_normalised = *best;
  add_figures(period);
  chase(period);
  if (question_.keep_series) result_.series.push_back(std::move(period));
  ++period_;
  return {};
}

void TimedRecord::chase(const TimedPeriod& period) {
  if (!chase_ || !period.oracle_normalised) return;
  const int after = period_ - chase_->since;
  ++chase_->lasted;
  const double part = period.normalised_ipc / *period.oracle_normalised;
  if (part >= kNearly && !chase_->to_95) chase_->to_95 = after;
  if (part >= kReached && !chase_->to_98) chase_->to_98 = after;
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
    if (row.normalised_ipc > 0) ++result_.contract_periods;
    const double missing = 1 - question_.goal.tolerance - row.normalised_ipc;
    if (row.normalised_ipc > 0 && missing > 0) {
      ++result_.violations;
      result_.violation_depth_periods += missing;
    }
  }
  result_.stp += stp;
  result_.antt += ran > 0 ? slowdowns / ran : 1;
  result_.unfairness += ran > 0 ? greatest / least : 1;
  result_.normalised_ipc += period.normalised_ipc;
  if (period.oracle_normalised) {
    bound_sum_ += *period.oracle_normalised;
    ++bounded_;
  }
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
  if (bounded_ > 0) result_.oracle_normalised = bound_sum_ / bounded_;
  if (chase_) chases_.push_back(*chase_);
  std::vector<std::optional<int>> to_95;
  std::vector<std::optional<int>> to_98;
  for (const Chase& chase : chases_) {
    if (chase.lasted < kWorthChasing || !chase.needed) continue;
    to_95.push_back(chase.to_95);
    to_98.push_back(chase.to_98);
  }
  result_.changes = static_cast<int>(to_98.size());
  result_.last_masks = masks_;
  result_.periods_to_95 = median_of(to_95);
  result_.periods_to_98 = median_of(to_98);
  return std::move(result_);
}

}  // namespace dcat::sim
