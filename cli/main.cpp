// The `dcat` command: arguments in, a subcommand called, its exit code out.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/see_options.h"
#include "cli/simulate_options.h"
#include "cli/tune_options.h"
#include "core/parameters.h"

namespace {

std::vector<std::string> policy_words() {
  std::vector<std::string> words{"dcat-fair", "dcat-max"};
  for (const dcat::PolicyKind policy : dcat::kPolicyKinds) words.emplace_back(name_of(policy));
  return words;
}

constexpr int kBadUsage = 2;

void start_log() {
  auto log = spdlog::stderr_color_mt("dcat");
  log->set_pattern("%n: %l: %v");
  spdlog::set_default_logger(std::move(log));
}

void describe_run(CLI::App& app, dcat::cli::RunArguments& a) {
  CLI::App* run = app.add_subcommand("run", "Run the controller in the foreground");
  run->add_option("--mode", a.mode,
                  "observe: read counters, write nothing; advise: also plan; enforce: apply.\n"
                  "Default: enforce on the simulated node, observe on hardware")
      ->check(CLI::IsMember({"observe", "advise", "enforce"}));
  run->add_option(
         "--backend", a.backend,
         "Where cache ways are allocated: auto (sim with --scenario; else resctrl where it is mounted, else none),\n"
         "resctrl, pqos-os, pqos-msr, sim, none")
      ->check(CLI::IsMember({"auto", "resctrl", "pqos-os", "pqos-msr", "sim", "none"}))
      ->capture_default_str();
  run->add_option(
         "--counters", a.counters,
         "Where counts come from: auto (sim with --scenario or under dcat emulate --scenario, else the first of\n"
         "bpf, cgroup and papi that works), cgroup, bpf, papi, sim")
      ->check(CLI::IsMember({"auto", "cgroup", "bpf", "papi", "sim"}))
      ->capture_default_str();
  run->add_option("--config", a.config_file, "Configuration file (YAML)");
  run->add_option("--scenario", a.scenario_file, "Simulated node (YAML)");
  run->add_option("--interval", a.interval,
                  "Control period, with its unit: 1s, 500ms. Default: the configuration's, 1s");
  run->add_option(
         "--policy", a.policy,
         "fair (dcat-fair), max_performance (dcat-max), adaptive, or without a guarantee: shared, static, ucp, dunn,\n"
         "lfoc, kpart, cacheman, aimd. Default: the configuration's, fair")
      ->check(CLI::IsMember(policy_words()));
  run->add_option("--ticks", a.ticks, "End after so many periods. Default: the scenario's, on hardware none")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}));
  run->add_option(
      "--pace", a.pace,
      "Simulated seconds a real second, 0 = as fast as it computes.\nDefault: 1 in a terminal, 0 elsewhere");
  run->add_option("--record", a.record_file, "Write every Observation and Decision to FILE, one JSON line each");
  run->add_option("--socket", a.socket,
                  "Where hooks announce and `dcat status` asks. Default: the configuration's, /run/dcat/dcat.sock");
  run->add_option("--nri", a.nri, "Be a plugin of the container runtime at this NRI socket (docs/nri.md)");
  run->add_option(
      "--listen", a.listen,
      "Serve metrics and a page, read-only, at this address: 127.0.0.1:9470. Default: the configuration's,\n"
      "nowhere");
  run->add_flag("--all-cgroups", a.all_cgroups, "Every leaf cgroup with processes is a container");
}

CLI::App* describe_emulate(CLI::App& app, dcat::cli::EmulateArguments& a) {
  CLI::App* emulate = app.add_subcommand(
      "emulate", "Run a command on an emulated machine with RDT: a private /sys/fs/resctrl and what belongs to it");
  emulate->add_option("--ways", a.ways, "Ways of each L3. Default: 20");
  emulate->add_option("--way-bytes", a.way_bytes, "Bytes of each way. Default: 2359296");
  emulate->add_option("--closids", a.closids, "Classes of service, the default group's included. Default: 16");
  emulate->add_option("--mb-closids", a.mb_closids, "Those of MB, with --mba. Default: as many");
  emulate->add_option("--rmids", a.rmids, "Monitoring ids. Default: 64");
  emulate->add_option("--domains", a.domains, "L3 caches, with ids from 0. Default: 1");
  emulate->add_option("--domain-ids", a.domain_ids, "Their ids instead: 0,3")->delimiter(',')->allow_extra_args(false);
  emulate->add_option("--cpus", a.cpus, "CPUs, spread over the domains in order. Default: as many as there are");
  emulate->add_option("--min-cbm-bits", a.min_cbm_bits, "Fewest ways of a mask; 0: masks may be empty. Default: 1");
  emulate->add_option("--shareable-bits", a.shareable_bits, "Ways that I/O fills too, in hexadecimal: c0000");
  emulate->add_option("--kernel", a.kernel, "Which kernel's resctrl: 6.1 or 6.12")->capture_default_str();
  emulate->add_flag("--sparse", a.sparse, "Masks need not be contiguous");
  emulate->add_flag("--mba", a.mba, "With memory bandwidth allocation");
  emulate->add_flag("--cdp", a.cdp, "Mounted with cdp: masks for code and data");
  emulate->add_flag("--tied-ways", a.tied_ways, "The top two ways are only taken together");
  emulate->add_option("--scenario", a.scenario_file, "Simulated tenants (YAML) behind the node, each in a cgroup");
  emulate->add_flag("--no-mount", a.no_mount, "resctrl is not mounted; the command may mount it");
  emulate->add_option("--fail", a.fail, "Let an operation fail, OP:FILE:N:WHAT (write:schemata:3:EBUSY), or kill:N")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  emulate->add_flag("--count-writes", a.count_writes, "Say at the end how many calls kill:N would count");
  emulate->add_option("--foreign", a.foreign, "Another manager beside it: remover, holder, hoarder or libvirt")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  emulate->footer("The command follows --: dcat emulate [OPTIONS] -- COMMAND [ARGUMENTS]. Its exit code is ours.");
  return emulate;
}

