// The emulated node's control plane, from inside: simulated time, counters and tenants for a daemon that runs under
// `dcat emulate --scenario`. The emulator owns time and counts; asking for a later time moves the node's model.
// Everything it answers is simulated.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "perfmon/container_source.h"
#include "perfmon/counter_source.h"
#include "sim/truth.h"

namespace dcat::emulator {

// Set in the environment of every command under `dcat emulate --scenario`: the socket's path.
inline constexpr const char* kControlVariable = "DCAT_EMULATOR";
// And the scenario's file, for its `controller:` section.
inline constexpr const char* kScenarioVariable = "DCAT_EMULATOR_SCENARIO";

class EmulatedNode {
 public:
  struct Pace {
    double factor = 0;  // simulated seconds a real second; 0 = do not wait
    std::function<void(Duration)> wait{};
  };
  // `socket` is what the variable says. failed: nobody answers there, or the answer is no control plane's.
  static Result<std::unique_ptr<EmulatedNode>> connect(const std::string& socket, Pace pace,
                                                       const std::atomic<bool>& stop);
  ~EmulatedNode();

  dcat::Clock& clock();
  CounterSource& counters();
  ContainerSource& containers();  // ids are the scenario's tenants
  // Absolute path of the cgroup of a tenant; "" when it is not there (any more).
  std::string cgroup_of(const ContainerId& tenant);
  // What the model knows and a controller must not see; for summaries and tests.
  Result<std::vector<sim::TruthRow>> truth();
  const std::string& scenario_name() const;
  int periods() const;  // how long the scenario is worth watching
  // Set when the emulator went away: time stands still and reads fail with this reason.
  Status health() const;

 private:
  class Impl;
  explicit EmulatedNode(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace dcat::emulator
