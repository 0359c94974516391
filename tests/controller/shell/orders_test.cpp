// What a running loop does that is told to go on otherwise: other modes, other settings, and when it falls back.
#include "controller/shell/orders.h"

#include "tests/controller/shell/fake_ports.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

using namespace testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Gives orders at the start of periods (of the census), and keeps what it is told.
struct Ordered : Listener {
  Run run;
  Orders orders;
  DaemonOptions options;
  std::map<int, Order> at;  // period -> order
  std::vector<std::pair<Mode, std::string>> modes;
  std::vector<Duration> intervals;
  Texts troubles;
  int beats = 0, periods = 0, states = 0, decided = 0, applied = 0, refused = 0;

  Status play(Mode mode, std::uint64_t ticks) {
    options.mode = mode;
    options.ticks = ticks;
    options.orders = &orders;
    run.cache.on_period = [this](LoggingCache& cache) {
      if (const auto order = at.find(cache.period); order != at.end()) orders.put(order->second);
      if (also) also(cache);
    };
    return run_daemon({run.clock, run.counters, run.containers, run.cache}, options, run.stop, *this);
  }
  std::function<void(LoggingCache&)> also;

  Status on_decision(const Observation& o, const Decision&) override {
    ++decided;
    times.push_back(o.at);
    return {};
  }
  void on_trouble(const Error& error) override { troubles.push_back(error.to_string()); }
  void on_state(const ControllerState& state) override {
    ++states;
    CHECK(static_cast<int>(state.tick) == states);
  }
  void on_applied(const Change&, const Status& status) override { ++(status ? applied : refused); }
  void on_period(Duration) override { ++periods; }
  void on_beat() override { ++beats; }
  void on_mode(Mode mode, const std::string& why) override { modes.emplace_back(mode, why); }
  void on_settings(const DaemonOptions& settings) override { intervals.push_back(settings.interval); }
  std::vector<TimePoint> times;
};

TEST_CASE("a run that advises enforces when it is ordered to, and gives the node back when it is ordered to stop") {
  Ordered run;
  run.at = {{2, ModeOrder{Mode::enforce, "x"}}, {5, ModeOrder{Mode::observe, "y"}}};
  REQUIRE(run.play(Mode::advise, 8).ok());
  CHECK(run.modes == std::vector<std::pair<Mode, std::string>>{{Mode::enforce, "x"}, {Mode::observe, "y"}});
  const std::string& log = run.run.cache.log;
  INFO(log);
  // Two periods without a change, the lock and the changes of three, then given back once and only looked at.
  CHECK(log.starts_with("CgmLCgmLBECgmaa"));
  CHECK(run.run.cache.count('E') == 3);
  CHECK(run.run.cache.count('R') == 1);
  CHECK(log.ends_with("GLRCgmLCgmLCgmL"));
  CHECK(run.applied == run.run.cache.count('a'));
  CHECK(run.run.cache.masks == unmanaged(run.run.cache.geometry));
  CHECK(run.troubles.empty());
}

TEST_CASE("a mode that cannot be had is told, and all stays as it was") {
  Ordered run;
  run.run.cache.failing = "B";
  run.at = {{2, ModeOrder{Mode::enforce, "x"}}};
  REQUIRE(run.play(Mode::advise, 5).ok());
  CHECK(run.modes.empty());
  CHECK(run.troubles == Texts{"change to mode enforce: begin: broken"});
  CHECK(run.run.cache.count('E') == 0);
}

TEST_CASE("the mode that is already there is no change") {
  Ordered run;
  run.at = {{2, ModeOrder{Mode::enforce, "x"}}};
  REQUIRE(run.play(Mode::enforce, 4).ok());
  CHECK(run.modes.empty());
  CHECK(run.run.cache.count('R') == 1);  // at the end
}

