#include "cli/run_plan.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "cat/linux/no_cache_control.h"
#include "cat/linux/resctrl_files.h"
#include "cat/linux/resctrl_info.h"
#include "cli/advice_curves.h"
#include "cli/mode_switch.h"
#include "cli/outputs.h"
#include "controller/config/quantity.h"
#include "controller/config/text_file.h"
#include "emulator/linux/control_client.h"
#include "sim/scenario.h"

namespace dcat::cli {

namespace {

Error usage(const std::string& what, const std::string& why, const std::string& todo) {
  return {ErrorCode::bad_input, what, why, todo};
}

Error unsupported(const std::string& what, const std::string& why, const std::string& todo) {
  return {ErrorCode::unsupported, what, why, todo};
}

// Far more than 10,000 tenants need.
constexpr std::size_t kMostConfigBytes = 4 << 20;

enum class Read { first, again };

Result<Config> read_config(const RunArguments& a, Read read) {
  if (a.config_file.empty()) return Config{};
  Result<std::string> text =
      read == Read::first ? read_text_file(a.config_file) : read_regular_file(a.config_file, kMostConfigBytes);
  if (!text) return std::move(text).error();
  return parse_config(*text, a.config_file);
}

Status check_counters(const RunArguments& a, bool scenario, bool emulated) {
  const std::string& c = a.counters;
  if (c == "sim" && !scenario && !emulated)
    return usage("--counters sim", "needs a simulated node",
                 "name one with --scenario FILE, or run under `dcat emulate --scenario FILE`");
  if (c != "auto" && c != "sim" && scenario)
    return usage("--counters " + c, "a simulated node has no cgroups", "leave it out, or the --scenario");
  return {};
}

Status check_arguments(const RunArguments& a, bool scenario, bool emulated) {
  if (a.backend == "sim" && !scenario)
    return usage("--backend sim", "needs a simulated node", "name one with --scenario FILE");
  if (scenario && a.backend != "auto" && a.backend != "sim")
    return usage("--backend " + a.backend, "a scenario is a simulated node with a cache of its own",
                 "leave one of them out, or run under `dcat emulate --scenario FILE`");
  if (Status fits = check_counters(a, scenario, emulated); !fits) return fits;
  if (a.all_cgroups && (scenario || emulated))
    return usage("--all-cgroups", "the tenants of a scenario are its containers", "leave it out, or the scenario");
  // 0 is free; slower than a thousandth of real time nobody waits for.
  if (a.pace && *a.pace != 0 && !(*a.pace >= 0.001 && *a.pace <= 1e6))
    return usage("--pace", "want 0 or 0.001..1000000", "leave it out for real time in a terminal");
  if (scenario && (!a.socket.empty() || !a.nri.empty()))
    return usage(a.socket.empty() ? "--nri" : "--socket", "nobody comes or goes on a simulated node",
                 "leave it out, or run under `dcat emulate --scenario FILE`");
  if (a.pace && !scenario && !emulated) return usage("--pace", "only simulated time has a pace", "leave it out");
  return check_not_read("--record", a.record_file, {a.scenario_file, a.config_file});
}

// resctrl is the default where the kernel has it mounted: it lives beside libvirt, containerd and others.
// `none` gets the reason why there is no other; a file system that is there and cannot be read is the back end's to
// tell.
Backend choose_backend(const RunArguments& a, bool scenario, std::string& none) {
  if (scenario) return Backend::sim;
  if (a.backend == "resctrl") return Backend::resctrl;
  if (a.backend == "pqos-os") return Backend::pqos_os;
  if (a.backend == "pqos-msr") return Backend::pqos_msr;
  if (a.backend == "none") return Backend::none;
  const ResctrlFiles files(kResctrlRoot);
  if (!files.mounted()) {
    none = "no resctrl file system is mounted here";
    return Backend::none;
  }
  const Result<ResctrlInfo> info = read_resctrl_info(files);
  if (info || info.error().code != ErrorCode::unsupported) return Backend::resctrl;
  none = info.error().why;
  return Backend::none;
}

Status override_config(RunPlan& plan, const RunArguments& a) {
  if (!a.interval.empty()) {
    const Result<Duration> interval = parse_duration(a.interval);
    if (!interval) return usage("--interval", interval.error().to_string(), "write it as 1s or 500ms");
    Result<Config> config = with_interval(std::move(plan.config), *interval);
    if (!config) return std::move(config).error().with_context("--interval");
    plan.config = std::move(*config);
  }
  if (!a.socket.empty()) {
    if (a.socket.front() != '/') return usage("--socket " + a.socket, "its path is not absolute", "begin it with /");
    plan.config.hooks.enabled = true;
    plan.config.hooks.socket = a.socket;
  }
  if (!a.nri.empty()) {
    plan.config.nri.enabled = true;
    plan.config.nri.socket = a.nri;
  }
  if (!a.listen.empty()) {
    if (const Result<Endpoint> endpoint = parse_endpoint(a.listen); !endpoint)
      return Error(endpoint.error()).with_context("--listen");
    plan.config.web.listen = a.listen;
  }
  plan.config.parameters.policy = parse_policy(a.policy).value_or(plan.config.parameters.policy);
  return {};
}

// A run that crashed in another mode than the configuration's is gone on with in that mode, unless the configuration
// has changed its mind since; --mode says otherwise. A file that cannot be read is told by whoever reads the rest of
// it.
void take_up_mode(RunPlan& plan, const RunArguments& a) {
  plan.configured = plan.mode;
  if (plan.backend == Backend::sim || !a.mode.empty()) return;
  const Result<KeptModes> kept = read_modes(plan.config.node.runtime_directory);
  if (!kept || !kept->node || kept->configured != plan.configured) return;
  if (*kept->node != Mode::enforce || plan.backend != Backend::none) plan.mode = *kept->node;
}

Status check_mode(Mode mode, Backend backend, const std::string& none) {
  if (mode == Mode::enforce && backend == Backend::none)
    return unsupported("mode enforce",
                       none + (none.empty() ? "" : ", and ") + "back end none cannot allocate cache ways",
                       "`dcat doctor` tells what is missing; --mode observe and advise work, and so does a --scenario");
  return {};
}

Status choose_mode(RunPlan& plan, const RunArguments& a, const std::string& none) {
  plan.mode = plan.config.mode.value_or(default_mode(plan));
  if (!a.mode.empty()) plan.mode = *parse_mode(a.mode);
  return check_mode(plan.mode, plan.backend, none);
}

// The ways of the smallest L3; nullopt where only the open back end knows.
Result<std::optional<Ways>> least_ways(const RunPlan& plan) {
  std::optional<Ways> least;
  if (plan.backend == Backend::sim) {
    for (const sim::DomainSpec& d : plan.scenario->domains) least = std::min(least.value_or(d.ways), d.ways);
  } else if (plan.backend == Backend::resctrl) {
    const ResctrlFiles files(kResctrlRoot);
    const Result<ResctrlInfo> info = read_resctrl_info(files);
    if (info) least = info->cbm_mask.size();
  } else if (plan.backend == Backend::none) {
    NoCacheControl cache(kCpuRoot);
    Result<Geometry> geometry = cache.read_geometry();
    if (!geometry) return std::move(geometry).error();
    for (const DomainGeometry& d : geometry->domains) least = std::min(least.value_or(d.ways()), d.ways());
  }
  return least;
}

// What was promised must fit the smallest cache, and a shared region that takes all of it leaves nothing to hand out.
Status check_ways(const RunPlan& plan) {
  const bool promised = !plan.config.tenants.empty();
  if (plan.backend != Backend::sim && !promised) return {};
  const Result<std::optional<Ways>> least = least_ways(plan);
  if (!least) return least.error();
  if (!*least) return {};
  if (plan.config.parameters.shared_ways >= **least)
    return usage(fmt::format("shared_ways: {}", plan.config.parameters.shared_ways.count),
                 fmt::format("the smallest L3 has {} ways", (*least)->count), "leave at least one way to the tenants");
  return plan.backend == Backend::sim ? Status() : check_contracts(plan.config, **least);
}

// The scenario of the emulated node may have settings too.
Status read_emulated_section(RunPlan& plan) {
  const char* const file = std::getenv(emulator::kScenarioVariable);
  if (file == nullptr) return {};
  auto read = sim::read_scenario(file, [&](YamlMap section) { read_controller_section(section, plan.config); });
  return read ? Status() : Status(std::move(read).error());
}

std::optional<CountingWindows> windows_of(const Config& config) {
  if (!config.counting.window) return std::nullopt;
  return CountingWindows{*config.counting.window, counting_period(config.counting, config.interval)};
}

}  // namespace

Mode default_mode(const RunPlan& plan) {
  return plan.backend == Backend::sim ? Mode::enforce : Mode::observe;
}

DaemonOptions daemon_options(const RunPlan& plan) {
  return {plan.mode,
          plan.config.parameters,
          plan.config.interval,
          plan.config.sample_interval,
          plan.ticks,
          std::min<Duration>(plan.config.interval / 2, std::chrono::seconds(1)),
          windows_of(plan.config),
          plan.config.fallback,
          nullptr,
          {}};
}

Result<RunPlan> plan_again(const RunArguments& a, const RunPlan& in_force) {
  RunPlan plan = in_force;
  Result<Config> config = read_config(a, Read::again);
  if (!config) return std::move(config).error();
  plan.config = std::move(*config);
  Result<sim::CurveTable> curves = read_named_curves(plan.config);
  if (!curves) return std::move(curves).error();
  plan.curves = std::move(*curves);
  if (!plan.emulator.empty())
    if (Status read = read_emulated_section(plan); !read) return std::move(read).error();
  if (Status done = override_config(plan, a); !done) return std::move(done).error();
  if (a.mode.empty()) plan.configured = plan.config.mode.value_or(default_mode(plan));
  if (Status can = check_mode(plan.configured, plan.backend, ""); !can) return std::move(can).error();
  if (Status done = check_ways(plan); !done) return std::move(done).error();
  return plan;
}

Result<RunPlan> plan_run(const RunArguments& a, bool terminal) {
  RunPlan plan;
  const bool scenario = !a.scenario_file.empty();
  const char* socket = std::getenv(emulator::kControlVariable);
  const bool emulated =
      socket != nullptr && *socket != '\0' && !scenario && (a.counters == "auto" || a.counters == "sim");
  if (Status fits = check_arguments(a, scenario, emulated); !fits) return std::move(fits).error();
  Result<Config> config = read_config(a, Read::first);
  if (!config) return std::move(config).error();
  plan.config = std::move(*config);
  Result<sim::CurveTable> curves = read_named_curves(plan.config);
  if (!curves) return std::move(curves).error();
  plan.curves = std::move(*curves);
  plan.simulated = scenario || emulated;
  plan.counters = a.counters;
  if (emulated) plan.emulator = socket;
  if (scenario) {
    auto read =
        sim::read_scenario(a.scenario_file, [&](YamlMap section) { read_controller_section(section, plan.config); });
    if (!read) return std::move(read).error();
    plan.ticks = static_cast<std::uint64_t>(read->periods);
    plan.scenario = std::move(*read);
  }
  if (emulated)
    if (Status read = read_emulated_section(plan); !read) return std::move(read).error();
  std::string none;
  plan.backend = choose_backend(a, scenario, none);
  if (Status done = override_config(plan, a); !done) return std::move(done).error();
  if (Status done = choose_mode(plan, a, none); !done) return std::move(done).error();
  take_up_mode(plan, a);
  if (Status done = check_ways(plan); !done) return std::move(done).error();
  plan.ticks = a.ticks.value_or(plan.ticks);
  plan.pace = a.pace.value_or(terminal ? 1 : 0);
  return plan;
}

}  // namespace dcat::cli
