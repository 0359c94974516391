// Moves all threads of a container into a group and makes sure that none is left behind.
//
// By thread id: threads are read from the cgroup and written to the group's tasks file until the kernel lists all of
// them there; a thread that was made meanwhile by one that was not moved yet is found in the next round. By monitoring
// group, on kernels that rename one between control groups (6.7 and later): the container's threads are put into a
// monitoring group of its own once, and a rename then moves them all at once; occupancy and bandwidth are read from it.
// Source: resctrl.rst, "Resource alloc and monitor groups".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cat/linux/resctrl_files.h"
#include "core/ids.h"
#include "core/result.h"

namespace dcat {

class ContainerMover {
 public:
  static constexpr int kMostRounds = 10;

  explicit ContainerMover(const ResctrlFiles& files) : files_(files) {}

  // All threads of the cgroup are in `directory` ("" is the default group) afterwards. `may_monitor`: there is an RMID
  // to spare for a monitoring group. Error (failed, with the kernel's words): a thread that is alive was refused.
  Status move(const ContainerId& container, const std::string& cgroup, const std::string& directory, bool may_monitor);
  // Moves these threads only. Threads that have ended are passed over.
  Status move_threads(const ContainerId& container, const std::vector<int>& tids, const std::string& directory);

  // The directory of a container's monitoring group, "dcat.web/mon_groups/dcat.web"; "" without one.
  std::string monitoring_group(const ContainerId& container) const;
  std::size_t monitoring_groups() const { return in_.size(); }
  // Finds what an earlier run left.
  void adopt(const std::vector<std::string>& control_directories);
  // The container is gone, or its RMID is needed.
  void forget(const ContainerId& container);
  // Frees one RMID; false when no monitoring group is left.
  bool give_up_one();
  // The containers that have one, for whoever looks which of them are gone.
  std::vector<ContainerId> monitored() const;

  // Moves that did not settle within kMostRounds, since the start.
  std::uint64_t unsettled() const { return unsettled_; }
  // The containers they were of, since this was called last.
  std::vector<ContainerId> take_unsettled();

 private:
  Status start_monitoring(const ContainerId& container, const std::vector<int>& tids);
  Status rename(const ContainerId& container, const std::string& directory);
  Status write_tids(const std::string& tasks_file, const std::vector<int>& tids);

  const ResctrlFiles& files_;
  std::map<ContainerId, std::string> in_;  // container -> control directory that its monitoring group is in
  std::optional<bool> can_rename_;
  std::uint64_t unsettled_ = 0;
  std::vector<ContainerId> unsettled_now_;
};

}  // namespace dcat
