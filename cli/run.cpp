// `dcat run`: the controller in the foreground.
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cat/linux/kept_file.h"
#include "cli/advice_board.h"
#include "cli/advice_curves.h"
#include "cli/commands.h"
#include "cli/feature_file.h"
#include "cli/memory_file.h"
#include "cli/node.h"
#include "cli/outside.h"
#include "cli/privileges.h"
#include "cli/recorder.h"
#include "cli/reload.h"
#include "cli/screen.h"
#include "cli/service_manager.h"
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

Result<std::unique_ptr<Node>> open_told(RunPlan& plan, const RunArguments& arguments, const std::atomic<bool>& stop,
                                        ServiceManager* manager) {
  if (manager != nullptr) manager->opening("counters and cache");
  Result<std::unique_ptr<Node>> node = open_node(plan, arguments, stop);
  if (!node) return node;
  const Ports ports = (*node)->ports();
  if (!plan.simulated) {
    spdlog::info("counters: {}", ports.counters.name());
    say_events(ports.counters);
  }
  if (plan.backend != Backend::sim) spdlog::info("back end: {}", ports.cache.name());
  if (manager != nullptr) manager->opening("socket and containers");
  return node;
}

// Whom the run tells beside the screen, each only where it is wanted. They end before the node does.
struct Told {
  ServiceManager* manager = nullptr;
  std::unique_ptr<MemoryFile> memory_file;
  Memory memory;  // what the run begins with
  std::unique_ptr<Recorder> recorder;
  std::unique_ptr<Outside> outside;
  std::unique_ptr<AdviceCurves> curves;
  std::unique_ptr<AdviceBoard> advice;
  std::unique_ptr<FeatureFile> features;
  std::unique_ptr<Reloader> reloader;

  // In the order in which they are told.
  void add_to(Everybody& listeners) const {
    for (Listener* listener : std::initializer_list<Listener*>{memory_file.get(), recorder.get(), outside.get(),
                                                               advice.get(), features.get(), reloader.get(), manager})
      if (listener != nullptr) listeners.add(*listener);
  }
};

Status open_files(Told& told, const RunPlan& plan, const RunArguments& arguments, Node& node) {
  const Ports ports = node.ports();
  if (plan.config.memory.enabled && node.simulated() == nullptr) {
    told.memory_file =
        std::make_unique<MemoryFile>(plan.config.memory, basis_of(ports.counters), plan.simulated, plan.mode);
    told.memory = told.memory_file->load(ports.clock.now());
  }
  if (arguments.record_file.empty()) return {};
  Result<std::unique_ptr<Recorder>> opened = Recorder::open(arguments.record_file, plan, ports, told.memory);
  if (!opened) return std::move(opened).error();
  told.recorder = std::move(*opened);
  return {};
}

Status open_outside(Told& told, const RunPlan& plan, Node& node, Orders& orders, const std::atomic<bool>& stop) {
  if (node.contracted() == nullptr) return {};
  auto opened = Outside::open(plan, node, orders, told.memory_file.get(), stop);
  if (!opened) return std::move(opened).error();
  told.outside = std::move(*opened);
  told.features = std::make_unique<FeatureFile>(plan.config.cluster.feature_file, plan.config.parameters);
  told.features->on_mode(plan.mode, "");
  return {};
}

void open_advice(Told& told, RunPlan& plan, Node& node, bool terminal) {
  ContractedContainers* const contracted = node.contracted();
  told.curves = std::make_unique<AdviceCurves>(plan.curves, plan.config,
                                               contracted == nullptr ? nullptr : &contracted->announcements());
  told.advice = std::make_unique<AdviceBoard>(
      plan.mode, plan.config.parameters,
      [&curves = *told.curves](const ContainerInfo& container, Ways ways) { return curves.of(container, ways); },
      !terminal, plan.simulated ? "simulated " : "");
}

Status open_reloader(Told& told, RunPlan& plan, const RunArguments& arguments, Node& node, Orders& orders,
                     Listener& everybody) {
  const auto taken = [&told, &plan, &containers = *node.contracted()] {
    containers.rules_changed();
    told.features->move_to(plan.config.cluster.feature_file);
    told.curves->take(plan.curves);
    if (told.outside) told.outside->configure(plan.configured);
  };
  auto opened = Reloader::open({arguments, plan, orders, taken, told.manager, everybody});
  if (!opened) return std::move(opened).error();
  told.reloader = std::move(*opened);
  spdlog::info("SIGHUP reads {} again", arguments.config_file);
  return {};
}

Status run(const RunArguments& arguments) {
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  Result<RunPlan> planned = plan_run(arguments, terminal);
  if (!planned) return std::move(planned).error();
  RunPlan& plan = *planned;
  const bool reloads = !arguments.config_file.empty() && plan.backend != Backend::sim && !at_a_terminal();
  const std::atomic<bool>& stop = stop_on_signals(reloads ? Hangup::wait : Hangup::end);
  if (plan.backend != Backend::sim) {
    if (Status safe = check_runtime_directory(plan.config.node.runtime_directory); !safe) return safe;
    drop_before_opening(plan);
  }
  const std::unique_ptr<ServiceManager> manager = ServiceManager::of_environment(plan.mode);
  Result<std::unique_ptr<Node>> node = open_told(plan, arguments, stop, manager.get());
  if (!node) return std::move(node).error();
  const Ports ports = (*node)->ports();

  Everybody listeners;
  Orders orders;
  Told told;
  told.manager = manager.get();
  if (Status opened = open_files(told, plan, arguments, **node); !opened) return opened;
  if (Status opened = open_outside(told, plan, **node, orders, stop); !opened) return opened;
  open_advice(told, plan, **node, terminal);
  if (reloads)
    if (Status opened = open_reloader(told, plan, arguments, **node, orders, listeners); !opened) return opened;
  told.add_to(listeners);
  if (plan.backend != Backend::sim) drop_after_opening(plan, ports.counters.name());
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

  DaemonOptions options = daemon_options(plan);
  options.orders = &orders;
  options.memory = std::move(told.memory);
  Status ended = run_daemon(ports, options, stop, listeners);
  if (ended && told.outside) told.outside->ended();
  if (Status healthy = (*node)->health(); ended && !healthy) ended = std::move(healthy);
  if (terminal) screen.reset();  // the summary belongs on the normal screen
  if (told.recorder)
    if (Status closed = told.recorder->close(); !closed && ended) ended = std::move(closed);
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
