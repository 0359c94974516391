// The end of a simulated run: what each tenant got, beside the same node with the contracts alone and with no
// partitions at all. Every figure is the model's truth, so every figure is simulated.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/decision.h"
#include "controller/observation.h"
#include "core/mode.h"
#include "core/parameters.h"
#include "core/result.h"
#include "sim/node.h"

namespace dcat::cli {

// Follows a run period by period.
class SimulationRecord {
 public:
  SimulationRecord(const sim::SimulatedNode& node, Mode mode) : node_(node), mode_(mode), last_(node.truth()) {}
  void on_decision(const Observation& observation, const Decision& decision);

  // Runs the comparisons and prints the table. Error: a comparison could not run.
  Result<std::vector<std::string>> lines(Duration interval, PolicyKind policy) const;

 private:
  struct Tenant {
    std::string state = "-";
    Ways ways;
    double worst = 0;  // normalised IPC of its worst period, once it has a baseline
    bool judged = false;
    int low_in_a_row = 0;  // periods below 0.95
    int longest_low = 0;
  };

  const sim::SimulatedNode& node_;
  Mode mode_;
  std::vector<sim::TruthRow> last_;
  std::optional<Plan> last_plan_;
  std::map<ContainerId, Tenant> tenants_;
  int periods_ = 0;
  int changes_ = 0;
};

}  // namespace dcat::cli
