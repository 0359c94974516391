// `dcat run`: the controller in the foreground.
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/advice_board.h"
#include "cli/advice_curves.h"
#include "cli/commands.h"
#include "cli/feature_file.h"
#include "cli/memory_file.h"
#include "cli/node.h"
#include "cli/outside.h"
#include "cli/recorder.h"
#include "cli/screen.h"
#include "cli/stop.h"
#include "cli/summary.h"

namespace dcat::cli {

namespace {

// Feeds the summary of a simulated run.
class SummaryListener : public Listener {
 public:
  explicit SummaryListener(SimulationRecord& record) : record_(record) {}
  Status on_decision(const Observation& o, const Decision& d) override {
    record_.on_decision(o, d);
    return {};
  }
  void on_trouble(const Error&) override {}

 private:
  SimulationRecord& record_;
};

// Counts what a run on hardware did.
class Tally : public Listener {
 public:
  explicit Tally(Mode mode) : modes_{mode} {}
  Status on_decision(const Observation&, const Decision& d) override {
    ++periods_;
    (modes_.back() == Mode::enforce ? changes_ : advised_) += d.changes.size();
    for (const DomainDecision& domain : d.domains)
      for (const ContainerDecision& row : domain.containers) {
        if (row.container == kSharedRegion) continue;
        ++(row.metrics.valid() ? judged_ : absent_);
      }
    return {};
  }
  void on_trouble(const Error&) override {}
  void on_mode(Mode mode, const std::string&) override { modes_.push_back(mode); }
  std::string line(bool simulated) const {
    std::string modes;
    for (const Mode mode : modes_) modes += (modes.empty() ? "" : ", then ") + std::string(name_of(mode));
    const std::string advised = advised_ > 0 ? fmt::format(", {} changes advised", advised_) : "";
    const std::string written = std::ranges::count(modes_, Mode::enforce) > 0
                                    ? fmt::format("{} changes decided", changes_)
                                    : std::string("nothing was written");
    return fmt::format("Summary{}: {} periods in mode {}: {} container periods measured, {} absent{}; {}",
                       simulated ? " (simulated counts on the emulated node)" : "", periods_, modes, judged_, absent_,
                       advised, written);
  }

