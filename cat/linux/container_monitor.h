// ContainerMonitor: a monitoring group for each container, so that the node measures how much of the cache it holds and
// what it moves to and from memory.
//
// Each takes an RMID, of which there are few: containers of greater priority go first, then in the order of their ids;
// a container of lower priority gives its RMID up for one of higher, one in a period. A thread is in one monitoring
// group only, and whoever had it first keeps it: where another program watches a container already, its numbers are
// read and no group is made. Nothing here is needed for anything: what fails is tried again later, ever more rarely.
// Source: resctrl.rst, "Resource alloc and monitor groups" and "resctrl_monitor" features.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cat/cache_control.h"
#include "cat/linux/resctrl_files.h"
#include "cat/linux/resctrl_info.h"
#include "core/ids.h"
#include "core/result.h"

namespace dcat {

// A container where it is: its threads (ascending) and the control group that all of them are in ("" is the default).
struct RestingContainer {
  ContainerId container;
  std::string directory;
  const std::vector<int>* tids = nullptr;
};

class ContainerMonitor {
 public:
  using PriorityOf = std::function<int(const ContainerId&)>;
  // New monitoring groups in one period: each costs a write for every thread.
  static constexpr int kMostNew = 16;
  static constexpr int kWaitForRmids = 10;  // periods, where there is none to spare
  static constexpr int kLongestWait = 64;   // periods, after RMIDs that ought to be free were refused

  explicit ContainerMonitor(const ResctrlFiles& files, PriorityOf priority_of = {});

  // The directory of a container's monitoring group, "dcat.web/mon_groups/dcat.web"; "" without one of ours.
  std::string group_of(const ContainerId& container) const;
  // The control group that it is in, "" being the default; nullopt without one.
  std::optional<std::string> directory_of(const ContainerId& container) const;
  std::size_t size() const { return ours_.size(); }  // RMIDs in use
  std::vector<ContainerId> containers() const;

  // Finds what an earlier run left.
  void adopt(const std::vector<std::string>& control_directories);
  // The container is gone, or its RMID is needed: the group is removed.
  void forget(const ContainerId& container);
  // Forgets whoever is not among `present` (ascending), and the groups of others that are not there any more.
  void keep_only(const std::vector<ContainerId>& present);
  void forget_in(const std::string& control_directory);
  void lost(const ContainerId& container) { ours_.erase(container); }  // somebody removed it
  // Frees one RMID, of the container with the least priority; false when none of ours is left.
  bool give_up_one();

  // All of `tids` are in `directory` and, then, in a monitoring group below it.
  Status start(const ContainerId& container, const std::string& directory, const std::vector<int>& tids);
  // Renames the group into another control group, which moves all threads at once. On failure it is given up. EPERM:
  // this kernel does not (before 6.7), and is not asked again.
  bool can_follow() const { return can_rename_.value_or(true); }
  Status follow(const ContainerId& container, const std::string& directory);
  // Threads that have joined it.
  Status join(const ContainerId& container, const std::vector<int>& tids);

  // Whether cover() has anything to do.
  bool has_work(const std::vector<RestingContainer>& resting) const;
  // Looks after those that rest (ascending by id): makes groups while there are `spare` RMIDs, and takes in threads
  // that are new.
  void cover(const std::vector<RestingContainer>& resting, int spare);

  // By container and domain, as far as the node knows: "Unavailable" is not a number, and a missing row is no 0.
  std::vector<CacheUsage> read(const ResctrlInfo& info) const;

 private:
  struct Group {
    std::string directory;  // the control group that it is in
    int priority = 0;
    std::uint64_t threads = 0;  // a sum over the threads last seen in it: the same threads have the same
  };

  int priority_of(const ContainerId& container) const { return priority_of_ ? priority_of_(container) : 0; }
  Status write_tids(const std::string& group, const std::vector<int>& tids) const;
  std::string watched_by_others(const RestingContainer& resting) const;
  bool make_room(int for_priority);
  void take_in_new_threads(const RestingContainer& resting, Group& group);
  void start_some(std::vector<const RestingContainer*> candidates, int spare);

  const ResctrlFiles& files_;
  PriorityOf priority_of_;
  std::map<ContainerId, Group> ours_;
  std::map<ContainerId, std::string> others_;  // the monitoring group of another program that has it
  std::optional<bool> can_rename_;
  int no_room_ = 0;    // periods in which nobody is looked for who would give an RMID up
  int wait_ = 0;       // periods before the next try
  int next_wait_ = 1;  // and after that one fails
};

}  // namespace dcat