CLI::App* describe_curve(CLI::App& app, dcat::cli::CurveArguments& a) {
  CLI::App* curve = app.add_subcommand("curve", "Ways to miss ratio and IPC, from address traces (docs/curve.md)");
  const auto list = [](CLI::Option* option) {
    option->expected(1)->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  curve
      ->add_option(
          "trace", a.traces,
          "Traces: plain text, valgrind's lackey or packed, under gzip or zstd or not; - is the standard input")
      ->required();
  curve->add_option("--size", a.size, "Of the LLC: 32MiB, 45M, 65536")->capture_default_str();
  curve->add_option("--ways", a.ways, "Its ways, 1 to 64")->capture_default_str();
  curve->add_option("--line", a.line, "Bytes of a line")->capture_default_str();
  curve->add_option("--replacement", a.replacement, "lru, plru (a tree) or srrip (2 bits)")
      ->check(CLI::IsMember({"lru", "plru", "srrip"}))
      ->capture_default_str();
  curve->add_flag("--hashed", a.hashed, "Lines are spread over the sets by a hash");
  curve->add_option("--filter", a.filter, "Private caches in front of the LLC, SIZE:WAYS each: 32KiB:8,1MiB:16");
  curve->add_flag("--fetches", a.fetches, "Count instruction fetches, too");
  curve->add_flag("--exact", a.exact, "Beside it the exact curve of a fully associative LRU cache");
  curve->add_option("--shards", a.shards_rate, "Beside it the same from a sample of so many of the lines: 0.01");
  curve->add_flag("--cache", a.one_by_one, "Simulate a cache for each number of ways, also for LRU (slower, the same)");
  list(curve->add_option("--mask", a.masks, "All traces in one cache; one mask a trace, in hexadecimal"));
  list(curve->add_option("--name", a.names, "What a trace is called in the output, one a trace"));
  list(curve->add_option("--instructions", a.instructions, "Instructions of a trace that does not tell, one a trace")
           ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 62)));
  curve->add_option("--limit", a.limit, "Read so many accesses of each trace")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 62));
  curve->add_option("--base-cpi", a.base_cpi, "Cycles per instruction without LLC accesses")->capture_default_str();
  curve->add_option("--parallel", a.parallelism, "LLC accesses in flight at a time")->capture_default_str();
  curve->add_option("--ghz", a.gigahertz, "Clock, for the bandwidth")->capture_default_str();
  curve->add_option("--format", a.format, "table, json or csv (as dcat simulate --curves reads it)")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->capture_default_str();
  curve->add_option("--output", a.output_file, "Write to FILE instead of the standard output");
  curve->add_option("--pack", a.pack_file, "Write the trace to FILE in the packed format (.gz, .zst: compressed)");
  return curve;
}

// `dcat emulate ... -- COMMAND`: takes the words after the first -- away, whatever they look like.
std::vector<std::string> take_command(int& argc, char** argv) {
  std::vector<std::string> command;
  if (argc < 2 || std::string_view(argv[1]) != "emulate") return command;
  for (int i = 2; i < argc; ++i) {
    if (std::string_view(argv[i]) != "--") continue;
    command.assign(argv + i + 1, argv + argc);
    argc = i;
  }
  return command;
}

}  // namespace

