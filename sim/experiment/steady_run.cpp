#include "sim/experiment/steady_run.h"

#include <algorithm>
#include <cmath>

#include "sim/experiment/oracle_call.h"
#include "sim/experiment/peer.h"
#include "sim/experiment/policy_list.h"
#include "sim/experiment/timed_run.h"

namespace dcat::sim {
namespace {

Result<Allocation> ask_core(const SteadyQuestion& question, const CurveTable& curves,
                            const std::vector<Ways>& contracts, bool& settled) {
  TimeFrame frame;
  frame.periods = kMostPeriods;
  TimedQuestion timed;
  timed.scenario = scenario_of(question.mix, curves, question.node, contracts, frame);
  timed.policy = question.policy;
  timed.parameters = question.parameters;
  timed.periods = kMostPeriods;
  timed.keep_series = true;
  timed.rest = kRest;
  Result<TimedResult> run = run_over_time(std::move(timed));
  if (!run) return std::move(run).error();
  settled = static_cast<int>(run->series.size()) < kMostPeriods;
  Allocation allocation;
  for (const TimedTenant& tenant : run->series.back().tenants) {
    const auto at = std::ranges::find(allocation.masks, tenant.mask);
    allocation.cluster_of.push_back(static_cast<std::size_t>(at - allocation.masks.begin()));
    if (at == allocation.masks.end()) allocation.masks.push_back(tenant.mask);
  }
  return allocation;
}

// Means over several states of the same mix; the tenants' figures too.
MixFigures mean_of(const std::vector<MixFigures>& all) {
  if (all.size() == 1) return all.front();
  MixFigures mean;
  mean.tenants.resize(all.front().tenants.size(), {0, 0, 0, 0, 0});
  mean.unfairness = 0;
  const auto count = static_cast<double>(all.size());
  double violations = 0;
  for (const MixFigures& f : all) {
    mean.stp += f.stp / count;
    mean.antt += f.antt / count;
    mean.unfairness += f.unfairness / count;
    mean.normalised_ipc += f.normalised_ipc / count;
    mean.violation_depth += f.violation_depth / count;
    violations += f.violations / count;
    for (std::size_t i = 0; i < f.tenants.size(); ++i) {
      mean.tenants[i].ipc += f.tenants[i].ipc / count;
      mean.tenants[i].speedup += f.tenants[i].speedup / count;
      mean.tenants[i].slowdown += f.tenants[i].slowdown / count;
      mean.tenants[i].normalised_ipc += f.tenants[i].normalised_ipc / count;
      mean.tenants[i].ways_held += f.tenants[i].ways_held / count;
    }
  }
  mean.violations = static_cast<int>(std::lround(violations));
  return mean;
}

}  // namespace

Result<SteadyResult> run_steady(const SteadyQuestion& question, const CurveTable& curves) {
  const std::vector<Ways> contracts = contracts_of(question.node, question.mix.programs.size());
  // Who has no contract counts as one way where a policy wants a number, as over time (sim/experiment/cast.cpp).
  std::vector<Ways> told = contracts;
  for (Ways& ways : told) ways = std::max(ways, Ways(1));
  const SteadyNode node = steady_node_of(question.mix, curves, question.node);
  SteadyResult result;
  std::vector<Allocation> allocations;
  const auto now = [&] { return question.now_us != nullptr ? question.now_us() : 0.0; };
  const double start = now();
  if (is_oracle(question.policy)) {
    const Result<OracleAnswer> answer = call_oracle(
        node, oracle_question(question.goal, question.policy == kOracleClusters, contracts), question.search);
    if (!answer) return answer.error();
    if (!answer->exact) result.bound = answer->bound;
    if (question.goal.floors) result.floors_hold = answer->floors_hold;
    allocations.push_back(answer->allocation);
  } else if (is_of_core(question.policy)) {
    Result<Allocation> allocation = ask_core(question, curves, contracts, result.settled);
    if (!allocation) return std::move(allocation).error();
    allocations.push_back(*std::move(allocation));
  } else {
    const std::optional<double> tolerance =
        question.goal.floors ? std::optional(question.goal.tolerance) : std::nullopt;
    Result<PeerAnswers> answers = ask_peer(question.policy, node, told, tolerance, question.now_us);
    if (!answers) return std::move(answers).error();
    allocations = std::move(answers->allocations);
    result.settled = answers->settled;
    result.solve_us = answers->one_call_us.value_or(0);
  }
  if (result.solve_us == 0) result.solve_us = now() - start;
  std::vector<MixFigures> figures;
  for (const Allocation& allocation : allocations) {
    const SteadyState state = settle(node, allocation);
    figures.push_back(figures_of(node, contracts, state, question.goal.tolerance));
    result.stall_factor = state.stall_factor;
  }
  result.figures = mean_of(figures);
  result.allocation = std::move(allocations.back());
  return result;
}

}  // namespace dcat::sim
