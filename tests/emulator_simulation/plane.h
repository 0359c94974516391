// A node without processes and its control plane in this process.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "emulator/linux/control_client.h"
#include "emulator/linux/control_server.h"
#include "tests/emulator_simulation/build.h"
#include "tests/perfmon/linux/temp_tree.h"
#include "tests/support/catch.h"

namespace dcat::emulator::test {

inline const std::atomic<bool> kGoOn{false};

class Plane {
 public:
  explicit Plane(const sim::Scenario& s)
      : simulation_(*Simulation::start({s, "", 1}, tasks_)), tree_(machine_of(s), tasks_, *simulation_) {
    tree_.mount("");
    start();
  }
  void start() { server_ = *ControlServer::start(socket(), *simulation_, tree_, lock_); }
  void stop() { server_.reset(); }
  std::string socket() const { return directory_.root() + "/control"; }
  void write(const std::string& path, const std::string& text) {
    const std::lock_guard<std::mutex> hold(lock_);
    REQUIRE(tree_.write(tree_.walk(path)->inode, text, {}) == 0);
  }
  std::unique_ptr<EmulatedNode> connect(EmulatedNode::Pace pace = {}, const std::atomic<bool>& stop = kGoOn) const {
    auto node = EmulatedNode::connect(socket(), std::move(pace), stop);
    REQUIRE(node);
    return std::move(*node);
  }

 private:
  dcat::test::TempTree directory_;
  MemoryTasks tasks_;
  std::mutex lock_;
  std::unique_ptr<Simulation> simulation_;
  ResctrlTree tree_;
  std::unique_ptr<ControlServer> server_;
};

inline sim::Scenario three() {
  sim::Scenario s = scenario({tenant("a", 3, mlr(5)), tenant("b", 4, mload()), tenant("late", 3, lookbusy())});
  s.name = "three tenants";
  s.periods = 17;
  s.noise_ratio = 0.01;
  s.absent_counters = {Event::memory_accesses};
  s.tenants[1].departure = at(3s);
  s.tenants[2].contract_kind = ContainerInfo::ContractKind::cpu_share;
  s.tenants[2].arrival = at(1s);
  return s;
}

}  // namespace dcat::emulator::test
