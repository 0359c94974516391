// The node a run works on: four ports, put together from the arguments. Simulated, real, or emulated: this machine's
// files, under `dcat emulate`, with simulated time and counts.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "cli/run_plan.h"
#include "controller/shell/contracts.h"
#include "controller/shell/daemon.h"
#include "sim/node.h"

namespace dcat::cli {

class Node {
 public:
  virtual ~Node() = default;
  virtual Ports ports() = 0;
  virtual std::string name() const = 0;  // for people: the scenario's name, "this machine"
  virtual sim::SimulatedNode* simulated() { return nullptr; }
  // Whom announcements can be told to, and where a container's cgroup is ("" where there is none). Null: nobody.
  virtual ContractedContainers* contracted() { return nullptr; }
  virtual std::string cgroup_of(const ContainerId&) const { return {}; }
  // Why the run had to end by itself: the emulator went away.
  virtual Status health() const { return {}; }
};

// unsupported: this machine has no counters, no cgroup2 tree, no L3 topology, or not the back end that was asked for;
// the reason says what to do. `plan` learns what only the open node tells (an emulated scenario's length). REQUIRES:
// plan and stop outlive the node.
Result<std::unique_ptr<Node>> open_node(RunPlan& plan, const RunArguments& arguments, const std::atomic<bool>& stop);

}  // namespace dcat::cli
