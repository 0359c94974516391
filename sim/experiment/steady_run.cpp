#include "sim/experiment/steady_run.h"

#include <algorithm>
#include <cmath>

#include "controller/policies/policy.h"
#include "sim/experiment/policy_list.h"
#include "sim/experiment/timed_run.h"

namespace dcat::sim {
namespace {

Measured measured_of(const SteadyTenant& tenant, const SteadyProgram& program, double stall_factor) {
  const double stall = tenant.point.stall_ratio * stall_factor;
  const double instructions = tenant.ipc * program.cycles_per_sec();
  return {tenant.ipc, instructions * tenant.point.misses_per_ki / 1000,
          instructions * tenant.point.references_per_ki / 1000, stall / (1 - tenant.point.stall_ratio + stall),
          tenant.ways_held};
}

std::optional<double> tolerance_of(const SteadyQuestion& question) {
  if (!question.goal.floors) return std::nullopt;
  return question.goal.tolerance;
}

// The answers of a policy without time, the last one last: one where it rests, several where it goes round.
Result<std::vector<Allocation>> ask_policy(const SteadyQuestion& question, const SteadyNode& node,
                                           const std::vector<Ways>& contracts, SteadyResult& result) {
  std::vector<KnownCurve> curves;
  for (const SteadyProgram& program : node.programs) curves.push_back(program.known());
  PolicyInput input{node.ways, node.least, node.closids, tolerance_of(question), {}};
  for (std::size_t i = 0; i < curves.size(); ++i) input.tenants.push_back({contracts[i], 0, &curves[i], {}});
  const std::unique_ptr<Policy> policy = make_policy(question.policy);
  const double start = question.now_us != nullptr ? question.now_us() : 0;
  Result<Allocation> allocation = policy->allocate(input);
  if (!allocation) return std::move(allocation).error();
  std::vector<Allocation> answers{*std::move(allocation)};
  if (policy->needs_curves()) {
    if (question.now_us != nullptr) result.solve_us = question.now_us() - start;
    return answers;
  }
  for (int round = 0; round < kMostRounds; ++round) {
    const SteadyState state = settle(node, answers.back());
    for (std::size_t i = 0; i < curves.size(); ++i)
      input.tenants[i].measured = measured_of(state.tenants[i], node.programs[i], state.stall_factor);
    Result<Allocation> next = policy->allocate(input);
    if (!next) return std::move(next).error();
    if (*next == answers.back()) return std::vector<Allocation>{answers.back()};
    answers.push_back(*std::move(next));
  }
  // One that never rests is judged by all that it goes through in the second half of the rounds.
  result.settled = false;
  answers.erase(answers.begin(), answers.begin() + kMostRounds / 2);
  return answers;
}

Result<Allocation> ask_dcat(const SteadyQuestion& question, const CurveTable& curves,
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
  Result<TimedResult> run = run_over_time(timed);
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
  Result<std::vector<Ways>> contracts = contracts_of(question.node, question.mix.programs.size());
  if (!contracts) return std::move(contracts).error();
  const SteadyNode node = steady_node_of(question.mix, curves, question.node);
  SteadyResult result;
  std::vector<Allocation> allocations;
  const auto now = [&] { return question.now_us != nullptr ? question.now_us() : 0.0; };
  const double start = now();
  if (is_oracle(question.policy)) {
    const Result<OracleAnswer> answer = ask_oracle(node, {question.goal.objective, question.policy == kOracleClusters,
                                                          *contracts, tolerance_of(question), 0, question.progress});
    if (!answer) return answer.error();
    if (!answer->exact) result.bound = answer->bound;
    if (question.goal.floors) result.floors_hold = answer->floors_hold;
    allocations.push_back(answer->allocation);
  } else if (is_dcat(question.policy)) {
    Result<Allocation> allocation = ask_dcat(question, curves, *contracts, result.settled);
    if (!allocation) return std::move(allocation).error();
    allocations.push_back(*std::move(allocation));
  } else {
    Result<std::vector<Allocation>> answers = ask_policy(question, node, *contracts, result);
    if (!answers) return std::move(answers).error();
    allocations = *std::move(answers);
  }
  if (result.solve_us == 0) result.solve_us = now() - start;
  std::vector<MixFigures> figures;
  for (const Allocation& allocation : allocations) {
    const SteadyState state = settle(node, allocation);
    figures.push_back(figures_of(node, *contracts, state, question.goal.tolerance));
    result.stall_factor = state.stall_factor;
  }
  result.figures = mean_of(figures);
  result.allocation = std::move(allocations.back());
  return result;
}

}  // namespace dcat::sim
