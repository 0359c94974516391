// Tasks and what they use, in memory: the two ports of ResctrlTree for its tests.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "emulator/resctrl_tree.h"

namespace dcat::emulator {

class FakeTasks final : public Tasks {
 public:
  // A new task is in its parent's group.
  void fork(int parent, int child) { tasks_[child] = class_of(parent); }
  void add(int tid, unsigned uid = 0) {
    tasks_[tid] = {};
    uids_[tid] = uid;
  }
  void end(int tid) { tasks_.erase(tid); }
  const std::map<int, TaskClass>& all() const { return tasks_; }

  bool exists(int tid) override { return tasks_.contains(tid); }
  bool may_move(int tid, unsigned uid) override { return uid == 0 || (uids_.contains(tid) && uids_.at(tid) == uid); }
  TaskClass class_of(int tid) override {
    const auto it = tasks_.find(tid);
    return it == tasks_.end() ? TaskClass{} : it->second;
  }
  void set_class(int tid, TaskClass task_class) override { tasks_[tid] = task_class; }
  std::vector<int> with_closid(int closid) override {
    return matching([closid](TaskClass c) { return c.closid == closid; });
  }
  std::vector<int> with_class(TaskClass task_class) override {
    return matching([task_class](TaskClass c) { return c == task_class; });
  }

 private:
  template <class Matches>
  std::vector<int> matching(Matches matches) const {
    std::vector<int> tids;
    for (const auto& [tid, task_class] : tasks_) {
      if (matches(task_class)) tids.push_back(tid);
    }
    return tids;
  }

  std::map<int, TaskClass> tasks_;
  std::map<int, unsigned> uids_;
};

// Everything is 0 until it is set.
class FakeUsage final : public Usage {
 public:
  using Place = std::pair<int, int>;  // RMID, domain
  std::map<Place, std::uint64_t> occupancy;
  std::map<Place, std::uint64_t> total;
  std::map<Place, std::uint64_t> local;
  std::set<Place> unavailable;

  std::optional<std::uint64_t> llc_occupancy_bytes(int rmid, DomainId domain) override {
    return value(occupancy, {rmid, domain.value});
  }
  std::optional<std::uint64_t> mbm_total_bytes(int rmid, DomainId domain) override {
    return value(total, {rmid, domain.value});
  }
  std::optional<std::uint64_t> mbm_local_bytes(int rmid, DomainId domain) override {
    return value(local, {rmid, domain.value});
  }

 private:
  std::optional<std::uint64_t> value(const std::map<Place, std::uint64_t>& of, Place place) const {
    if (unavailable.contains(place)) return std::nullopt;
    const auto it = of.find(place);
    return it == of.end() ? 0 : it->second;
  }
};

}  // namespace dcat::emulator
