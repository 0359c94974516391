// TenantModel: what the tenants of a scenario do under the masks of an emulated machine's groups, and what the
// machine's monitoring says of it. The model is the simulated node's (sim/model.h), told its masks from outside: for
// the same masks at the same simulated times it counts what the simulated node counts, to the bit. No I/O; every number
// is simulated.
//
// Occupancy: what the tenants that carry an RMID hold now; an RMID that its tenants left holds nothing at once (the
// model keeps no lines of who moved on).
// Bandwidth: 64 bytes a miss, charged to the RMID that the tenant carried then. Never falls; all traffic is local.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "emulator/resctrl_tree.h"
#include "sim/counters.h"
#include "sim/model.h"

namespace dcat::emulator {

// Where a tenant counts whose threads carry these: the CLOSID of most of them, and of those the RMID of most; the
// lowest of equals. {} for no threads.
TaskClass class_of_most(const std::vector<TaskClass>& threads);

class TenantModel {
 public:
  // REQUIRES: as sim::Model.
  explicit TenantModel(sim::Scenario scenario);

  const sim::Model& model() const { return model_; }
  sim::SimulatedCounters& counters() { return counters_; }

  // The groups as they are now and what each tenant carries. Who is not listed, or carries a CLOSID that no group has,
  // is in the default group.
  void follow(const std::vector<GroupView>& groups, const std::map<ContainerId, TaskClass>& classes);
  void advance_to(TimePoint until);

  // 0 for RMIDs that nobody carries or carried, and in domains where nobody runs.
  std::uint64_t occupancy_bytes(int rmid, DomainId domain);
  std::uint64_t traffic_bytes(int rmid, DomainId domain) const;

 private:
  using RmidInDomain = std::pair<int, DomainId>;

  void charge_traffic();
  std::map<RmidInDomain, double> occupancies();

  sim::Model model_;
  sim::SimulatedCounters counters_;
  std::map<ContainerId, TaskClass> classes_;
  std::vector<std::vector<double>> charged_misses_;          // by tenant and place, as in the model
  std::map<RmidInDomain, double> traffic_;                   // bytes
  std::optional<std::map<RmidInDomain, double>> occupancy_;  // bytes; absent after a change
};

}  // namespace dcat::emulator
