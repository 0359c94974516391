#include "perfmon/linux/cgroup_counters.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>
#include <utility>

namespace dcat {

namespace {

// An open directory of the cgroup tree; needed only while events are opened.
class Directory {
 public:
  explicit Directory(const std::string& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), errno_(fd_ < 0 ? errno : 0) {}
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }
  int error() const { return errno_; }
  ino_t inode() const {
    struct stat info {};
    return fd_ >= 0 && ::fstat(fd_, &info) == 0 ? info.st_ino : 0;
  }

 private:
  int fd_;
  int errno_;
};

bool is_gone(int errno_value) {
  return errno_value == ENOENT || errno_value == ENOTDIR;
}

PerfTarget cgroup_target(int cgroup_fd, int cpu) {
  return {cgroup_fd, cpu, PERF_FLAG_PID_CGROUP};
}

Error root_error(const std::string& root, const Error& cause) {
  Error error{ErrorCode::unsupported, "count in cgroups below " + root, cause.why, "", cause.sys_errno};
  if (cause.sys_errno == EBADF) {
    error.why = "this hierarchy does not have the perf_event controller";
    error.todo =
        "give the cgroup v2 root, or where perf_event is mounted as a v1 hierarchy, that one; "
        "cgroup_no_v1=perf_event on the kernel's command line returns it to v2";
  } else if (cause.sys_errno == EACCES || cause.sys_errno == EPERM) {
    error.todo = "run as root or with CAP_PERFMON, or set kernel.perf_event_paranoid to 0 or less";
  }
  return error;
}

// One event, opened and closed: may we count in this hierarchy at all?
Status try_root(const CgroupCounters::Options& options, PerfApi& api, const PerfCode& code) {
  const Directory root(options.cgroup_root);
  if (root.fd() < 0)
    return Error{ErrorCode::failed, "open " + options.cgroup_root, std::strerror(root.error()), "", root.error()};
  const int cpu = options.domain_of_cpu.begin()->first;
  Result<PerfGroup> tried = PerfGroup::open(api, {&code, 1}, cgroup_target(root.fd(), cpu));
  if (!tried) return root_error(options.cgroup_root, tried.error());
  return {};
}

// Where the sums of a container stood when it had not run yet.
Sample before_first(const Sample& first, TimePoint at) {
  Sample zero = first;
  zero.at = at;
  zero.enabled = Duration(0);
  for (const Event event : kAllEvents)
    if (zero[event]) zero[event] = Reading{};
  if (zero.counting) *zero.counting -= first.at - at;
  return zero;
}

}  // namespace

Result<std::unique_ptr<CgroupCounters>> CgroupCounters::open(Options options, PerfApi& api, Clock& clock) {
  if (options.domain_of_cpu.empty())
    return Error{ErrorCode::unsupported, "count events", "no CPU has an L3 domain", ""};
  CheckedEvents checked = check_events(api, options.table, options.known_work, options.most_events);
  if (checked.fatal) return *checked.fatal;
  if (checked.available.empty()) return no_events(checked);
  if (Status ok = try_root(options, api, row_of(options.table, checked.available.front()).code); !ok)
    return std::move(ok).error();
  return std::unique_ptr<CgroupCounters>(new CgroupCounters(std::move(options), api, clock, std::move(checked)));
}

CgroupCounters::CgroupCounters(Options options, PerfApi& api, Clock& clock, CheckedEvents checked)
    : options_(std::move(options)), api_(api), clock_(clock), checked_(std::move(checked)), resumed_at_(clock.now()) {
  use_plan(plan_counting(checked_.available, 0, limits(), nullptr));
}

void CgroupCounters::use_plan(CountingPlan plan) {
  plan_ = std::move(plan);
  codes_.clear();
  for (const Turn& turn : plan_.turns) {
    codes_.emplace_back();
    for (const Event event : turn) {
      codes_.back().push_back(row_of(options_.table, event).code);
      if (codes_.back().back().type == kPerfTypeSoftware) bounds_.hardware = false;
    }
  }
  active_ = 0;
  for (auto& [container, counted] : watched_) {
    counted.cpus.clear();
    for (auto& [domain, totals] : counted.totals) totals.change_plan(plan_.turns);
  }
}

