// The daemon's loop: the order of its calls, and what it does when one of them fails.
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "tests/controller/shell/fake_ports.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

using namespace testing;

bool starts_with(const Texts& texts, const std::string& text) {
  return std::ranges::any_of(texts, [&](const std::string& t) { return t.starts_with(text); });
}

TEST_CASE("a period enters, looks, reads, applies, gathers and leaves, and the run ends with release") {
  Run run;
  REQUIRE(run.play(Mode::enforce, 1).ok());
  const std::string applied(static_cast<std::size_t>(run.cache.count('a')), 'a');
  CHECK(applied.size() > 3);
  CHECK(run.cache.log == "ECgm" + applied + "GLR");
  CHECK(run.cache.asked == std::vector<ContainerId>{ContainerId{"a"}, ContainerId{"b"}});
  CHECK(run.cache.masks == unmanaged(run.cache.geometry));
  CHECK(run.ears.troubles.empty());
}

TEST_CASE("gather is called once a period, also in those that change nothing") {
  Run run;
  REQUIRE(run.play(Mode::enforce, 20).ok());
  CHECK(run.cache.count('G') == 20);
  CHECK(run.cache.count('E') == 20);
  CHECK(run.cache.count('L') == 20);
  CHECK(run.cache.log.ends_with("ECgmGLR"));
  CHECK(run.ears.news.empty());
}

TEST_CASE("observe and advise look and write nothing, take no lock and give nothing back") {
  for (const Mode mode : {Mode::observe, Mode::advise}) {
    Run run;
    run.cache.failing = "E";
    REQUIRE(run.play(mode, 5).ok());
    CHECK(run.cache.count('E') == 0);
    CHECK(run.cache.count('a') + run.cache.count('G') + run.cache.count('R') == 0);
    CHECK(run.ears.decisions.size() == 5);
    CHECK(run.cache.masks == unmanaged(run.cache.geometry));
  }
}

TEST_CASE("what the census has to say is told") {
  Run run;
  run.cache.news = {"foreign group COS1 takes a CLOSID"};
  REQUIRE(run.play(Mode::advise, 3).ok());
  CHECK(run.ears.news == Texts{"foreign group COS1 takes a CLOSID"});
}

TEST_CASE("what the census has to say is told in a period that cannot be decided, too: it is said only once") {
  for (const std::string call : {"g", "m"}) {
    Run run;
    run.cache.news = {"foreign group COS1 takes a CLOSID"};
    run.cache.failing = call;
    REQUIRE(run.play(Mode::advise, 3).ok());
    CHECK(run.ears.news == Texts{"foreign group COS1 takes a CLOSID"});
  }
}

TEST_CASE("a container in a foreign group is watched, keeps what it was promised, and gets no partition") {
  Run run;
  run.cache.foreign = {ContainerId{"b"}};
  REQUIRE(run.play(Mode::enforce, 5).ok());
  for (const Observation& o : run.ears.observations) {
    REQUIRE(o.containers.size() == 2);
    CHECK(o.containers[0].managed);
    CHECK_FALSE(o.containers[1].managed);
    CHECK(o.containers[1].contract_kind == Kind::given);
  }
  for (const Decision& d : run.ears.decisions) {
    for (const ContainerDecision& row : d.domains[0].containers)
      if (row.container == 1) CHECK(row.reason.code == ReasonCode::observed_only);
    for (const Change& change : d.changes)
      if (const auto* move = std::get_if<MoveContainer>(&change)) CHECK(move->container == ContainerId{"a"});
    CHECK(group_of(d.masks.members, ContainerId{"b"}).is_shared_region());
    CHECK_FALSE(group_of(d.masks.members, ContainerId{"a"}).is_shared_region());
  }
}

// Keeps what it was asked: r resume, p pause, R read, w watch.
class WindowedCounters : public SteadyCounters {
 public:
  using SteadyCounters::SteadyCounters;
  std::vector<Error> watch(const std::vector<ContainerId>& containers) override {
    log += 'w';
    return SteadyCounters::watch(containers);
  }
  void pause() override { log += 'p'; }
  void resume() override { log += 'r'; }
  bool one_read_a_period() const override { return many; }
  Result<std::vector<ContainerSample>> read() override {
    log += 'R';
    return SteadyCounters::read();
  }
  std::string log;
  bool many = false;
};

