// `dcat tune`: the controller's thresholds searched on the simulated node, for one objective under a bound on
// violations; what was held back says whether to believe it.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "cli/commands.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/screen.h"
#include "cli/simulate_plan.h"
#include "cli/stop.h"
#include "sim/address_trace/byte_sink.h"
#include "sim/tune/outcome.h"

namespace dcat::cli {
namespace {

using sim::Case;
using sim::Experiment;
using sim::Measure;
using sim::Outcome;
using sim::Point;
using sim::Searched;

constexpr int kPeriodsOfMixes = 300;

Error usage(const std::string& what, const std::string& why, const std::string& todo) {
  return {ErrorCode::bad_input, what, why, todo, 0};
}

// What is asked, read and checked.
struct Plan {
  Experiment experiment;
  Config base;  // what is written is this and what was found
  std::string policy;
  sim::Objective objective = sim::Objective::normalised;
  std::vector<Searched> searched;
  sim::Split split;
  std::vector<std::string> notes;
};

Result<std::string> policy_of(const TuneArguments& a, const Config& config) {
  const PolicyKind configured = config.parameters.policy;
  if (a.policy.empty() && is_dcat(configured))
    return std::string(configured == PolicyKind::max_performance ? "dcat-max" : "dcat-fair");
  if (a.policy.empty())
    return usage("policy " + std::string(name_of(configured)) + " of the configuration", "has no thresholds to search",
                 "choose --policy dcat-fair or dcat-max");
  if (a.policy == "dcat-fair" || a.policy == "dcat-max") return a.policy;
  return usage("--policy " + a.policy, "has no thresholds to search", "choose dcat-fair or dcat-max");
}

// A scenario's own settings of searched keys do not count: one configuration is searched for all of them.
void note_own_settings(Plan& plan) {
  const Point base = point_of(plan.searched, plan.base.parameters);
  for (const sim::NamedScenario& each : plan.experiment.scenarios) {
    const Point own = point_of(plan.searched, each.config.parameters);
    for (std::size_t i = 0; i < own.size(); ++i)
      if (own[i] != base[i])
        plan.notes.push_back(fmt::format("{} says {}: {} itself; that is searched, and the present value is {}",
                                         each.name, plan.searched[i].dimension.name,
                                         value_text(plan.searched[i], own[i]), value_text(plan.searched[i], base[i])));
  }
}

Status check_output(const std::string& path) {
  if (path.empty()) return {};
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  if (std::filesystem::is_directory(path)) return usage("write " + path, std::strerror(EISDIR), "name a file");
  if (access(parent.empty() ? "." : parent.c_str(), W_OK) == 0) return {};
  return usage("write " + path, std::strerror(errno), "name a file that can be written");
}

Result<Plan> plan_tuning(const TuneArguments& a) {
  SimulateArguments input = a.input;
  const bool mixes = !input.curves_file.empty() && input.scenarios.empty();
  if (!mixes && input.scenarios.empty())
    return usage("dcat tune", "neither a scenario nor a curve file is named",
                 "name scenarios or traces, or --curves FILE with --mixes FILE or --mix A,B,C");
  if (mixes && !input.periods) input.periods = kPeriodsOfMixes;
  if (mixes) input.seed = std::to_string(a.seed);
  if (Status apart = check_not_read("--output", a.output_file, inputs_of(input)); !apart)
    return std::move(apart).error();
  if (Status writable = check_output(a.output_file); !writable) return std::move(writable).error();
  Plan plan;
  Result<Experiment> experiment = plan_simulation(input);
  if (!experiment) return std::move(experiment).error();
  plan.experiment = *std::move(experiment);
  plan.notes = plan.experiment.notes;
  plan.base = plan.experiment.settings.config;
  if (mixes && input.config_file.empty()) {
    plan.base.parameters.shared_ways = Parameters{}.shared_ways;
    plan.notes.emplace_back("mixes have no host processes: they were run with shared_ways 0");
  }
  Result<std::string> policy = policy_of(a, plan.base);
  if (!policy) return std::move(policy).error();
  plan.policy = *std::move(policy);
  Result<sim::Objective> objective = sim::parse_objective(a.objective);
  if (!objective) return std::move(objective).error();
  plan.objective = *objective;
  Result<std::vector<Searched>> searched = sim::parse_searched(a.parameters);
  if (!searched) return std::move(searched).error();
  plan.searched = *std::move(searched);
  if (plan.searched.empty())
    plan.searched = sim::usual_parameters(plan.policy == "dcat-max" ? PolicyKind::max_performance : PolicyKind::fair);
  note_own_settings(plan);
  plan.split = sim::hold_back(inputs_of(plan.experiment), a.hold_back, a.seed);
  return plan;
}

// A point is legal where every input's configuration with it is.
sim::Space space_of(const Plan& plan) {
  sim::Space space;
  for (const Searched& each : plan.searched) space.dimensions.push_back(each.dimension);
  std::vector<Config> distinct{plan.base};
  for (std::size_t i = 0; i < inputs_of(plan.experiment); ++i)
    if (const Config& config = config_of(plan.experiment, i);
        std::find(distinct.begin(), distinct.end(), config) == distinct.end())
      distinct.push_back(config);
  space.legal = [distinct, searched = plan.searched](const Point& point) {
    for (Config config : distinct) {
      put(searched, point, config.parameters);
      if (!sim::is_valid(config)) return false;
    }
    return true;
  };
  return space;
}

// Runs on all cores; the figures do not depend on how many there are.
class Runs {
 public:
  Runs(const Plan& plan, int threads, const std::atomic<bool>& stop, Progress& progress)
      : plan_(plan), threads_(threads), stop_(stop), progress_(progress) {}

