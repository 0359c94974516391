// Settings: everything that a run of the simulator can be told by `--sweep KEY=VALUES`, by name, on top of the command
// line and the configuration.
//   ways, closids, bandwidth (GB/s), contract (equal or 4:2:1), seed, noise (a ratio), phases (20s-60s or none),
//   one_at_a_time (yes, no), objective (throughput, normalised, fairness), floors (yes, no), and every key of
//   Parameters in the configuration file (policy apart: policies have their own list).
#pragma once

#include <string>
#include <vector>

#include "controller/config/config.h"
#include "core/result.h"
#include "sim/experiment/question.h"

namespace dcat::sim {

struct Settings {
  MixNode node;
  TimeFrame frame;
  Goal goal;
  Config config;
  double oracle_seconds = 0;  // of one search; 0: as long as it takes
};

// Error (bad_input): an unknown key, or a value that is none for it; says what is.
Status apply_setting(Settings& settings, const std::string& key, const std::string& value);

// Changes of program that a mix may make in one run, all tenants together: they are drawn before it starts, some 500
// bytes each with all that hangs on them.
inline constexpr double kMostChanges = 500'000;
// Error (bad_input): `tenants` make more in such a run, by the mean of the range.
Status check_changes(const Settings& settings, std::size_t tenants);

// The parts that arguments and sweeps write alike. Errors: bad_input.
Result<std::optional<PhaseChanges>> parse_phases(const std::string& text);  // "20s-60s"; "none"
Result<std::vector<int>> parse_contract(const std::string& text);           // "equal": empty; "4:2:1"
Result<Objective> parse_objective(const std::string& text);

}  // namespace dcat::sim
