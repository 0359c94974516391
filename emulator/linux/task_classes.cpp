#include "emulator/linux/task_classes.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace dcat::emulator {

namespace {

// Dead tasks are looked for when so many more are known than were alive the last time.
constexpr std::size_t kMostUnchecked = 4096;
// A creator's own birth has been recorded before it runs, so one more look finds it; more are for luck.
constexpr int kMostLooks = 3;

}  // namespace

TaskClasses::TaskClasses(std::unique_ptr<ForkEvents> forks, ProcessTable& processes, Note note)
    : forks_(std::move(forks)), processes_(processes), note_(std::move(note)) {
  for (const int tid : processes_.all_tasks()) tasks_[tid] = {};
  drop_at_ = 2 * tasks_.size() + kMostUnchecked;
}

bool TaskClasses::knows_creators(const std::vector<TaskEvent>& events) const {
  std::unordered_set<int> made;
  for (const TaskEvent& event : events) {
    if (event.is_end()) continue;
    if (!tasks_.contains(event.creator) && !made.contains(event.creator)) return false;
    made.insert(event.tid);
  }
  return true;
}

// The rings are read one after the other: what a task did on the second may be in hand while its own birth on the first
// is not. Its birth was recorded before, so it is there now.
void TaskClasses::catch_up() {
  bool lost = false;
  std::vector<TaskEvent> events = forks_->drain(lost);
  for (int look = 0; look < kMostLooks && !lost && !knows_creators(events); ++look) {
    const std::vector<TaskEvent> more = forks_->drain(lost);
    events.insert(events.end(), more.begin(), more.end());
    std::stable_sort(events.begin(), events.end(),
                     [](const TaskEvent& a, const TaskEvent& b) { return a.time < b.time; });
  }
  for (const TaskEvent& event : events) take(event);
  if (lost) adopt_unknown();
  if (tasks_.size() > drop_at_) drop_dead();
}

void TaskClasses::take(const TaskEvent& event) {
  const auto known = tasks_.find(event.tid);
  if (event.is_end()) {
    if (known != tasks_.end()) known->second.ended = true;
    return;
  }
  if (known != tasks_.end() && !known->second.born) {
    known->second.born = true;
    return;  // moved while it was being born
  }
  const auto creator = tasks_.find(event.creator);
  TaskClass inherited;
  if (creator != tasks_.end())
    inherited = event.time < creator->second.since ? creator->second.before : creator->second.now;
  else if (const std::optional<int> leader = processes_.leader_of(event.creator); leader && tasks_.contains(*leader))
    inherited = tasks_[*leader].now;
  tasks_[event.tid] = {inherited, inherited, event.time, true, false};
}

void TaskClasses::adopt_unknown() {
  std::size_t adopted = 0;
  for (const int tid : processes_.all_tasks()) {
    if (tasks_.contains(tid)) continue;
    const std::optional<int> leader = processes_.leader_of(tid);
    const auto known = leader ? tasks_.find(*leader) : tasks_.end();
    const TaskClass inherited = known == tasks_.end() ? TaskClass{} : known->second.now;
    tasks_[tid] = {inherited, inherited, TimePoint{}, true, false};
    ++adopted;
  }
  note_(fmt::format("records of forks were lost; {} tasks that were not known took their process leader's group",
                    adopted));
}

// Whoever forks and dies between the reading above and the look into /proc must still be known when that fork is read:
// so the forks are read once more before the dead are dropped.
void TaskClasses::drop_dead() {
  std::vector<int> dead;
  for (const auto& [tid, carried] : tasks_)
    if (!processes_.exists(tid)) dead.push_back(tid);
  bool lost = false;
  std::unordered_set<int> born_since;
  for (const TaskEvent& event : forks_->drain(lost)) {
    take(event);
    if (!event.is_end()) born_since.insert(event.tid);
  }
  for (const int tid : dead)
    if (!born_since.contains(tid)) tasks_.erase(tid);
  drop_at_ = 2 * tasks_.size() + kMostUnchecked;
  if (lost) adopt_unknown();
}

TaskClass TaskClasses::class_of(int tid) {
  catch_up();
  const auto known = tasks_.find(tid);
  return known == tasks_.end() ? TaskClass{} : known->second.now;
}

void TaskClasses::set_class(int tid, TaskClass task_class) {
  catch_up();
  const auto [task, is_new] = tasks_.try_emplace(tid);
  if (is_new || (task->second.ended && !processes_.is_zombie(tid)))
    task->second = {{}, {}, {}, false, false};  // it can be seen already, and its birth is still to be read
  task->second.before = task->second.now;
  task->second.now = task_class;
  task->second.since = processes_.now();
}

std::vector<int> TaskClasses::matching(const std::function<bool(TaskClass)>& wanted, bool default_too) {
  catch_up();
  std::vector<int> tids;
  if (default_too) {
    for (const int tid : processes_.all_tasks()) {
      const auto known = tasks_.find(tid);
      if (wanted(known == tasks_.end() ? TaskClass{} : known->second.now)) tids.push_back(tid);
    }
    return tids;
  }
  for (const auto& [tid, carried] : tasks_)
    if (wanted(carried.now) && processes_.exists(tid)) tids.push_back(tid);
  std::sort(tids.begin(), tids.end());
  return tids;
}

std::vector<int> TaskClasses::with_closid(int closid) {
  return matching([closid](TaskClass c) { return c.closid == closid; }, closid == 0);
}

std::vector<int> TaskClasses::with_class(TaskClass task_class) {
  return matching([task_class](TaskClass c) { return c == task_class; }, task_class == TaskClass{});
}

}  // namespace dcat::emulator
