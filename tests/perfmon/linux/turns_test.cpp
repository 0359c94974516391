#include "perfmon/linux/turns.h"

#include <algorithm>
#include <random>

#include "perfmon/metrics.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace std::chrono_literals;

namespace {

const std::vector<Event> kAll{kAllEvents.begin(), kAllEvents.end()};

bool has(const Turn& turn, Event event) {
  return std::find(turn.begin(), turn.end(), event) != turn.end();
}

// A window in which a program with 0.3 loads, 0.02 LLC references and 0.01 misses an instruction ran.
Window window(std::uint64_t instructions, std::uint64_t cycles, Duration running) {
  Window w;
  w[Event::instructions] = instructions;
  w[Event::cycles] = cycles;
  w[Event::memory_accesses] = instructions * 3 / 10;
  w[Event::llc_references] = instructions / 50;
  w[Event::llc_misses] = instructions / 100;
  w.enabled = w.running = running;
  return w;
}

Window only(const Turn& turn, Window w) {
  for (const Event event : kAllEvents)
    if (!has(turn, event)) w[event] = 0;
  return w;
}

}  // namespace

TEST_CASE("for every set of events: turns of at most four, each with cycles and instructions, nothing left out") {
  for (unsigned set = 0; set < (1u << kEventCount); ++set) {
    std::vector<Event> available;
    for (std::size_t i = 0; i < kEventCount; ++i)
      if ((set >> i & 1) != 0) available.push_back(kAllEvents[i]);
    const std::vector<Turn> turns = plan_turns(available);
    CHECK(turns.empty() == available.empty());
    CHECK(turns.size() == (available.size() > kMostEventsAtOnce ? 2 : available.empty() ? 0 : 1));
    for (const Event event : available) {
      const auto in = std::count_if(turns.begin(), turns.end(), [&](const Turn& t) { return has(t, event); });
      const bool common = event == Event::cycles || event == Event::instructions;
      CHECK(in == (common ? static_cast<long>(turns.size()) : 1));
    }
    for (const Turn& turn : turns) {
      CHECK(turn.size() <= kMostEventsAtOnce);
      for (const Event event : turn) CHECK(std::count(available.begin(), available.end(), event) == 1);
    }
  }
}

TEST_CASE("with fewer counters there are more turns, instructions are in each and every event is in one") {
  CHECK(plan_turns(kAll, 3) == std::vector<Turn>{{Event::cycles, Event::instructions, Event::llc_references},
                                                 {Event::cycles, Event::instructions, Event::llc_misses},
                                                 {Event::cycles, Event::instructions, Event::memory_accesses}});
  CHECK(plan_turns(kAll, 2) == std::vector<Turn>{{Event::instructions, Event::cycles},
                                                 {Event::instructions, Event::llc_references},
                                                 {Event::instructions, Event::llc_misses},
                                                 {Event::instructions, Event::memory_accesses}});
  CHECK(plan_turns({Event::cycles, Event::instructions}, 2) == std::vector<Turn>{{Event::instructions, Event::cycles}});
  CHECK(plan_turns({Event::cycles, Event::llc_misses}, 2) == std::vector<Turn>{{Event::cycles, Event::llc_misses}});
}

TEST_CASE("cycles lead the group, and the LLC's two events are counted at the same time") {
  CHECK(plan_turns(kAll) ==
        std::vector<Turn>{{Event::cycles, Event::instructions, Event::llc_references, Event::llc_misses},
                          {Event::cycles, Event::instructions, Event::memory_accesses}});
}

