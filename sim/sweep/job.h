// Jobs: the smallest pieces of an experiment, one row each, in an order that depends on what was asked alone. So the
// K-th part of N is the same everywhere, and rows can be put together whatever the order they come in.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "sim/curves.h"
#include "sim/experiment/mixes.h"
#include "sim/experiment/timed_run.h"
#include "sim/sweep/row.h"
#include "sim/sweep/settings.h"

namespace dcat::sim {

// A key and its values, as `--sweep key=a,b,c`.
struct Axis {
  std::string key;
  std::vector<std::string> values;
  bool operator==(const Axis&) const = default;
};

struct NamedScenario {
  std::string name;  // as it was given: a path
  Scenario scenario;
  Config config;     // the command's, with the scenario's own `controller` section
  std::string text;  // as it was read; empty: a recorded trace
};

// What was asked, read and checked.
struct Experiment {
  CurveTable curves;
  std::vector<Mix> mixes;                // either these
  std::vector<NamedScenario> scenarios;  // or these
  bool timed = false;                    // mixes over time; scenarios always are
  std::optional<int> periods;            // overrides a scenario's own
  std::vector<std::string> policies;
  Settings settings;
  std::vector<Axis> axes;            // the last one varies fastest; then policies
  std::vector<std::string> notes{};  // what the reader should know of the inputs
  std::string identity;              // of all that rows depend on; two experiments with the same one have the same jobs
};

struct Job {
  std::size_t index = 0;  // from 0
  std::size_t input = 0;  // of mixes or scenarios
  std::string policy;
  std::vector<std::pair<std::string, std::string>> settings;  // from the axes
};

// Every job of the experiment. An axis `policy` replaces the policies, `mix` chooses mixes by number. Errors:
// bad_input, a setting that cannot be applied.
Result<std::vector<Job>> jobs_of(const Experiment& experiment);

struct JobResult {
  Row row;
  std::optional<TimedResult> timed{};  // with keep_series
};

// Why a row has no figures: the policy could not allocate (more partitions than ways, say). Empty: it has figures.
std::string note_of(const Row& row);

// Thread-safe on one experiment. `now_us`: a clock for solve_us, in microseconds. Runs of one input share what the
// oracle answered through `memos`. A policy that cannot allocate is no error but a row with the reason in place of
// figures. Errors name the job.
class JobRunner {
 public:
  using Clock = double (*)();
  // `stop` ends runs over time and searches of the oracles early, with an error. `on_search` is told often how far a
  // search is, 0..1, by the thread that does it; may be empty.
  JobRunner(const Experiment& experiment, Clock now_us, const std::atomic<bool>& stop,
            std::function<void(double)> on_search = {});
  ~JobRunner();
  Result<JobResult> run(const Job& job, bool keep_series) const;

 private:
  struct Memos;
  Result<JobResult> run_mix(const Job& job, const Settings& settings, bool keep_series) const;
  Result<JobResult> run_scenario(const Job& job, const Settings& settings, bool keep_series) const;
  SearchLimits limits(const Settings& settings) const;

  const Experiment& experiment_;
  Clock now_us_;
  const std::atomic<bool>& stop_;
  std::function<void(double)> on_search_;
  std::unique_ptr<Memos> memos_;
  bool compare_clusters_;  // the best masks at all are asked for anyway
};

}  // namespace dcat::sim
