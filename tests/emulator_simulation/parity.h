// The daemon's loop over some node, and what it saw and decided, to be compared with the simulated node's run.
#pragma once

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include "controller/shell/daemon.h"
#include "tests/scenarios/play.h"

namespace dcat::emulator::test {

struct Tick {
  Observation observation;
  Decision decision;
};

class TickKeeper : public Listener {
 public:
  Status on_decision(const Observation& observation, const Decision& decision) override {
    ticks.push_back({observation, decision});
    return {};
  }
  void on_trouble(const Error& error) override { throw std::runtime_error(error.to_string()); }
  std::vector<Tick> ticks;
};

// What `reference` did, again over `ports`.
inline std::vector<Tick> run_again(const dcat::test::Play& reference, Ports ports) {
  TickKeeper keeper;
  const std::atomic<bool> never{false};
  const DaemonOptions options{Mode::enforce, reference.config.parameters, reference.config.interval,
                              reference.config.sample_interval, reference.periods.size()};
  const Status ended = run_daemon(ports, options, never, keeper);
  if (!ended) throw std::runtime_error(ended.error().to_string());
  return keeper.ticks;
}

// The first tick that differs, counted from 1; 0: none does.
inline std::size_t first_difference(const dcat::test::Play& reference, const std::vector<Tick>& ticks) {
  for (std::size_t i = 0; i < reference.periods.size(); ++i)
    if (i >= ticks.size() || reference.periods[i].observation != ticks[i].observation ||
        reference.periods[i].decision != ticks[i].decision)
      return i + 1;
  return ticks.size() == reference.periods.size() ? 0 : ticks.size();
}

}  // namespace dcat::emulator::test
