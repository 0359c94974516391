// `dcat simulate`: policies on a modelled node, now or over time, one row a policy and input.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>

#include "cli/commands.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "cli/screen.h"
#include "cli/simulate_effect.h"
#include "cli/simulate_plan.h"
#include "cli/stop.h"
#include "sim/address_trace/byte_sink.h"
#include "sim/report/report.h"
#include "sim/sweep/merge.h"
#include "sim/sweep/result_file.h"
#include "sim/sweep/shard.h"

namespace dcat::cli {
namespace {

using sim::Experiment;
using sim::Job;
using sim::Row;
using sim::RowFormat;

constexpr std::size_t kMostReported = 24;  // runs that a page draws

constexpr std::uint64_t kMostDrawn = 10'000'000;  // tenant-periods, 80 bytes each

// What a page keeps of the runs that it draws.
std::uint64_t drawn_points(const Experiment& e, std::size_t jobs) {
  std::uint64_t most = 0;
  for (const sim::Mix& mix : e.mixes)
    most = std::max(most, mix.programs.size() * static_cast<std::uint64_t>(e.settings.frame.periods));
  for (const sim::NamedScenario& s : e.scenarios)
    most =
        std::max(most, s.scenario.tenants.size() * static_cast<std::uint64_t>(e.periods.value_or(s.scenario.periods)));
  return most * std::min(jobs, kMostReported);
}

double now_us() {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

RowFormat format_of(const std::string& word) {
  if (word == "csv") return RowFormat::csv;
  return word == "json" ? RowFormat::json : RowFormat::table;
}

// All inputs in turn. Runs of one input share what the oracles answered: side by side they would search for the same
// answers at a time.
std::vector<std::size_t> input_by_input(const std::vector<Job>& jobs) {
  std::map<std::pair<std::string, decltype(Job::settings)>, std::size_t> rank;
  for (const Job& job : jobs) rank.try_emplace({job.policy, job.settings}, rank.size());
  std::vector<std::size_t> order(jobs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return rank.at({jobs[i].policy, jobs[i].settings}); });
  return order;
}

// Every job that is still to be done, on all cores.
class Workers {
 public:
  Workers(const Experiment& experiment, const std::vector<Job>& jobs, sim::ResultFile* file, bool keep_series,
          Progress& progress, const std::atomic<bool>& stop)
      : runner_(experiment, now_us, stop, [this](double done) { tell(done); }),
        jobs_(jobs),
        order_(input_by_input(jobs)),
        file_(file),
        keep_series_(keep_series),
        progress_(progress),
        stop_(stop) {}

  Status run(int threads) {
    std::vector<std::jthread> workers;
    for (int i = 0; i < threads; ++i)
      workers.emplace_back([&] {
        while (!stop_ && !failed_) work();
      });
    workers.clear();
    if (error_) return std::move(*error_);
    if (rows_.size() < jobs_.size())
      return Error{ErrorCode::failed, "dcat simulate",
                   fmt::format("interrupted after {} of {} runs", rows_.size(), jobs_.size()),
                   file_ == nullptr ? "with --output FILE the same command goes on where it was"
                                    : "the same command goes on where it was",
                   0};
    return {};
  }

  std::map<std::size_t, Row> take_rows() { return std::move(rows_); }
  std::map<std::size_t, sim::TimedResult> take_series() { return std::move(series_); }

 private:
  // Whoever draws just now has told enough.
  void tell(double done) {
    if (const std::unique_lock lock(mutex_, std::try_to_lock); lock) progress_.search(done);
  }

  void work() {
    const std::size_t turn = next_++;
    if (turn >= jobs_.size()) {
      failed_ = true;  // nothing is left: the others need not look
      return;
    }
    const std::size_t next = order_[turn];
    Result<sim::JobResult> result = runner_.run(jobs_[next], keep_series_ && next < kMostReported);
    if (!result && stop_) return;
    const std::lock_guard lock(mutex_);
    Status kept = result ? Status() : Status(std::move(result).error());
    if (kept && file_ != nullptr) kept = file_->append(jobs_[next].index, result->row);
    if (!kept) {
      if (!error_) error_ = std::move(kept).error();
      failed_ = true;
      return;
    }
    rows_[jobs_[next].index] = std::move(result->row);
    if (result->timed) series_[jobs_[next].index] = std::move(*result->timed);
    progress_.step();
  }