TEST_CASE("counting in windows begins switched off, and stays on where so many are counted that they are read once") {
  Run run;
  WindowedCounters counters(run.clock);
  DaemonOptions options;
  options.ticks = 2;
  options.counting = CountingWindows{std::chrono::milliseconds(200), std::chrono::seconds(1)};
  REQUIRE(run_daemon({run.clock, counters, run.containers, run.cache}, options, run.stop, run.ears).ok());
  CHECK(counters.log ==
        "pw"
        "rRRpw"
        "rRRpw");
  counters.log.clear();
  counters.many = true;
  REQUIRE(run_daemon({run.clock, counters, run.containers, run.cache}, options, run.stop, run.ears).ok());
  CHECK(counters.log ==
        "pw"
        "rRw"
        "Rw");
}

TEST_CASE("who comes within a period is counted from the next reading on") {
  Run run;
  class Arriving : public FixedContainers {
   public:
    explicit Arriving(FakeClock& clock) : clock_(clock) {}
    bool has_news() const override { return clock_.now() >= TimePoint(std::chrono::milliseconds(300)) && !told_; }
    Result<std::vector<ContainerInfo>> list() override {
      Result<std::vector<ContainerInfo>> all = FixedContainers::list();
      if (has_news()) told_ = true;
      if (!told_) all->pop_back();
      return all;
    }

   private:
    FakeClock& clock_;
    bool told_ = false;
  } containers(run.clock);
  DaemonOptions options;
  options.ticks = 1;
  REQUIRE(run_daemon({run.clock, run.counters, containers, run.cache}, options, run.stop, run.ears).ok());
  const Observation& o = run.ears.observations.at(0);
  REQUIRE(o.domains[0].series.size() == 2);
  CHECK(o.domains[0].series[0].count == 10);
  CHECK(o.domains[0].series[1].count == 7);  // from 400 ms on
}

// `b` is announced 300 ms after the start of each period's first sub-sample; the clock wakes for it.
class Announced : public FixedContainers {
 public:
  Announced() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  ~Announced() override { ::close(fd_); }
  Announced(const Announced&) = delete;
  Announced& operator=(const Announced&) = delete;
  void announce() {
    ::eventfd_write(fd_, 1);
    there_ = true;
  }
  void flip() {
    announce();
    there_ = flipped_ = !flipped_;
  }
  int news_fd() const override { return fd_; }
  Result<std::vector<ContainerInfo>> list() override {
    eventfd_t count = 0;
    if (!deaf) ::eventfd_read(fd_, &count);
    if (broken) return dcat::testing::broken("list");
    Result<std::vector<ContainerInfo>> all = FixedContainers::list();
    all->back().starting = true;
    if (!there_) all->pop_back();
    return all;
  }
  void settled() override { ++settled_calls; }

  int settled_calls = 0;
  bool deaf = false, broken = false;

 private:
  int fd_;
  bool there_ = false, flipped_ = false;
};

class WakingClock : public FakeClock {
 public:
  void sleep_until_readable(TimePoint until, int fd) override {
    if (fd >= 0) asked = true;
    if (fd >= 0 && now() < at && at < until && on_wake) {
      sleep_until(at);
      std::exchange(on_wake, nullptr)();
    } else {
      sleep_until(until);
    }
  }
  TimePoint at{};
  std::function<void()> on_wake;
  bool asked = false;
};

struct AnnouncedRun {
  WakingClock clock;
  SteadyCounters counters{clock};
  Announced containers;
  LoggingCache cache;
  Ears ears;
  std::atomic<bool> stop{false};

