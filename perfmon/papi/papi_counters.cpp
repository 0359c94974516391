#include "perfmon/papi/papi_counters.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <optional>
#include <utility>

#include "perfmon/papi/container_places.h"

namespace dcat {

namespace {

constexpr const char* kUseAnother = "use --counters cgroup, or name events that count here under counting: events:";

GroupReading group_reading(const PapiReading& reading, Duration enabled) {
  assert(reading.values.size() <= kMostEventsAtOnce);
  GroupReading group;
  std::copy(reading.values.begin(), reading.values.end(), group.values.begin());
  group.enabled = enabled;
  group.running = reading.running;
  return group;
}

// Our own thread, counted through PAPI.
class PapiTrial : public EventTrial {
 public:
  explicit PapiTrial(PapiApi& api) : api_(api) {}
  Result<GroupReading> count(const std::vector<PerfCode>& codes, const std::function<void()>& work) override {
    Result<int> id = api_.open(codes, PapiTarget{});
    if (!id) return std::move(id).error();
    PapiSet set(api_, *id);
    if (Status started = set.start(); !started) return std::move(started).error();
    work();
    Result<PapiReading> reading = set.read();
    if (!reading) return std::move(reading).error();
    if (Status stopped = set.stop(); !stopped) return std::move(stopped).error();
    return group_reading(*reading, reading->running);
  }