TEST_CASE("other settings hold from the next period on, after what changes with them") {
  Ordered run;
  SettingsOrder order;
  order.interval = milliseconds(500);
  order.sample_interval = milliseconds(50);
  bool before = false;
  order.before = [&] {
    before = true;
    CHECK(run.intervals.empty());
  };
  run.at = {{2, order}};
  REQUIRE(run.play(Mode::enforce, 5).ok());
  CHECK(before);
  CHECK(run.intervals == std::vector<Duration>{milliseconds(500)});
  const auto ms = [](int n) { return TimePoint(milliseconds(n)); };
  CHECK(run.times == std::vector<TimePoint>{ms(1000), ms(2000), ms(3000), ms(3500), ms(4000)});
}

TEST_CASE("it beats at each reading and after each period, and tells the state and how long a period took") {
  Ordered run;
  REQUIRE(run.play(Mode::enforce, 3).ok());
  CHECK(run.beats == 1 + 3 * (10 + 1));
  CHECK(run.periods == 3);
  CHECK(run.states == 3);
}

TEST_CASE("a period that cannot be decided is a beat, too, and has no state") {
  Ordered run;
  run.run.cache.failing = "g";
  REQUIRE(run.play(Mode::enforce, 3).ok());
  CHECK(run.beats == 1 + 3 * (10 + 1));
  CHECK(run.periods == 3);
  CHECK(run.states == 0);
}

TEST_CASE("changes that fail again and again end enforcing: the node is given back, and the run advises") {
  Ordered run;
  run.run.cache.refuse_all = true;
  REQUIRE(run.play(Mode::enforce, 9).ok());
  REQUIRE(run.modes.size() == 1);
  CHECK(run.modes[0].first == Mode::advise);
  CHECK(
      run.modes[0].second ==
      "5 periods failed within 60 s, the last: apply: broken; this node is given back, and `dcat mode enforce` begins "
      "again");
  CHECK(run.refused == 5);
  CHECK(run.run.cache.count('R') == 1);
  CHECK(run.run.cache.log.ends_with("CgmLCgmLCgmLCgmL"));
  CHECK(run.troubles.size() == 5);  // each period's; the mode's change tells the rest
}

TEST_CASE("periods that cannot be decided end enforcing, too, before they end the run") {
  Ordered run;
  run.also = [](LoggingCache& cache) { cache.failing = cache.period <= 5 ? "g" : ""; };
  REQUIRE(run.play(Mode::enforce, 9).ok());
  REQUIRE(run.modes.size() == 1);
  CHECK(run.modes[0].first == Mode::advise);
  CHECK(run.decided == 4);
}

TEST_CASE("enforce comes back after the set time, and when it is ordered") {
  for (const bool by_hand : {false, true}) {
    Ordered run;
    run.run.cache.refuse_all = true;
    run.also = [](LoggingCache& cache) { cache.refuse_all = cache.period <= 5; };
    if (by_hand)
      run.at = {{7, ModeOrder{Mode::enforce, "x"}}};
    else
      run.options.fallback.return_after = seconds(3);
    REQUIRE(run.play(Mode::enforce, 12).ok());
    REQUIRE(run.modes.size() == 2);
    CHECK(run.modes[0].first == Mode::advise);
    CHECK(run.modes[1] ==
          std::pair(Mode::enforce, std::string(by_hand ? "x" : "the set time after falling back is over")));
    CHECK(run.run.cache.count('B') == 1);
    CHECK(run.applied > 0);
  }
}

TEST_CASE("a fall-back that another program causes comes back after the set time as well") {
  Ordered run;
  run.options.fallback.return_after = seconds(20);
  run.also = [](LoggingCache& cache) {
    if (cache.period < 20) cache.masks = unmanaged(cache.geometry);
  };
  REQUIRE(run.play(Mode::enforce, 60).ok());
  REQUIRE(run.modes.size() == 2);
  CHECK(run.modes[0].second.starts_with("another program undid our changes"));
  CHECK(run.modes[1].first == Mode::enforce);
}

}  // namespace
}  // namespace dcat
