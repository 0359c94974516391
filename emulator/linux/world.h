// What the emulated node consists of while it runs, and the one lock around it. FUSE requests, mounts and the control
// plane take the lock for each thing they do; nothing waits while it holds it.
#pragma once

#include <mutex>

#include "emulator/linux/faults.h"
#include "emulator/linux/simulation.h"
#include "emulator/linux/task_classes.h"
#include "emulator/resctrl_tree.h"

namespace dcat::emulator {

// Without a scenario nobody uses the cache.
class NoUsage : public Usage {
 public:
  std::optional<std::uint64_t> llc_occupancy_bytes(int, DomainId) override { return 0; }
  std::optional<std::uint64_t> mbm_total_bytes(int, DomainId) override { return 0; }
  std::optional<std::uint64_t> mbm_local_bytes(int, DomainId) override { return 0; }
};

struct World {
  std::mutex& lock;  // for all the others
  TaskClasses& tasks;
  ResctrlTree& tree;
  Faults& faults;
  Simulation* simulation = nullptr;  // absent without a scenario

  // REQUIRES: the lock is held. After every change of the tree and before its counters are read.
  void follow() const {
    if (simulation != nullptr) simulation->follow(tree);
  }
};

}  // namespace dcat::emulator
