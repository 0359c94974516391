// Short ways to emulated machines, groups and tasks in tests.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "emulator/resctrl_tree.h"
#include "tests/sim/build.h"

namespace dcat::emulator::test {

using sim::test::at;
using sim::test::lookbusy;
using sim::test::mload;
using sim::test::mlr;
using sim::test::scenario;
using sim::test::tenant;
using namespace std::chrono_literals;

inline constexpr DomainId kZero{0};

// Tasks in memory: those that were added exist, and carry what they were given.
class MemoryTasks : public Tasks {
 public:
  void add(int tid) { classes_.try_emplace(tid); }
  void drop(int tid) { classes_.erase(tid); }
  bool exists(int tid) override { return known_to_exist_.contains(tid) || classes_.contains(tid); }
  bool may_move(int, unsigned) override { return true; }
  TaskClass class_of(int tid) override {
    const auto found = classes_.find(tid);
    return found == classes_.end() ? TaskClass{} : found->second;
  }
  void set_class(int tid, TaskClass task_class) override { classes_[tid] = task_class; }
  std::vector<int> with_closid(int closid) override {
    return those([=](TaskClass c) { return c.closid == closid; });
  }
  std::vector<int> with_class(TaskClass task_class) override {
    return those([=](TaskClass c) { return c == task_class; });
  }
  // Threads that are not ours to make.
  void let_exist(const std::vector<int>& tids) { known_to_exist_.insert(tids.begin(), tids.end()); }

 private:
  template <class F>
  std::vector<int> those(F&& wanted) const {
    std::vector<int> tids;
    for (const auto& [tid, task_class] : classes_)
      if (wanted(task_class)) tids.push_back(tid);
    return tids;
  }

  std::map<int, TaskClass> classes_;
  std::set<int> known_to_exist_;
};

// The machine that a scenario is of. REQUIRES: its domains have equal caches.
inline Machine machine_of(const sim::Scenario& s) {
  const sim::DomainSpec& first = s.domains.front();
  Machine machine;
  machine.ways = first.ways;
  machine.way_bytes = first.way_bytes;
  machine.closids = s.closids;
  machine.min_cbm_bits = first.shared_may_be_empty ? 0 : first.min_cbm_bits.count;
  machine.shareable = first.shareable;
  machine.domains.clear();
  int cpu = 0;
  for (const sim::DomainSpec& domain : s.domains) machine.domains.push_back({domain.id, {cpu++}});
  return machine;
}

inline GroupView group(const std::string& name, int closid, Cbm mask) {
  return {name, closid, {{kZero, mask}}, {}};
}

}  // namespace dcat::emulator::test
