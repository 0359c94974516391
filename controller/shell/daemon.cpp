#include "controller/shell/daemon.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "controller/shell/repairs.h"
#include "controller/step.h"
#include "core/linux/descriptor.h"

namespace dcat {

namespace {

struct Indexed {
  std::uint32_t container;
  const Sample* sample;
};

std::vector<ContainerId> ids_of(const std::vector<ContainerInfo>& containers) {
  std::vector<ContainerId> ids;
  ids.reserve(containers.size());
  for (const ContainerInfo& info : containers) ids.push_back(info.id);
  return ids;
}

// Whose hardware counters are not to be touched is not counted.
std::vector<ContainerId> counted(const std::vector<ContainerInfo>& containers) {
  std::vector<ContainerId> ids;
  ids.reserve(containers.size());
  for (const ContainerInfo& info : containers)
    if (info.counted) ids.push_back(info.id);
  return ids;
}

// Holds the node's lock while a period is decided and carried out.
class Inside {
 public:
  explicit Inside(CacheControl& cache) : cache_(cache) {}
  ~Inside() { cache_.leave(); }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  CacheControl& cache_;
};

void add_usage(Observation& o, const CacheUsage& row) {
  const auto container = std::ranges::lower_bound(o.containers, row.container, {}, &ContainerInfo::id);
  if (container == o.containers.end() || container->id != row.container) return;
  const auto index = static_cast<std::uint32_t>(container - o.containers.begin());
  for (DomainObservation& domain : o.domains) {
    if (domain.id != row.domain) continue;
    const auto series = std::ranges::lower_bound(domain.series, index, {}, &SampleSeries::container);
    if (series == domain.series.end() || series->container != index) continue;
    Sample& last = domain.samples[series->first + series->count - 1];
    last.llc_occupancy_bytes = row.llc_occupancy_bytes;
    last.memory_bytes = row.memory_bytes;
  }
}

// Within a period: looks at announcements, and decisions that follow.
constexpr int kMostLooks = 1000;
constexpr int kMostEarly = 100;

constexpr const char* kFellBack = "; this node is given back, and `dcat mode enforce` begins again";

class Loop {
 public:
  Loop(Ports ports, const DaemonOptions& options, const std::atomic<bool>& stop, Listener& listener)
      : ports_(ports),
        options_(options),
        stop_(stop),
        listener_(listener),
        mode_(options.mode),
        fallback_(options.fallback) {
    state_.memory = options.memory;
  }

  Status run() {
    Status ended = run_periods();
    listener_.on_end(state_);
    return ended;
  }

 private:
  using Reads = std::vector<std::vector<ContainerSample>>;

  Status run_periods() {
    Result<std::vector<ContainerInfo>> containers = ports_.containers.list();
    if (!containers) return std::move(containers).error();
    if (options_.counting && options_.counting->window < options_.counting->every) turn_counting(false);
    watch(*containers);
    listener_.on_beat();
    TimePoint due = ports_.clock.now();
    for (std::uint64_t tick = 0; options_.ticks == 0 || tick < options_.ticks; ++tick) {
      adopt_settings();
      due += options_.interval;
      // A period that is already over is not made up for: the next one starts now.
      if (ports_.clock.now() > due) due = ports_.clock.now() + options_.interval;
      looks_ = decisions_ = 0;
      Result<Reads> reads = sample_until(due);
      if (stop_) break;
      Status done = reads ? end_period(*reads) : Status(std::move(reads).error());
      ports_.containers.settled();
      listener_.on_beat();
      if (!done) {
        listener_.on_stopping();
        // What ends the run is told; that the node could not be given back either is trouble beside it.
        if (Status released = give_back(); !released) listener_.on_trouble(std::move(released).error());
        return done;
      }
    }
    listener_.on_stopping();
    return give_back();
  }

  Status give_back() { return mode_ == Mode::enforce ? ports_.cache.release() : Status(); }

  Status end_period(const Reads& reads) {
    // Of real time, which no port gives: a simulated clock stands still meanwhile.
    const auto begun = std::chrono::steady_clock::now();
    Status done = decide(reads);
    listener_.on_period(std::chrono::steady_clock::now() - begun);
    if (done && mode_ == Mode::enforce && fallback_.reason()) fall_back(*fallback_.reason());
    const TimePoint now = ports_.clock.now();
    if (done && fallback_.may_return(now)) change_mode({Mode::enforce, "the set time after falling back is over"});
    return done;
  }

