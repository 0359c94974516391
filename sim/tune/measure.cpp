#include "sim/tune/measure.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "sim/experiment/question.h"
#include "sim/experiment/timed_run.h"
#include "sim/random.h"

namespace dcat::sim {
namespace {

constexpr std::uint64_t kReruns = 3;  // of a single input
constexpr double kThousand = 1000;

Result<TimedQuestion> question_of(const Experiment& experiment, const Case& which) {
  TimedQuestion question;
  const Config& config = config_of(experiment, which.input);
  if (experiment.scenarios.empty()) {
    const Settings& settings = experiment.settings;
    const Mix& mix = experiment.mixes[which.input];
    const std::vector<Ways> contracts = contracts_of(settings.node, mix.programs.size());
    TimeFrame frame = settings.frame;
    frame.seed += which.rerun;
    question.scenario = scenario_of(mix, experiment.curves, settings.node, contracts, frame);
    question.period = frame.period;
    question.periods = frame.periods;
  } else {
    question.scenario = experiment.scenarios[which.input].scenario;
    question.scenario.seed += which.rerun;
    question.period = config.interval;
    question.periods = experiment.periods.value_or(question.scenario.periods);
  }
  if (which.rerun != 0 && question.scenario.noise_ratio == 0) question.scenario.noise_ratio = kMeasuredNoise;
  question.sample_interval = config.sample_interval;
  question.goal = experiment.settings.goal;
  return question;
}

}  // namespace

Split hold_back(std::size_t inputs, double ratio, std::uint64_t seed) {
  Split split;
  if (inputs == 1) {
    split.training = {{0, 0}};
    split.reruns = ratio > 0;
    for (std::uint64_t k = 1; ratio > 0 && k <= kReruns; ++k) split.held_back.push_back({0, k});
    return split;
  }
  std::vector<std::size_t> order(inputs);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random random(seed, "hold back", 0);
  for (std::size_t left = inputs; left > 1; --left) std::swap(order[left - 1], order[random.next() % left]);
  std::size_t held = 0;
  if (ratio > 0) {
    const auto wished = static_cast<std::size_t>(std::llround(ratio * static_cast<double>(inputs)));
    held = std::clamp(wished, std::size_t{1}, inputs - 1);
  }
  for (std::size_t i = 0; i < inputs; ++i) (i < held ? split.held_back : split.training).push_back({order[i], 0});
  const auto by_input = [](const Case& a, const Case& b) { return a.input < b.input; };
  std::sort(split.training.begin(), split.training.end(), by_input);
  std::sort(split.held_back.begin(), split.held_back.end(), by_input);
  return split;
}

double Measure::violations_per_1000() const {
  if (tenant_periods == 0) return 0;
  return kThousand * static_cast<double>(violations) / static_cast<double>(tenant_periods);
}

Measure together(const std::vector<Measure>& runs) {
  Measure all;
  for (const Measure& run : runs) {
    all.normalised_ipc += run.normalised_ipc;
    all.stp += run.stp;
    all.unfairness += run.unfairness;
    all.violations += run.violations;
    all.tenant_periods += run.tenant_periods;
    all.moved_ways += run.moved_ways;
  }
  const auto count = static_cast<double>(runs.size());
  all.normalised_ipc /= count;
  all.stp /= count;
  all.unfairness /= count;
  return all;
}

double objective_value(const Measure& measure, Objective objective) {
  switch (objective) {
    case Objective::throughput: return measure.stp;
    case Objective::normalised: return measure.normalised_ipc;
    case Objective::fairness: return measure.unfairness;
  }
  return 0;
}

Score score_of(const Measure& measure, Objective objective) {
  const double value = objective_value(measure, objective);
  return {objective == Objective::fairness ? -value : value, measure.violations_per_1000()};
}

const Config& config_of(const Experiment& experiment, std::size_t input) {
  return experiment.scenarios.empty() ? experiment.settings.config : experiment.scenarios[input].config;
}

std::size_t inputs_of(const Experiment& experiment) {
  return experiment.scenarios.empty() ? experiment.mixes.size() : experiment.scenarios.size();
}

std::string input_name(const Experiment& experiment, std::size_t input) {
  return experiment.scenarios.empty() ? "mix " + std::to_string(experiment.mixes[input].number)
                                      : experiment.scenarios[input].name;
}

Result<Measure> measure(const Experiment& experiment, const Case& which, const std::string& policy,
                        const Parameters& parameters) {
  Result<TimedQuestion> question = question_of(experiment, which);
  if (!question) return std::move(question).error().with_context(input_name(experiment, which.input));
  question->policy = policy;
  question->parameters = parameters;
  const Result<TimedResult> result = run_over_time(*std::move(question));
  if (!result) return Error(result.error()).with_context(input_name(experiment, which.input));
  return Measure{result->normalised_ipc,   result->stp,       result->unfairness, result->violations,
                 result->contract_periods, result->moved_ways};
}

}  // namespace dcat::sim