int main(int argc, char** argv) {
  // A runtime waits for it, and no argument of its may be a mistake.
  if (argc > 1 && std::string_view(argv[1]) == "hook") return dcat::cli::hook_command({argv + 2, argv + argc});
  start_log();
  CLI::App app{"dCat: dynamic last-level cache allocation. `dcat SUBCOMMAND --help` tells more."};
  app.set_version_flag("--version", "dcat " DCAT_VERSION);
  app.require_subcommand(1);
  app.footer("Exit codes: 0 done, 1 failed, 2 bad usage or configuration, 3 this node cannot do it.");

  dcat::cli::RunArguments run;
  describe_run(app, run);

  dcat::cli::ReplayArguments replay;
  CLI::App* replay_app =
      app.add_subcommand("replay", "Run the core over a recorded trace again and compare the decisions");
  replay_app->add_option("trace", replay.trace_file, "What `dcat run --record` wrote")->required();
  replay_app->add_option("--policy", replay.policy, "Decide by another policy instead, and compare nothing")
      ->check(CLI::IsMember(policy_words()));
  replay_app->add_flag("--print", replay.print, "Print the decisions as JSON lines");

  dcat::cli::SimulateArguments simulate;
  CLI::App* simulate_app = dcat::cli::describe_simulate(app, simulate);
  for (int i = 0; i < argc; ++i) simulate.command_line += (i == 0 ? "dcat" : std::string(" ") + argv[i]);

  dcat::cli::TuneArguments tune;
  CLI::App* tune_app = dcat::cli::describe_tune(app, tune);
  tune.input.command_line = simulate.command_line;

  dcat::cli::CheckConfigArguments check;
  CLI::App* check_app = app.add_subcommand("check-config", "Check a configuration file and print what it resolves to");
  check_app->add_option("file", check.config_file, "Configuration file (YAML)")->required();
  check_app->add_option("--ways", check.ways, "Also check that the contracts fit a cache of so many ways")
      ->check(CLI::Range(1, 64));

  dcat::cli::ResetArguments reset;
  CLI::App* reset_app = app.add_subcommand(
      "reset", "Undo what a dCat that is gone has left on this node: its groups, and the default group's masks");
  reset_app->add_option("--config", reset.config_file, "Configuration file (YAML), for its runtime_directory");
  reset_app->add_flag("--if-stale", reset.if_stale, "Do nothing while a dCat runs, or could still take over");
  reset_app->add_flag("--forget", reset.forget, "Also forget what was learned of containers (the memory file)");
  reset_app->add_flag("--force", reset.force, "Also where the journal cannot be read, or the node's lock is held");

  dcat::cli::SeeArguments see;
  const dcat::cli::SeeCommands see_apps = dcat::cli::describe_see(app, see);

  dcat::cli::ModeArguments mode;
  CLI::App* mode_app = app.add_subcommand("mode", "Tell or change, as root, how far the running daemon goes");
  mode_app
      ->add_option(
          "mode", mode.mode,
          "observe: writes nothing; advise: also plans and says so; enforce: applies it; default, of a container:\n"
          "what its owner and the configuration say. Without it: tells the present one")
      ->check(CLI::IsMember({"observe", "advise", "enforce", "default"}));
  mode_app->add_option("--container", mode.container, "Only this one, by id or name: below enforce it is left alone");
  mode_app->add_option("--socket", mode.socket, "The daemon's. Default: $DCAT_SOCKET, else /run/dcat/dcat.sock");
  app.add_subcommand("hook", "What libvirt and OCI runtimes call: dcat hook libvirt|oci (docs/hooks.md)");

  dcat::cli::DoctorArguments doctor;
  CLI::App* doctor_app =
      app.add_subcommand("doctor", "Can this node enforce allocations, and if not, why not? Exit code 0 or 3");
  doctor_app->add_flag("--json", doctor.json, "As JSON (docs/doctor.md)");
  doctor_app->add_option("--root", doctor.root, "Look below this directory instead of /")->group("");

  dcat::cli::CurveArguments curve;
  CLI::App* curve_app = describe_curve(app, curve);

  dcat::cli::EmulateArguments emulate;
  emulate.command = take_command(argc, argv);
  CLI::App* emulate_app = describe_emulate(app, emulate);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    std::fprintf(stderr, "dcat: arguments: %s; see dcat --help\n", error.what());
    return kBadUsage;
  }
  if (simulate_app->parsed()) return dcat::cli::simulate_command(simulate);
  if (tune_app->parsed()) return dcat::cli::tune_command(tune);
  if (replay_app->parsed()) return dcat::cli::replay_command(replay);
  if (see_apps.status->parsed()) return dcat::cli::status_command(see.status);
  if (see_apps.top->parsed()) return dcat::cli::top_command(see.top);
  if (see_apps.explain->parsed()) return dcat::cli::explain_command(see.explain);
  if (see_apps.events->parsed()) return dcat::cli::events_command(see.events);
  if (mode_app->parsed()) return dcat::cli::mode_command(mode);
  if (reset_app->parsed()) return dcat::cli::reset_command(reset);
  if (doctor_app->parsed()) return dcat::cli::doctor_command(doctor);
  if (curve_app->parsed()) return dcat::cli::curve_command(curve);
  if (emulate_app->parsed()) return dcat::cli::emulate_command(emulate);
  if (check_app->parsed()) return dcat::cli::check_config_command(check);
  return dcat::cli::run_command(run);
}
