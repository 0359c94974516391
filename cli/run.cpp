// `dcat run`: the controller in the foreground.
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>

#include "cat/linux/container_tasks.h"
#include "cli/announced_file.h"
#include "cli/announcers.h"
#include "cli/commands.h"
#include "cli/feature_file.h"
#include "cli/node.h"
#include "cli/recorder.h"
#include "cli/screen.h"
#include "cli/status_board.h"
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
  Status on_decision(const Observation&, const Decision& d) override {
    ++periods_;
    changes_ += d.changes.size();
    for (const DomainDecision& domain : d.domains)
      for (const ContainerDecision& row : domain.containers) {
        if (row.container == kSharedRegion) continue;
        ++(row.metrics.valid() ? judged_ : absent_);
      }
    return {};
  }
  void on_trouble(const Error&) override {}
  std::string line(const RunPlan& plan) const {
    const std::string planned = plan.mode == Mode::advise ? fmt::format(", {} changes advised", changes_) : "";
    const std::string written =
        plan.mode == Mode::enforce ? fmt::format("{} changes decided", changes_) : std::string("nothing was written");
    return fmt::format("Summary{}: {} periods in mode {}: {} container periods measured, {} absent{}; {}",
                       plan.simulated ? " (simulated counts on the emulated node)" : "", periods_, name_of(plan.mode),
                       judged_, absent_, planned, written);
  }

 private:
  std::uint64_t periods_ = 0, changes_ = 0, judged_ = 0, absent_ = 0;
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

// The run's ears and its voice, where it has a socket or a runtime to hear.
class Outside : public Listener {
 public:
  Outside(std::unique_ptr<Announcers> announcers, Node& node, const RunPlan& plan, Everybody& listeners)
      : announcers_(std::move(announcers)),
        file_(plan.config.node.runtime_directory, node.contracted()->announcements()) {
    ContractedContainers& containers = *node.contracted();
    Clock& clock = node.ports().clock;
    const auto threads_of = [&node](const ContainerId& container) {
      std::vector<int> tids;
      const std::string cgroup = node.cgroup_of(container);
      if (!cgroup.empty() && !read_threads(cgroup, tids)) tids.clear();
      return tids;
    };
    const auto exists = [threads_of](const std::string& cgroup) { return !threads_of(ContainerId{cgroup}).empty(); };
    containers.listen({*announcers_, clock, exists, [](const std::string& text) { spdlog::warn("hooks: {}", text); }});
    file_.load(clock.now());
    listeners.add(file_);
    listeners.add(*this);
    if (announcers_->door() == nullptr) return;
    NodeStatus general;
    general.mode = plan.mode;
    general.simulated = plan.simulated;
    general.node = node.name();
    general.policy = name_of(plan.config.parameters.policy);
    board_.emplace(*announcers_->door(), containers.announcements(), std::move(general), threads_of);
    listeners.add(*board_);
  }
  // A group of this decision is not there yet, and one that it leaves out goes.
  Status on_decision(const Observation& observation, const Decision& decision) override {
    announcers_->in_force(observation.masks, decision.masks);
    return {};
  }
  void on_trouble(const Error&) override {}

 private:
  std::unique_ptr<Announcers> announcers_;
  AnnouncedFile file_;
  std::optional<StatusBoard> board_;
};

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
  std::unique_ptr<Recorder> recorder;
  if (!arguments.record_file.empty()) {
    Result<std::unique_ptr<Recorder>> opened = Recorder::open(arguments.record_file, plan, ports);
    if (!opened) return std::move(opened).error();
    recorder = std::move(*opened);
    listeners.add(*recorder);
  }
  std::optional<Outside> outside;
  if ((*node)->contracted() != nullptr) {
    auto announcers = Announcers::open(plan.config, plan.mode, stop);
    if (!announcers) return std::move(announcers).error();
    if (*announcers) outside.emplace(std::move(*announcers), **node, plan, listeners);
  }
  std::optional<FeatureFile> features;
  if (!plan.config.cluster.feature_file.empty() && plan.mode == Mode::enforce) {
    features.emplace(plan.config.cluster.feature_file, plan.config.parameters);
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
  Tally tally;
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
                              windows_of(plan.config)};
  Status ended = run_daemon(ports, options, stop, listeners);
  if (Status healthy = (*node)->health(); ended && !healthy) ended = std::move(healthy);
  if (terminal) screen.reset();  // the summary belongs on the normal screen
  if (recorder)
    if (Status closed = recorder->close(); !closed && ended) ended = std::move(closed);
  if (!ended) return ended;
  if (!record) return print_lines(summary_lines(tally.line(plan), ports.counters.faults()));
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