  // ---- Orders

  void obey() {
    if (options_.orders == nullptr) return;
    for (Order& order : options_.orders->take()) {
      if (auto* mode = std::get_if<ModeOrder>(&order))
        change_mode(*mode);
      else
        settings_ = std::move(std::get<SettingsOrder>(order));
    }
  }

  // Ordered or by itself. One that cannot be had is told, and all stays as it is.
  void change_mode(const ModeOrder& order) {
    fallback_.reset();  // whoever orders a mode, even the one that is, has seen why
    if (order.mode == mode_) return;
    if (order.mode == Mode::enforce) {
      if (Status ready = ports_.cache.begin_writing(); !ready)
        return listener_.on_trouble(std::move(ready).error().with_context("change to mode enforce"));
      repairs_ = Repairs();
    } else if (Status released = give_back(); !released) {
      listener_.on_trouble(std::move(released).error());
    }
    mode_ = order.mode;
    listener_.on_mode(mode_, order.why);
  }

  void fall_back(const std::string& why) {
    change_mode({Mode::advise, why + kFellBack});
    fallback_.gave_up(ports_.clock.now());
  }

  void adopt_settings() {
    if (!settings_) return;
    SettingsOrder settings = *std::exchange(settings_, std::nullopt);
    if (settings.before) settings.before();
    options_.parameters = settings.parameters;
    options_.interval = settings.interval;
    options_.sample_interval = settings.sample_interval;
    options_.lock_patience = settings.lock_patience;
    options_.counting = settings.counting;
    options_.fallback = settings.fallback;
    fallback_.use(settings.fallback);
    if (paused_ && !options_.counting) turn_counting(true);
    listener_.on_settings(options_);
  }

  // Error: the run cannot go on.
  Result<Reads> sample_until(TimePoint due) {
    Reads reads;
    const std::vector<CountingStep> steps =
        counting_steps(due, {options_.interval, options_.sample_interval, options_.counting, ports_.counters.turns(),
                             ports_.counters.one_read_a_period()});
    const bool in_windows = std::ranges::find(steps, CountingAct::resume, &CountingStep::act) != steps.end();
    if (paused_ && !in_windows) turn_counting(true);
    for (const CountingStep& step : steps) {
      if (Status waited = wait_until(step.at); !waited) return std::move(waited).error();
      if (stop_) break;
      obey();
      listener_.on_beat();
      if (Status done = carry_out(step.act, reads, &step == &steps.back()); !done) return std::move(done).error();
    }
    return reads;
  }

  Status wait_until(TimePoint at) {
    while (!stop_ && ports_.clock.now() < at) {
      const bool listens = looks_ < kMostLooks;
      ports_.clock.sleep_until_readable(at, listens ? ports_.containers.news_fd() : -1);
      if (stop_ || !listens || !announced()) continue;
      if (Status done = let_in_announced(); !done) return done;
    }
    return {};
  }

  Status let_in_announced() {
    ++looks_;
    return look_anew([this](const std::vector<ContainerInfo>& listed) { return listed != listed_; });
  }

  // Lets in before the period is over who is there now, where `urgent` says so, and counts them. Starts wait for the
  // first (ContainerSource::settled), and opening counters takes its time.
  template <class Urgent>
  Status look_anew(const Urgent& urgent) {
    Result<std::vector<ContainerInfo>> containers = ports_.containers.list();
    Status let_in;
    std::vector<ContainerId> ids;
    if (containers) {
      ids = counted(*containers);
      if (urgent(*containers)) let_in = decide_early(std::move(*containers));
    }
    ports_.containers.settled();
    if (containers)
      watch(ids);
    else
      listener_.on_trouble(std::move(containers).error());
    return let_in;
  }

  // Where nothing is enforced there is nothing to be early for, and policies other than dCat's would take a step of
  // their own.
  Status decide_early(std::vector<ContainerInfo> containers) {
    if (mode_ != Mode::enforce || !is_dcat(options_.parameters.policy) || ++decisions_ > kMostEarly) return {};
    early_ = true;
    Status decided = decide({}, std::move(containers));
    early_ = false;
    return decided;
  }

