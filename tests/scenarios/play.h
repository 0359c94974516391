// Plays a scenario through the daemon's own loop on the simulated node, and keeps what every period showed.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "controller/config/config.h"
#include "controller/decision.h"
#include "controller/observation.h"
#include "sim/comparison.h"
#include "sim/spec.h"

namespace dcat::test {

struct TenantPeriod {
  State state = State::reclaim;  // decided at the end of this period
  int ways = 0;                  // granted for the next one
  int in_force = 0;              // during it
  ReasonCode why = ReasonCode::holds;
  Reason reason;
  bool dedicated = false;
  double truth = 0;    // true normalised IPC of the period (1 = contract alone on the node); 0 = none
  double speedup = 0;  // true IPC of the period / the greatest that it has at any size, alone; 0 = none
  double held = 0;     // ways that are truly its own at the period's end, whatever its mask
  int phase = 0;
};

struct PlayedPeriod {
  Observation observation;
  Decision decision;
  std::map<std::string, TenantPeriod> tenants;  // "shared" is the shared region
  int shared = 0;
  int free = 0;
};

struct Play {
  std::vector<PlayedPeriod> periods;
  sim::Scenario scenario;
  Config config;

  const TenantPeriod& at(std::size_t period, const std::string& tenant) const;  // periods count from 1
  // The ways in force during periods 1, 2, ..., of those where the tenant was there.
  std::vector<int> ways_of(const std::string& tenant) const;
  std::vector<State> states_of(const std::string& tenant) const;
  // Most periods in a row with a true normalised IPC below `limit` of that under contracts alone in the same period.
  int longest_below(const std::string& tenant, double limit) const;
  std::string describe(const std::string& tenant) const;  // for messages: "1 Reclaim 20->3 admitted\n..."
};

struct PlayOptions {
  int periods = 0;  // 0: the scenario's
  std::function<void(Config&)> configure;
  std::function<void(sim::Scenario&)> change;
};

// `file` is a name in configs/scenarios.
Play play(const std::string& file, const PlayOptions& options = {});
Play play(sim::Scenario scenario, Config config, int periods);

}  // namespace dcat::test
