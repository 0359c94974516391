#include "cli/node.h"

#include <spdlog/spdlog.h>

#include "cat/linux/cache_topology.h"
#include "cli/backend.h"
#include "cli/counters.h"
#include "cli/stop.h"
#include "emulator/linux/control_client.h"
#include "perfmon/linux/cgroup_containers.h"
#include "perfmon/linux/cgroup_mounts.h"
#include "perfmon/linux/monotonic_clock.h"

namespace dcat::cli {

namespace {

// The configuration's globs as the container source's regular expressions: anchored, ** any characters, * and ? none
// but '/'.
std::string regex_of_pattern(const std::string& glob) {
  std::string regex = "^/?";
  for (std::size_t i = 0; i < glob.size(); ++i) {
    if (glob[i] == '*' && i + 1 < glob.size() && glob[i + 1] == '*') {
      regex += ".*";
      ++i;
    } else if (glob[i] == '*') {
      regex += "[^/]*";
    } else if (glob[i] == '?') {
      regex += "[^/]";
    } else {
      if (std::string_view("\\^$.|()[]{}+").find(glob[i]) != std::string_view::npos) regex += '\\';
      regex += glob[i];
    }
  }
  return regex;
}

class SimulatedRun : public Node {
 public:
  explicit SimulatedRun(const RunPlan& plan) : node_(*plan.scenario, sim::Pace{plan.pace, wait_for}) {}
  Ports ports() override { return {node_.clock(), node_.counters(), node_.containers(), node_.cache()}; }
  std::string name() const override { return node_.scenario().name; }
  sim::SimulatedNode* simulated() override { return &node_; }

 private:
  sim::SimulatedNode node_;
};

// Under `dcat emulate --scenario`: the emulator's time, counts and tenants, this machine's files.
class EmulatedRun : public Node {
 public:
  static Result<std::unique_ptr<Node>> open(RunPlan& plan, const std::atomic<bool>& stop) {
    auto connected = emulator::EmulatedNode::connect(plan.emulator, {plan.pace, wait_for}, stop);
    if (!connected) return std::move(connected).error();
    std::unique_ptr<EmulatedRun> run(new EmulatedRun(std::move(*connected), plan.config));
    emulator::EmulatedNode& node = *run->node_;
    if (plan.ticks == 0) plan.ticks = static_cast<std::uint64_t>(node.periods());
    auto cache = open_backend(plan, [&node](const ContainerId& tenant) { return node.cgroup_of(tenant); });
    if (!cache) return std::move(cache).error();
    run->cache_ = std::move(*cache);
    return std::unique_ptr<Node>(std::move(run));
  }
  Ports ports() override { return {node_->clock(), node_->counters(), contracted_, *cache_}; }
  std::string name() const override { return node_->scenario_name() + ", emulated"; }
  Status health() const override { return node_->health(); }
  ContractedContainers* contracted() override { return &contracted_; }
  std::string cgroup_of(const ContainerId& tenant) const override { return node_->cgroup_of(tenant); }

 private:
  EmulatedRun(std::unique_ptr<emulator::EmulatedNode> node, const Config& config)
      : node_(std::move(node)), contracted_(node_->containers(), config) {}

  std::unique_ptr<emulator::EmulatedNode> node_;
  ContractedContainers contracted_;
  std::unique_ptr<CacheControl> cache_;
};

class ThisMachine : public Node {
 public:
  explicit ThisMachine(const std::atomic<bool>& stop) : clock_(stop) {}

  Status open(const RunPlan& plan, bool all_cgroups);
  Ports ports() override { return {clock_, *counters_, *contracted_, *cache_}; }
  std::string name() const override { return "this machine"; }
  ContractedContainers* contracted() override { return contracted_.get(); }
  std::string cgroup_of(const ContainerId& id) const override { return cgroup_root_ + "/" + id.value; }

 private:
  MonotonicClock clock_;
  KernelPerf perf_;
  std::string cgroup_root_;
  std::unique_ptr<CgroupContainers> containers_;
  std::unique_ptr<ContractedContainers> contracted_;
  std::unique_ptr<CounterSource> counters_;
  std::unique_ptr<CacheControl> cache_;
};

Status ThisMachine::open(const RunPlan& plan, bool all_cgroups) {
  Result<CacheTopology> topology = read_cache_topology(kCpuRoot);
  if (!topology) {  // no sysfs is no topology: this node cannot be watched
    Error error = std::move(topology).error();
    error.code = ErrorCode::unsupported;
    return error;
  }
  for (const std::string& note : topology->notes) spdlog::info("{}", note);
  Result<CgroupMounts> mounts = read_cgroup_mounts("/proc/self/mountinfo");
  if (!mounts) return std::move(mounts).error();
  cgroup_root_ = mounts->unified;

  CgroupContainers::Options options{mounts->unified, {}, all_cgroups, static_cast<int>(topology->domain_of_cpu.size())};
  options.v1 = find_cgroup_v1();
  options.clock = &clock_;
  options.notice = [](const Error& error) { spdlog::warn("{}", error.to_string()); };
  for (const std::string& pattern : plan.config.containers) options.patterns.push_back(regex_of_pattern(pattern));
  auto containers = CgroupContainers::open(std::move(options));
  if (!containers) return std::move(containers).error();
  containers_ = std::move(*containers);
  contracted_ = std::make_unique<ContractedContainers>(*containers_, plan.config);

  if (Status raised = raise_descriptor_limit(); !raised) spdlog::warn("{}", raised.error().to_string());
  Result<EventTable> table = events_of_this_machine(plan.config.counting);
  if (!table) return std::move(table).error();
  spdlog::info("counters: events of {}", table->cpu);
  if (!table->warning.empty()) spdlog::warn("counters: {}", table->warning);
  Result<OpenedCounters> counters =
      open_counters(plan.counters,
                    {*mounts, topology->domain_of_cpu, std::move(*table), plan.config.counting.max_events,
                     [this](const ContainerId& id) { return containers_->inode_of(id); }},
                    perf_, clock_);
  if (!counters) return std::move(counters).error();
  for (const std::string& note : counters->notes) spdlog::info("{}", note);
  counters_ = std::move(counters->source);
  // Last, for it may write to the node: nothing is begun where a run cannot start.
  auto cache = open_backend(plan, [root = mounts->unified](const ContainerId& id) { return root + "/" + id.value; });
  if (!cache) return std::move(cache).error();
  cache_ = std::move(*cache);
  return {};
}

}  // namespace

Result<std::unique_ptr<Node>> open_node(RunPlan& plan, const RunArguments& a, const std::atomic<bool>& stop) {
  if (plan.backend == Backend::sim) return std::unique_ptr<Node>(std::make_unique<SimulatedRun>(plan));
  if (!plan.emulator.empty()) return EmulatedRun::open(plan, stop);
  auto machine = std::make_unique<ThisMachine>(stop);
  if (Status opened = machine->open(plan, a.all_cgroups); !opened) return std::move(opened).error();
  return std::unique_ptr<Node>(std::move(machine));
}

}  // namespace dcat::cli
