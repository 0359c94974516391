// An emulated node without processes, cgroups or sockets: the model of a scenario behind a resctrl tree, for the
// daemon's ports. Each tenant has two threads, which exist while it is there.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "controller/shell/daemon.h"
#include "emulator/tenant_model.h"
#include "tests/emulator_simulation/build.h"
#include "tests/emulator_simulation/tree_cache.h"

namespace dcat::emulator::test {

class InProcessNode : public dcat::Clock, public ContainerSource, private Usage {
 public:
  explicit InProcessNode(const sim::Scenario& s)
      : model_(s),
        tree_(machine_of(s), tasks_, *this),
        cache_(
            tree_, tasks_, sim::Groups(s).geometry(), [this] { return present(); },
            [this](const ContainerId& id) { return threads_of(id); }, [this] { follow(); }) {
    tree_.mount("");
    for (const sim::Tenant& t : model_.model().tenants()) {
      const int first = 1000 + 10 * static_cast<int>(threads_.size());
      threads_[t.spec().id] = {first, first + 1};
    }
    let_in();
    follow();
  }

  TenantModel& model() { return model_; }
  ResctrlTree& tree() { return tree_; }
  TreeCache& cache() { return cache_; }
  MemoryTasks& tasks() { return tasks_; }
  Ports ports() { return {*this, model_.counters(), *this, cache_}; }
  std::vector<int> threads_of(const ContainerId& id) const { return threads_.at(id); }

  void follow() {
    std::map<ContainerId, TaskClass> classes;
    for (const ContainerId& id : present()) {
      std::vector<TaskClass> carried;
      for (const int tid : threads_of(id)) carried.push_back(tasks_.class_of(tid));
      classes[id] = class_of_most(carried);
    }
    model_.follow(tree_.groups(), classes);
  }

  // Clock
  TimePoint now() override { return model_.model().now(); }
  void sleep_until(TimePoint until) override {
    model_.advance_to(until);
    let_in();
    follow();
    tree_.check_limbo();
  }
  // ContainerSource
  std::string name() const override { return "sim"; }
  Result<std::vector<ContainerInfo>> list() override { return model_.model().containers(); }

 private:
  std::vector<ContainerId> present() const {
    std::vector<ContainerId> ids;
    for (const ContainerInfo& info : model_.model().containers()) ids.push_back(info.id);
    return ids;
  }
  void let_in() {
    for (const sim::Tenant& t : model_.model().tenants())
      for (const int tid : threads_.at(t.spec().id)) t.present() ? tasks_.add(tid) : tasks_.drop(tid);
  }
  std::optional<std::uint64_t> llc_occupancy_bytes(int rmid, DomainId domain) override {
    return model_.occupancy_bytes(rmid, domain);
  }
  std::optional<std::uint64_t> mbm_total_bytes(int rmid, DomainId domain) override {
    return model_.traffic_bytes(rmid, domain);
  }
  std::optional<std::uint64_t> mbm_local_bytes(int rmid, DomainId domain) override {
    return model_.traffic_bytes(rmid, domain);
  }

  MemoryTasks tasks_;
  TenantModel model_;
  ResctrlTree tree_;
  std::map<ContainerId, std::vector<int>> threads_;
  TreeCache cache_;
};

}  // namespace dcat::emulator::test