 private:
  std::vector<Mode> modes_;  // one after the other
  std::uint64_t periods_ = 0, changes_ = 0, advised_ = 0, judged_ = 0, absent_ = 0;
};

void say_events(const CounterSource& counters) {
  for (const EventChoice& e : counters.events()) {
    if (!e.available)
      spdlog::warn("{}: not counted: {}", name_of(e.event), e.note);
    else
      spdlog::info("{}: {}{}{}", name_of(e.event), e.name, e.note.empty() ? "" : "; ", e.note);
  }
}

std::optional<CountingWindows> windows_of(const Config& config) {
  if (!config.counting.window) return std::nullopt;
  return CountingWindows{*config.counting.window, counting_period(config.counting, config.interval)};
}

// What was not believed is said by reason; nothing where there was none.
std::vector<std::string> summary_lines(std::string summary, const FaultCounts& faults) {
  std::string reasons;
  for (const CountingFault fault : kAllCountingFaults)
    if (faults[fault] > 0)
      reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", name_of(fault), faults[fault]);
  std::vector<std::string> lines{std::move(summary)};
  if (!reasons.empty())
    lines.push_back("Left out because it cannot be true (windows of a container on a CPU): " + reasons);
  return lines;
}

Status run(const RunArguments& arguments) {
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  Result<RunPlan> planned = plan_run(arguments, terminal);
  if (!planned) return std::move(planned).error();
  RunPlan& plan = *planned;
  const std::atomic<bool>& stop = stop_on_signals();
  Result<std::unique_ptr<Node>> node = open_node(plan, arguments, stop);
  if (!node) return std::move(node).error();
  const Ports ports = (*node)->ports();
  if (!plan.simulated) {
    spdlog::info("counters: {}", ports.counters.name());
    say_events(ports.counters);
  }
  if (plan.backend != Backend::sim) spdlog::info("back end: {}", ports.cache.name());

  Everybody listeners;
  Memory memory;
  std::optional<MemoryFile> memory_file;
  if (plan.config.memory.enabled && (*node)->simulated() == nullptr) {
    memory_file.emplace(plan.config.memory, basis_of(ports.counters), plan.simulated, plan.mode);
    memory = memory_file->load(ports.clock.now());
    listeners.add(*memory_file);
  }
  std::unique_ptr<Recorder> recorder;
  if (!arguments.record_file.empty()) {
    Result<std::unique_ptr<Recorder>> opened = Recorder::open(arguments.record_file, plan, ports, memory);
    if (!opened) return std::move(opened).error();
    recorder = std::move(*opened);
    listeners.add(*recorder);
  }
  Orders orders;
  std::unique_ptr<Outside> outside;
  if ((*node)->contracted() != nullptr) {
    auto opened = Outside::open(plan, **node, orders, memory_file ? &*memory_file : nullptr, stop);
    if (!opened) return std::move(opened).error();
    outside = std::move(*opened);
    listeners.add(*outside);
  }
  ContractedContainers* const contracted = (*node)->contracted();
  AdviceCurves curves(std::move(plan.curves), plan.config,
                      contracted == nullptr ? nullptr : &contracted->announcements());
  AdviceBoard advice(
      plan.mode, plan.config.parameters,
      [&curves](const ContainerInfo& container, Ways ways) { return curves.of(container, ways); }, !terminal,
      plan.simulated ? "simulated " : "");
  listeners.add(advice);
  std::optional<FeatureFile> features;
  if (!plan.config.cluster.feature_file.empty()) {
    features.emplace(plan.config.cluster.feature_file, plan.config.parameters);
    features->on_mode(plan.mode, "");
    listeners.add(*features);
  }
  const View view{plan.mode, plan.simulated, (*node)->name(), 100, 40, terminal && getenv("NO_COLOR") == nullptr};
  std::unique_ptr<Listener> screen;
  if (terminal)
    screen = std::make_unique<LiveTable>(view);
  else
    screen = std::make_unique<PlainLines>(view);
  listeners.add(*screen);
  std::optional<SimulationRecord> record;
  std::optional<SummaryListener> summary;
  Tally tally(plan.mode);
  if (sim::SimulatedNode* simulated = (*node)->simulated()) {
    record.emplace(*simulated, plan.mode);
    summary.emplace(*record);
    listeners.add(*summary);
  } else {
    listeners.add(tally);
  }

  const DaemonOptions options{plan.mode,
                              plan.config.parameters,
                              plan.config.interval,
                              plan.config.sample_interval,
                              plan.ticks,
                              std::min<Duration>(plan.config.interval / 2, std::chrono::seconds(1)),
                              windows_of(plan.config),
                              plan.config.fallback,
                              &orders,
                              std::move(memory)};
  Status ended = run_daemon(ports, options, stop, listeners);
  if (ended && outside) outside->ended();
  if (Status healthy = (*node)->health(); ended && !healthy) ended = std::move(healthy);
  if (terminal) screen.reset();  // the summary belongs on the normal screen
  if (recorder)
    if (Status closed = recorder->close(); !closed && ended) ended = std::move(closed);
  if (!ended) return ended;
  if (!record) return print_lines(summary_lines(tally.line(plan.simulated), ports.counters.faults()));
  Result<std::vector<std::string>> lines = record->lines(plan.config.interval, plan.config.parameters.policy);
  if (!lines) return std::move(lines).error();
  return print_lines(*lines);
}

}  // namespace

int report(const Error& error) {
  std::fprintf(stderr, "dcat: %s\n", error.to_string().c_str());
  return exit_code(error.code);
}

int run_command(const RunArguments& arguments) {
  const Status ended = run(arguments);
  return ended ? 0 : report(ended.error());
}

}  // namespace dcat::cli
