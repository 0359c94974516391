#include "cli/simulate_options.h"

#include "cli/number_within.h"

namespace dcat::cli {

CLI::App* describe_simulate(CLI::App& app, SimulateArguments& a) {
  CLI::App* simulate = app.add_subcommand(
      "simulate",
      "What policies would do on a modelled node: scenarios, or mixes of measured curves (docs/simulator.md)");
  const auto list = [](CLI::Option* option) {
    return option->expected(1)->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  simulate->add_option("scenario", a.scenarios,
                       "Scenarios (YAML), each a node over time; or what `dcat run --record` wrote");
  simulate->add_option("--config", a.config_file,
                       "Configuration file (YAML): the parameters of dcat-fair, dcat-max and adaptive");
  simulate->add_option("--curves", a.curves_file,
                       "Instead of scenarios: measured curves (CSV, a line a program and size)");
  simulate->add_option("--mixes", a.mixes_file, "Which of its programs run together, a line a mix");
  list(simulate->add_option("--mix", a.mixes, "One mix: A,B,C; may be given again"));
  simulate->add_option("--ways", a.ways, "Ways of the mixes' cache. Default: as many as the curves have points");
  simulate->add_option("--closids", a.closids, "Classes of service. Default: 16");
  simulate->add_option("--min-ways", a.least, "Least ways of a mask. Default: 1")->check(CLI::Range(1, 64));
  simulate->add_option("--bandwidth", a.bandwidth, "Ceiling of the memory traffic, GB/s. Default: 0, none");
  simulate->add_option("--frequency-ghz", a.gigahertz, "Clock of every CPU. Default: 2.1")
      ->check(number_within(0.1, 10));
  simulate->add_option("--contract", a.contract, "equal, or parts of the ways such as 4:2:1. Default: equal");
  simulate
      ->add_option("--policy", a.policies,
                   "A,B,... of shared, static, dcat-fair, dcat-max, adaptive, ucp, dunn, lfoc, kpart, cacheman, aimd,\n"
                   "oracle, oracle-clusters; all is every one but the last")
      ->capture_default_str();
  simulate
      ->add_option("--periods", a.periods,
                   "Mixes over time, for so many control periods; of a scenario, instead of its own")
      ->check(CLI::Range(1, 10'000'000));
  simulate->add_option("--phases", a.phases, "Each tenant changes program after a time from this range: 20s-60s");
  simulate->add_flag("--one-at-a-time", a.one_at_a_time,
                     "After a time from the range of --phases one tenant changes program, all others stay");
  simulate->add_option("--noise", a.noise, "Of the counters: none, measured, or a ratio. Default: none");
  simulate->add_option("--seed", a.seed, "Of phases and noise. Default: 1");
  simulate->add_option("--objective", a.objective,
                       "Of the oracles: throughput, normalised or fairness. Default: throughput");
  simulate->add_flag("--floors", a.floors,
                     "Oracles and ucp keep every tenant at (1 - ipc_gain_ratio) of its IPC at the contract");
  simulate
      ->add_option("--oracle-seconds", a.oracle_seconds,
                   "After so long one search of an oracle gives the best found, marked. Default: never")
      ->check(number_within(0.001, 1e6));
  list(simulate->add_option("--sweep", a.sweeps,
                            "KEY=A,B,C: every combination. Keys: ways, closids, bandwidth, contract, seed, noise,\n"
                            "phases, one_at_a_time, objective, floors, policy, mix, and the configuration's\n"
                            "parameters. May be given again"));
  simulate->add_option("--format", a.format, "table, json or csv")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->capture_default_str();
  simulate->add_option("--output", a.output_file,
                       "Also keep the rows in FILE (JSON lines); where it has some of them, go on");
  simulate->add_option("--report", a.report_file, "Also draw a page (HTML, needs no network)");
  simulate->add_option(
      "--shard", a.shard,
      "Run part K/N of the rows. Default: all, or what SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX say");
  simulate->add_option("--merge", a.merge, "Put the files of shards together, run nothing");
  simulate->add_option("--threads", a.threads, "Default: one a CPU")->check(CLI::Range(1, 1024));
  return simulate;
}

}  // namespace dcat::cli
