#include "cat/linux/container_mover.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include "cat/linux/container_tasks.h"
#include "cat/linux/group_names.h"
#include "cat/linux/resctrl_census.h"

namespace dcat {

namespace {

std::string monitoring_path(const std::string& control_directory, const ContainerId& container) {
  return path_in(control_directory, "mon_groups/" + directory_name(container.value));
}

// What of `tids` is not in the tasks file.
Result<std::vector<int>> missing(const ResctrlFiles& files, const std::string& tasks_file,
                                 const std::vector<int>& tids) {
  const Result<std::string> text = files.read(tasks_file);
  if (!text) return text.error();
  std::vector<int> there;
  append_tids(*text, there);
  std::ranges::sort(there);
  std::vector<int> left;
  std::ranges::set_difference(tids, there, std::back_inserter(left));
  return left;
}

}  // namespace

std::string ContainerMover::monitoring_group(const ContainerId& container) const {
  const auto at = in_.find(container);
  return at == in_.end() ? std::string() : monitoring_path(at->second, container);
}

std::vector<ContainerId> ContainerMover::monitored() const {
  std::vector<ContainerId> containers;
  for (const auto& [container, directory] : in_) containers.push_back(container);
  return containers;
}

std::vector<ContainerId> ContainerMover::take_unsettled() {
  return std::exchange(unsettled_now_, {});
}

void ContainerMover::adopt(const std::vector<std::string>& control_directories) {
  for (const std::string& directory : control_directories) {
    const auto names = files_.directories(path_in(directory, "mon_groups"));
    if (!names) continue;  // no monitoring here
    for (const std::string& name : *names) {
      const auto container = parse_directory_name(name);
      if (!container) continue;
      if (directory_name(*container) == name)
        in_[ContainerId{*container}] = directory;
      else  // a shortened name: whose it was is not known, and its RMID would be lost
        (void)files_.remove_group(path_in(directory, "mon_groups/" + name)).ok();
    }
  }
}

void ContainerMover::forget(const ContainerId& container) {
  const std::string path = monitoring_group(container);
  if (path.empty()) return;
  in_.erase(container);
  // A control group takes its monitoring groups along when it goes.
  (void)files_.remove_group(path).ok();
}

bool ContainerMover::give_up_one() {
  if (in_.empty()) return false;
  forget(in_.rbegin()->first);
  return true;
}

Status ContainerMover::write_tids(const std::string& tasks_file, const std::vector<int>& tids) {
  for (const int tid : tids) {
    Status written = files_.write(tasks_file, std::to_string(tid) + "\n");
    if (!written && written.error().sys_errno != ESRCH) return written;  // ended meanwhile
  }
  return {};
}

// The monitoring group is made in the default group, where a container's threads are before their first move: a thread
// joins a monitoring group of the control group that it is in only.
Status ContainerMover::start_monitoring(const ContainerId& container, const std::vector<int>& tids) {
  if (const auto foreign = files_.directories("mon_groups"); foreign) {
    for (const std::string& name : *foreign) {
      const auto left = missing(files_, "mon_groups/" + name + "/tasks", tids);
      // Somebody else watches it: a thread is in one monitoring group only, and theirs was first.
      if (left && left->size() < tids.size() && !parse_directory_name(name))
        return Error{ErrorCode::failed, "monitor " + container.value, name + " does already", "", EEXIST};
    }
  }
  const std::string path = monitoring_path("", container);
  Status made = files_.make_group(path);
  if (!made && made.error().sys_errno != EEXIST) return made;
  in_[container] = "";
  return write_tids(path + "/tasks", tids);
}

Status ContainerMover::rename(const ContainerId& container, const std::string& directory) {
  const std::string from = monitoring_group(container);
  if (in_[container] == directory) return {};
  Status renamed = files_.rename_group(from, monitoring_path(directory, container));
  if (renamed) {
    can_rename_ = true;
    in_[container] = directory;
    return {};
  }
  if (renamed.error().sys_errno == EPERM && !can_rename_) can_rename_ = false;
  forget(container);
  return renamed;
}

Status ContainerMover::move_threads(const ContainerId& container, const std::vector<int>& tids,
                                    const std::string& directory) {
  if (Status written = write_tids(path_in(directory, "tasks"), tids); !written) return written;
  const auto monitored = in_.find(container);
  if (monitored == in_.end() || monitored->second != directory) return {};
  Status written = write_tids(monitoring_group(container) + "/tasks", tids);
  // Somebody removed it: the container is where it belongs all the same.
  if (!written && written.error().sys_errno == ENOENT) {
    in_.erase(monitored);
    return {};
  }
  return written;
}

Status ContainerMover::move(const ContainerId& container, const std::string& cgroup, const std::string& directory,
                            bool may_monitor) {
  std::vector<int> tids;
  if (Status read = read_threads(cgroup, tids); !read) return read;
  if (tids.empty()) return {};
  // It goes with the control group that somebody removed.
  if (in_.contains(container) && !files_.exists(monitoring_group(container))) in_.erase(container);
  if (may_monitor && can_rename_.value_or(true) && !in_.contains(container) && !directory.empty())
    (void)start_monitoring(container, tids).ok();  // without one it is moved thread by thread
  if (in_.contains(container)) (void)rename(container, directory).ok();
  const std::string tasks_file = path_in(directory, "tasks");
  for (int round = 0; round < kMostRounds; ++round) {
    const Result<std::vector<int>> left = missing(files_, tasks_file, tids);
    if (!left) return left.error();
    // Everybody is there, and whoever they made since: forked tasks are in their maker's group.
    if (left->empty()) return {};
    if (Status moved = move_threads(container, *left, directory); !moved) return moved;
    tids.clear();
    if (Status read = read_threads(cgroup, tids); !read) return read;
  }
  ++unsettled_;
  unsettled_now_.push_back(container);
  return {};
}

}  // namespace dcat
