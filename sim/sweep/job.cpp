#include "sim/sweep/job.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "sim/experiment/policy_list.h"
#include "sim/experiment/steady_run.h"

namespace dcat::sim {
namespace {

std::string sizes_text(const Allocation& allocation) {
  std::string text;
  for (const std::size_t cluster : allocation.cluster_of) {
    if (!text.empty()) text += ' ';
    text += std::to_string(allocation.masks[cluster].size().count);
  }
  return text;
}

std::string masks_text(const Allocation& allocation) {
  std::string text;
  for (const std::size_t cluster : allocation.cluster_of) {
    if (!text.empty()) text += ' ';
    text += format_cbm(allocation.masks[cluster]);
  }
  return text;
}

std::string input_name(const Experiment& experiment, const Job& job) {
  return experiment.scenarios.empty() ? std::to_string(experiment.mixes[job.input].number)
                                      : experiment.scenarios[job.input].name;
}

Value optional_value(const std::optional<double>& value) {
  return value ? Value(*value) : Value();
}

// Behind the figures; a name that a figure has already (ways, closids) gets another.
// Wherever a figure goes, it says what it is.
const std::string kSimulated = "yes";

void add_settings(Row& row, const Job& job) {
  for (const auto& [key, value] : job.settings) row.add(row.find(key) == nullptr ? key : "sweep_" + key, value);
}

std::int64_t distinct_masks(const Allocation& allocation) {
  std::vector<Cbm> masks;
  for (const std::size_t cluster : allocation.cluster_of)
    if (std::find(masks.begin(), masks.end(), allocation.masks[cluster]) == masks.end())
      masks.push_back(allocation.masks[cluster]);
  return static_cast<std::int64_t>(masks.size());
}

Row steady_row(const std::string& mix, const Job& job, const SteadyResult& result) {
  Row row;
  row.add("mix", mix);
  row.add("policy", job.policy);
  row.add("stp", result.figures.stp);
  row.add("antt", result.figures.antt);
  row.add("unfairness", result.figures.unfairness);
  row.add("ways", sizes_text(result.allocation));
  row.add("solve_us", result.solve_us);
  row.add("normalised_ipc", result.figures.normalised_ipc);
  row.add("violations", std::int64_t{result.figures.violations});
  row.add("violation_depth", result.figures.violation_depth);
  row.add("closids", distinct_masks(result.allocation));
  row.add("stall_factor", result.stall_factor);
  row.add("masks", masks_text(result.allocation));
  row.add("settled", std::string(result.settled ? "yes" : "no"));
  row.add("floors_hold", result.floors_hold ? Value(std::string(*result.floors_hold ? "yes" : "no")) : Value());
  row.add("simulated", kSimulated);
  row.add("bound", optional_value(result.bound));
  add_settings(row, job);
  return row;
}

std::string last_sizes(const TimedResult& result) {
  std::string text;
  for (const Cbm mask : result.last_masks) {
    if (!text.empty()) text += ' ';
    text += std::to_string(mask.size().count);
  }
  return text;
}

Row timed_row(const std::string& input, const Job& job, const TimedResult& result, double us_a_period) {
  Row row;
  row.add("mix", input);
  row.add("policy", job.policy);
  row.add("stp", result.stp);
  row.add("antt", result.antt);
  row.add("unfairness", result.unfairness);
  row.add("ways", last_sizes(result));
  row.add("solve_us", us_a_period);
  row.add("normalised_ipc", result.normalised_ipc);
  row.add("violations", static_cast<std::int64_t>(result.violations));
  row.add("moved_ways", static_cast<std::int64_t>(result.moved_ways));
  row.add("periods_to_98", optional_value(result.periods_to_98));
  row.add("periods_to_95", optional_value(result.periods_to_95));
  row.add("changes", std::int64_t{result.changes});
  row.add("oracle_normalised_ipc", optional_value(result.oracle_normalised));
  row.add("regret", result.oracle_normalised ? Value(1 - result.normalised_ipc / *result.oracle_normalised) : Value());
  row.add("violation_depth_periods", result.violation_depth_periods);
  row.add("closids", std::int64_t{result.closids});
  row.add("simulated", kSimulated);
  row.add("refused", static_cast<std::int64_t>(result.refused));
  add_settings(row, job);
  return row;
}

}  // namespace

// Answers of the oracle depend on the input and on the settings that are not dCat's.
struct JobRunner::Memos {
  std::mutex mutex;
  std::map<std::pair<std::size_t, std::vector<std::pair<std::string, std::string>>>, OracleMemo> by_input;

