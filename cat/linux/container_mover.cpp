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

std::vector<ContainerId> ContainerMover::take_unsettled() {
  return std::exchange(unsettled_now_, {});
}

Status ContainerMover::write_tids(const std::string& tasks_file, const std::vector<int>& tids) const {
  for (const int tid : tids) {
    Status written = files_.write(tasks_file, std::to_string(tid) + "\n");
    if (!written && written.error().sys_errno != ESRCH) return written;  // ended meanwhile
  }
  return {};
}

Status ContainerMover::move_threads(const ContainerId& container, const std::vector<int>& tids,
                                    const std::string& directory) {
  if (Status written = write_tids(path_in(directory, "tasks"), tids); !written) return written;
  if (monitor_.directory_of(container) != directory) return {};
  return monitor_.join(container, tids);
}

Status ContainerMover::move(const ContainerId& container, const std::string& cgroup, const std::string& directory,
                            bool may_monitor) {
  std::vector<int> tids;
  if (Status read = read_threads(cgroup, tids); !read) return read;
  if (tids.empty()) return {};
  // It goes with the control group that somebody removed.
  if (monitor_.directory_of(container) && !files_.exists(monitor_.group_of(container))) monitor_.lost(container);
  if (monitor_.can_follow())
    (void)monitor_.follow(container, directory).ok();  // where it cannot, they are moved thread by thread
  else if (monitor_.directory_of(container) != directory)
    monitor_.forget(container);
  const std::string tasks_file = path_in(directory, "tasks");
  for (int round = 0; round < kMostRounds; ++round) {
    const Result<std::vector<int>> left = missing(files_, tasks_file, tids);
    if (!left) return left.error();
    // Everybody is there, and whoever they made since: forked tasks are in their maker's group.
    if (left->empty()) {
      if (may_monitor && !monitor_.directory_of(container)) (void)monitor_.start(container, directory, tids).ok();
      return {};
    }
    if (Status moved = move_threads(container, *left, directory); !moved) return moved;
    tids.clear();
    if (Status read = read_threads(cgroup, tids); !read) return read;
  }
  ++unsettled_;
  unsettled_now_.push_back(container);
  return {};
}

}  // namespace dcat
