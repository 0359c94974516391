#include "cli/node.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <filesystem>

#include "cat/linux/cache_topology.h"
#include "cat/linux/no_cache_control.h"
#include "cli/stop.h"
#include "controller/config/quantity.h"
#include "controller/config/text_file.h"
#include "controller/shell/contracts.h"
#include "perfmon/event_table.h"
#include "perfmon/linux/cgroup_containers.h"
#include "perfmon/linux/cgroup_counters.h"
#include "perfmon/linux/cgroup_mounts.h"
#include "perfmon/linux/monotonic_clock.h"
#include "sim/scenario.h"

namespace dcat::cli {

namespace {

constexpr const char* kCpuRoot = "/sys/devices/system/cpu";

Error usage(const std::string& what, const std::string& why, const std::string& todo) {
  return {ErrorCode::bad_input, what, why, todo};
}

Error unsupported(const std::string& what, const std::string& why, const std::string& todo) {
  return {ErrorCode::unsupported, what, why, todo};
}

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

class ThisMachine : public Node {
 public:
  explicit ThisMachine(const std::atomic<bool>& stop) : clock_(stop), cache_(kCpuRoot) {}

  Status open(const RunPlan& plan, bool all_cgroups);
  Ports ports() override { return {clock_, *counters_, *contracted_, cache_}; }
  std::string name() const override { return "this machine"; }

 private:
  MonotonicClock clock_;
  KernelPerf perf_;
  NoCacheControl cache_;
  std::unique_ptr<CgroupContainers> containers_;
  std::unique_ptr<ContractedContainers> contracted_;
  std::unique_ptr<CgroupCounters> counters_;
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

  CgroupContainers::Options options{mounts->unified, {}, all_cgroups, static_cast<int>(topology->domain_of_cpu.size())};
  for (const std::string& pattern : plan.config.containers) options.patterns.push_back(regex_of_pattern(pattern));
  auto containers = CgroupContainers::open(std::move(options));
  if (!containers) return std::move(containers).error();
  containers_ = std::move(*containers);
  contracted_ = std::make_unique<ContractedContainers>(*containers_, plan.config);