  // By point, then case. Absent: interrupted.
  Result<std::optional<std::vector<std::vector<Measure>>>> run(const std::vector<Point>& points,
                                                               const std::vector<Case>& cases) {
    std::vector<std::vector<Measure>> measures(points.size(), std::vector<Measure>(cases.size()));
    const std::size_t tasks = points.size() * cases.size();
    std::atomic<std::size_t> next = 0;
    std::size_t done = 0;
    std::optional<std::pair<std::size_t, Error>> failed;  // the first by number
    std::mutex mutex;
    const auto work = [&] {
      for (std::size_t task = next++; task < tasks && !stop_; task = next++) {
        const Point& point = points[task / cases.size()];
        Result<Measure> measured = run_one(point, cases[task % cases.size()]);
        const std::lock_guard lock(mutex);
        ++done;
        progress_.step();
        if (measured) {
          measures[task / cases.size()][task % cases.size()] = *measured;
        } else if (!failed || task < failed->first) {
          failed = {task, std::move(measured).error().with_context(point_text(point))};
        }
      }
    };
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < std::min(static_cast<std::size_t>(threads_), tasks); ++i) workers.emplace_back(work);
    workers.clear();
    if (failed) return std::move(failed->second);
    if (done < tasks) return std::optional<std::vector<std::vector<Measure>>>();
    return std::optional(std::move(measures));
  }

 private:
  Result<Measure> run_one(const Point& point, const Case& which) const {
    Parameters parameters = config_of(plan_.experiment, which.input).parameters;
    put(plan_.searched, point, parameters);
    return measure(plan_.experiment, which, plan_.policy, parameters);
  }
  std::string point_text(const Point& point) const {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < point.size(); ++i)
      texts.push_back(plan_.searched[i].dimension.name + " " + value_text(plan_.searched[i], point[i]));
    return fmt::format("{}", fmt::join(texts, ", "));
  }

  const Plan& plan_;
  int threads_;
  const std::atomic<bool>& stop_;
  Progress& progress_;
};