  OracleMemo& of(const Job& job) {
    const std::lock_guard lock(mutex);
    return by_input[{job.input, job.settings}];
  }
};

JobRunner::JobRunner(const Experiment& experiment, Clock now_us, const std::atomic<bool>& stop)
    : experiment_(experiment), now_us_(now_us), stop_(stop), memos_(std::make_unique<Memos>()) {}
JobRunner::~JobRunner() = default;

Result<std::vector<Job>> jobs_of(const Experiment& experiment) {
  std::vector<std::string> policies = experiment.policies;
  std::vector<std::size_t> inputs;
  const std::size_t count = experiment.scenarios.empty() ? experiment.mixes.size() : experiment.scenarios.size();
  for (std::size_t i = 0; i < count; ++i) inputs.push_back(i);
  std::vector<std::vector<std::pair<std::string, std::string>>> combinations{{}};
  for (const Axis& axis : experiment.axes) {
    if (axis.key == "policy") {
      policies.clear();
      for (const std::string& value : axis.values) {
        Result<std::vector<std::string>> parsed = parse_policies(value);
        if (!parsed) return std::move(parsed).error();
        policies.insert(policies.end(), parsed->begin(), parsed->end());
      }
      continue;
    }
    if (axis.key == "mix") {
      inputs.clear();
      for (const std::string& value : axis.values) {
        const auto at = std::find_if(experiment.mixes.begin(), experiment.mixes.end(),
                                     [&](const Mix& m) { return std::to_string(m.number) == value; });
        if (at == experiment.mixes.end())
          return Error{ErrorCode::bad_input, "--sweep mix", "there is no mix " + value,
                       "want numbers from 1 to " + std::to_string(experiment.mixes.size()), 0};
        inputs.push_back(static_cast<std::size_t>(at - experiment.mixes.begin()));
      }
      continue;
    }
    std::vector<std::vector<std::pair<std::string, std::string>>> longer;
    for (const auto& combination : combinations)
      for (const std::string& value : axis.values) {
        Settings probe = experiment.settings;
        if (Status applied = apply_setting(probe, axis.key, value); !applied) return std::move(applied).error();
        longer.push_back(combination);
        longer.back().emplace_back(axis.key, value);
      }
    combinations = std::move(longer);
  }
  std::vector<Job> jobs;
  for (const std::size_t input : inputs)
    for (const auto& combination : combinations)
      for (const std::string& policy : policies) jobs.push_back({jobs.size(), input, policy, combination});
  return jobs;
}

Result<JobResult> JobRunner::run(const Job& job, bool keep_series) const {
  Settings settings = experiment_.settings;
  if (!experiment_.scenarios.empty()) settings.config = experiment_.scenarios[job.input].config;
  for (const auto& [key, value] : job.settings)
    if (Status applied = apply_setting(settings, key, value); !applied) return std::move(applied).error();
  Result<JobResult> result =
      experiment_.scenarios.empty() ? run_mix(job, settings, keep_series) : run_scenario(job, settings, keep_series);
  if (result) return result;
  return std::move(result).error().with_context((experiment_.scenarios.empty() ? "mix " : "scenario ") +
                                                input_name(experiment_, job) + ", policy " + job.policy);
}

Result<JobResult> JobRunner::run_mix(const Job& job, const Settings& settings, bool keep_series) const {
  const Mix& mix = experiment_.mixes[job.input];
  const double start = now_us_();
  if (!experiment_.timed) {
    Result<SteadyResult> result = run_steady(
        {mix, settings.node, job.policy, settings.config.parameters, settings.goal, {}, now_us_}, experiment_.curves);
    if (!result) return std::move(result).error();
    return JobResult{steady_row(std::to_string(mix.number), job, *result), {}};
  }
  Result<std::vector<Ways>> contracts = contracts_of(settings.node, mix.programs.size());
  if (!contracts) return std::move(contracts).error();
  TimedQuestion question;
  TimeFrame frame = settings.frame;
  frame.period = settings.config.interval;
  question.scenario = scenario_of(mix, experiment_.curves, settings.node, *contracts, frame);
  question.policy = job.policy;
  question.parameters = settings.config.parameters;
  question.period = settings.config.interval;
  question.sample_interval = settings.config.sample_interval;
  question.periods = settings.frame.periods;
  question.goal = settings.goal;
  question.keep_series = keep_series;
  question.oracle = &memos_->of(job);
  question.stop = &stop_;
  Result<TimedResult> result = run_over_time(question);
  if (!result) return std::move(result).error();
  const double us = (now_us_() - start) / settings.frame.periods;
  JobResult done{timed_row(std::to_string(mix.number), job, *result, us), {}};
  if (keep_series) done.timed = *std::move(result);
  return done;
}

Result<JobResult> JobRunner::run_scenario(const Job& job, const Settings& settings, bool keep_series) const {
  const NamedScenario& named = experiment_.scenarios[job.input];
  TimedQuestion question;
  question.scenario = named.scenario;
  for (const auto& [key, value] : job.settings) {
    if (key == "seed") question.scenario.seed = settings.frame.seed;
    if (key == "noise") question.scenario.noise_ratio = settings.frame.noise_ratio;
    if (key == "closids") question.scenario.closids = settings.node.closids;
    if (key == "bandwidth")
      for (DomainSpec& domain : question.scenario.domains)
        domain.memory_bytes_per_sec = settings.node.memory_bytes_per_sec;
    if (key == "ways" || key == "contract" || key == "phases")
      return Error{ErrorCode::bad_input, "--sweep " + key, "a scenario says this itself", "sweep it over mixes", 0};
  }
  question.policy = job.policy;
  question.parameters = settings.config.parameters;
  question.period = settings.config.interval;
  question.sample_interval = settings.config.sample_interval;
  question.periods = experiment_.periods.value_or(named.scenario.periods);
  question.goal = settings.goal;
  question.keep_series = keep_series;
  question.oracle = &memos_->of(job);
  question.stop = &stop_;
  const double start = now_us_();
  Result<TimedResult> result = run_over_time(question);
  if (!result) return std::move(result).error();
  const double us = (now_us_() - start) / question.periods;
  JobResult done{timed_row(named.name, job, *result, us), {}};
  if (keep_series) done.timed = *std::move(result);
  return done;
}

}  // namespace dcat::sim