  if (Status raised = raise_descriptor_limit(); !raised) spdlog::warn("{}", raised.error().to_string());
  Result<std::string> cpuinfo = read_text_file("/proc/cpuinfo");
  if (!cpuinfo) return std::move(cpuinfo).error();
  Result<CpuModel> model = parse_cpuinfo(*cpuinfo);
  if (!model) return std::move(model).error();
  EventTable table = event_table_for(*model);
  spdlog::info("counters: events of {}", table.cpu);
  if (!table.warning.empty()) spdlog::warn("counters: {}", table.warning);
  auto counters = CgroupCounters::open(
      {mounts->perf_root(), topology->domain_of_cpu, std::move(table), load_flushed_lines}, perf_, clock_);
  if (!counters) return std::move(counters).error();
  counters_ = std::move(*counters);
  return {};
}

Result<Config> read_config(const RunArguments& a) {
  if (a.config_file.empty()) return Config{};
  Result<std::string> text = read_text_file(a.config_file);
  if (!text) return std::move(text).error();
  return parse_config(*text, a.config_file);
}

Status check_backend(const RunArguments& a, bool simulated) {
  const std::string& b = a.backend;
  if (b == "resctrl" || b == "pqos-os" || b == "pqos-msr")
    return unsupported("--backend " + b, "this version does not have it", "use sim with a --scenario, or none");
  if (b == "sim" && !simulated)
    return usage("--backend sim", "needs a simulated node", "name one with --scenario FILE");
  if (b == "none" && simulated)
    return usage("--backend none", "a scenario is a simulated node with a cache of its own", "leave one of them out");
  const std::string& c = a.counters;
  if (c == "bpf" || c == "papi")
    return unsupported("--counters " + c, "this version does not have it", "use cgroup, or sim with a --scenario");
  if (c == "sim" && !simulated)
    return usage("--counters sim", "needs a simulated node", "name one with --scenario FILE");
  if (c == "cgroup" && simulated)
    return usage("--counters cgroup", "a simulated node has no cgroups", "leave it out, or the --scenario");
  if (a.all_cgroups && simulated)
    return usage("--all-cgroups", "a simulated node has no cgroups", "leave it out, or the --scenario");
  // 0 is free; slower than a thousandth of real time nobody waits for.
  if (a.pace && *a.pace != 0 && !(*a.pace >= 0.001 && *a.pace <= 1e6))
    return usage("--pace", "want 0 or 0.001..1000000", "leave it out for real time in a terminal");
  for (const std::string& input : {a.scenario_file, a.config_file}) {
    std::error_code unknown;
    if (!input.empty() && !a.record_file.empty() && std::filesystem::equivalent(input, a.record_file, unknown))
      return usage("--record " + a.record_file, "is read by this run and would be replaced", "name another file");
  }
  if (a.pace && !simulated) return usage("--pace", "only a simulated node has a pace", "leave it out");
  return {};
}

Status override_config(RunPlan& plan, const RunArguments& a) {
  if (!a.interval.empty()) {
    const Result<Duration> interval = parse_duration(a.interval);
    if (!interval) return usage("--interval", interval.error().to_string(), "write it as 1s or 500ms");
    Result<Config> config = with_interval(std::move(plan.config), *interval);
    if (!config) return std::move(config).error().with_context("--interval");
    plan.config = std::move(*config);
  }
  if (a.policy == "fair") plan.config.parameters.policy = PolicyKind::fair;
  if (a.policy == "max_performance") plan.config.parameters.policy = PolicyKind::max_performance;
  return {};
}

Status choose_mode(RunPlan& plan, const RunArguments& a) {
  plan.mode = plan.config.mode.value_or(plan.simulated ? Mode::enforce : Mode::observe);
  if (!a.mode.empty()) plan.mode = *parse_mode(a.mode);
  if (plan.mode == Mode::enforce && !plan.simulated)
    return unsupported("mode enforce", "back end none cannot allocate cache ways",
                       "use --mode observe or advise, or a --scenario");
  return {};
}

// A shared region that takes the whole cache leaves nothing to hand out.
Status check_shared_ways(const RunPlan& plan) {
  if (!plan.simulated) return {};
  for (const sim::DomainSpec& domain : plan.scenario->domains)
    if (plan.config.parameters.shared_ways >= domain.ways)
      return usage(fmt::format("shared_ways: {}", plan.config.parameters.shared_ways.count),
                   fmt::format("L3 domain {} has {} ways", domain.id.value, domain.ways.count),
                   "leave at least one way to the tenants");
  return {};
}

// What a tenant was promised must fit the smallest cache; scenarios have no tenants in their configuration.
Status check_tenants(const RunPlan& plan) {
  if (plan.simulated || plan.config.tenants.empty()) return {};
  NoCacheControl cache(kCpuRoot);
  Result<Geometry> geometry = cache.read_geometry();
  if (!geometry) return std::move(geometry).error();
  Ways least(64);
  for (const DomainGeometry& d : geometry->domains) least = std::min(least, d.ways());
  return check_contracts(plan.config, least);
}

}  // namespace

Result<RunPlan> plan_run(const RunArguments& a, bool terminal) {
  RunPlan plan;
  plan.simulated = !a.scenario_file.empty();
  if (Status fits = check_backend(a, plan.simulated); !fits) return std::move(fits).error();
  Result<Config> config = read_config(a);
  if (!config) return std::move(config).error();
  plan.config = std::move(*config);
  if (plan.simulated) {
    auto scenario =
        sim::read_scenario(a.scenario_file, [&](YamlMap section) { read_controller_section(section, plan.config); });
    if (!scenario) return std::move(scenario).error();
    plan.ticks = static_cast<std::uint64_t>(scenario->periods);
    plan.scenario = std::move(*scenario);
  }
  if (Status done = override_config(plan, a); !done) return std::move(done).error();
  if (Status done = choose_mode(plan, a); !done) return std::move(done).error();
  if (Status done = check_shared_ways(plan); !done) return std::move(done).error();
  if (Status done = check_tenants(plan); !done) return std::move(done).error();
  plan.ticks = a.ticks.value_or(plan.ticks);
  plan.pace = a.pace.value_or(terminal ? 1 : 0);
  return plan;
}

Result<std::unique_ptr<Node>> open_node(const RunPlan& plan, const RunArguments& a, const std::atomic<bool>& stop) {
  if (plan.simulated) return std::unique_ptr<Node>(std::make_unique<SimulatedRun>(plan));
  auto machine = std::make_unique<ThisMachine>(stop);
  if (Status opened = machine->open(plan, a.all_cgroups); !opened) return std::move(opened).error();
  return std::unique_ptr<Node>(std::move(machine));
}

}  // namespace dcat::cli
