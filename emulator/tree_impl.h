// Inside ResctrlTree: its state and what it does, in parts: resctrl_tree.cpp (mounting, looking up, CPUs),
// tree_nodes.cpp (which files there are), tree_groups.cpp (mkdir, rmdir, rename), tree_read.cpp, tree_write.cpp.
//
// Properties: every group has a CLOSID of its own (monitoring groups their parent's) and, with monitoring, an RMID of
// its own; a CPU that is online is in exactly one control group.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/controls.h"
#include "emulator/cpu_sets.h"
#include "emulator/last_cmd_status.h"
#include "emulator/nodes.h"
#include "emulator/resctrl_tree.h"
#include "emulator/rmids.h"

namespace dcat::emulator {

inline constexpr int kDefaultGroup = 0;

struct Group {
  int id = kDefaultGroup;
  bool monitor = false;  // a monitoring group, below the control group `parent`
  int parent = kNoGroup;
  int closid = 0;
  int rmid = 0;
  CpuSet cpus;
  std::vector<int> monitors;  // of a control group
  Inode directory = kRootInode;
};

class ResctrlTree::Impl {
 public:
  Impl(Machine machine, Tasks& tasks, Usage& usage);

  const Machine& machine() const { return machine_; }
  bool mounted() const { return mounted_; }
  std::uint64_t generation() const { return generation_; }
  const Nodes& nodes() const { return nodes_; }

  int mount(std::string_view options);
  void unmount();
  int open(Inode file, bool for_writing) const;
  Answer read(Inode file);
  int write(Inode file, std::string_view data, const Writer& writer);
  int mkdir(Inode parent, std::string_view name);
  int rmdir(Inode parent, std::string_view name);
  int rename(Inode parent, std::string_view name, Inode new_parent, std::string_view new_name);
  std::vector<GroupView> groups() const;
  void check_limbo() { rmids_.check_limbo(controls_.domain_ids(), threshold_bytes_); }
  void set_online(int cpu, bool online);

 private:
  using Counter = std::optional<std::uint64_t> (Usage::*)(int rmid, DomainId domain);
  struct Baseline {
    std::uint64_t total = 0;
    std::uint64_t local = 0;
  };

  // Nodes.
  void add_info();
  void add_control_info(std::size_t schema);
  void add_group_files(const Group& group);
  void add_mon_data(const Group& group);
  void add_mon_domain(const Group& group, Inode mon_data, DomainId domain);
  void add_mon_domain_everywhere(DomainId domain);
  void remove_mon_domain_everywhere(DomainId domain);
  Node& add_file(Inode parent, std::string_view name, NodeKind kind, int group);

  // Groups.
  int make_control_group(std::string_view name);
  int make_monitor_group(const Node& mon_groups, std::string_view name);
  int take_rmid(Group& group);
  void free_rmid(const Group& group);
  int new_group_id();
  void remove_control_group(const Group& group);
  void remove_monitor_group(const Group& group);
  int rename_monitor_group(const Node& source, const Node& new_parent, std::string_view new_name);
  void reparent(Group& group, Group& new_parent);
  void move_all(const std::vector<int>& tids, TaskClass task_class);
  Group& group_of(const Node& node) { return groups_.at(node.group); }
  const Group& group_of(const Node& node) const { return groups_.at(node.group); }

  // Reading.
  std::string show_group_file(const Node& node);
  std::string show_info_file(const Node& node) const;
  std::string show_tasks(const Group& group);
  std::string show_count(const Node& node);
  std::optional<std::uint64_t> count_of(const Group& group, const Node& node);

  // Writing.
  int write_schemata_file(Group& group, std::string_view data);
  int write_mode(Group& group, std::string_view data);
  int write_tasks(const Group& group, std::string_view data, const Writer& writer);
  int write_task(const Group& group, std::string_view data, const Writer& writer);
  int write_task_list(const Group& group, std::string_view data, const Writer& writer);
  int move_task(const Group& group, int tid, const Writer& writer);
  int write_cpus(Group& group, std::string_view data, bool list);
  int write_control_cpus(Group& group, const CpuSet& cpus);
  int write_monitor_cpus(Group& group, const CpuSet& cpus);
  int write_threshold(std::string_view data);
  std::uint64_t l3_bytes() const;

  Machine machine_;
  Tasks& tasks_;
  Usage& usage_;
  Controls controls_;
  Rmids rmids_;
  LastCmdStatus status_;
  Nodes nodes_;
  std::map<int, Group> groups_;                             // by id; ids are not used twice while mounted
  std::map<std::pair<int, DomainId>, Baseline> baselines_;  // by RMID: counters start at 0 with a group
  CpuSet online_;
  unsigned cpus_ = 1;  // the highest CPU's number + 1
  std::uint64_t threshold_bytes_ = 0;
  std::uint64_t generation_ = 0;
  int last_group_ = kDefaultGroup;
  bool mounted_ = false;
  bool mounted_before_ = false;
  bool debug_ = false;
};

}  // namespace dcat::emulator
