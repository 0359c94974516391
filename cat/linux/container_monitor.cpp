#include "cat/linux/container_monitor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include "cat/linux/container_tasks.h"
#include "cat/linux/group_names.h"
#include "cat/linux/resctrl_census.h"

namespace dcat {

namespace {

std::string monitoring_path(const std::string& control_directory, const ContainerId& container) {
  return path_in(control_directory, "mon_groups/" + directory_name(container.value));
}

// FNV-1a over the ids.
std::uint64_t sum_of(const std::vector<int>& tids) {
  std::uint64_t sum = 0xcbf29ce484222325;
  for (const int tid : tids) sum = (sum ^ static_cast<std::uint64_t>(tid)) * 0x100000001b3;
  return sum;
}

bool is_out_of_rmids(const Error& error) {
  return error.sys_errno == ENOSPC || error.sys_errno == EBUSY;
}

// "Unavailable", "Error" and "Unassigned" are no numbers.
std::optional<std::uint64_t> read_number(const ResctrlFiles& files, const std::string& path) {
  const Result<std::string> text = files.read(path);
  if (!text) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, errc] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (errc != std::errc{}) return std::nullopt;
  return number;
}

Result<std::vector<int>> tids_in(const ResctrlFiles& files, const std::string& group) {
  const Result<std::string> text = files.read(group + "/tasks");
  if (!text) return text.error();
  std::vector<int> tids;
  append_tids(*text, tids);
  std::ranges::sort(tids);
  return tids;
}

}  // namespace

ContainerMonitor::ContainerMonitor(const ResctrlFiles& files, PriorityOf priority_of)
    : files_(files), priority_of_(std::move(priority_of)) {}

std::string ContainerMonitor::group_of(const ContainerId& container) const {
  const auto at = ours_.find(container);
  return at == ours_.end() ? std::string() : monitoring_path(at->second.directory, container);
}

std::optional<std::string> ContainerMonitor::directory_of(const ContainerId& container) const {
  const auto at = ours_.find(container);
  if (at == ours_.end()) return std::nullopt;
  return at->second.directory;
}

std::vector<ContainerId> ContainerMonitor::containers() const {
  std::vector<ContainerId> containers;
  for (const auto& [container, group] : ours_) containers.push_back(container);
  return containers;
}

void ContainerMonitor::adopt(const std::vector<std::string>& control_directories) {
  for (const std::string& directory : control_directories) {
    const auto names = files_.directories(path_in(directory, "mon_groups"));
    if (!names) continue;  // no monitoring here
    for (const std::string& name : *names) {
      const auto container = parse_directory_name(name);
      if (!container) continue;
      const ContainerId id{*container};
      if (directory_name(*container) == name && !ours_.contains(id))
        ours_[id] = {directory, priority_of(id), 0};
      else  // a shortened name: whose it was is not known, and its RMID would be lost
        (void)files_.remove_group(path_in(directory, "mon_groups/" + name)).ok();
    }
  }
}

void ContainerMonitor::forget(const ContainerId& container) {
  others_.erase(container);
  const std::string path = group_of(container);
  if (path.empty()) return;
  ours_.erase(container);
  // A control group takes its monitoring groups along when it goes.
  (void)files_.remove_group(path).ok();
}

void ContainerMonitor::keep_only(const std::vector<ContainerId>& present) {
  for (const ContainerId& container : containers())
    if (!std::ranges::binary_search(present, container)) forget(container);
  std::erase_if(others_, [&](const auto& other) {
    return !std::ranges::binary_search(present, other.first) || !files_.exists(other.second);
  });
}

void ContainerMonitor::forget_in(const std::string& control_directory) {
  for (const ContainerId& container : containers())
    if (ours_.at(container).directory == control_directory) forget(container);
}

bool ContainerMonitor::give_up_one() {
  if (ours_.empty()) return false;
  auto least = ours_.begin();
  for (auto at = ours_.begin(); at != ours_.end(); ++at)
    if (at->second.priority <= least->second.priority) least = at;
  forget(ContainerId(least->first));
  return true;
}

Status ContainerMonitor::write_tids(const std::string& group, const std::vector<int>& tids) const {
  for (const int tid : tids) {
    Status written = files_.write(group + "/tasks", std::to_string(tid) + "\n");
    if (!written && written.error().sys_errno != ESRCH) return written;  // ended meanwhile
  }
  return {};
}

Status ContainerMonitor::start(const ContainerId& container, const std::string& directory,
                               const std::vector<int>& tids) {
  const std::string path = monitoring_path(directory, container);
  Status made = files_.make_group(path);
  if (!made && made.error().sys_errno != EEXIST) return made;
  ours_[container] = {directory, priority_of(container), sum_of(tids)};
  // A thread joins a monitoring group of the control group that it is in only: refused, it is not where it was thought.
  Status written = write_tids(path, tids);
  if (!written) forget(container);
  return written;
}

Status ContainerMonitor::follow(const ContainerId& container, const std::string& directory) {
  others_.erase(container);  // leaving a control group is leaving its monitoring groups
  const auto at = ours_.find(container);
  if (at == ours_.end() || at->second.directory == directory) return {};
  Status renamed = files_.rename_group(group_of(container), monitoring_path(directory, container));
  if (renamed) {
    can_rename_ = true;
    at->second.directory = directory;
    return {};
  }
  if (renamed.error().sys_errno == EPERM && !can_rename_) can_rename_ = false;
  forget(container);
  return renamed;
}

