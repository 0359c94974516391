// The `dcat` command: arguments in, a subcommand called, its exit code out.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/commands.h"

namespace {

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
  run->add_option("--backend", a.backend,
                  "Where cache ways are allocated: auto (sim with --scenario, else none), sim, none")
      ->check(CLI::IsMember({"auto", "resctrl", "pqos-os", "pqos-msr", "sim", "none"}))
      ->capture_default_str();
  run->add_option("--counters", a.counters,
                  "Where counts come from: auto (sim with --scenario, else cgroup), cgroup, sim")
      ->check(CLI::IsMember({"auto", "cgroup", "bpf", "papi", "sim"}))
      ->capture_default_str();
  run->add_option("--config", a.config_file, "Configuration file (YAML)");
  run->add_option("--scenario", a.scenario_file, "Simulated node (YAML)");
  run->add_option("--interval", a.interval,
                  "Control period, with its unit: 1s, 500ms. Default: the configuration's, 1s");
  run->add_option("--policy", a.policy, "fair or max_performance. Default: the configuration's, fair")
      ->check(CLI::IsMember({"fair", "max_performance"}));
  run->add_option("--ticks", a.ticks, "End after so many periods. Default: the scenario's, on hardware none")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}));
  run->add_option(
      "--pace", a.pace,
      "Simulated seconds a real second, 0 = as fast as it computes.\nDefault: 1 in a terminal, 0 elsewhere");
  run->add_option("--record", a.record_file, "Write every Observation and Decision to FILE, one JSON line each");
  run->add_flag("--all-cgroups", a.all_cgroups, "Every leaf cgroup with processes is a container");
}

}  // namespace

int main(int argc, char** argv) {
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
      ->check(CLI::IsMember({"fair", "max_performance"}));
  replay_app->add_flag("--print", replay.print, "Print the decisions as JSON lines");

  dcat::cli::CheckConfigArguments check;
  CLI::App* check_app = app.add_subcommand("check-config", "Check a configuration file and print what it resolves to");
  check_app->add_option("file", check.config_file, "Configuration file (YAML)")->required();
  check_app->add_option("--ways", check.ways, "Also check that the contracts fit a cache of so many ways")
      ->check(CLI::Range(1, 64));

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    std::fprintf(stderr, "dcat: arguments: %s; see dcat --help\n", error.what());
    return kBadUsage;
  }
  if (replay_app->parsed()) return dcat::cli::replay_command(replay);
  if (check_app->parsed()) return dcat::cli::check_config_command(check);
  return dcat::cli::run_command(run);
}
