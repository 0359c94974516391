#include "controller/shell/daemon.h"

#include <algorithm>
#include <utility>

#include "cat/diff.h"
#include "controller/step.h"

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

// Everybody in the default group, which has every way: the node as nobody manages it.
Masks unmanaged(const Geometry& geometry) {
  Masks masks;
  for (const DomainGeometry& domain : geometry.domains) masks.domains.push_back({domain.id, domain.available, {}});
  return masks;
}

class Loop {
 public:
  Loop(Ports ports, const DaemonOptions& options, const std::atomic<bool>& stop, Listener& listener)
      : ports_(ports), options_(options), stop_(stop), listener_(listener) {}

  Status run() {
    Result<std::vector<ContainerInfo>> containers = ports_.containers.list();
    if (!containers) return std::move(containers).error();
    watch(*containers);
    TimePoint due = ports_.clock.now();
    for (std::uint64_t tick = 0; options_.ticks == 0 || tick < options_.ticks; ++tick) {
      due += options_.interval;
      // A period that is already over is not made up for: the next one starts now.
      if (ports_.clock.now() > due) due = ports_.clock.now() + options_.interval;
      const auto reads = sample_until(due);
      if (stop_) break;
      if (Status done = decide(reads); !done) return done;
    }
    return options_.mode == Mode::enforce ? reset() : Status();
  }

 private:
  std::vector<std::vector<ContainerSample>> sample_until(TimePoint due) {
    std::vector<std::vector<ContainerSample>> reads;
    const auto parts = std::max<Duration::rep>(1, options_.interval / options_.sample_interval);
    for (auto part = parts; part-- > 0;) {
      const TimePoint read_at = due - part * options_.sample_interval;
      const auto turns = static_cast<Duration::rep>(ports_.counters.turns());
      for (auto left = turns; --left > 0 && !stop_;) {
        ports_.clock.sleep_until(read_at - left * options_.sample_interval / turns);
        ports_.counters.change_turns();
      }
      ports_.clock.sleep_until(read_at);
      if (stop_) break;
      Result<std::vector<ContainerSample>> read = ports_.counters.read();
      if (read)
        reads.push_back(std::move(*read));
      else
        listener_.on_trouble(std::move(read).error());
    }
    return reads;
  }

  Status decide(const std::vector<std::vector<ContainerSample>>& reads) {
    Result<std::vector<ContainerInfo>> containers = ports_.containers.list();
    Result<Geometry> geometry = ports_.cache.read_geometry();
    Result<Masks> masks = ports_.cache.read_masks();
    // Without these there is nothing to decide on; what is in force stays.
    if (!containers) return skip(std::move(containers).error());
    if (!geometry) return skip(std::move(geometry).error());
    if (!masks) return skip(std::move(masks).error());
    const Observation observation =
        assemble(ports_.clock.now(), std::move(*geometry), std::move(*masks), std::move(*containers), reads);
    const auto decide = options_.mode == Mode::observe ? observe : step;
    StepResult result = decide(std::move(state_), observation, options_.parameters);
    state_ = std::move(result.state);
    if (Status told = listener_.on_decision(observation, result.decision); !told) return told;
    if (options_.mode == Mode::enforce) apply(result.decision.changes);
    watch(observation.containers);
    skipped_ = 0;
    return {};
  }

  Status skip(Error error) {
    constexpr int kMostSkipped = 10;  // periods in a row before the node is given up
    if (++skipped_ >= kMostSkipped) return error;
    listener_.on_trouble(error);
    return {};
  }

  void apply(const Changes& changes) {
    for (const Change& change : changes) {
      if (Status applied = ports_.cache.apply(change); !applied) {
        // Later changes may rely on this one; the next period starts from what is really there.
        listener_.on_trouble(std::move(applied).error());
        return;
      }
    }
  }

  void watch(const std::vector<ContainerInfo>& containers) {
    // Every period, changed or not: a source takes up again here what it had lost.
    for (const Error& error : ports_.counters.watch(ids_of(containers))) listener_.on_trouble(error);
  }

  Status reset() {
    Result<Geometry> geometry = ports_.cache.read_geometry();
    if (!geometry) return std::move(geometry).error();
    Result<Masks> masks = ports_.cache.read_masks();
    if (!masks) return std::move(masks).error();
    Result<Changes> changes = diff(*masks, unmanaged(*geometry), *geometry);
    if (!changes) return std::move(changes).error();
    apply(*changes);
    return {};
  }

  Ports ports_;
  const DaemonOptions& options_;
  const std::atomic<bool>& stop_;
  Listener& listener_;
  ControllerState state_;
  int skipped_ = 0;
};

}  // namespace

Observation assemble(TimePoint at, Geometry geometry, Masks masks, std::vector<ContainerInfo> containers,
                     const std::vector<std::vector<ContainerSample>>& reads) {
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
  return o;
}

Status run_daemon(Ports ports, const DaemonOptions& options, const std::atomic<bool>& stop, Listener& listener) {
  return Loop(ports, options, stop, listener).run();
}

}  // namespace dcat
