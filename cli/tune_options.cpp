#include "cli/tune_options.h"

#include <charconv>
#include <cstdint>

#include "cli/number_within.h"

namespace dcat::cli {
namespace {

constexpr double kMostHeldBack = 0.9;

// A number below 0, or one beyond 64 bits, would be taken for a very great one.
CLI::Validator whole_number() {
  return CLI::Validator(
      [](const std::string& text) {
        std::uint64_t number = 0;
        const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
        return code == std::errc{} && end == text.data() + text.size()
                   ? std::string()
                   : "got '" + text + "', want a whole number from 0 up";
      },
      "");
}

// As dcat simulate has them.
void describe_inputs(CLI::App* tune, SimulateArguments& a) {
  tune->add_option("scenario", a.scenarios, "Scenarios (YAML); or what `dcat run --record` wrote");
  tune->add_option("--config", a.config_file, "The present configuration (YAML). Default: the built-in one");
  tune->add_option("--curves", a.curves_file, "Instead of scenarios: measured curves (CSV)");
  tune->add_option("--mixes", a.mixes_file, "Which of its programs run together, a line a mix");
  tune->add_option("--mix", a.mixes, "One mix: A,B,C; may be given again")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  tune->add_option("--ways", a.ways, "Ways of the mixes' cache. Default: as many as the curves have points");
  tune->add_option("--closids", a.closids, "Classes of service. Default: 16");
  tune->add_option("--min-ways", a.least, "Least ways of a mask")->check(CLI::Range(1, 64))->capture_default_str();
  tune->add_option("--bandwidth", a.bandwidth, "Ceiling of the memory traffic, GB/s. Default: 0, none");
  tune->add_option("--frequency-ghz", a.gigahertz, "Clock of every CPU")
      ->check(number_within(0.1, 10))
      ->capture_default_str();
  tune->add_option("--contract", a.contract, "equal, or parts of the ways such as 4:2:1. Default: equal");
  tune->add_option("--periods", a.periods, "Length of a run. Default: a scenario's own, 300 for mixes")
      ->check(CLI::Range(1, 10'000'000));
  tune->add_option("--phases", a.phases, "Each tenant of a mix changes program after a time from this range: 20s-60s");
  tune->add_option("--noise", a.noise, "Of the mixes' counters: none, measured, or a ratio. Default: none");
}

}  // namespace

CLI::App* describe_tune(CLI::App& app, TuneArguments& a) {
  CLI::App* tune = app.add_subcommand(
      "tune", "Search the controller's thresholds over scenarios, traces or mixes of curves (docs/tune.md)");
  describe_inputs(tune, a.input);
  tune->add_option("--policy", a.policy, "dcat-fair or dcat-max. Default: the configuration's");
  tune->add_option("--objective", a.objective, "normalised or throughput (more is better), fairness (unfairness: less)")
      ->check(CLI::IsMember({"normalised", "throughput", "fairness"}))
      ->capture_default_str();
  tune->add_option("--violations", a.violations,
                   "Bound: tenant-periods below the guarantee, of 1,000. Default: what the present configuration has")
      ->check(number_within(0, 1000));
  tune->add_option("--parameter", a.parameters,
                   "KEY=FROM:TO, a key of the configuration and where to search; may be given again.\n"
                   "Default: the ten to eleven of docs/tune.md")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  tune->add_option("--trials", a.trials, "Configurations to try, the present one included")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  tune->add_option("--hold-back", a.hold_back, "Part of the inputs that is not searched but reported on. Default: 1/3")
      ->check(number_within(0, kMostHeldBack));
  tune->add_option("--seed", a.seed, "Of the search, of what is held back, and of mixes' phases and noise")
      ->check(whole_number())
      ->capture_default_str();
  tune->add_option("--output", a.output_file, "Write what was found to FILE, for dcat run --config");
  tune->add_option("--format", a.format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  tune->add_option("--threads", a.threads, "Default: one a CPU. Changes nothing but the time")
      ->check(CLI::Range(1, 1024));
  return tune;
}

}  // namespace dcat::cli