// Containers that are counted already have as many groups as they have; new ones may run anywhere.
std::optional<Error> CgroupCounters::choose_plan(const std::vector<ContainerId>& containers) {
  std::size_t groups = 0;
  for (const ContainerId& container : containers) {
    const auto at = watched_.find(container);
    groups += at == watched_.end() || at->second.cpus.empty() ? options_.domain_of_cpu.size() : at->second.cpus.size();
  }
  CountingPlan plan = plan_counting(checked_.available, groups, limits(), &plan_);
  if (plan == plan_) return std::nullopt;
  end_windows();  // what was counted so far is kept
  use_plan(std::move(plan));
  return plan_news();
}

CountingLimits CgroupCounters::limits() const {
  return {options_.most_events, api_.descriptor_limit(), windows_ ? std::size_t{1} : 0};
}

// Who is read once a period is counted all the time.
GroupUse CgroupCounters::use() const {
  return windows_ && !plan_.one_read ? GroupUse::windows : GroupUse::always;
}

Error CgroupCounters::plan_news() const {
  std::string left_out;
  for (const Event event : checked_.available)
    if (std::ranges::none_of(plan_.turns, [event](const Turn& t) { return std::ranges::find(t, event) != t.end(); }))
      left_out += (left_out.empty() ? "" : ", ") + std::string(name_of(event));
  const std::string limit = std::to_string(api_.descriptor_limit()) + " descriptors";
  return {ErrorCode::failed, "count " + std::to_string(wanted_containers_) + " containers",
          (left_out.empty() ? "every event is counted" : "not counted are " + left_out) + " (" + limit +
              "), and counters are read " + (plan_.one_read ? "once a period" : "several times a period"),
          left_out.empty() ? "" : "raise the limit of open files (LimitNOFILE=), or use --counters bpf"};
}

std::vector<EventChoice> CgroupCounters::events() const {
  return choices_of(options_.table, checked_, plan_.turns);
}

std::size_t CgroupCounters::descriptors() const {
  std::size_t count = 0;
  for (const auto& [container, counted] : watched_)
    for (const CpuGroups& cpu : counted.cpus)
      for (const PerfGroup& group : cpu.groups) count += group.size();
  return count;
}

std::vector<Error> CgroupCounters::watch(const std::vector<ContainerId>& containers) {
  wanted_containers_ = containers.size();
  const std::set<ContainerId> wanted(containers.begin(), containers.end());
  for (auto at = watched_.begin(); at != watched_.end();) {
    const bool stays = wanted.contains(at->first);
    if (!stays) kept_.keep(at->first, std::move(at->second.totals));
    at = stays ? std::next(at) : watched_.erase(at);
  }

  std::vector<Error> errors;
  if (std::optional<Error> news = choose_plan(containers)) errors.push_back(std::move(*news));
  ++watches_;
  for (const ContainerId& container : wanted) {
    const auto lost = lost_.find(container);
    if (lost != lost_.end()) errors.push_back(lost->second);
    Status status = watch_one(container);
    if (!status) errors.push_back(std::move(status).error());
  }
  lost_.clear();
  return errors;
}

bool CgroupCounters::is_as_it_was(const ContainerId& container, std::uint64_t incarnation) const {
  const auto at = watched_.find(container);
  return at != watched_.end() && incarnation != 0 && at->second.incarnation == incarnation &&
         !at->second.cpus.empty() && !cpus_have_changed(container, at->second);
}