 private:
  PapiApi& api_;
};

bool counted_nothing_at_all(const Turn& turn, const Window& window) {
  return std::all_of(turn.begin(), turn.end(), [&window](Event event) { return window[event] == 0; });
}

}  // namespace

Result<std::unique_ptr<PapiCounters>> PapiCounters::open(Options options, std::unique_ptr<PapiApi> api, Clock& clock) {
  if (options.domain_of_cpu.empty())
    return Error{ErrorCode::unsupported, "count by PAPI", "no CPU has an L3 domain", ""};
  PapiTrial trial(*api);
  CheckedEvents checked = check_events(trial, options.table, options.known_work, options.most_events, options.walks);
  if (checked.fatal) return *std::move(checked.fatal);
  if (checked.available.empty()) {
    Error error = no_events(checked);
    error.todo = kUseAnother;
    return error;
  }
  return std::unique_ptr<PapiCounters>(new PapiCounters(std::move(options), std::move(api), clock, std::move(checked)));
}

PapiCounters::PapiCounters(Options options, std::unique_ptr<PapiApi> api, Clock& clock, CheckedEvents checked)
    : options_(std::move(options)),
      api_(std::move(api)),
      clock_(clock),
      checked_(std::move(checked)),
      turns_(plan_turns(checked_.available, options_.most_events)),
      counting_since_(clock.now()) {
  for (const Turn& turn : turns_) {
    codes_.emplace_back();
    for (const Event event : turn) {
      codes_.back().push_back(row_of(options_.table, event).code);
      if (codes_.back().back().type == kPerfTypeSoftware) bounds_.hardware = false;
    }
  }
}

std::vector<EventChoice> PapiCounters::events() const {
  return choices_of(options_.table, checked_, turns_);
}

// ---- What is followed

std::vector<Error> PapiCounters::watch(const std::vector<ContainerId>& containers) {
  std::map<ContainerId, std::optional<std::set<int>>> cpusets;
  for (const ContainerId& container : containers) cpusets[container] = read_cpuset(options_.cpuset_roots, container);
  std::set<int> online;
  for (const auto& [cpu, domain] : options_.domain_of_cpu) online.insert(cpu);
  own_ = own_cpus(cpusets, online);
  std::erase_if(watched_, [&cpusets](const auto& entry) { return !cpusets.contains(entry.first); });
  std::erase_if(lost_, [&cpusets](const auto& entry) { return !cpusets.contains(entry.first); });
  const std::map<ContainerId, Error> lost_before = std::exchange(lost_, {});
  for (const auto& [container, cpus] : cpusets) watched_.try_emplace(container);
  follow_all();

  // What was lost before and is not counted now either is one error.
  std::map<ContainerId, Error> errors = std::exchange(lost_, {});
  errors.insert(lost_before.begin(), lost_before.end());
  std::vector<Error> list;
  for (auto& [container, error] : errors) list.push_back(std::move(error));
  return list;
}

// Calls step(container, counted) for every watched container; one that answers with an error is let go.
template <class Step>
void PapiCounters::each_or_let_go(Step step) {
  for (auto at = watched_.begin(); at != watched_.end();) {
    Status done = step(at->first, at->second);
    if (done) {
      ++at;
      continue;
    }
    lost_.insert_or_assign(at->first, std::move(done).error().with_context("count " + at->first.value + " by PAPI"));
    at = watched_.erase(at);
  }
}

// What is no target any more is let go first, of all containers: a CPU or thread that changes its owner has one set at
// any time.
void PapiCounters::follow_all() {
  std::map<ContainerId, std::vector<PapiTarget>> targets;
  each_or_let_go([&](const ContainerId& container, Counted& counted) -> Status {
    Result<std::vector<PapiTarget>> found = targets_of(container);
    if (!found) return std::move(found).error();
    targets[container] = *std::move(found);
    return release_all_but(counted, targets[container]);
  });
  each_or_let_go([&](const ContainerId& container, Counted& counted) { return follow(counted, targets[container]); });
}

Result<std::vector<PapiTarget>> PapiCounters::targets_of(const ContainerId& container) const {
  std::vector<PapiTarget> targets;
  if (const auto own = own_.find(container); own != own_.end()) {
    for (const int cpu : own->second) targets.push_back({cpu, 0});
    return targets;
  }
  const Result<std::vector<pid_t>> threads = read_threads(options_.cgroup_root + "/" + container.value, kMostThreads);
  if (!threads) return threads.error();
  if (threads->size() > kMostThreads)
    return Error{ErrorCode::unsupported, "",
                 "it has no CPUs of its own and more than " + std::to_string(kMostThreads) + " threads",
                 "give it a cpuset that no other container has, or use --counters cgroup"};
  for (const pid_t thread : *threads) targets.push_back({std::nullopt, thread});
  return targets;
}

// The last window of what is let go has to be in the sums.
Status PapiCounters::release_all_but(Counted& counted, const std::vector<PapiTarget>& targets) {
  for (auto at = counted.followed.begin(); at != counted.followed.end();) {
    if (std::find(targets.begin(), targets.end(), at->target) != targets.end()) {
      ++at;
      continue;
    }
    if (!is_paused_)
      if (Status ended = end_window(*at, counted); !ended) return ended;
    at = counted.followed.erase(at);
  }
  return {};
}

Status PapiCounters::follow(Counted& counted, const std::vector<PapiTarget>& targets) {
  for (const PapiTarget& target : targets) {
    const bool is_followed = std::any_of(counted.followed.begin(), counted.followed.end(),
                                         [&target](const Followed& f) { return f.target == target; });
    if (is_followed) continue;
    Result<Followed> opened = open_one(target);
    if (opened)
      counted.followed.push_back(std::move(opened).value());
    else if (opened.error().sys_errno != ESRCH)  // a thread that has ended
      return std::move(opened).error();
  }
  return {};
}

Result<PapiCounters::Followed> PapiCounters::open_one(const PapiTarget& target) {
  Followed followed;
  followed.target = target;
  followed.domain = domain_of(target, options_.domain_of_cpu.begin()->second);
  for (const std::vector<PerfCode>& codes : codes_) {
    Result<int> set = api_->open(codes, target);
    if (!set) return std::move(set).error();
    followed.sets.emplace_back(*api_, *set);
  }
  if (!is_paused_)
    if (Status started = start(followed); !started) return std::move(started).error();
  return followed;
}

DomainId PapiCounters::domain_of(const PapiTarget& target, DomainId otherwise) const {
  const std::optional<int> cpu = target.cpu ? target.cpu : read_last_cpu(options_.proc_root, target.thread);
  const auto at = cpu ? options_.domain_of_cpu.find(*cpu) : options_.domain_of_cpu.end();
  return at == options_.domain_of_cpu.end() ? otherwise : at->second;
}

Status PapiCounters::start(Followed& followed) {
  followed.latest = {};
  followed.since = clock_.now();
  return followed.sets[active_].start();
}

// ---- Windows

Status PapiCounters::end_window(Followed& followed, Counted& counted) {
  Result<PapiReading> reading = followed.sets[active_].read();
  if (!reading) return std::move(reading).error();
  const TimePoint now = clock_.now();
  const Duration enabled = followed.target.cpu ? followed.latest.enabled + (now - followed.since) : reading->running;
  const GroupReading to = group_reading(*reading, enabled);
  Window window = window_between(turns_[active_], followed.latest, to);
  followed.latest = to;
  followed.since = now;
  followed.domain = domain_of(followed.target, followed.domain);

  DomainTotals& totals = counted.totals.try_emplace(followed.domain, turns_).first->second;
  const bool was_idle = followed.target.cpu && bounds_.hardware && window.running > Duration(0) &&
                        counted_nothing_at_all(turns_[active_], window);
  if (was_idle) return {};
  if (const auto fault = window_fault(turns_[active_], window, bounds_)) {
    ++faults_[*fault];
    Window untrue;  // it ran, and nothing that can be believed was counted
    untrue.enabled = std::max(window.enabled, Duration(0));
    window = untrue;
  }
  totals.add(active_, window);
  return {};
}

// `restart`: with the events of turn `next`, unless they are the ones that count already.
Status PapiCounters::end_window(Counted& counted, bool restart, std::size_t next) {
  for (Followed& followed : counted.followed) {
    if (Status ended = end_window(followed, counted); !ended) return ended;
    if (restart && next == active_) continue;
    if (Status stopped = followed.sets[active_].stop(); !stopped) return stopped;
    if (!restart) continue;
    followed.latest = {};
    if (Status started = followed.sets[next].start(); !started) return started;
  }
  counted.read_at = clock_.now();
  return {};
}

void PapiCounters::end_windows(std::size_t next) {
  each_or_let_go([&](const ContainerId&, Counted& counted) { return end_window(counted, true, next); });
  active_ = next;
}

void PapiCounters::change_turns() {
  if (turns_.size() > 1 && !is_paused_) end_windows((active_ + 1) % turns_.size());
}

void PapiCounters::pause() {
  if (std::exchange(is_paused_, true)) return;
  ever_paused_ = true;
  counting_ += clock_.now() - counting_since_;
  each_or_let_go([&](const ContainerId&, Counted& counted) { return end_window(counted, false, active_); });
}

void PapiCounters::resume() {
  if (!std::exchange(is_paused_, false)) return;
  counting_since_ = clock_.now();
  active_ = (active_ + 1) % turns_.size();
  each_or_let_go([&](const ContainerId&, Counted& counted) -> Status {
    for (Followed& followed : counted.followed)
      if (Status started = start(followed); !started) return started;
    return {};
  });
}

Result<std::vector<ContainerSample>> PapiCounters::read() {
  if (!is_paused_) end_windows((active_ + 1) % turns_.size());
  const Duration counting = counting_ + (is_paused_ ? Duration(0) : clock_.now() - counting_since_);
  follow_all();
  std::vector<ContainerSample> samples;
  for (auto& [container, counted] : watched_) {
    for (auto& [domain, totals] : counted.totals) {
      totals.end_interval();
      if (totals.enabled() == Duration(0)) continue;
      ContainerSample sample{container, domain, totals.sample(counted.read_at)};
      if (ever_paused_) sample.sample.counting = counting;
      samples.push_back(std::move(sample));
    }
  }
  return samples;
}

}  // namespace dcat