Status ContainerMonitor::join(const ContainerId& container, const std::vector<int>& tids) {
  const std::string group = group_of(container);
  if (group.empty()) return {};
  Status written = write_tids(group, tids);
  // Somebody removed it: the container is where it belongs all the same.
  if (written || written.error().sys_errno != ENOENT) return written;
  lost(container);
  return {};
}

bool ContainerMonitor::has_work(const std::vector<RestingContainer>& resting) const {
  return std::ranges::any_of(resting, [this](const RestingContainer& r) {
    const auto at = ours_.find(r.container);
    if (at == ours_.end()) return !r.tids->empty() && !others_.contains(r.container);
    return at->second.threads != sum_of(*r.tids);
  });
}

void ContainerMonitor::cover(const std::vector<RestingContainer>& resting, int spare) {
  std::vector<const RestingContainer*> candidates;
  for (const RestingContainer& r : resting) {
    if (const auto at = ours_.find(r.container); at != ours_.end()) {
      if (at->second.threads != sum_of(*r.tids)) take_in_new_threads(r, at->second);
    } else if (!r.tids->empty() && !others_.contains(r.container)) {
      candidates.push_back(&r);
    }
  }
  if (spare <= 0 && no_room_ > 0) {
    --no_room_;
    return;
  }
  if (wait_ > 0) {
    --wait_;
    return;
  }
  if (!candidates.empty()) start_some(std::move(candidates), spare);
}

// Threads that a runtime put into the cgroup from outside are in no monitoring group; those that its own threads made
// are in their maker's.
void ContainerMonitor::take_in_new_threads(const RestingContainer& resting, Group& group) {
  const auto there = tids_in(files_, group_of(resting.container));
  if (!there) return lost(resting.container);
  std::vector<int> missing;
  std::ranges::set_difference(*resting.tids, *there, std::back_inserter(missing));
  if (write_tids(group_of(resting.container), missing)) group.threads = sum_of(*resting.tids);
}

void ContainerMonitor::start_some(std::vector<const RestingContainer*> candidates, int spare) {
  // Whose priority it is asked is asked once: it is found by rules.
  std::vector<std::pair<int, const RestingContainer*>> by_priority;
  for (const RestingContainer* r : candidates) by_priority.emplace_back(priority_of(r->container), r);
  std::ranges::stable_sort(by_priority, std::greater<>(), [](const auto& entry) { return entry.first; });
  int made = 0;
  for (const auto& [priority, r] : by_priority) {
    if (made == kMostNew) return;
    if (spare <= 0) {
      // Its RMID is to be had in the next period, or when it is clean. Nobody who gives one up: that may stay so.
      if (!make_room(priority)) no_room_ = kWaitForRmids;
      return;
    }
    if (std::string other = watched_by_others(*r); !other.empty()) {
      others_[r->container] = std::move(other);
      continue;
    }
    const Status started = start(r->container, r->directory, *r->tids);
    if (!started && is_out_of_rmids(started.error())) {
      wait_ = std::exchange(next_wait_, std::min(2 * next_wait_, kLongestWait));
      return;
    }
    if (!started) continue;
    next_wait_ = 1;
    ++made;
    --spare;
  }
}

bool ContainerMonitor::make_room(int for_priority) {
  const bool lower_is_there =
      std::ranges::any_of(ours_, [for_priority](const auto& g) { return g.second.priority < for_priority; });
  return lower_is_there && give_up_one();
}

std::string ContainerMonitor::watched_by_others(const RestingContainer& resting) const {
  const auto names = files_.directories(path_in(resting.directory, "mon_groups"));
  if (!names) return {};
  for (const std::string& name : *names) {
    if (parse_directory_name(name)) continue;
    std::string group = path_in(resting.directory, "mon_groups/" + name);
    const auto there = tids_in(files_, group);
    if (there && std::ranges::any_of(*resting.tids, [&](int tid) { return std::ranges::binary_search(*there, tid); }))
      return group;
  }
  return {};
}

std::vector<CacheUsage> ContainerMonitor::read(const ResctrlInfo& info) const {
  std::vector<CacheUsage> usage;
  const auto read_group = [&](const ContainerId& container, const std::string& group) {
    for (const DomainId id : info.domains) {
      const std::string domain = fmt::format("{}/mon_data/mon_L3_{:02}/", group, id.value);
      CacheUsage row{container, id, std::nullopt, std::nullopt};
      if (info.occupancy) row.llc_occupancy_bytes = read_number(files_, domain + "llc_occupancy");
      if (info.bandwidth) row.memory_bytes = read_number(files_, domain + "mbm_total_bytes");
      if (row.llc_occupancy_bytes || row.memory_bytes) usage.push_back(std::move(row));
    }
  };
  for (const auto& [container, group] : ours_) read_group(container, monitoring_path(group.directory, container));
  for (const auto& [container, group] : others_) read_group(container, group);
  std::ranges::stable_sort(usage, {}, &CacheUsage::container);
  return usage;
}

}  // namespace dcat