// Goes on until the trials are made or somebody interrupts. Error: failed, where not even the first trial was made.
Status search(const TuneArguments& a, const Plan& plan, Runs& runs, Outcome& outcome) {
  const sim::Space space = space_of(plan);
  if (!space.legal(outcome.present))
    return usage("dcat tune", "the present values of what is searched do not go with a scenario's own settings",
                 "search the keys that depend on each other together, or change the scenario");
  sim::Search search(space, outcome.present, {a.trials, a.seed, a.violations});
  std::map<Point, std::vector<Measure>> figures;
  for (;;) {
    const Result<std::vector<Point>> points = search.next();
    if (!points) return points.error();
    if (points->empty()) break;
    auto measured = runs.run(*points, plan.split.training);
    if (!measured) return std::move(measured).error();
    outcome.interrupted = !*measured;
    if (outcome.interrupted) break;
    std::vector<sim::Score> scores;
    for (std::size_t i = 0; i < points->size(); ++i) {
      scores.push_back(score_of(sim::together((**measured)[i]), plan.objective));
      figures[(*points)[i]] = std::move((**measured)[i]);
    }
    search.tell(scores);
  }
  outcome.trials = search.trials().size();
  if (outcome.trials == 0)
    return Error{ErrorCode::failed, "dcat tune", "interrupted before the present configuration was measured", "", 0};
  outcome.found_at = search.best() + 1;
  outcome.tuned = search.trials()[search.best()].point;
  outcome.training = {plan.split.training, figures[outcome.present], figures[outcome.tuned]};
  return {};
}

Status check(const Plan& plan, Runs& runs, Outcome& outcome) {
  if (outcome.interrupted || plan.split.held_back.empty()) return {};
  auto measured = runs.run({outcome.present, outcome.tuned}, plan.split.held_back);
  if (!measured) return std::move(measured).error();
  outcome.interrupted = !*measured;
  if (*measured)
    outcome.held_back = sim::Part{plan.split.held_back, std::move((**measured)[0]), std::move((**measured)[1])};
  return {};
}

Status tune(const TuneArguments& a) {
  Result<Plan> planned = plan_tuning(a);
  if (!planned) return std::move(planned).error();
  const Plan& plan = *planned;
  Outcome outcome;
  outcome.policy = plan.policy;
  outcome.objective = plan.objective;
  outcome.violation_bound = a.violations;
  outcome.tolerance = plan.experiment.settings.goal.tolerance;
  outcome.seed = a.seed;
  outcome.reruns = plan.split.reruns;
  outcome.searched = plan.searched;
  outcome.present = point_of(plan.searched, plan.experiment.settings.config.parameters);
  outcome.notes = plan.notes;
  for (std::size_t i = 0; i < inputs_of(plan.experiment); ++i) outcome.inputs.push_back(input_name(plan.experiment, i));

  const std::size_t total =
      static_cast<std::size_t>(a.trials) * plan.split.training.size() + 2 * plan.split.held_back.size();
  Progress progress(total, isatty(STDERR_FILENO) != 0);
  const int threads = a.threads.value_or(static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
  Runs runs(plan, threads, stop_on_signals(), progress);
  Status ran = search(a, plan, runs, outcome);
  if (ran) ran = check(plan, runs, outcome);
  progress.end();
  if (!ran) return ran;

  const sim::Maker maker{DCAT_VERSION, a.input.command_line};
  std::string text = a.format == "json" ? format_outcome_json(outcome, maker) : format_outcome_table(outcome);
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (Status printed = print_lines({text}); !printed) return printed;
  if (outcome.interrupted)
    return Error{ErrorCode::failed, "dcat tune",
                 fmt::format("interrupted after {} of {} trials", outcome.trials, a.trials),
                 a.output_file.empty() ? "" : a.output_file + " was not written", 0};
  if (a.output_file.empty()) return {};
  return address_trace::write_whole_file(a.output_file, format_tuned_yaml(plan.base, outcome, maker));
}

}  // namespace

int tune_command(const TuneArguments& arguments) {
  const Status done = tune(arguments);
  return done ? 0 : report(done.error());
}

}  // namespace dcat::cli
