// Simulation: the workloads behind the emulated node. Each tenant of a scenario is a real cgroup with a real (sleeping)
// process in it, which RDT programs find and move like any other; what it does is the simulated node's model
// (sim/model.h), under the masks of the group that its threads are in. Every number is simulated.
//
// A tenant whose threads are in several groups counts in the one that most of them are in (the lowest CLOSID of
// equals). Not thread safe: the caller holds the node's lock.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "emulator/resctrl_tree.h"
#include "perfmon/container_source.h"
#include "perfmon/counter_source.h"
#include "sim/spec.h"
#include "sim/truth.h"

namespace dcat::emulator {

struct SimulationOptions {
  sim::Scenario scenario;
  // The cgroup2 mount; tenants' cgroups are made in a directory of our own below it. "": none are made, and no
  // processes either: the tenants stay in the default group (where one is not root, and in tests).
  std::string cgroup_root;
  int threads = 1;  // of each tenant's process
};

class Simulation : public Usage {
 public:
  // Makes the cgroups and processes of the tenants that are there at time 0. REQUIRES: tasks outlives it.
  static Result<std::unique_ptr<Simulation>> start(SimulationOptions options, Tasks& tasks);
  ~Simulation() override;  // ends the processes and removes the cgroups

  // Takes over masks and memberships as they are now. To be called after every change of the tree and before time
  // moves; does nothing when the tree's generation is the one it knows.
  void follow(const ResctrlTree& tree);

  TimePoint now() const;
  // Simulated time moves; tenants arrive (with cgroup and process) and leave. Error: a tenant's cgroup or process could
  // not be made or removed; time has moved all the same.
  Status advance_to(TimePoint until);
  // As sim::SimulatedCounters and sim::SimulatedNode answer.
  std::vector<Error> watch(const std::vector<ContainerId>& containers);
  Result<std::vector<ContainerSample>> read();
  std::vector<EventChoice> events() const;
  Result<std::vector<ContainerInfo>> list();
  std::vector<sim::TruthRow> truth() const;
  const sim::Scenario& scenario() const;
  // Absolute path of the cgroup of a tenant that is present; "" otherwise.
  std::string cgroup_of(const ContainerId& tenant) const;

  std::optional<std::uint64_t> llc_occupancy_bytes(int rmid, DomainId domain) override;
  std::optional<std::uint64_t> mbm_total_bytes(int rmid, DomainId domain) override;
  std::optional<std::uint64_t> mbm_local_bytes(int rmid, DomainId domain) override;

 private:
  class Impl;
  explicit Simulation(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace dcat::emulator