  // Somebody who was announced is there who was not at the last decision.
  bool has_newcomer(const std::vector<ContainerInfo>& listed) const {
    return std::ranges::any_of(listed, [this](const ContainerInfo& info) {
      return info.starting && !std::ranges::binary_search(listed_, info.id, {}, &ContainerInfo::id);
    });
  }

  bool announced() const { return is_readable(ports_.containers.news_fd()); }

  // `last`: the period's own decision comes next.
  Status carry_out(CountingAct act, Reads& reads, bool last) {
    switch (act) {
      case CountingAct::look: return look_for_news();
      case CountingAct::resume: turn_counting(true); return {};
      case CountingAct::pause: turn_counting(false); return {};
      case CountingAct::change_turns: ports_.counters.change_turns(); return {};
      case CountingAct::read: break;
    }
    Result<std::vector<ContainerSample>> read = ports_.counters.read();
    if (read)
      reads.push_back(std::move(*read));
    else
      listener_.on_trouble(std::move(read).error());
    return last ? Status() : look_for_news();
  }

  // Who comes within a period is counted from then on, and who goes is let go.
  Status look_for_news() {
    if (looks_ < kMostLooks && announced()) return let_in_announced();
    if (!ports_.containers.has_news()) return {};
    return look_anew([this](const std::vector<ContainerInfo>& listed) { return has_newcomer(listed); });
  }

  void turn_counting(bool on) {
    if (on)
      ports_.counters.resume();
    else
      ports_.counters.pause();
    paused_ = !on;
  }

  Status decide(const Reads& reads) {
    Result<std::vector<ContainerInfo>> containers = ports_.containers.list();
    if (!containers) return skip(std::move(containers).error());
    watch(*containers);  // whatever becomes of this period: who is gone is let go
    return decide(reads, std::move(*containers));
  }

  Status decide(const Reads& reads, std::vector<ContainerInfo> containers) {
    if (mode_ == Mode::enforce)
      if (Status entered = ports_.cache.enter(options_.lock_patience); !entered) {
        // Somebody else's lock is no fault of the node's, however long it is held: what is in force stays.
        if (entered.error().sys_errno != EWOULDBLOCK) return skip(std::move(entered).error());
        listener_.on_trouble(std::move(entered).error());
        return {};
      }
    const Inside inside(ports_.cache);
    Result<Census> census = ports_.cache.take_census(ids_of(containers));
    // Without these there is nothing to decide on; what is in force stays.
    if (!census) return skip(std::move(census).error());
    for (const std::string& news : census->news) listener_.on_news(news);
    Result<Geometry> geometry = ports_.cache.read_geometry();
    if (!geometry) return skip(std::move(geometry).error());
    Result<Masks> masks = ports_.cache.read_masks();
    if (!masks) return skip(std::move(masks).error());
    listed_ = containers;
    // Who is in somebody else's group is watched and left alone.
    for (ContainerInfo& info : containers)
      if (std::ranges::binary_search(census->foreign, info.id)) info.managed = false;
    if (mode_ == Mode::enforce && !worth_repairing(*geometry, *masks)) return give_up();
    // Usage goes with samples; without them reading it would only keep those waiting who start.
    std::vector<CacheUsage> usage;
    if (!reads.empty()) usage = ports_.cache.read_usage();
    const Observation observation = assemble(ports_.clock.now(), std::move(*geometry), std::move(*masks),
                                             std::move(containers), reads, std::move(usage));
    const auto decide = mode_ == Mode::observe ? observe : step;
    StepResult result = decide(std::move(state_), observation, options_.parameters);
    state_ = std::move(result.state);
    if (Status told = listener_.on_decision(observation, result.decision); !told) return told;
    listener_.on_state(state_);
    if (mode_ == Mode::enforce) {
      fallback_.look(observation.at, observation, result.decision);
      apply(result.decision.changes);
    }
    skipped_ = 0;
    return {};
  }

  bool worth_repairing(const Geometry& geometry, const Masks& masks) {
    if (const auto damage = repairs_.look(ports_.clock.now(), geometry, masks))
      listener_.on_news("somebody else changed what is ours: " + *damage + "; it is put right");
    return !repairs_.give_up();
  }

