#include "perfmon/bpf/bpf_counters.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iterator>
#include <unordered_map>
#include <utility>

namespace dcat {

namespace {

// A CPU on which containers ran this long between two readings without any event on a counter has events that died.
constexpr Duration kRanWithoutCounters = std::chrono::milliseconds(10);

CountBounds bounds_of(const EventTable& table, const std::vector<Event>& events) {
  CountBounds bounds;
  for (const Event event : events)
    if (row_of(table, event).code.type == kPerfTypeSoftware) bounds.hardware = false;
  return bounds;
}

std::vector<PerfCode> codes_of(const EventTable& table, const Turn& turn) {
  std::vector<PerfCode> codes;
  for (const Event event : turn) codes.push_back(row_of(table, event).code);
  return codes;
}

Status check_root(const std::string& root) {
  struct statfs info {};
  if (::statfs(root.c_str(), &info) != 0)
    return Error{ErrorCode::failed, "open " + root, std::strerror(errno), "", errno};
  if (info.f_type != CGROUP2_SUPER_MAGIC)
    return Error{ErrorCode::unsupported, "count in cgroups below " + root, "it is no cgroup2 tree",
                 "mount one and put the containers into it, or count with --counters cgroup"};
  return {};
}

// 0 and errno: there is no such directory. Else its inode number, which is the cgroup's id.
std::uint64_t cgroup_id(const std::string& path, int& errno_value) {
  struct stat info {};
  errno_value = ::stat(path.c_str(), &info) == 0 ? 0 : errno;
  return errno_value == 0 ? info.st_ino : 0;
}

}  // namespace

Result<std::unique_ptr<BpfCounters>> BpfCounters::open(Options options, PerfApi& api, Clock& clock) {
  if (Status root = check_root(options.cgroup_root); !root) return std::move(root).error();
  Result<std::unique_ptr<CgroupProgram>> program = load_cgroup_program(options.most_containers);
  if (!program) return std::move(program).error();
  return open(std::move(options), api, clock, std::move(program).value());
}

Result<std::unique_ptr<BpfCounters>> BpfCounters::open(Options options, PerfApi& api, Clock& clock,
                                                       std::unique_ptr<CgroupProgram> program) {
  if (options.domain_of_cpu.empty())
    return Error{ErrorCode::unsupported, "count events", "no CPU has an L3 domain", ""};
  CheckedEvents checked = check_events(api, options.table, options.known_work);
  if (checked.fatal) return *checked.fatal;
  if (checked.available.empty()) return no_events(checked);
  std::unique_ptr<BpfCounters> counters(
      new BpfCounters(std::move(options), api, clock, std::move(checked), std::move(program)));
  if (counters->turns_.size() > DCAT_BPF_TURNS)
    return Error{ErrorCode::unsupported, "count events", "more turns than the program has room for", ""};
  if (Status opened = counters->open_cpus(); !opened) return std::move(opened).error();
  return counters;
}

BpfCounters::BpfCounters(Options options, PerfApi& api, Clock& clock, CheckedEvents checked,
                         std::unique_ptr<CgroupProgram> program)
    : options_(std::move(options)),
      api_(api),
      clock_(clock),
      checked_(std::move(checked)),
      turns_(plan_turns(checked_.available)),
      sums_(turns_, bounds_of(options_.table, checked_.available)),
      resumed_at_(clock.now()),
      program_(std::move(program)) {
  for (const auto& [cpu, domain] : options_.domain_of_cpu) cpu_list_.push_back({cpu, domain});
  cpus_.resize(cpu_list_.size());
}

std::vector<EventChoice> BpfCounters::events() const {
  return choices_of(options_.table, checked_, turns_);
}

// --- CPUs ---

Status BpfCounters::open_cpus() {
  for (std::size_t i = 0; i < cpus_.size(); ++i)
    if (Status opened = open_cpu(i); !opened)
      return std::move(opened).error().with_context("count on CPU " + std::to_string(cpu_list_[i].cpu));
  return start_all();
}

// A CPU that is offline stays without groups, which is no error.
Status BpfCounters::open_cpu(std::size_t index) {
  const int cpu = cpu_list_[index].cpu;
  std::vector<PerfGroup> groups;
  for (std::size_t turn = 0; turn < turns_.size(); ++turn) {
    Result<PerfGroup> group = PerfGroup::open(api_, codes_of(options_.table, turns_[turn]), PerfTarget{-1, cpu, 0});
    if (!group && group.error().sys_errno == ENODEV) return {};
    if (!group) return std::move(group).error();
    for (std::size_t slot = 0; slot < group->size(); ++slot)
      if (Status set = program_->set_event(cpu, turn, slot, group->fd(slot)); !set) return set;
    groups.push_back(std::move(group).value());
  }
  cpus_[index].groups = std::move(groups);
  return {};
}

Status BpfCounters::order(std::size_t index, const ProgramOrder& order) {
  if (cpus_[index].groups.empty()) return {};
  Status done = program_->order(cpu_list_[index].cpu, order);
  if (done || done.error().sys_errno != ENXIO) return done;
  cpus_[index].groups.clear();  // it went offline; the kernel has taken its events off it for good
  return {};
}

Status BpfCounters::start(std::size_t index) {
  if (cpus_[index].groups.empty())
    if (Status opened = open_cpu(index); !opened) return opened;
  if (cpus_[index].groups.empty()) return {};
  if (Status enabled = cpus_[index].groups[active_].enable(); !enabled) return enabled;
  return order(index, {ProgramOrder::Kind::start, active_, turns_[active_].size()});
}

Status BpfCounters::stop(std::size_t index, std::size_t turn) {
  if (Status stopped = order(index, {ProgramOrder::Kind::stop}); !stopped) return stopped;
  if (cpus_[index].groups.empty()) return {};
  return cpus_[index].groups[turn].disable();
}

Status BpfCounters::start_all() {
  for (std::size_t i = 0; i < cpus_.size(); ++i)
    if (Status started = start(i); !started) return started;
  return {};
}

Status BpfCounters::stop_all() {
  for (std::size_t i = 0; i < cpus_.size(); ++i)
    if (Status stopped = stop(i, active_); !stopped) return stopped;
  return {};
}

// Charges what is running, on every CPU. When it returns, no CPU is in the middle of the program as it was before.
Status BpfCounters::refresh_all() {
  for (std::size_t i = 0; i < cpus_.size(); ++i) {
    const bool back = cpus_[i].groups.empty() && !paused_;
    if (Status done = back ? start(i) : order(i, {ProgramOrder::Kind::refresh}); !done) return done;
  }
  return {};
}

// CPU by CPU: nothing is counted on a CPU between its stop and its start.
Status BpfCounters::begin_turn(std::size_t turn) {
  const std::size_t last = std::exchange(active_, turn);
  for (std::size_t i = 0; i < cpus_.size() && !paused_; ++i) {
    if (Status stopped = stop(i, last); !stopped) return stopped;
    if (Status started = start(i); !started) return started;
  }
  return {};
}

// A CPU may have been offline and back between two calls; its events do not come back with it.
Status BpfCounters::reopen_idle(const std::vector<CpuUse>& use) {
  for (std::size_t i = 0; i < cpus_.size(); ++i) {
    if (use[i].enabled < kRanWithoutCounters || use[i].running > Duration(0)) continue;
    if (Status stopped = stop(i, active_); !stopped) return stopped;
    cpus_[i].groups.clear();
    if (paused_) continue;
    if (Status started = start(i); !started) return started;
  }
  return {};
}

// --- containers ---

std::vector<Error> BpfCounters::watch(const std::vector<ContainerId>& containers) {
  std::vector<Error> errors;
  std::map<ContainerId, std::uint64_t> wanted;
  for (const ContainerId& container : containers) {
    int errno_value = 0;
    std::uint64_t id = options_.inode_of ? options_.inode_of(container) : 0;
    if (id == 0) id = cgroup_id(options_.cgroup_root + "/" + container.value, errno_value);
    if (id != 0)
      wanted.emplace(container, id);
    else if (errno_value != ENOENT && errno_value != ENOTDIR)
      errors.push_back({ErrorCode::failed, "count " + container.value, std::strerror(errno_value), "", errno_value});
  }

  const bool removed = let_go(wanted);
  const bool more = std::any_of(wanted.begin(), wanted.end(), [this](const auto& entry) {
    const auto at = watched_.find(entry.first);
    return at == watched_.end() || at->second.cgroup != entry.second;
  });
  // The kernel gives the memory of what was removed to what is added next, at once, and the program may still be adding
  // to it on some CPU.
  if (removed)
    if (Status done = refresh_all(); !done) errors.push_back(std::move(done).error());
  if (!more) return errors;
  for (const auto& [container, cgroup] : wanted)
    if (Status added = add(container, cgroup); !added) errors.push_back(std::move(added).error());
  // What runs already is counted from here on.
  if (Status done = refresh_all(); !done) errors.push_back(std::move(done).error());
  return errors;
}

// A container whose cgroup was made anew is kept, without a cgroup. True: something was removed in the kernel.
bool BpfCounters::let_go(const std::map<ContainerId, std::uint64_t>& wanted) {
  bool removed = false;
  for (auto at = watched_.begin(); at != watched_.end();) {
    auto& [container, counted] = *at;
    const auto found = wanted.find(container);
    const bool stays = found != wanted.end();
    if (!stays || found->second != counted.cgroup) {
      program_->remove(counted.cgroup);
      removed = true;
      counted.cgroup = 0;
    }
    if (!stays) kept_.keep(container, std::move(counted.totals));
    at = stays ? std::next(at) : watched_.erase(at);
  }
  return removed;
}

Status BpfCounters::add(const ContainerId& container, std::uint64_t cgroup) {
  const auto at = watched_.find(container);
  if (at != watched_.end() && at->second.cgroup == cgroup) return {};
  if (Status added = program_->add(cgroup); !added) {
    watched_.erase(container);
    return adding_error(container, added.error());
  }
  const auto [entry, is_new] = watched_.try_emplace(container);
  Counted& counted = entry->second;
  if (is_new) {
    counted.totals = kept_.take(container);
    for (auto& [domain, totals] : counted.totals) totals.change_plan(turns_);
  }
  counted.cgroup = cgroup;
  counted.before.assign(cpu_list_.size(), {});
  for (const CountedCpu& cpu : cpu_list_) counted.totals.try_emplace(cpu.domain, turns_);
  return {};
}

Error BpfCounters::adding_error(const ContainerId& container, const Error& cause) const {
  Error error{ErrorCode::failed, "count " + container.value, cause.why, "", cause.sys_errno};
  if (cause.sys_errno == E2BIG) {
    error.why = "there is room for " + std::to_string(options_.most_containers) + " containers";
    error.todo = "count fewer containers";
  } else if (cause.sys_errno == ENOMEM) {
    error.why = "the kernel has no memory for its sums";
    error.todo = "count fewer containers";
  }
  return error;
}

// --- counting ---

void BpfCounters::remember(Status status) {
  if (!status && !refused_) refused_ = std::move(status).error();
}

void BpfCounters::change_turns() {
  if (turns_.size() > 1) remember(begin_turn((active_ + 1) % turns_.size()));
}

void BpfCounters::pause() {
  if (paused_) return;
  remember(stop_all());
  counting_ += clock_.now() - resumed_at_;
  paused_ = ever_paused_ = true;
}

void BpfCounters::resume() {
  if (!paused_) return;
  paused_ = false;
  resumed_at_ = clock_.now();
  remember(start_all());
}

Result<std::vector<ContainerSample>> BpfCounters::read() {
  remember(turns_.size() > 1 ? begin_turn((active_ + 1) % turns_.size()) : refresh_all());
  Result<std::vector<CpuUse>> use = collect();
  if (!use) return std::move(use).error();
  kept_.a_read_has_passed();
  remember(reopen_idle(*use));
  if (refused_) return *std::exchange(refused_, std::nullopt);

  const TimePoint at = clock_.now();
  std::vector<ContainerSample> samples;
  for (auto& [container, counted] : watched_) {
    for (auto& [domain, totals] : counted.totals) {
      totals.end_interval();
      if (totals.enabled() <= Duration(0)) continue;
      samples.push_back({container, domain, totals.sample(at)});
      if (ever_paused_) samples.back().sample.counting = counting_ + (paused_ ? Duration(0) : at - resumed_at_);
    }
  }
  return samples;
}

// Takes in what the program has summed up since the last reading.
Result<std::vector<CpuUse>> BpfCounters::collect() {
  std::unordered_map<std::uint64_t, Counted*> by_cgroup;
  by_cgroup.reserve(watched_.size());
  for (auto& [container, counted] : watched_) by_cgroup.emplace(counted.cgroup, &counted);
  std::vector<CpuUse> use(cpu_list_.size());
  Status read = program_->read([&](std::uint64_t cgroup, std::span<const CgroupProgram::Sums> by_cpu) {
    const auto at = by_cgroup.find(cgroup);
    if (at != by_cgroup.end()) sums_.take(cpu_list_, by_cpu, at->second->before, at->second->totals, use);
  });
  if (!read) return std::move(read).error();
  return use;
}

}  // namespace dcat
