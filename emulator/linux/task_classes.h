// TaskClasses: which CLOSID and RMID each task of the machine carries. The kernel copies them when a task makes
// another; this class follows the machine's forks and does the same.
//
// A move concerns the forks after it: each task keeps what it carried before its last move, so that a fork that was
// recorded before the move and is read after it gives the child the old class. A task that is moved before its own
// birth has been read keeps what it was moved to, also when its id was somebody's who ended. Where records were lost,
// tasks that are not known take their process' leader's class. All ids are those of the initial pid namespace. Not
// thread safe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "emulator/linux/fork_events.h"
#include "emulator/resctrl_tree.h"

namespace dcat::emulator {

// Port: /proc, and the clock that forks are stamped with.
class ProcessTable {
 public:
  virtual ~ProcessTable() = default;
  virtual bool exists(int tid) = 0;
  virtual bool is_zombie(int tid) = 0;
  virtual std::optional<int> leader_of(int tid) = 0;
  virtual bool owned_by(int tid, unsigned uid) = 0;  // real or saved, as the kernel compares
  virtual std::vector<int> all_tasks() = 0;          // ascending
  virtual TimePoint now() = 0;
};

class LinuxProcesses : public ProcessTable {
 public:
  bool exists(int tid) override;
  bool is_zombie(int tid) override;
  std::optional<int> leader_of(int tid) override;
  bool owned_by(int tid, unsigned uid) override;
  std::vector<int> all_tasks() override;
  TimePoint now() override;
};

class TaskClasses : public Tasks {
 public:
  using Note = std::function<void(const std::string&)>;
  // Everybody who is there now carries nothing. REQUIRES: forks has been recording since before; processes outlives it.
  TaskClasses(std::unique_ptr<ForkEvents> forks, ProcessTable& processes, Note note);

  bool exists(int tid) override { return processes_.exists(tid); }
  bool may_move(int tid, unsigned uid) override { return uid == 0 || processes_.owned_by(tid, uid); }
  TaskClass class_of(int tid) override;
  void set_class(int tid, TaskClass task_class) override;
  std::vector<int> with_closid(int closid) override;
  std::vector<int> with_class(TaskClass task_class) override;

  // Takes over all forks up to now. The functions above do it themselves; it is here for who is woken up by
  // wake_up_descriptors().
  void catch_up();
  std::vector<int> wake_up_descriptors() const { return forks_->wake_up_descriptors(); }
  std::size_t known() const { return tasks_.size(); }

 private:
  struct Carried {
    TaskClass now;
    TaskClass before;
    TimePoint since;
    bool born = true;    // its own fork has been read, or it was there from the start
    bool ended = false;  // a zombie, or the id's next owner, whose fork has not been read
  };
  void take(const TaskEvent& event);
  bool knows_creators(const std::vector<TaskEvent>& events) const;
  void adopt_unknown();
  void drop_dead();
  std::vector<int> matching(const std::function<bool(TaskClass)>& wanted, bool default_too);

  std::unique_ptr<ForkEvents> forks_;
  ProcessTable& processes_;
  Note note_;
  std::unordered_map<int, Carried> tasks_;
  std::size_t drop_at_ = 0;
};

}  // namespace dcat::emulator