  // Somebody who undoes our changes again and again is not fought. What was read of the node in this period is not so
  // any more: the next one decides again.
  Status give_up() {
    mode_ = Mode::advise;
    listener_.on_mode(mode_, "another program undid our changes " + std::to_string(Repairs::kMost) +
                                 " times in a minute" + kFellBack + ", once it is found who");
    fallback_.gave_up(ports_.clock.now());
    return ports_.cache.release();
  }

  Status skip(Error error) {
    constexpr int kMostSkipped = 10;  // periods in a row before the node is given up
    if (!early_ && ++skipped_ >= kMostSkipped) return error;
    if (mode_ == Mode::enforce) fallback_.failed(ports_.clock.now(), error);
    listener_.on_trouble(error);
    return {};
  }

  void apply(const Changes& changes) {
    for (const Change& change : changes) {
      Status applied = ports_.cache.apply(change);
      listener_.on_applied(change, applied);
      if (!applied) {
        // Later changes may rely on this one; the next period starts from what is really there.
        repairs_.lost_track();
        fallback_.failed(ports_.clock.now(), applied.error());
        listener_.on_trouble(std::move(applied).error());
        break;
      }
      repairs_.applied(change);
    }
    // Whoever is in a group already is kept together, whatever became of the others.
    if (Status gathered = ports_.cache.gather(); !gathered) listener_.on_trouble(std::move(gathered).error());
  }

  void watch(const std::vector<ContainerInfo>& containers) { watch(counted(containers)); }
  void watch(const std::vector<ContainerId>& containers) {
    // Every period, changed or not: a source takes up again here what it had lost.
    for (const Error& error : ports_.counters.watch(containers)) listener_.on_trouble(error);
  }

  Ports ports_;
  DaemonOptions options_;
  const std::atomic<bool>& stop_;
  Listener& listener_;
  Mode mode_;  // of the options, or advise once the node was given up
  ControllerState state_;
  Repairs repairs_;
  Fallback fallback_;
  std::optional<SettingsOrder> settings_;  // ordered, for the next period
  int skipped_ = 0;
  std::vector<ContainerInfo> listed_;  // at the last decision
  int looks_ = 0, decisions_ = 0;      // at announcements, in this period
  bool early_ = false;                 // a decision before the period's end
  bool paused_ = false;                // counting is off until the next window
};

}  // namespace

Observation assemble(TimePoint at, Geometry geometry, Masks masks, std::vector<ContainerInfo> containers,
                     const std::vector<std::vector<ContainerSample>>& reads, const std::vector<CacheUsage>& usage) {
  Observation o{at, std::move(geometry), std::move(masks), std::move(containers), {}};
  std::vector<std::vector<Indexed>> found(o.geometry.domains.size());
  const auto domain_index = [&](DomainId id) -> std::size_t {
    for (std::size_t i = 0; i < o.geometry.domains.size(); ++i)
      if (o.geometry.domains[i].id == id) return i;
    return o.geometry.domains.size();
  };
  for (const std::vector<ContainerSample>& read : reads) {
    std::uint32_t c = 0;  // both are ascending
    for (const ContainerSample& s : read) {
      while (c < o.containers.size() && o.containers[c].id < s.container) ++c;
      if (c == o.containers.size()) break;
      if (o.containers[c].id != s.container) continue;
      const std::size_t d = domain_index(s.domain);
      if (d < found.size()) found[d].push_back({c, &s.sample});
    }
  }
  for (std::size_t d = 0; d < found.size(); ++d) {
    std::stable_sort(found[d].begin(), found[d].end(),
                     [](const Indexed& a, const Indexed& b) { return a.container < b.container; });
    DomainObservation out{o.geometry.domains[d].id, {}, {}};
    out.samples.reserve(found[d].size());
    for (const Indexed& i : found[d]) {
      if (out.series.empty() || out.series.back().container != i.container)
        out.series.push_back({i.container, static_cast<std::uint32_t>(out.samples.size()), 0});
      ++out.series.back().count;
      out.samples.push_back(*i.sample);
    }
    o.domains.push_back(std::move(out));
  }
  for (const CacheUsage& row : usage) add_usage(o, row);
  return o;
}

Status run_daemon(Ports ports, const DaemonOptions& options, const std::atomic<bool>& stop, Listener& listener) {
  return Loop(ports, options, stop, listener).run();
}

}  // namespace dcat
