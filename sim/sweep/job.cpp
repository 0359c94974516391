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

// By tenant, as `ways`.
std::string figures_text(const std::vector<double>& figures) {
  std::string text;
  for (const double figure : figures) text += (text.empty() ? "" : " ") + std::to_string(figure);
  return text;
}

std::string counts_text(const std::vector<int>& counts) {
  std::string text;
  for (const int count : counts) text += (text.empty() ? "" : " ") + std::to_string(count);
  return text;
}

std::string normalised_text(const std::vector<TenantFigures>& tenants) {
  std::vector<double> figures;
  for (const TenantFigures& tenant : tenants) figures.push_back(tenant.normalised_ipc);
  return figures_text(figures);
}

std::string input_name(const Experiment& experiment, const Job& job) {
  return experiment.scenarios.empty() ? std::to_string(experiment.mixes[job.input].number)
                                      : experiment.scenarios[job.input].name;
}

Value optional_value(const std::optional<double>& value) {
  return value ? Value(*value) : Value();
}

// Wherever a figure goes, it says what it is.
const std::string kSimulated = "yes";
constexpr std::string_view kNote = "note";

// Behind the figures; a name that a figure has already (ways, closids) gets another.
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
  row.add("tenant_normalised_ipc", normalised_text(result.figures.tenants));
  row.add("settled", std::string(result.settled ? "yes" : "no"));
  row.add("floors_hold", result.floors_hold ? Value(std::string(*result.floors_hold ? "yes" : "no")) : Value());
  row.add(std::string(kNote), Value());
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
  row.add("tenant_normalised_ipc", figures_text(result.tenant_normalised));
  row.add(std::string(kNote), Value());
  row.add("simulated", kSimulated);
  row.add("contract_periods", static_cast<std::int64_t>(result.contract_periods));
  row.add("violations_in_a_row", std::int64_t{result.violations_in_a_row});
  row.add("mask_changes", static_cast<std::int64_t>(result.mask_changes));
  row.add("changed_periods", counts_text(result.changed_periods));
  row.add("reclaims", result.reclaims ? Value(static_cast<std::int64_t>(*result.reclaims)) : Value());
  row.add("to_98_unseen", to_98_text(result.caught_up, true));
  row.add("to_98_recurring", to_98_text(result.caught_up, false));
  row.add("clusters_normalised_ipc", optional_value(result.clusters_normalised));
  row.add("clusters_to_98_unseen", to_98_text(result.caught_up_clusters, true));
  row.add("clusters_to_98_recurring", to_98_text(result.caught_up_clusters, false));
  row.add("searches_cut", static_cast<std::int64_t>(result.searches_cut));
  row.add("refused", static_cast<std::int64_t>(result.refused));
  add_settings(row, job);
  return row;
}

// The same columns as a row with figures, and why there are none.
Row row_without_figures(Row row, const Job& job, const std::string& note) {
  const std::size_t figures = row.cells.size() - job.settings.size();
  for (std::size_t i = 0; i < figures; ++i) {
    auto& [name, value] = row.cells[i];
    if (name == kNote)
      value = note;
    else if (name != "mix" && name != "policy" && name != "simulated")
      value = Value();
  }
  return row;
}

Status fits_scenarios(const Experiment& experiment, const Axis& axis) {
  if (experiment.scenarios.empty()) return {};
  if (axis.key == "ways" || axis.key == "contract" || axis.key == "phases" || axis.key == "one_at_a_time")
    return Error{ErrorCode::bad_input, "--sweep " + axis.key, "a scenario says this itself", "sweep it over mixes", 0};
  if (axis.key == "mix")
    return Error{ErrorCode::bad_input, "--sweep mix", "scenarios have no mixes", "name the scenarios that are wanted",
                 0};
  return {};
}

using Combination = std::vector<std::pair<std::string, std::string>>;

// Of mixes over time: whether their changes of program can be kept.
Status check_lengths(const Experiment& experiment, const std::vector<Combination>& combinations) {
  if (!experiment.timed || experiment.mixes.empty()) return {};
  std::size_t most = 0;
  for (const Mix& mix : experiment.mixes) most = std::max(most, mix.programs.size());
  for (const Combination& combination : combinations) {
    Settings settings = experiment.settings;
    for (const auto& [key, value] : combination)
      if (Status applied = apply_setting(settings, key, value); !applied) return applied;
    if (Status fits = check_changes(settings, most); !fits) return fits;
  }
  return {};
}

}  // namespace

std::string note_of(const Row& row) {
  const Value* note = row.find(std::string(kNote));
  const auto* text = note == nullptr ? nullptr : std::get_if<std::string>(note);
  return text == nullptr ? "" : *text;
}

namespace {

// Whether the policy is one of the experiment's.
bool names(const Experiment& experiment, std::string_view policy) {
  const auto is = [&](const std::string& name) { return name == policy; };
  const auto at = std::ranges::find(experiment.axes, "policy", &Axis::key);
  return std::ranges::any_of(at == experiment.axes.end() ? experiment.policies : at->values, is);
}

}  // namespace

// Answers of the oracle depend on the input and on the settings that are not dCat's; noise is in counters alone.
struct JobRunner::Memos {
  std::mutex mutex;
  std::map<std::pair<std::size_t, std::vector<std::pair<std::string, std::string>>>, OracleMemo> by_input;

