// Moves all threads of a container into a group and makes sure that none is left behind.
//
// By thread id: threads are read from the cgroup and written to the group's tasks file until the kernel lists all of
// them there; a thread that was made meanwhile by one that was not moved yet is found in the next round. Where the
// container has a monitoring group, on kernels that rename one between control groups (6.7 and later), a rename moves
// all of them at once first.
// Source: resctrl.rst, "Resource alloc and monitor groups".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cat/linux/container_monitor.h"
#include "cat/linux/resctrl_files.h"
#include "core/ids.h"
#include "core/result.h"

namespace dcat {

class ContainerMover {
 public:
  static constexpr int kMostRounds = 10;

  // REQUIRES: both outlive this.
  ContainerMover(const ResctrlFiles& files, ContainerMonitor& monitor) : files_(files), monitor_(monitor) {}

  // All threads of the cgroup are in `directory` ("" is the default group) afterwards. `may_monitor`: there is an RMID
  // to spare for a monitoring group, where it has none. Error (failed, with the kernel's words): a thread that is alive
  // was refused.
  Status move(const ContainerId& container, const std::string& cgroup, const std::string& directory, bool may_monitor);
  // Moves these threads only. Threads that have ended are passed over.
  Status move_threads(const ContainerId& container, const std::vector<int>& tids, const std::string& directory);

  // Moves that did not settle within kMostRounds, since the start.
  std::uint64_t unsettled() const { return unsettled_; }
  // The containers they were of, since this was called last.
  std::vector<ContainerId> take_unsettled();

 private:
  Status write_tids(const std::string& tasks_file, const std::vector<int>& tids) const;

  const ResctrlFiles& files_;
  ContainerMonitor& monitor_;
  std::uint64_t unsettled_ = 0;
  std::vector<ContainerId> unsettled_now_;
};

}  // namespace dcat
