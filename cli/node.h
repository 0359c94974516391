// The node a run works on: four ports, put together from the arguments. Simulated or real; nothing in between.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "cli/commands.h"
#include "controller/config/config.h"
#include "controller/shell/daemon.h"
#include "sim/node.h"

namespace dcat::cli {

class Node {
 public:
  virtual ~Node() = default;
  virtual Ports ports() = 0;
  virtual std::string name() const = 0;  // for people: the scenario's name, "this machine"
  virtual sim::SimulatedNode* simulated() { return nullptr; }
};

// What the arguments, the configuration file and the scenario come to together.
struct RunPlan {
  Config config;
  Mode mode = Mode::observe;
  bool simulated = false;
  std::uint64_t ticks = 0;  // 0 = until asked to stop
  double pace = 0;
  std::optional<sim::Scenario> scenario;
};

// Reads the files. Nothing is started. bad_input with every mistake; unsupported where the mode or backend cannot be
// had.
Result<RunPlan> plan_run(const RunArguments& arguments, bool terminal);

// unsupported: this machine has no counters, no cgroup2 tree or no L3 topology; the reason says what to do.
// REQUIRES: plan and stop outlive the node.
Result<std::unique_ptr<Node>> open_node(const RunPlan& plan, const RunArguments& arguments,
                                        const std::atomic<bool>& stop);

}  // namespace dcat::cli
