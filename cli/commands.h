// The subcommands of `dcat`. Each takes its parsed arguments and returns the exit code: 0 done, 1 failed, 2 bad usage
// or configuration, 3 the node cannot do it. Errors have been printed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/result.h"

namespace dcat::cli {

struct RunArguments {
  std::string mode;  // empty: enforce on the simulated node, observe on hardware
  std::string backend = "auto";
  std::string counters = "auto";
  std::string config_file;
  std::string scenario_file;
  std::string interval;  // empty: the configuration's
  std::string policy;    // empty: the configuration's
  std::optional<std::uint64_t> ticks;
  std::optional<double> pace;  // simulated seconds a real second; 0 = as fast as it computes
  std::string record_file;
  bool all_cgroups = false;
};
int run_command(const RunArguments& arguments);

struct ReplayArguments {
  std::string trace_file;
  std::string policy;  // another one than the trace's: prints what it would have decided, compares nothing
  bool print = false;  // the decisions, as JSON lines
};
int replay_command(const ReplayArguments& arguments);

struct CheckConfigArguments {
  std::string config_file;
  std::optional<int> ways;  // also check that the contracts fit
};
int check_config_command(const CheckConfigArguments& arguments);

// `dcat: what: why; what to do` on stderr, and the exit code that belongs to it.
int report(const Error& error);

}  // namespace dcat::cli