  Status play(Mode mode, std::uint64_t ticks) {
    clock.at = TimePoint(std::chrono::milliseconds(1'350));
    clock.on_wake = [this] { containers.announce(); };
    if (every_wake) clock.on_wake = [this] { again(); };
    DaemonOptions options;
    options.mode = mode;
    options.ticks = ticks;
    options.parameters.policy = policy;
    return run_daemon({clock, counters, containers, cache}, options, stop, ears);
  }
  void again() {
    clock.at = clock.now() + std::chrono::microseconds(100);
    if (every_wake()) clock.on_wake = [this] { again(); };
  }
  PolicyKind policy = Parameters{}.policy;
  std::function<bool()> every_wake;
};

TEST_CASE("who is announced within a period is let in at once, and everybody else holds what they have") {
  AnnouncedRun run;
  REQUIRE(run.play(Mode::enforce, 3).ok());
  REQUIRE(run.ears.observations.size() == 4);
  const Observation& early = run.ears.observations[1];
  CHECK(early.at == TimePoint(std::chrono::milliseconds(1'350)));
  CHECK(early.domains[0].series.empty());
  const auto ways_of = [&run](std::size_t decision, std::uint32_t container) {
    for (const ContainerDecision& row : run.ears.decisions[decision].domains[0].containers)
      if (row.container == container) return row.ways_after;
    return Ways(-1);
  };
  CHECK(ways_of(1, 0) == ways_of(0, 0));
  CHECK(ways_of(1, 1) == Ways(4));
  CHECK(run.ears.observations[2].at == TimePoint(std::chrono::seconds(2)));
  CHECK(run.ears.observations[2].domains[0].series[0].count == 10);  // what was sampled before still counts
  CHECK(run.containers.settled_calls == 4);
  CHECK(run.ears.troubles.empty());
}

// The read of 1400 ms is the 4th of the second period.
class AnnouncingCounters : public SteadyCounters {
 public:
  AnnouncingCounters(FakeClock& clock, Announced& containers) : SteadyCounters(clock), containers_(containers) {}
  Result<std::vector<ContainerSample>> read() override {
    if (++reads_ == 14) containers_.announce();
    return SteadyCounters::read();
  }
  std::vector<Error> watch(const std::vector<ContainerId>& containers) override {
    if (containers.size() == 2 && settled_before_counting < 0) settled_before_counting = containers_.settled_calls;
    return SteadyCounters::watch(containers);
  }
  int settled_before_counting = -1;

 private:
  Announced& containers_;
  int reads_ = 0;
};

TEST_CASE("who is announced while counters are read is let in and told after that reading, before it is counted") {
  AnnouncedRun run;
  AnnouncingCounters counters(run.clock, run.containers);
  DaemonOptions options;
  options.mode = Mode::enforce;
  options.ticks = 2;
  REQUIRE(run_daemon({run.clock, counters, run.containers, run.cache}, options, run.stop, run.ears).ok());
  REQUIRE(run.ears.observations.size() == 3);
  CHECK(run.ears.observations[1].at == TimePoint(std::chrono::milliseconds(1'400)));
  CHECK(run.containers.settled_calls == 3);
  CHECK(counters.settled_before_counting == 2);
}

TEST_CASE("where nothing is enforced who is announced is counted at once, and decided on with everybody") {
  AnnouncedRun run;
  REQUIRE(run.play(Mode::observe, 3).ok());
  CHECK(run.ears.observations.size() == 3);
  CHECK(run.clock.asked);
  CHECK(run.containers.settled_calls == 4);
  CHECK(run.ears.observations[1].domains[0].series[1].count == 7);  // from 1400 ms on
}

TEST_CASE("an announcement that changes nothing costs no decision, and one under another policy waits for the period") {
  AnnouncedRun nothing;
  nothing.containers.announce();  // it is there from the start
  REQUIRE(nothing.play(Mode::enforce, 3).ok());
  CHECK(nothing.ears.observations.size() == 3);
  AnnouncedRun other;
  other.policy = PolicyKind::aimd;
  REQUIRE(other.play(Mode::enforce, 3).ok());
  CHECK(other.ears.observations.size() == 3);
  CHECK(other.ears.observations[1].domains[0].series[1].count == 7);
}

TEST_CASE("decisions for those who are announced do not count as periods in which the node cannot be read") {
  AnnouncedRun run;
  run.cache.failing = "g";
  int announced = 0;
  run.every_wake = [&] {
    run.containers.flip();
    return ++announced < 50;
  };
  REQUIRE(run.play(Mode::enforce, 3).ok());
  CHECK(announced == 50);
}

TEST_CASE("announcements that cannot be taken do not keep the loop from its periods") {
  AnnouncedRun run;
  run.containers.deaf = true;  // they can be read for ever
  REQUIRE(run.play(Mode::enforce, 3).ok());
  CHECK(run.ears.observations.back().at == TimePoint(std::chrono::seconds(3)));
  CHECK(run.ears.observations.size() <= 3 + 2 * 100);
}

TEST_CASE("whose counters are to be left alone is not counted, and is decided on like anybody") {
  Run run;
  class OneUncounted : public FixedContainers {
   public:
    Result<std::vector<ContainerInfo>> list() override {
      Result<std::vector<ContainerInfo>> all = FixedContainers::list();
      (*all)[0].counted = false;
      return all;
    }
  } containers;
  DaemonOptions options;
  options.ticks = 2;
  REQUIRE(run_daemon({run.clock, run.counters, containers, run.cache}, options, run.stop, run.ears).ok());
  CHECK(run.counters.watched == std::vector<ContainerId>{ContainerId{"b"}});
  CHECK(run.ears.observations.back().containers.size() == 2);
}

TEST_CASE("a lock that others hold for long does not end the run, and nothing is read or written without it") {
  Run run;
  run.cache.failing = "E";
  REQUIRE(run.play(Mode::enforce, 50).ok());
  CHECK(run.cache.count('E') == 50);
  CHECK(run.cache.log.ends_with("EER"));
  CHECK(run.cache.log.size() == 51);
  CHECK(run.ears.decisions.empty());
  CHECK(run.ears.troubles.size() == 50);  // each listener says it once
}

TEST_CASE("a lock that was let go is used in the next period") {
  Run run;
  run.cache.failing = "E";
  DaemonOptions options;
  options.mode = Mode::enforce;
  options.ticks = 3;
  class FreeAfterOne : public FixedContainers {
   public:
    explicit FreeAfterOne(LoggingCache& cache) : cache_(cache) {}
    Result<std::vector<ContainerInfo>> list() override {
      if (cache_.count('E') == 1) cache_.failing.clear();
      return FixedContainers::list();
    }

   private:
    LoggingCache& cache_;
  } containers(run.cache);
  REQUIRE(run_daemon({run.clock, run.counters, containers, run.cache}, options, run.stop, run.ears).ok());
  CHECK(run.ears.decisions.size() == 2);
  CHECK(run.cache.log.starts_with("EECgm"));
}

TEST_CASE("a node that cannot be read ten periods in a row ends the run, after it was left and given back") {
  for (const std::string call : {"C", "g", "m"}) {
    Run run;
    run.cache.failing = call;
    const Status ended = run.play(Mode::enforce, 30);
    INFO(call);
    REQUIRE_FALSE(ended.ok());
    CHECK(ended.error().why == "broken");
    CHECK(run.ears.troubles.size() == 9);
    CHECK(run.cache.count('E') == 5);
    CHECK(run.cache.count('L') == 10);
    CHECK(run.cache.count('R') == 1);
  }
}

TEST_CASE("a period that can be read in between starts the count of bad ones anew") {
  Run run;
  run.cache.on_period = [](LoggingCache& cache) { cache.failing = cache.period % 10 == 0 ? "" : "m"; };
  REQUIRE(run.play(Mode::enforce, 35).ok());
  CHECK(run.ears.decisions.size() == 3);
}

TEST_CASE("a listener that cannot go on ends the run, after the node was given back") {
  Run run;
  run.ears.full_at = 3;
  const Status ended = run.play(Mode::enforce, 30);
  REQUIRE_FALSE(ended.ok());
  CHECK(ended.error().what == "disk");
  CHECK(run.cache.log.ends_with("ECgmLR"));
  CHECK(run.cache.masks == unmanaged(run.cache.geometry));
}

TEST_CASE("a release that fails is the run's error, beside another one it is trouble") {
  Run run;
  run.cache.failing = "R";
  CHECK(run.play(Mode::enforce, 2).error().what == "release");
  Run full;
  full.cache.failing = "R";
  full.ears.full_at = 1;
  CHECK(full.play(Mode::enforce, 2).error().what == "disk");
  CHECK(full.ears.troubles == Texts{"release: broken"});
}

TEST_CASE(
    "after a change that fails no later one is tried, stragglers are gathered, and the next period goes on from what "
    "is there") {
  Run run;
  run.cache.refuse_at = 2;
  REQUIRE(run.play(Mode::enforce, 3).ok());
  CHECK(run.cache.log.starts_with("ECgmaafGLECgma"));
  CHECK(run.ears.troubles == Texts{"apply: broken"});
  CHECK(run.ears.news.empty());  // our own failure is nobody's damage
  CHECK(run.cache.log.ends_with("ECgmGLR"));
  CHECK(run.ears.decisions.back().changes.empty());
}

TEST_CASE("a node whose directory cannot be locked goes on in advise, which needs no lock") {
  Run run;
  run.cache.failing = "E";
  run.cache.enter_errno = ENOENT;
  REQUIRE(run.play(Mode::enforce, 30).ok());
  CHECK(run.cache.count('E') == 5);
  CHECK(run.ears.decisions.size() == 25);
}

TEST_CASE("a node that refuses everything is nobody's damage: it is given back after five periods of trying") {
  Run run;
  run.cache.refuse_all = true;
  REQUIRE(run.play(Mode::enforce, 20).ok());
  CHECK(run.cache.count('f') == 5);
  CHECK(run.cache.count('R') == 1);
  CHECK(run.ears.news.empty());
}

TEST_CASE("what a change of ours left half done is nobody else's damage") {
  for (int at = 0; at < 6; ++at) {
    Run run;
    run.cache.refuse_at = at;
    run.cache.half_done = true;
    REQUIRE(run.play(Mode::enforce, 3).ok());
    CHECK(run.ears.troubles == Texts{"apply: broken"});
    CHECK(run.ears.news.empty());
    CHECK(run.ears.decisions.back().changes.empty());
  }
}

TEST_CASE("stragglers that cannot be gathered are trouble, and the run goes on") {
  Run run;
  run.cache.failing = "G";
  REQUIRE(run.play(Mode::enforce, 3).ok());
  CHECK(run.ears.troubles == Texts(3, "gather: broken"));
}

// Somebody removes every group at the start of each period from the third on.
void remove_groups(LoggingCache& cache) {
  if (cache.period < 3) return;
  for (DomainMasks& domain : cache.masks.domains) domain.groups.clear();
  cache.masks.members.clear();
}

TEST_CASE("what somebody undid is said once and put right") {
  Run run;
  run.cache.on_period = [](LoggingCache& cache) {
    if (cache.period == 3 || cache.period == 5) remove_groups(cache);
  };
  REQUIRE(run.play(Mode::enforce, 10).ok());
  REQUIRE(run.ears.news.size() == 1);
  CHECK(run.ears.news[0].starts_with("somebody else changed what is ours: group"));
  CHECK(run.ears.news[0].ends_with("is gone; it is put right"));
  CHECK(run.ears.decisions.back().changes.empty());
  CHECK(run.cache.count('R') == 1);
}

TEST_CASE("whoever undoes our changes three times in a minute is not fought: the node is given back, and advised") {
  Run run;
  run.cache.on_period = remove_groups;
  REQUIRE(run.play(Mode::enforce, 20).ok());
  CHECK(run.cache.count('R') == 1);
  const std::string after = run.cache.log.substr(run.cache.log.find('R') + 1);
  CHECK(std::ranges::count(after, 'a') == 0);
  CHECK(std::ranges::count(after, 'E') == 0);
  CHECK(std::ranges::count(after, 'G') == 0);
  CHECK(std::ranges::count(after, 'C') == 15);  // periods 6 to 20
  CHECK(run.ears.decisions.size() == 19);
  CHECK_FALSE(run.ears.decisions.back().changes.empty());  // what it would do
  CHECK(run.ears.modes == Texts{"advise: another program undid our changes 3 times in a minute; this node is given "
                                "back, and `dcat mode enforce` begins again, once it is found who"});
  CHECK(run.ears.news.size() == 1);
}

TEST_CASE("nothing is decided on masks that were read before the node was given back") {
  Run run;
  run.cache.on_period = remove_groups;
  REQUIRE(run.play(Mode::enforce, 6).ok());
  CHECK(run.cache.log.substr(run.cache.log.find('R')) == "RLCgmL");
  REQUIRE(run.ears.observations.size() == 5);  // not in the fifth period
  CHECK(run.ears.observations.back().masks == unmanaged(run.cache.geometry));
}

TEST_CASE("a node that cannot be given back when it is given up ends the run") {
  Run run;
  run.cache.on_period = remove_groups;
  run.cache.failing = "R";
  const Status ended = run.play(Mode::enforce, 20);
  REQUIRE_FALSE(ended.ok());
  CHECK(ended.error().what == "release");
  CHECK(run.cache.count('R') == 1);  // tried once
  CHECK(starts_with(run.ears.modes, "advise: another program"));
}

TEST_CASE("foreign groups that take ways of ours are no damage") {
  Run run;
  run.cache.on_period = [](LoggingCache& cache) {
    if (cache.period < 3) return;
    const Cbm left = Cbm::run(WayIndex(0), Ways(12 - cache.period % 3));
    cache.geometry.domains[0].available = left;
    cache.masks.domains[0].shared = cache.masks.domains[0].shared & left;
  };
  REQUIRE(run.play(Mode::enforce, 12).ok());
  CHECK(run.ears.news.empty());
  CHECK(run.cache.count('R') == 1);
}

TEST_CASE("a run that is asked to stop gives the node back at once") {
  Run run;
  run.cache.on_period = [&run](LoggingCache& cache) {
    if (cache.period == 2) run.stop = true;
  };
  REQUIRE(run.play(Mode::enforce, 0).ok());
  CHECK(run.ears.decisions.size() == 2);
  CHECK(run.cache.log.ends_with("LR"));
}

TEST_CASE("containers that cannot be listed at the start end the run before anything is touched") {
  class None : public FixedContainers {
    Result<std::vector<ContainerInfo>> list() override { return broken("list"); }
  } none;
  Run run;
  DaemonOptions options;
  options.mode = Mode::enforce;
  options.ticks = 3;
  CHECK(run_daemon({run.clock, run.counters, none, run.cache}, options, run.stop, run.ears).error().what == "list");
  CHECK(run.cache.log.empty());
}

}  // namespace
}  // namespace dcat