  sim::JobRunner runner_;
  const std::vector<Job>& jobs_;
  std::vector<std::size_t> order_;  // of jobs_
  sim::ResultFile* file_;
  bool keep_series_;
  Progress& progress_;
  const std::atomic<bool>& stop_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;
  std::map<std::size_t, Row> rows_;
  std::map<std::size_t, sim::TimedResult> series_;
  std::optional<Error> error_;
};

// Lines with their ends; a last end is print_lines' own.
Status print_whole(std::string text) {
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return print_lines({text});
}

// Columns that a terminal has room for; the other formats have all.
constexpr std::string_view kShown[] = {
    "mix",        "policy",         "runs",       "stp",        "antt",          "unfairness",
    "worst unf.", "normalised_ipc", "violations", "moved_ways", "periods_to_98", "regret",
    "closids",    "solve_us",       "settled",    "bound",      "floors_hold",   "ways"};
constexpr std::string_view kLastColumn[] = {"bound", "refused"};  // behind them come the settings of a sweep

bool is_shown(const std::string& name) {
  return std::ranges::find(kShown, std::string_view(name)) != std::end(kShown);
}

// The cells of a row that a sweep varies.
std::vector<std::pair<std::string, sim::Value>> settings_of(const Row& row) {
  std::vector<std::pair<std::string, sim::Value>> settings;
  bool behind = false;
  for (const auto& cell : row.cells) {
    if (behind) settings.push_back(cell);
    behind = behind || std::ranges::find(kLastColumn, std::string_view(cell.first)) != std::end(kLastColumn);
  }
  return settings;
}

std::vector<Row> shown(const std::vector<Row>& rows) {
  std::vector<Row> narrow;
  for (const Row& row : rows) {
    Row& out = narrow.emplace_back();
    for (const auto& [name, value] : settings_of(row)) out.add(name, value);
    for (const std::string_view column : kShown)
      if (const sim::Value* value = row.find(std::string(column))) out.add(std::string(column), *value);
  }
  return narrow;
}

struct Sums {
  std::map<std::string, std::pair<double, int>> sums;
  double worst_unfairness = 0;
  std::int64_t runs = 0;

