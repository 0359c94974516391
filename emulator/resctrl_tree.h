// ResctrlTree: the resctrl file system of an emulated machine: its directories and files, what a write to each does,
// and every refusal with the kernel's errno and words in info/last_cmd_status. No I/O: emulator/linux serves it
// through FUSE.
//
// Sources: Linux Documentation/arch/x86/resctrl.rst; answers recorded from Linux 6.1.192 and 6.12.95
// (docs/emulated-node.md says which operations were compared, and what differs). Numbers are emulated.
//
// Inodes are never used twice. The nodes of a removed group stay known, for files that are still open: reading and
// writing them is ENODEV, finding them again ENOENT. Not thread safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/machine.h"

namespace dcat::emulator {

using Inode = std::uint64_t;
inline constexpr Inode kRootInode = 1;

// Which CLOSID and RMID a task carries. The default group's are 0, 0. They are copied when a task makes another.
struct TaskClass {
  int closid = 0;
  int rmid = 0;
  auto operator<=>(const TaskClass&) const = default;
};

// Port: the node's tasks (threads). What a task carries is kept by the implementation, since it follows forks.
class Tasks {
 public:
  virtual ~Tasks() = default;
  virtual bool exists(int tid) = 0;
  // Whether somebody with this uid may move the task: root may, others only their own.
  virtual bool may_move(int tid, unsigned uid) = 0;
  virtual TaskClass class_of(int tid) = 0;  // {} for who carries nothing
  virtual void set_class(int tid, TaskClass task_class) = 0;
  // Ascending; all tasks that carry this CLOSID (and this RMID, where one is given).
  virtual std::vector<int> with_closid(int closid) = 0;
  virtual std::vector<int> with_class(TaskClass task_class) = 0;
};

// Port: what the tasks of an RMID occupy and move, cumulative where it is a counter. Absent: "Unavailable".
class Usage {
 public:
  virtual ~Usage() = default;
  virtual std::optional<std::uint64_t> llc_occupancy_bytes(int rmid, DomainId domain) = 0;
  virtual std::optional<std::uint64_t> mbm_total_bytes(int rmid, DomainId domain) = 0;
  virtual std::optional<std::uint64_t> mbm_local_bytes(int rmid, DomainId domain) = 0;
};

struct Answer {
  int error = 0;     // errno, 0 = done
  std::string text;  // what was read
};

struct NodeInfo {
  Inode inode = 0;
  bool directory = false;
  unsigned permissions = 0;  // 0755, 0644, 0444
};

struct Entry {
  std::string name;
  NodeInfo node;
};

struct Writer {
  int tid = 0;  // who writes: task 0 of a `tasks` file is it
  unsigned uid = 0;
};

// What a control group gives its tasks, for whoever simulates their performance.
struct GroupView {
  std::string name;  // "" = the default group
  int closid = 0;
  std::vector<std::pair<DomainId, Cbm>> masks;                   // in force; with CDP the data masks
  std::vector<std::pair<DomainId, unsigned>> bandwidth_percent;  // empty without MBA
};

class ResctrlTree {
 public:
  // REQUIRES: tasks and usage outlive it. Not mounted yet.
  ResctrlTree(Machine machine, Tasks& tasks, Usage& usage);
  ~ResctrlTree();
  ResctrlTree(const ResctrlTree&) = delete;
  ResctrlTree& operator=(const ResctrlTree&) = delete;

  const Machine& machine() const;

  // `options` as mount(2)'s data: "", "cdp", "mba_MBps", "cdp,mba_MBps". errno or 0: EBUSY, EINVAL.
  int mount(std::string_view options);
  // Removes all groups, puts all tasks into the default group, resets all masks. Nodes that were known are dead.
  void unmount();
  bool mounted() const;

  std::optional<NodeInfo> find(Inode directory, std::string_view name) const;
  std::optional<NodeInfo> node(Inode inode) const;  // nullopt: dead or never there
  std::vector<Entry> list(Inode directory) const;
  // errno of open(2): 0, EACCES (to write a file that is only read: resctrl refuses root too), ENOENT.
  int open(Inode file, bool for_writing) const;
  Answer read(Inode file);
  // One write(2) is one command. The number of bytes taken is all of them.
  int write(Inode file, std::string_view data, const Writer& writer);
  int mkdir(Inode parent, std::string_view name);
  int rmdir(Inode parent, std::string_view name);
  int rename(Inode parent, std::string_view name, Inode new_parent, std::string_view new_name);
  int create_file(Inode parent, std::string_view name) const;  // always refused
  int unlink(Inode parent, std::string_view name) const;       // always refused

  // A path below the root, "g1/schemata"; nullopt where it leads nowhere.
  std::optional<NodeInfo> walk(std::string_view path) const;

  std::vector<GroupView> groups() const;  // the default group first, then ascending by CLOSID
  // Rises with every change of masks, groups or of who is in which.
  std::uint64_t generation() const;
  // Time has passed: RMIDs in limbo whose lines are gone are free again. The kernel looks about once a second.
  void check_limbo();
  // A CPU goes or comes: with its last CPU a domain leaves all schemata, and it comes back with defaults.
  void set_online(int cpu, bool online);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dcat::emulator