TEST_CASE("with both turns between two readings, accesses per instruction are what was counted at any speed") {
  const std::vector<Turn> turns = plan_turns(kAll);
  DomainTotals totals(turns);
  const Sample before = totals.sample(TimePoint(0ns));
  totals.add(0, only(turns[0], window(1'000'000'000, 1'000'000'000, 500ms)));  // A: 2 per ns
  totals.add(1, only(turns[1], window(250'000'000, 1'000'000'000, 500ms)));    // B: four times slower
  totals.end_interval();
  const Sample after = totals.sample(TimePoint(1s));

  // Plain times would give 75 M loads x (1000 ms / 500 ms) / 1250 M = 0.12 loads an instruction.
  const Metrics metrics = derive(&before, std::vector<Sample>{after}, {});
  REQUIRE(metrics.valid());
  CHECK(*metrics.memory_accesses_per_instruction == Approx(0.3).epsilon(1e-6));
  CHECK(*metrics.mpki == Approx(10).epsilon(1e-6));
  CHECK(*metrics.miss_ratio == Approx(0.5).epsilon(1e-6));
  CHECK(metrics.ipc == Approx(1.25 / 2));
  CHECK(metrics.running_ratio == Approx(1.0));
  // B retired a fifth of the instructions, so its event gets a fifth of the time, and A's get the rest.
  CHECK(after[Event::memory_accesses]->running == 200ms);
  CHECK(after[Event::llc_misses]->running == 800ms);
}

TEST_CASE("with one turn between two readings, its events are exact and the others were not counted") {
  const std::vector<Turn> turns = plan_turns(kAll);
  DomainTotals totals(turns);
  totals.add(0, only(turns[0], window(1'000'000'000, 1'000'000'000, 500ms)));
  totals.end_interval();
  const Sample first = totals.sample(TimePoint(500ms));
  totals.add(1, only(turns[1], window(250'000'000, 1'000'000'000, 500ms)));
  totals.end_interval();
  const Metrics metrics = derive(&first, std::vector<Sample>{totals.sample(TimePoint(1s))}, {});
  REQUIRE(metrics.valid());
  CHECK(*metrics.memory_accesses_per_instruction == Approx(0.3).epsilon(1e-6));
  CHECK(metrics.ipc == Approx(0.25));
  CHECK(!metrics.mpki);
  CHECK(!metrics.miss_ratio);
}

TEST_CASE("half of a turn's time on a counter scales everything in it alike") {
  const std::vector<Turn> turns = plan_turns({Event::cycles, Event::instructions, Event::llc_misses});
  DomainTotals totals(turns);
  Window w;
  w[Event::cycles] = 40'000'000;
  w[Event::instructions] = 20'000'000;
  w[Event::llc_misses] = 200'000;
  w.enabled = 100ms;
  w.running = 50ms;
  totals.add(0, w);
  totals.end_interval();
  const Sample s = totals.sample(TimePoint(1s));
  CHECK(s.enabled == 100ms);
  CHECK(s[Event::instructions] == Reading{20'000'000, 50ms});
  CHECK(s[Event::llc_misses] == Reading{200'000, 50ms});
  CHECK(!s[Event::llc_references]);
  CHECK(!s[Event::memory_accesses]);
}

TEST_CASE("an event whose turn has not come, or never got a counter, is absent and not 0") {
  const std::vector<Turn> turns = plan_turns(kAll);
  DomainTotals totals(turns);
  totals.add(0, only(turns[0], window(1'000'000, 1'000'000, 1ms)));
  CHECK(!totals.sample({})[Event::llc_misses]);  // not read yet
  totals.end_interval();
  CHECK(totals.sample({})[Event::llc_misses]);
  CHECK(!totals.sample({})[Event::memory_accesses]);
  Window starved;  // it ran, another user held the counters
  starved.enabled = 5ms;
  totals.add(1, starved);
  totals.end_interval();
  CHECK(!totals.sample({})[Event::memory_accesses]);
  CHECK(totals.sample({}).enabled == 6ms);
  CHECK(totals.sample({})[Event::instructions]->running == 1ms);
}

TEST_CASE("nothing ever falls and no event is counted for longer than the container ran") {
  const std::vector<Turn> turns = plan_turns(kAll);
  std::mt19937 random(7);
  std::uniform_int_distribution<std::uint64_t> instructions(0, 3'000'000);
  std::uniform_int_distribution<int> running_us(0, 1000), more_us(0, 300);
  DomainTotals totals(turns);
  Sample before = totals.sample({});
  for (std::size_t i = 0; i < 20'000; ++i) {
    Window w = only(turns[i % 2], window(i % 7 == 0 ? 0 : instructions(random), 1'000'000,
                                         std::chrono::microseconds(running_us(random))));
    w.enabled = w.running + std::chrono::microseconds(more_us(random));
    totals.add(i % 2, w);
    if (i % 3 != 0) totals.end_interval();
    const Sample now = totals.sample({});
    for (const Event event : kAllEvents) {
      const Reading was = before[event].value_or(Reading{}), is = now[event].value_or(Reading{});
      REQUIRE(is.value >= was.value);
      REQUIRE(is.running >= was.running);
      REQUIRE(is.running <= now[Event::instructions].value_or(Reading{}).running);
    }
    REQUIRE(now[Event::instructions].value_or(Reading{}).running <= now.enabled);
    before = now;
  }
}

TEST_CASE("instructions a second that change at random do not show as loads an instruction") {
  const std::vector<Turn> turns = plan_turns(kAll);
  std::mt19937 random(11);
  std::uniform_int_distribution<std::uint64_t> instructions(50'000'000, 150'000'000);
  DomainTotals totals(turns);
  Sample before;
  double worst = 0;
  for (std::size_t i = 0; i < 2000; ++i) {
    totals.add(i % 2, only(turns[i % 2], window(instructions(random), 100'000'000, 50ms)));
    if (i % 2 == 1) totals.end_interval();
    if (i % 10 != 9) continue;  // a period of ten windows
    const Sample after = totals.sample(TimePoint(std::chrono::milliseconds(50 * i)));
    const Metrics metrics = derive(&before, std::vector<Sample>{after}, {});
    REQUIRE(metrics.valid());
    worst = std::max(worst, std::abs(*metrics.memory_accesses_per_instruction / 0.3 - 1));
    before = after;
  }
  CHECK(worst < 0.06);  // shared out by plain times it is 0.3
}

TEST_CASE("windows that cannot be true are told from those that can") {
  struct Row {
    std::uint64_t instructions, cycles, misses;
    Duration running;
    bool hardware, faulty;
  };
  constexpr std::uint64_t kJump = std::uint64_t{1} << 47;
  const Row rows[] = {
      {1000, 1000, 0, 1us, true, false},
      {8'000'000, 1'000'000, 0, 1ms, true, false},
      {0, 0, 0, 0ms, true, false},             // it did not run
      {0, 0, 0, 999us, true, false},           // hardly
      {1000, 8'000'000, 0, 1ms, true, false},  // 8 GHz
      {0, 0, 0, 5ms, false, false},            // no page faults are no lie
      {(std::uint64_t{1} << 46) - 1, std::uint64_t{1} << 45, 0, 24h, true, false},
      {kJump + 5, 1000, 0, 1ms, true, true},
      {1000, 1000, kJump, 1ms, true, true},
      {1000, 1000, kJump, 1ms, false, true},
      {std::uint64_t{1} << 46, std::uint64_t{1} << 45, 0, 24h, true, true},
      {0, 1000, 0, 1ms, true, true},
      {1000, 0, 0, 1ms, true, true},
      {8001, 1000, 0, 1us, true, true},
      {1000, 8'000'001, 0, 1ms, true, true},
      {~std::uint64_t{0}, 1000, 0, 1ms, true, true},  // it fell by one
      {1000, 1000, 0, -1ns, true, true},
  };
  const Turn turn{Event::cycles, Event::instructions, Event::llc_misses};
  for (const Row& row : rows) {
    Window w;
    w[Event::instructions] = row.instructions;
    w[Event::cycles] = row.cycles;
    w[Event::llc_misses] = row.misses;
    w.enabled = w.running = row.running;
    INFO(row.instructions << " instructions, " << row.cycles << " cycles, " << row.running.count() << " ns");
    CHECK(window_fault(turn, w, CountBounds{row.hardware}).has_value() == row.faulty);
  }
}

TEST_CASE("a window is what lies between two readings, by the turn's order") {
  const Turn turn{Event::llc_misses, Event::cycles};
  const Window w = window_between(turn, {{10, 100}, 1ms, 1ms}, {{15, 300}, 4ms, 2ms});
  CHECK(w[Event::llc_misses] == 5);
  CHECK(w[Event::cycles] == 200);
  CHECK(w[Event::instructions] == 0);
  CHECK(w.enabled == 3ms);
  CHECK(w.running == 1ms);
}
