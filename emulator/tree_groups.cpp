// mkdir, rmdir and rename. None of them but rename (and only on kernels that can) clears last_cmd_status. A name may be
// longer than 255 bytes: resctrl sets no limit of its own.
#include <algorithm>
#include <cerrno>

#include "emulator/tree_impl.h"

namespace dcat::emulator {
namespace {

constexpr std::string_view kMonGroups = "mon_groups";

// Where monitoring groups may stand. Their own name must differ, so that a mon_groups directory always belongs to a
// control group.
bool holds_monitor_group(const Node& directory, std::string_view name) {
  return directory.name == kMonGroups && name != kMonGroups;
}

}  // namespace

int ResctrlTree::Impl::mkdir(Inode parent, std::string_view name) {
  const Node* const directory = nodes_.find(parent);
  if (directory == nullptr || name.empty()) return ENOENT;
  if (!directory->directory()) return ENOTDIR;
  if (name == "." || name == ".." || nodes_.find(parent, name) != nullptr) return EEXIST;
  if (name.find('\n') != std::string_view::npos) return EINVAL;
  if (!mounted_) return EPERM;
  if (parent == kRootInode) return make_control_group(name);
  if (machine_.monitoring && holds_monitor_group(*directory, name)) return make_monitor_group(*directory, name);
  return EPERM;
}

int ResctrlTree::Impl::new_group_id() {
  return ++last_group_;
}

int ResctrlTree::Impl::take_rmid(Group& group) {
  if (!machine_.monitoring) return 0;
  const auto rmid = rmids_.take();
  if (rmid.error != 0) {
    status_.put("Out of RMIDs\n");
    return rmid.error;
  }
  group.rmid = rmid.value;
  return 0;
}

void ResctrlTree::Impl::free_rmid(const Group& group) {
  if (!machine_.monitoring) return;
  rmids_.give_back(group.rmid, controls_.domain_ids(), threshold_bytes_);
  for (const DomainId domain : controls_.domain_ids()) baselines_.erase({group.rmid, domain});
}

int ResctrlTree::Impl::make_control_group(std::string_view name) {
  Group group;
  group.id = new_group_id();
  const auto closid = controls_.take_closid();
  if (!closid) {
    status_.put("Out of CLOSIDs\n");
    return ENOSPC;
  }
  group.closid = *closid;
  if (const int error = take_rmid(group); error != 0) {
    controls_.free_closid(group.closid);
    return error;
  }
  if (const std::string full = controls_.start(group.closid); !full.empty()) {
    status_.put_formatted("No space on " + full + '\n');
    free_rmid(group);
    controls_.free_closid(group.closid);
    return ENOSPC;
  }
  group.directory = nodes_.add(kRootInode, std::string(name), NodeKind::directory, 0755, group.id).inode;
  add_group_files(group);
  groups_[group.id] = group;
  ++generation_;
  return 0;
}

int ResctrlTree::Impl::make_monitor_group(const Node& mon_groups, std::string_view name) {
  Group& parent = group_of(mon_groups);
  Group group;
  group.id = new_group_id();
  group.monitor = true;
  group.parent = parent.id;
  group.closid = parent.closid;
  if (const int error = take_rmid(group); error != 0) return error;
  group.directory = nodes_.add(mon_groups.inode, std::string(name), NodeKind::directory, 0755, group.id).inode;
  add_group_files(group);
  parent.monitors.push_back(group.id);
  groups_[group.id] = group;
  ++generation_;
  return 0;
}

int ResctrlTree::Impl::rmdir(Inode parent, std::string_view name) {
  const Node* const node = nodes_.find(parent, name);
  if (node == nullptr) return ENOENT;
  if (!node->directory()) return ENOTDIR;
  // Nothing but groups can be removed: what stands in them, and info, is the kernel's.
  if (node->group == kNoGroup || group_of(*node).directory != node->inode) return EPERM;
  const Group group = group_of(*node);
  if (group.monitor) {
    remove_monitor_group(group);
  } else {
    remove_control_group(group);
  }
  ++generation_;
  return 0;
}

void ResctrlTree::Impl::move_all(const std::vector<int>& tids, TaskClass task_class) {
  for (const int tid : tids) tasks_.set_class(tid, task_class);
}

void ResctrlTree::Impl::remove_control_group(const Group& group) {
  move_all(tasks_.with_closid(group.closid), {});
  Group& root = groups_.at(kDefaultGroup);
  root.cpus = root.cpus | group.cpus;
  free_rmid(group);
  controls_.free_closid(group.closid);
  nodes_.remove(group.directory);
  for (const int monitor : group.monitors) {
    free_rmid(groups_.at(monitor));
    groups_.erase(monitor);
  }
  groups_.erase(group.id);
}

void ResctrlTree::Impl::remove_monitor_group(const Group& group) {
  Group& parent = groups_.at(group.parent);
  move_all(tasks_.with_class({group.closid, group.rmid}), {parent.closid, parent.rmid});
  free_rmid(group);
  std::erase(parent.monitors, group.id);
  nodes_.remove(group.directory);
  groups_.erase(group.id);
}

int ResctrlTree::Impl::rename(Inode parent, std::string_view name, Inode new_parent, std::string_view new_name) {
  const Node* const source = nodes_.find(parent, name);
  const Node* const directory = nodes_.find(new_parent);
  if (source == nullptr || directory == nullptr || new_name.empty()) return ENOENT;
  if (!directory->directory()) return ENOTDIR;
  // What the file system's upper half refuses or does by itself.
  const Node* const target = nodes_.find(new_parent, new_name);
  if (nodes_.below(new_parent, source->inode)) return EINVAL;
  if (target == source) return 0;
  if (target != nullptr && nodes_.below(parent, target->inode)) return ENOTEMPTY;
  if (target != nullptr && target->directory() != source->directory()) return source->directory() ? ENOTDIR : EISDIR;
  if (machine_.kernel == Kernel::linux_6_1) return EPERM;
  if (source->group == kNoGroup || directory->group == kNoGroup) return ENOENT;
  status_.clear();
  return rename_monitor_group(*source, *directory, new_name);
}

int ResctrlTree::Impl::rename_monitor_group(const Node& source, const Node& new_parent, std::string_view new_name) {
  if (!source.directory()) {
    // The one text without a newline.
    status_.put("Source and destination must be directories");
    return EPERM;
  }
  Group& group = group_of(source);
  if (!group.monitor || group.directory != source.inode) {
    status_.put("Source must be a MON group\n");
    return EPERM;
  }
  if (!holds_monitor_group(new_parent, new_name)) {
    status_.put("Destination must be a mon_groups subdirectory\n");
    return EPERM;
  }
  Group& control = group_of(new_parent);
  if (!group.cpus.empty() && group.parent != control.id) {
    status_.put("Cannot move a MON group that monitors CPUs\n");
    return EPERM;
  }
  if (nodes_.find(new_parent.inode, new_name) != nullptr) return EEXIST;
  nodes_.move(source.inode, new_parent.inode, std::string(new_name));
  if (group.parent != control.id) reparent(group, control);
  ++generation_;
  return 0;
}

void ResctrlTree::Impl::reparent(Group& group, Group& new_parent) {
  const auto members = tasks_.with_class({group.closid, group.rmid});
  std::erase(groups_.at(group.parent).monitors, group.id);
  new_parent.monitors.push_back(group.id);
  group.parent = new_parent.id;
  group.closid = new_parent.closid;
  move_all(members, {group.closid, group.rmid});
}

}  // namespace dcat::emulator
