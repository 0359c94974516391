#include "emulator/linux/simulation.h"

#include <map>
#include <optional>
#include <utility>

#include "emulator/linux/tenant_processes.h"
#include "emulator/tenant_model.h"

namespace dcat::emulator {

class Simulation::Impl {
 public:
  Impl(sim::Scenario scenario, Tasks& tasks_port) : tenants(std::move(scenario)), tasks(tasks_port) {}

  // Processes for who has come, an end to those of who has gone. All of it is tried; the first error is told.
  Status follow_presence() {
    if (!processes) return {};
    Status first;
    const auto keep = [&](Status status) {
      if (first && !status) first = std::move(status);
    };
    for (const ContainerId& id : processes->tenants()) {
      if (tenants.model().find(id)->present()) continue;
      keep(processes->remove(id));
      known_generation.reset();
    }
    std::vector<ContainerId> come;
    for (const sim::Tenant& tenant : tenants.model().tenants())
      if (tenant.present() && processes->cgroup_of(tenant.spec().id).empty()) come.push_back(tenant.spec().id);
    if (!come.empty()) {
      keep(processes->add(come));
      known_generation.reset();
    }
    return first;
  }

  std::map<ContainerId, TaskClass> classes() const {
    std::map<ContainerId, TaskClass> found;
    if (!processes) return found;
    for (const ContainerId& id : processes->tenants()) {
      std::vector<TaskClass> threads;
      for (const int tid : processes->threads_of(id)) threads.push_back(tasks.class_of(tid));
      found[id] = class_of_most(threads);
    }
    return found;
  }

  TenantModel tenants;
  std::unique_ptr<TenantProcesses> processes;  // null without a cgroup tree
  Tasks& tasks;
  std::optional<std::uint64_t> known_generation;  // of the tree
};

Simulation::Simulation(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Simulation::~Simulation() = default;

Result<std::unique_ptr<Simulation>> Simulation::start(SimulationOptions options, Tasks& tasks) {
  auto impl = std::make_unique<Impl>(std::move(options.scenario), tasks);
  if (!options.cgroup_root.empty()) {
    auto processes = TenantProcesses::open(options.cgroup_root, options.threads);
    if (!processes) return std::move(processes).error();
    impl->processes = std::move(*processes);
  }
  if (Status started = impl->follow_presence(); !started) return std::move(started).error();
  return std::unique_ptr<Simulation>(new Simulation(std::move(impl)));
}

void Simulation::follow(const ResctrlTree& tree) {
  const std::uint64_t generation = tree.generation();
  if (impl_->known_generation == generation) return;
  impl_->tenants.follow(tree.groups(), impl_->classes());
  impl_->known_generation = generation;
}

TimePoint Simulation::now() const {
  return impl_->tenants.model().now();
}

Status Simulation::advance_to(TimePoint until) {
  impl_->tenants.advance_to(until);
  return impl_->follow_presence();
}

std::vector<Error> Simulation::watch(const std::vector<ContainerId>& containers) {
  return impl_->tenants.counters().watch(containers);
}

Result<std::vector<ContainerSample>> Simulation::read() {
  return impl_->tenants.counters().read();
}

std::vector<EventChoice> Simulation::events() const {
  return impl_->tenants.counters().events();
}

Result<std::vector<ContainerInfo>> Simulation::list() {
  return impl_->tenants.model().containers();
}

std::vector<sim::TruthRow> Simulation::truth() const {
  return impl_->tenants.model().truth();
}

std::string Simulation::cgroup_of(const ContainerId& tenant) const {
  return impl_->processes ? impl_->processes->cgroup_of(tenant) : "";
}

const sim::Scenario& Simulation::scenario() const {
  return impl_->tenants.model().scenario();
}

std::optional<std::uint64_t> Simulation::llc_occupancy_bytes(int rmid, DomainId domain) {
  return impl_->tenants.occupancy_bytes(rmid, domain);
}

std::optional<std::uint64_t> Simulation::mbm_total_bytes(int rmid, DomainId domain) {
  return impl_->tenants.traffic_bytes(rmid, domain);
}

std::optional<std::uint64_t> Simulation::mbm_local_bytes(int rmid, DomainId domain) {
  return impl_->tenants.traffic_bytes(rmid, domain);
}

}  // namespace dcat::emulator
