// Ports of the daemon's loop that keep what they were asked and fail when they are told to.
#pragma once

#include <algorithm>
#include <cerrno>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cat/diff.h"
#include "controller/shell/daemon.h"
#include "tests/cat/builders.h"

namespace dcat::testing {

using Kind = ContainerInfo::ContractKind;
using Texts = std::vector<std::string>;

inline Error broken(const std::string& what, int number = EIO) {
  return {ErrorCode::failed, what, "broken", "", number};
}

class FakeClock : public Clock {
 public:
  TimePoint now() override { return now_; }
  void sleep_until(TimePoint until) override { now_ = std::max(now_, until); }

 private:
  TimePoint now_{};
};

// Every container runs all the time and misses a little.
class SteadyCounters : public CounterSource {
 public:
  explicit SteadyCounters(Clock& clock) : clock_(clock) {}
  std::string name() const override { return "test"; }
  std::vector<EventChoice> events() const override { return {}; }
  std::vector<Error> watch(const std::vector<ContainerId>& containers) override {
    watched = containers;
    return {};
  }
  Result<std::vector<ContainerSample>> read() override {
    std::vector<ContainerSample> samples;
    const Duration run = clock_.now().time_since_epoch();
    const double s = seconds(run);
    for (const ContainerId& id : watched) {
      ContainerSample sample{id, DomainId{0}, {}};
      sample.sample.at = clock_.now();
      sample.sample.enabled = run;
      const double per_second[kEventCount] = {1e9, 1e9, 250e6, 50e6, 1e6};
      for (const Event e : kAllEvents)
        sample.sample[e] = Reading{static_cast<std::uint64_t>(per_second[static_cast<std::size_t>(e)] * s), run};
      samples.push_back(std::move(sample));
    }
    return samples;
  }
  std::vector<ContainerId> watched;

 private:
  Clock& clock_;
};

class FixedContainers : public ContainerSource {
 public:
  std::string name() const override { return "test"; }
  Result<std::vector<ContainerInfo>> list() override {
    return std::vector<ContainerInfo>{{ContainerId{"a"}, Kind::given, Ways(3), 0},
                                      {ContainerId{"b"}, Kind::given, Ways(4), 0}};
  }
};

// Masks in memory. `log` has a letter for each call: E enter, L leave, C census, g geometry, m masks, a applied,
// f refused, G gather, B begin_writing, R release.
class LoggingCache : public CacheControl {
 public:
  std::string name() const override { return "test"; }
  Status enter(Duration) override {
    log += 'E';
    return fails('E') ? Status(broken("enter", enter_errno)) : Status();
  }
  void leave() override { log += 'L'; }
  Result<Census> take_census(const std::vector<ContainerId>& containers) override {
    log += 'C';
    asked = containers;
    ++period;
    if (on_period) on_period(*this);
    if (fails('C')) return broken("census");
    return Census{foreign, std::exchange(news, {})};
  }
  Result<Geometry> read_geometry() override {
    log += 'g';
    return fails('g') ? Result<Geometry>(broken("geometry")) : geometry;
  }
  Result<Masks> read_masks() override {
    log += 'm';
    return fails('m') ? Result<Masks>(broken("masks")) : masks;
  }
  Status apply(const Change& change) override {
    if (refuse_all || applied_now++ == refuse_at) {
      log += 'f';
      if (half_done) apply_change(masks, change);
      return broken("apply");
    }
    log += 'a';
    apply_change(masks, change);
    return {};
  }
  Status gather() override {
    log += 'G';
    return fails('G') ? Status(broken("gather")) : Status();
  }
  Status begin_writing() override {
    log += 'B';
    return fails('B') ? Status(broken("begin")) : Status();
  }
  Status release() override {
    log += 'R';
    if (fails('R')) return broken("release");
    masks = unmanaged(geometry);
    return {};
  }
  bool fails(char call) const { return failing.find(call) != std::string::npos; }
  long count(char call) const { return std::ranges::count(log, call); }

  Geometry geometry = geometry_of(12);
  Masks masks = unmanaged(geometry);
  std::string log, failing;
  int enter_errno = EWOULDBLOCK;
  std::vector<ContainerId> foreign, asked;
  Texts news;
  int period = 0;
  std::function<void(LoggingCache&)> on_period;  // at the start of each, counted from 1
  bool refuse_all = false, half_done = false;    // half_done: a refused change is there all the same
  int refuse_at = -1, applied_now = 0;
};

class Ears : public Listener {
 public:
  Status on_decision(const Observation& o, const Decision& d) override {
    observations.push_back(o);
    decisions.push_back(d);
    if (decisions.size() == full_at) return broken("disk");
    return {};
  }
  void on_trouble(const Error& error) override { troubles.push_back(error.to_string()); }
  void on_news(const std::string& text) override { news.push_back(text); }
  void on_mode(Mode mode, const std::string& why) override { modes.push_back(std::string(name_of(mode)) + ": " + why); }

  std::vector<Observation> observations;
  std::vector<Decision> decisions;
  Texts troubles, news, modes;
  std::size_t full_at = 0;
};

struct Run {
  FakeClock clock;
  SteadyCounters counters{clock};
  FixedContainers containers;
  LoggingCache cache;
  Ears ears;
  std::atomic<bool> stop{false};

  Status play(Mode mode, std::uint64_t ticks) {
    DaemonOptions options;
    options.mode = mode;
    options.ticks = ticks;
    return run_daemon({clock, counters, containers, cache}, options, stop, ears);
  }
};

}  // namespace dcat::testing