Status CgroupCounters::watch_one(const ContainerId& container) {
  const std::uint64_t incarnation = options_.incarnation_of ? options_.incarnation_of(container) : 0;
  if (is_as_it_was(container, incarnation)) return {};  // finding a path costs more than all the rest
  const std::string path = options_.cgroup_root + "/" + container.value;
  const Directory directory(path);
  if (directory.fd() < 0) {
    watched_.erase(container);
    if (is_gone(directory.error())) return {};
    return opening_error(container, {ErrorCode::failed, "", std::strerror(directory.error()), "", directory.error()});
  }
  const ino_t inode = directory.inode();
  const auto at = watched_.find(container);
  if (incarnation == 0 && at != watched_.end() && at->second.inode == inode && !at->second.cpus.empty() &&
      !cpus_have_changed(container, at->second))
    return {};
  // The same name, another cgroup: its descriptors go before the new ones are opened, its sums stay.
  if (at != watched_.end()) at->second.cpus.clear();

  std::vector<int> allowed = options_.cpus_of ? options_.cpus_of(container) : std::vector<int>();
  Result<std::vector<CpuGroups>> cpus = open_groups(container, directory.fd(), allowed);
  if (!cpus || cpus->empty()) {
    watched_.erase(container);
    if (cpus) return {};
    // ENOENT may be a cgroup that went away meanwhile, or an event that this one CPU does not have.
    if (is_gone(cpus.error().sys_errno) && Directory(path).inode() != inode) return {};
    return opening_error(container, cpus.error());
  }
  const auto [entry, is_new] = watched_.try_emplace(container);
  Counted& counted = entry->second;
  if (is_new) {
    counted.totals = kept_.take(container);
    for (auto& [domain, totals] : counted.totals) totals.change_plan(plan_.turns);
  }
  if (is_new) counted.zero_at = clock_.now();
  counted.inode = inode;
  counted.incarnation = incarnation;
  counted.allowed = std::move(allowed);
  counted.cpus = std::move(cpus).value();
  for (const CpuGroups& cpu : counted.cpus) counted.totals.try_emplace(cpu.domain, plan_.turns);
  return {};
}

// Each container is looked at in one of so many calls: its cpuset is a file.
bool CgroupCounters::cpus_have_changed(const ContainerId& container, const Counted& counted) const {
  if (!options_.cpus_of || (watches_ + counted.inode) % kCpuCheckEvery != 0) return false;
  return options_.cpus_of(container) != counted.allowed;
}

// All CPUs or none. Empty: every CPU is offline.
Result<std::vector<CgroupCounters::CpuGroups>> CgroupCounters::open_groups(const ContainerId& container, int cgroup_fd,
                                                                           const std::vector<int>& allowed) {
  std::vector<CpuGroups> cpus;
  for (const auto& [cpu, domain] : options_.domain_of_cpu) {
    if (!allowed.empty() && std::ranges::find(allowed, cpu) == allowed.end()) continue;
    Result<CpuGroups> opened = open_cpu(cgroup_fd, cpu, domain);
    if (opened)
      cpus.push_back(std::move(opened).value());
    else if (opened.error().sys_errno != ENODEV)  // that CPU went offline
      return std::move(opened).error().with_context(container.value);
  }
  return cpus;
}

Result<CgroupCounters::CpuGroups> CgroupCounters::open_cpu(int cgroup_fd, int cpu, DomainId domain) {
  CpuGroups opened;
  opened.cpu = cpu;
  opened.domain = domain;
  opened.latest.resize(plan_.turns.size());
  for (const std::vector<PerfCode>& codes : codes_) {
    Result<PerfGroup> group = PerfGroup::open(api_, codes, cgroup_target(cgroup_fd, cpu), use());
    if (!group) return std::move(group).error();
    opened.groups.push_back(std::move(group).value());
  }
  if (!on_) return opened;
  if (Status on = switch_cpu(opened, true); !on) return std::move(on).error();
  return opened;
}

Error CgroupCounters::opening_error(const ContainerId& container, const Error& cause) const {
  Error error{ErrorCode::failed, "count " + container.value, cause.why, "", cause.sys_errno};
  if (cause.sys_errno == EMFILE || cause.sys_errno == ENFILE) {
    std::size_t per_cpu = 0;
    for (const Turn& turn : plan_.turns) per_cpu += turn.size() + (use() == GroupUse::windows ? 1 : 0);
    const std::size_t cpus = options_.domain_of_cpu.size();
    error.why += ": " + std::to_string(wanted_containers_) + " containers on " + std::to_string(cpus) + " CPUs need " +
                 std::to_string(wanted_containers_ * cpus * per_cpu) + " descriptors, the limit is " +
                 std::to_string(api_.descriptor_limit());
    error.todo = cause.sys_errno == EMFILE ? "raise the limit of open files (LimitNOFILE=) or count fewer containers"
                                           : "raise fs.file-max or count fewer containers";
  } else if (cause.sys_errno == EACCES || cause.sys_errno == EPERM) {
    error.todo = "run as root or with CAP_PERFMON, or set kernel.perf_event_paranoid to 0 or less";
  }
  return error;
}