  void add(const Row& more) {
    if (!note_of(more).empty()) return;
    ++runs;
    for (const auto& [name, value] : more.cells) {
      const auto* real = std::get_if<double>(&value);
      const auto* whole = std::get_if<std::int64_t>(&value);
      if (!is_shown(name) || (real == nullptr && whole == nullptr)) continue;
      auto& [sum, count] = sums[name];
      sum += real != nullptr ? *real : static_cast<double>(*whole);
      ++count;
      if (name == "unfairness" && real != nullptr) worst_unfairness = std::max(worst_unfairness, *real);
    }
  }
};

// Means by policy and setting, where there are several inputs: what people look at first.
std::vector<Row> means_of(const std::vector<Row>& rows) {
  std::vector<std::pair<std::vector<std::pair<std::string, sim::Value>>, Sums>> kinds;
  for (const Row& row : rows) {
    std::vector<std::pair<std::string, sim::Value>> kind = settings_of(row);
    kind.emplace_back("policy", *row.find("policy"));
    auto at = std::ranges::find(kinds, kind, &decltype(kinds)::value_type::first);
    if (at == kinds.end()) at = kinds.insert(kinds.end(), {kind, Sums{}});
    at->second.add(row);
  }
  std::vector<Row> means;
  for (const auto& [kind, sums] : kinds) {
    Row& mean = means.emplace_back();
    for (const auto& [name, value] : kind) mean.add(name, value);
    mean.add("runs", sums.runs);
    for (const std::string_view column : kShown) {
      // The same columns whoever comes first, also where it has no figures at all.
      if (column == "worst unf.")
        mean.add(std::string(column), sums.worst_unfairness > 0 ? sim::Value(sums.worst_unfairness) : sim::Value());
      else if (const auto at = sums.sums.find(std::string(column)); at != sums.sums.end())
        mean.add(at->first, at->second.first / at->second.second);
      else if (std::ranges::any_of(kinds, [&](const auto& k) { return k.second.sums.contains(std::string(column)); }))
        mean.add(std::string(column), sim::Value());
    }
  }
  return means;
}

std::string text_in(const Row& row, const std::string& column) {
  const auto* text = std::get_if<std::string>(row.find(column));
  return text == nullptr ? "" : *text;
}

// The reasons below a table, a line each: they are too long for a column.
std::string without_figures(const std::vector<Row>& rows) {
  std::vector<std::pair<std::pair<std::string, std::string>, std::vector<std::string>>> reasons;
  for (const Row& row : rows) {
    const std::string note = note_of(row);
    if (note.empty()) continue;
    const std::pair reason{text_in(row, "policy"), note};
    auto at = std::ranges::find(reasons, reason, &decltype(reasons)::value_type::first);
    if (at == reasons.end()) at = reasons.insert(reasons.end(), {reason, {}});
    at->second.push_back(text_in(row, "mix"));
  }
  std::string text;
  for (const auto& [reason, mixes] : reasons)
    text +=
        fmt::format("{}No figures for {} ({}): {}\n", text.empty() ? "\n" : "", reason.first,
                    mixes.size() == 1 ? "mix " + mixes.front() : fmt::format("{} rows", mixes.size()), reason.second);
  return text;
}

// Rows that all have none: what was asked cannot be answered.
Status some_figures(const std::vector<Row>& rows) {
  if (rows.empty() || std::ranges::any_of(rows, [](const Row& row) { return note_of(row).empty(); })) return {};
  return Error{ErrorCode::bad_input,
               fmt::format("mix {}, policy {}", text_in(rows.front(), "mix"), text_in(rows.front(), "policy")),
               note_of(rows.front()), "", 0};
}

Status print_rows(const std::vector<Row>& rows, RowFormat format) {
  if (format != RowFormat::table) return print_whole(format_rows(rows, format));
  std::string text = format_rows(shown(rows), format);
  const bool several =
      std::ranges::any_of(rows, [&](const Row& row) { return *row.find("mix") != *rows.front().find("mix"); });
  if (several) text += "\nMeans:\n" + format_rows(means_of(rows), format);
  text += without_figures(rows);
  return print_whole(
      text + "\nEvery figure is simulated. --format csv has all columns; docs/simulator.md says what they mean.\n");
}

Status write_report(const SimulateArguments& a, const Experiment& experiment, const std::vector<Job>& jobs,
                    std::vector<Row> rows, std::map<std::size_t, sim::TimedResult> series) {
  sim::Report report;
  report.title =
      experiment.scenarios.empty() ? "Mixes of " + a.curves_file : experiment.scenarios.front().scenario.name;
  report.command = a.command_line;
  report.ways = experiment.scenarios.empty() ? experiment.settings.node.ways.count : 0;
  if (!experiment.scenarios.empty())
    for (const sim::DomainSpec& domain : experiment.scenarios.front().scenario.domains)
      report.ways += domain.ways.count;
  report.period_sec = seconds(experiment.scenarios.empty() ? experiment.settings.frame.period
                                                           : experiment.scenarios.front().config.interval);
  report.tolerance = experiment.settings.goal.tolerance;
  for (const sim::NamedScenario& each : experiment.scenarios) report.scenario_text += each.text + "\n";
  if (experiment.scenarios.empty())
    for (const sim::Mix& mix : experiment.mixes)
      report.scenario_text += fmt::format("{}: {}\n", mix.number, fmt::join(mix.programs, ", "));
  report.rows = std::move(rows);
  for (auto& [index, timed] : series) {
    const Job& job = jobs[index];
    std::string input = experiment.scenarios.empty() ? fmt::format("mix {}", experiment.mixes[job.input].number)
                                                     : experiment.scenarios[job.input].name;
    for (const auto& [key, value] : job.settings) input += fmt::format(", {}={}", key, value);
    report.runs.push_back({input, job.policy, std::move(timed)});
  }
  if (jobs.size() > kMostReported)
    report.title += fmt::format(" (the first {} of {} runs are drawn)", kMostReported, jobs.size());
  return address_trace::write_whole_file(a.report_file, report_html(report));
}

Result<std::optional<sim::Shard>> shard_of(const SimulateArguments& a) {
  if (!a.shard.empty()) {
    Result<sim::Shard> shard = sim::parse_shard(a.shard);
    if (!shard) return std::move(shard).error();
    return std::optional(*shard);
  }
  const auto from_environment = sim::shard_of_environment([](const char* name) { return std::getenv(name); });
  if (!from_environment) return std::optional<sim::Shard>();
  if (!*from_environment) return from_environment->error();
  return std::optional(**from_environment);
}

Status merge(const SimulateArguments& a) {
  Result<sim::Merged> merged = sim::merge_results(a.merge);
  if (!merged) return std::move(merged).error();
  for (const std::string& text : {sim::format_duplicates(*merged), sim::format_gaps(*merged)})
    if (!text.empty()) fmt::print(stderr, "dcat: {}\n", text);
  if (Status printed = print_rows(merged->rows, format_of(a.format)); !printed) return printed;
  if (merged->gaps.empty()) return {};
  return Error{ErrorCode::failed, "--merge", "results are missing", "run what is missing and merge again", 0};
}

Status simulate(const SimulateArguments& a) {
  if (!a.merge.empty()) {
    if (Status alone = check_merge_alone(a); !alone) return alone;
    return merge(a);
  }
  for (const auto& [option, output] : {std::pair("--report", a.report_file), {"--output", a.output_file}})
    if (Status apart = check_not_read(option, output, inputs_of(a)); !apart) return apart;
  if (!a.report_file.empty() && std::filesystem::path(a.report_file).lexically_normal() ==
                                    std::filesystem::path(a.output_file).lexically_normal())
    return Error{ErrorCode::bad_input, "--report " + a.report_file, "is the file of --output", "name another file", 0};
  Result<Experiment> planned = plan_simulation(a);
  if (!planned) return std::move(planned).error();
  const Experiment& experiment = *planned;
  if (Status effects = check_effects(a, experiment); !effects) return effects;
  for (const std::string& note : experiment.notes) fmt::print(stderr, "dcat: {}\n", note);
  Result<std::vector<Job>> all = jobs_of(experiment);
  if (!all) return std::move(all).error();
  Result<std::optional<sim::Shard>> shard = shard_of(a);
  if (!shard) return std::move(shard).error();
  if (*shard && a.output_file.empty())
    return Error{ErrorCode::bad_input, "--shard", "where the part's results go is not said", "add --output FILE", 0};
  if (*shard && !a.report_file.empty())
    return Error{ErrorCode::bad_input, "--report", "a shard has only a part of the rows", "merge first", 0};
  if (!a.report_file.empty() && !experiment.timed)
    return Error{ErrorCode::bad_input, "--report", "draws what happens over time", "add --periods N", 0};
  if (!a.report_file.empty() && drawn_points(experiment, all->size()) > kMostDrawn)
    return Error{ErrorCode::bad_input, "--report",
                 fmt::format("{} tenant-periods would be kept for the page, and at most {} can be",
                             drawn_points(experiment, all->size()), kMostDrawn),
                 "ask for fewer periods, or draw fewer inputs and policies", 0};

  std::optional<sim::ResultFile> file;
  // A file of this run's own that comes to nothing goes again.
  std::error_code none;
  const bool was_there = std::filesystem::exists(a.output_file, none);
  if (!a.output_file.empty()) {
    Result<sim::ResultFile> opened = sim::ResultFile::open(
        a.output_file, {DCAT_VERSION, experiment.identity, all->size(), shard->value_or(sim::Shard{})});
    if (!opened) return std::move(opened).error();
    file.emplace(*std::move(opened));
    for (const std::string& note : file->notes()) fmt::print(stderr, "dcat: {}\n", note);
    if (!a.report_file.empty() && !file->done().empty())
      return Error{ErrorCode::bad_input, "--report",
                   a.output_file + " has rows already, and a page wants the runs behind them",
                   "name another --output, or none", 0};
  }
  std::vector<Job> jobs;
  for (const Job& job : *all)
    if ((!*shard || mine(**shard, job.index)) && (!file || file->done().count(job.index) == 0)) jobs.push_back(job);
  Progress progress(jobs.size(), isatty(STDERR_FILENO) != 0);
  Workers workers(experiment, jobs, file ? &*file : nullptr, !a.report_file.empty(), progress, stop_on_signals());
  const int threads = a.threads.value_or(static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
  Status ran = workers.run(threads);
  progress.end();
  if (!ran) {
    if (file && !was_there && ran.error().code == ErrorCode::bad_input) std::filesystem::remove(a.output_file, none);
    return ran;
  }
  std::map<std::size_t, Row> rows = workers.take_rows();
  if (*shard) {
    fmt::print(stderr, "dcat: shard {}/{}: {} of {} runs are in {}\n", (*shard)->index, (*shard)->count,
               rows.size() + file->done().size(), all->size(), a.output_file);
    return {};
  }
  if (file) {  // what an earlier run left there, too
    Result<sim::Merged> whole = sim::merge_results({a.output_file});
    if (!whole) return std::move(whole).error();
    if (Status some = some_figures(whole->rows); !some) {
      if (!was_there) std::filesystem::remove(a.output_file, none);
      return some;
    }
    if (Status printed = print_rows(whole->rows, format_of(a.format)); !printed) return printed;
    if (a.report_file.empty()) return {};
    return write_report(a, experiment, *all, std::move(whole->rows), workers.take_series());
  }
  std::vector<Row> in_order;
  for (auto& [index, row] : rows) in_order.push_back(std::move(row));
  if (Status some = some_figures(in_order); !some) return some;
  if (Status printed = print_rows(in_order, format_of(a.format)); !printed) return printed;
  if (a.report_file.empty()) return {};
  return write_report(a, experiment, *all, std::move(in_order), workers.take_series());
}

}  // namespace

int simulate_command(const SimulateArguments& arguments) {
  const Status done = simulate(arguments);
  return done ? 0 : report(done.error());
}

}  // namespace dcat::cli