  OracleMemo& of(const Job& job) {
    std::vector<std::pair<std::string, std::string>> settings = job.settings;
    std::erase_if(settings, [](const auto& setting) { return setting.first == "noise"; });
    const std::lock_guard lock(mutex);
    return by_input[{job.input, std::move(settings)}];
  }
};

JobRunner::JobRunner(const Experiment& experiment, Clock now_us, const std::atomic<bool>& stop,
                     std::function<void(double)> on_search)
    : experiment_(experiment),
      now_us_(now_us),
      stop_(stop),
      on_search_(std::move(on_search)),
      memos_(std::make_unique<Memos>()),
      compare_clusters_(names(experiment, kOracleClusters)) {}
JobRunner::~JobRunner() = default;

SearchLimits JobRunner::limits(const Settings& settings) const {
  return {settings.oracle_seconds, now_us_, &stop_, on_search_};
}

Result<std::vector<Job>> jobs_of(const Experiment& experiment) {
  std::vector<std::string> policies = experiment.policies;
  std::vector<std::size_t> inputs;
  const std::size_t count = experiment.scenarios.empty() ? experiment.mixes.size() : experiment.scenarios.size();
  for (std::size_t i = 0; i < count; ++i) inputs.push_back(i);
  std::vector<Combination> combinations{{}};
  for (const Axis& axis : experiment.axes) {
    if (Status fits = fits_scenarios(experiment, axis); !fits) return std::move(fits).error();
    if (axis.key == "policy") {
      policies.clear();
      for (const std::string& value : axis.values) {
        Result<std::vector<std::string>> parsed = parse_policies(value);
        if (!parsed) return std::move(parsed).error();
        for (const std::string& policy : *parsed) {
          if (std::ranges::find(policies, policy) != policies.end())
            return Error{ErrorCode::bad_input, "--sweep policy", policy + " is there twice", "name it once", 0};
          policies.push_back(policy);
        }
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
    std::vector<Combination> longer;
    for (const auto& combination : combinations)
      for (const std::string& value : axis.values) {
        Settings probe = experiment.settings;
        if (Status applied = apply_setting(probe, axis.key, value); !applied) return std::move(applied).error();
        longer.push_back(combination);
        longer.back().emplace_back(axis.key, value);
      }
    combinations = std::move(longer);
  }
  if (Status short_enough = check_lengths(experiment, combinations); !short_enough)
    return std::move(short_enough).error();
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
  if (result.error().code != ErrorCode::bad_input)
    return std::move(result).error().with_context((experiment_.scenarios.empty() ? "mix " : "scenario ") +
                                                  input_name(experiment_, job) + ", policy " + job.policy);
  const bool timed = experiment_.timed || !experiment_.scenarios.empty();
  const std::string input = input_name(experiment_, job);
  Row row = timed ? timed_row(input, job, {}, 0) : steady_row(input, job, {});
  return JobResult{row_without_figures(std::move(row), job, result.error().to_string()), {}};
}

Result<JobResult> JobRunner::run_mix(const Job& job, const Settings& settings, bool keep_series) const {
  const Mix& mix = experiment_.mixes[job.input];
  const double start = now_us_();
  if (!experiment_.timed) {
    Result<SteadyResult> result = run_steady(
        {mix, settings.node, job.policy, settings.config.parameters, settings.goal, limits(settings), now_us_},
        experiment_.curves);
    if (!result) return std::move(result).error();
    return JobResult{steady_row(std::to_string(mix.number), job, *result), {}};
  }
  const std::vector<Ways> contracts = contracts_of(settings.node, mix.programs.size());
  TimedQuestion question;
  TimeFrame frame = settings.frame;
  frame.period = settings.config.interval;
  question.scenario = scenario_of(mix, experiment_.curves, settings.node, contracts, frame);
  question.policy = job.policy;
  question.parameters = settings.config.parameters;
  question.period = settings.config.interval;
  question.sample_interval = settings.config.sample_interval;
  question.periods = settings.frame.periods;
  question.goal = settings.goal;
  question.keep_series = keep_series;
  question.oracle = &memos_->of(job);
  question.compare_clusters = compare_clusters_;
  question.stop = &stop_;
  question.search = limits(settings);
  Result<TimedResult> result = run_over_time(std::move(question));
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
  }
  question.policy = job.policy;
  question.parameters = settings.config.parameters;
  question.period = settings.config.interval;
  question.sample_interval = settings.config.sample_interval;
  question.periods = experiment_.periods.value_or(named.scenario.periods);
  question.goal = settings.goal;
  question.keep_series = keep_series;
  question.oracle = &memos_->of(job);
  question.compare_clusters = compare_clusters_;
  question.stop = &stop_;
  question.search = limits(settings);
  const int periods = question.periods;
  const double start = now_us_();
  Result<TimedResult> result = run_over_time(std::move(question));
  if (!result) return std::move(result).error();
  const double us = (now_us_() - start) / periods;
  JobResult done{timed_row(named.name, job, *result, us), {}};
  if (keep_series) done.timed = *std::move(result);
  return done;
}

}  // namespace dcat::sim