Result<std::vector<ContainerSample>> CgroupCounters::read() {
  end_windows();
  kept_.a_read_has_passed();
  std::vector<ContainerSample> samples;
  for (auto& [container, counted] : watched_) {
    for (auto& [domain, totals] : counted.totals) {
      const bool is_first = totals.enabled() == Duration(0);
      totals.end_interval();
      if (totals.enabled() == Duration(0)) continue;
      Sample sample = totals.sample(counted.read_at);
      if (windows_) sample.counting = counted_before_ + (on_ ? counted.read_at - resumed_at_ : Duration(0));
      if (is_first && plan_.one_read) samples.push_back({container, domain, before_first(sample, counted.zero_at)});
      samples.push_back({container, domain, sample});
    }
    counted.zero_at = counted.read_at;
  }
  return samples;
}

void CgroupCounters::change_turns() {
  if (plan_.turns.size() > 1) end_windows();
}

void CgroupCounters::pause() {
  windows_ = true;
  if (!on_) return;
  switch_all(false);
  counted_before_ += clock_.now() - resumed_at_;
}

void CgroupCounters::resume() {
  if (on_) return;
  resumed_at_ = clock_.now();
  switch_all(true);
}

void CgroupCounters::switch_all(bool on) {
  on_ = on;
  for (auto at = watched_.begin(); at != watched_.end();) {
    Status switched;
    for (CpuGroups& cpu : at->second.cpus)
      if (switched) switched = switch_cpu(cpu, on);
    if (switched) {
      ++at;
      continue;
    }
    lost_.insert_or_assign(at->first, std::move(switched).error().with_context("count " + at->first.value));
    at = watched_.erase(at);
  }
}

// The leader is on only while those that follow it are: they come first and go last.
Status CgroupCounters::switch_cpu(CpuGroups& cpu, bool on) {
  Status done = on ? Status() : cpu.groups[active_].disable();
  for (PerfGroup& group : cpu.groups)
    if (done) done = on ? group.arm() : group.disarm();
  if (done && on) done = cpu.groups[active_].enable();
  return done;
}

void CgroupCounters::end_windows() {
  for (auto at = watched_.begin(); at != watched_.end();) {
    auto& [container, counted] = *at;
    Status ended = end_window(counted);
    if (ended) {
      counted.read_at = clock_.now();
      ++at;
      continue;
    }
    // ENODEV: the cgroup or its counters went away for good, which is no error.
    if (ended.error().sys_errno != ENODEV)
      lost_.insert_or_assign(container, std::move(ended).error().with_context("count " + container.value));
    at = watched_.erase(at);
  }
  active_ = (active_ + 1) % plan_.turns.size();
}

Status CgroupCounters::end_window(Counted& counted) {
  std::map<DomainId, Window> windows;
  for (CpuGroups& cpu : counted.cpus)
    if (Status ended = end_window(cpu, windows); !ended) return ended;
  for (const auto& [domain, window] : windows) counted.totals.at(domain).add(active_, window);
  return {};
}

Status CgroupCounters::end_window(CpuGroups& cpu, std::map<DomainId, Window>& windows) {
  const std::size_t next = (active_ + 1) % plan_.turns.size();
  PerfGroup& group = cpu.groups[active_];
  if (next != active_)
    if (Status disabled = group.disable(); !disabled) return disabled;
  Result<GroupReading> reading = group.read();
  if (!reading) return std::move(reading).error();
  if (next != active_ && on_)
    if (Status enabled = cpu.groups[next].enable(); !enabled) return enabled;

  Window window = window_between(plan_.turns[active_], cpu.latest[active_], *reading);
  cpu.latest[active_] = *reading;
  if (const auto fault = window_fault(plan_.turns[active_], window, bounds_)) {
    ++faults_[*fault];
    Window untrue;  // it ran, and nothing that can be believed was counted
    untrue.enabled = std::max(window.enabled, Duration(0));
    window = untrue;
  }
  windows[cpu.domain] += window;
  return {};
}

}  // namespace dcat
