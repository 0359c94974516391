// derive: Sample -> Metrics. Nothing unknown is ever 0 or NaN; every reason of Absence is reached here once.
#include <array>
#include <cmath>
#include <limits>

#include "samples.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::test;

namespace {

Metrics derive_one(const Sample& from, const Sample& to, const DeriveRules& rules = {}) {
  return derive(&from, std::span(&to, 1), rules);
}

DeriveRules settled_at(double at) {
  DeriveRules rules;
  rules.settled_at = at_ms(at);
  return rules;
}

}  // namespace

TEST_CASE("every rate of a period follows from the differences of two samples") {
  const Sample from = sample(1000, {100, 200, 30, 8, 2});
  // In one second: 400 M instructions, 500 M cycles, 100 M loads, 20 M references, 5 M misses.
  const Sample to = sample(2000, {500, 700, 130, 28, 7});
  const Metrics m = derive_one(from, to);
  REQUIRE(m.valid());
  REQUIRE(m.instructions == 400e6);
  REQUIRE(near(m.ipc, 400.0 / 500));
  REQUIRE(near(m.cpi(), 500.0 / 400));
  REQUIRE(near(m.memory_accesses_per_instruction, 100.0 / 400));
  REQUIRE(near(m.llc_refs_per_sec, 20e6));
  REQUIRE(near(m.llc_refs_per_ki, 20.0 / 0.4));
  REQUIRE(near(m.miss_ratio, 5.0 / 20));
  REQUIRE(near(m.mpki, 5.0 / 0.4));
  REQUIRE(near(m.running_ratio, 1.0));
  REQUIRE(m.sub_samples == 1);
  REQUIRE_FALSE(m.ipc_standard_error.has_value());  // one sub-sample has none
}

TEST_CASE("references a second are over wall time, not over the time that the container ran") {
  // It ran 500 ms of 2 s: 10 M references / 2 s.
  const Metrics m = derive_one(sample(0, 0, {}), sample(2000, 500, {100, 100, 0, 10, 0}));
  REQUIRE(near(m.llc_refs_per_sec, 5e6));
}

TEST_CASE(
    "where counting is on in windows only, rates are over the time it was on, and the period's work is estimated") {
  Sample from = sample(1000, {100, 200, 30, 8, 2});
  from.counting = ms(100);
  Sample to = sample(2000, {140, 250, 40, 10, 3});  // in 100 ms of the second
  to.counting = ms(200);
  const Metrics m = derive_one(from, to);
  REQUIRE(m.valid());
  CHECK(near(m.ipc, 40.0 / 50));
  CHECK(near(m.llc_refs_per_sec, 2e6 / 0.1));
  CHECK(near(m.instructions, 400e6));  // ten windows' worth
}

TEST_CASE("a period that no window of counting fell into is not judged") {
  Sample from = sample(1000, {100, 200, 30, 8, 2});
  from.counting = ms(100);
  Sample to = from;
  to.at = at_ms(2000);
  CHECK(derive_one(from, to).absent == Absence::between_windows);
  to.counting = ms(99);
  CHECK(derive_one(from, to).absent == Absence::counter_fell);
}

TEST_CASE("a source that begins to count in windows has counted all the time before") {
  const Sample from = sample(1000, {100, 200, 30, 8, 2});
  Sample to = sample(2000, {500, 700, 130, 28, 7});
  to.counting = ms(100);
  CHECK(near(derive_one(from, to).llc_refs_per_sec, 20e6));
}

TEST_CASE("a count is scaled by the time enabled over the time on a counter") {
  const Sample from = sample(0, 0, {});
  Sample to = sample(1000, 1000, {100, 200, 30, 8, 2});
  to[Event::instructions]->running = ms(500);    // 100 M x 1000 / 500 = 200 M
  to[Event::cycles]->running = ms(800);          // 200 M x 1000 / 800 = 250 M
  to[Event::llc_references]->running = ms(250);  // 8 M x 4 = 32 M
  const Metrics m = derive_one(from, to);
  REQUIRE(near(m.instructions, 200e6));
  REQUIRE(near(m.ipc, 200.0 / 250));
  REQUIRE(near(m.llc_refs_per_sec, 32e6));
  REQUIRE(near(m.running_ratio, 0.5));  // of instructions
}

TEST_CASE("a count is not made smaller where a counter ran longer than the group was enabled") {
  Sample to = sample(1000, 1000, {100, 200, 30, 8, 2});
  to[Event::instructions]->running = ms(1001);
  REQUIRE(derive_one(sample(0, 0, {}), to).instructions == 100e6);
}

TEST_CASE("scaling uses this period's times, not those since the start") {
  Sample from = sample(1000, 1000, {900, 900, 0, 0, 0});
  from[Event::instructions]->running = ms(100);  // little of the past was counted
  from[Event::cycles]->running = ms(100);
  Sample to = sample(2000, 2000, {1000, 1100, 0, 0, 0});
  to[Event::instructions]->running = ms(1100);  // all of this second
  to[Event::cycles]->running = ms(1100);
  const Metrics m = derive_one(from, to);
  REQUIRE(near(m.ipc, 100.0 / 200));
  REQUIRE(near(m.instructions, 100e6));
  REQUIRE(near(m.running_ratio, 1.0));
}

TEST_CASE("a miss ratio is between 0 and 1 even where the two counters were read apart") {
  REQUIRE(derive_one(sample(0, 0, {}), sample(1000, {100, 100, 0, 8, 9})).miss_ratio == 1.0);
  REQUIRE(derive_one(sample(0, 0, {}), sample(1000, {100, 100, 0, 8, 0})).miss_ratio == 0.0);
}

TEST_CASE("without a reference there is no miss ratio, and 0 references a second is a measurement") {
  const Metrics m = derive_one(sample(0, 0, {}), sample(1000, {100, 100, 30, 0, 0}));
  REQUIRE(m.valid());
  REQUIRE_FALSE(m.miss_ratio.has_value());
  REQUIRE(m.llc_refs_per_sec == 0.0);
  REQUIRE(m.mpki == 0.0);
}

TEST_CASE("several sub-samples are one period with the standard error of their IPCs") {
  // IPC of each 100 ms: 100/100 = 1, 200/100 = 2, 300/100 = 3. Mean 2, variance ((1 + 0 + 1) / 2) = 1,
  // standard error sqrt(1 / 3). The period: 600 / 300.
  const Sample from = sample(0, 0, {});
  const std::array samples{sample(100, {100, 100}), sample(200, {300, 200}), sample(300, {600, 300})};
  const Metrics m = derive(&from, samples, {});
  REQUIRE(near(m.ipc, 2.0));
  REQUIRE(near(m.ipc_standard_error, std::sqrt(1.0 / 3)));
  REQUIRE(m.sub_samples == 3);
}

TEST_CASE("the IPC of a period weighs its sub-samples by cycles") {
  // 100 M in 100 M cycles, then 10 M in 100 M... of 400 M cycles: (100 + 10) / (100 + 400), not the mean of 1
  // and 0.025.
  const Sample from = sample(0, 0, {});
  const std::array samples{sample(100, {100, 100}), sample(200, {110, 500})};
  REQUIRE(near(derive(&from, samples, {}).ipc, 110.0 / 500));
}

TEST_CASE("equal sub-samples have a standard error of 0, not an absent one") {
  const Sample from = sample(0, 0, {});
  const std::array samples{sample(100, {100, 200}), sample(200, {200, 400}), sample(300, {300, 600})};
  const auto error = derive(&from, samples, {}).ipc_standard_error;
  REQUIRE(error.has_value());
  REQUIRE(std::abs(*error) < 1e-6);
}

TEST_CASE("sub-samples that end before the ways have settled do not count") {
  // Settled at 200: the first two are the old size. Left: 300 M instructions in 150 M cycles, 30 M references
  // in 300 ms.
  const Sample from = sample(0, 0, {});
  const std::array samples{sample(100, {50, 100, 0, 40, 40}), sample(200, {100, 200, 0, 80, 80}),
                           sample(350, {250, 275, 0, 95, 83}), sample(500, {400, 350, 0, 110, 86})};
  const Metrics m = derive(&from, samples, settled_at(200));
  REQUIRE(m.valid());
  REQUIRE(near(m.ipc, 300.0 / 150));
  REQUIRE(near(m.llc_refs_per_sec, 30e6 / 0.3));
  REQUIRE(near(m.miss_ratio, 6.0 / 30));
  REQUIRE(m.sub_samples == 2);
  REQUIRE(m.instructions == 400e6);  // of the whole period
  // 150/75 = 2 twice.
  REQUIRE(near(m.ipc_standard_error, 0));
}

TEST_CASE("a settling time that is over before the period leaves it whole") {
  const Sample from = sample(1000, {0, 0});
  const std::array samples{sample(1100, {100, 100}), sample(1200, {300, 200})};
  REQUIRE(derive(&from, samples, settled_at(1000)).sub_samples == 2);
  REQUIRE(near(derive(&from, samples, settled_at(1000)).ipc, 1.5));
}

TEST_CASE("enough instructions is a matter of the whole period, the settling part included") {
  // 8 M while settling and 4 M after: 12 M >= 10 M.
  const Sample from = sample(0, 0, {});
  const std::array samples{sample(200, {8, 8}), sample(1000, {12, 12})};
  REQUIRE(derive(&from, samples, settled_at(200)).valid());
}

TEST_CASE("no sample at all: no_samples") {
  const Sample from = sample(0, 0, {});
  REQUIRE(derive(&from, {}, {}).absent == Absence::no_samples);
  REQUIRE(derive(nullptr, {}, {}).absent == Absence::no_samples);
}

TEST_CASE("a new container's first sample only starts the counting: first_sample") {
  const Sample to = sample(1000, {100, 100});
  REQUIRE(derive(nullptr, std::span(&to, 1), {}).absent == Absence::first_sample);
}

TEST_CASE("a new container with several samples is judged from its first one on") {
  const std::array samples{sample(100, {1000, 1000}), sample(200, {1100, 1050}), sample(300, {1200, 1100})};
  const Metrics m = derive(nullptr, samples, {});
  REQUIRE(m.valid());
  REQUIRE(m.instructions == 200e6);
  REQUIRE(near(m.ipc, 2.0));
  REQUIRE(m.sub_samples == 2);
}

TEST_CASE("two samples of one time, or time that ran backwards: zero_interval") {
  const Sample from = sample(1000, {0, 0});
  REQUIRE(derive_one(from, sample(1000, 1100, {100, 100})).absent == Absence::zero_interval);
  REQUIRE(derive_one(from, sample(900, 1100, {100, 100})).absent == Absence::zero_interval);
  const std::array twice{sample(1100, {50, 50}), sample(1100, 1200, {100, 100})};
  REQUIRE(derive(&from, twice, {}).absent == Absence::zero_interval);
}

TEST_CASE("a counter that fell makes the period absent, whichever it is: counter_fell") {
  const Sample from = sample(1000, {100, 100, 100, 100, 100});
  for (const Event event : kAllEvents) {
    Sample to = sample(2000, {200, 200, 200, 200, 200});
    to[event]->value = 100 * kMillion - 1;
    INFO(name_of(event));
    CHECK(derive_one(from, to).absent == Absence::counter_fell);
  }
}

TEST_CASE("a counter whose running time or whose group's enabled time fell: counter_fell") {
  const Sample from = sample(1000, {100, 100});
  Sample to = sample(2000, {200, 200});
  to[Event::cycles]->running = ms(999);
  REQUIRE(derive_one(from, to).absent == Absence::counter_fell);
  REQUIRE(derive_one(from, sample(2000, 999, {200, 200})).absent == Absence::counter_fell);
}

TEST_CASE("a counter that stands still did not fall") {
  const Sample from = sample(1000, {100, 100, 5, 5, 5});
  REQUIRE(derive_one(from, sample(2000, {200, 200, 5, 5, 5})).valid());
}

// A reset between two sub-samples: the difference of the ends is a number that nothing counted.
TEST_CASE("a counter that fell between two sub-samples and climbed above the first: counter_fell") {
  const Sample from = sample(1000, {100, 100});
  const std::array samples{sample(1100, {150, 150}), sample(1200, {20, 20}), sample(1300, {300, 300})};
  REQUIRE(derive(&from, samples, {}).absent == Absence::counter_fell);
}

TEST_CASE("a counter that fell in the settling part: counter_fell, and not a container that sleeps") {
  const Sample from = sample(1000, {500, 500});
  const std::array samples{sample(1100, {100, 100}), sample(1200, {200, 200}), sample(1300, {300, 300})};
  REQUIRE(derive(&from, samples, settled_at(1100)).absent == Absence::counter_fell);
}

TEST_CASE("a delta of 2^46 is impossible, one less is not") {
  const std::uint64_t limit = std::uint64_t{1} << 46;
  Sample from = sample(0, 0, {});
  Sample to = sample(1000, {100, 100, 1, 1, 1});
  to[Event::instructions]->value = limit;
  to[Event::cycles]->value = limit - 1;
  REQUIRE(derive_one(from, to).absent == Absence::impossible);
  to[Event::instructions]->value = limit - 1;
  REQUIRE(derive_one(from, to).valid());
  to[Event::llc_misses]->value = limit;
  REQUIRE(derive_one(from, to).absent == Absence::impossible);
}

TEST_CASE("more than 8 instructions a cycle are impossible, 8 are not") {
  const Sample from = sample(0, 0, {});
  REQUIRE(derive_one(from, sample(1000, {800, 100})).valid());
  Sample to = sample(1000, {800, 100});
  to[Event::instructions]->value += 1;
  REQUIRE(derive_one(from, to).absent == Absence::impossible);
}

TEST_CASE("instructions without a cycle are impossible") {
  REQUIRE(derive_one(sample(0, 0, {}), sample(1000, {100, 0})).absent == Absence::impossible);
}

TEST_CASE("on a counter all the time and nothing counted: counted_nothing") {
  REQUIRE(derive_one(sample(0, 0, {}), sample(1000, 1000, {})).absent == Absence::counted_nothing);
}

TEST_CASE("a node without instructions or cycles: event_missing") {
  for (const Event event : {Event::instructions, Event::cycles}) {
    Sample to = sample(1000, {100, 100, 30, 8, 2});
    to[event].reset();
    CHECK(derive_one(sample(0, 0, {}), to).absent == Absence::event_missing);
  }
}

TEST_CASE("it ran and instructions or cycles were never on a counter: never_counted") {
  const Sample from = sample(0, 0, {});
  for (const Event event : {Event::instructions, Event::cycles}) {
    Sample to = sample(1000, {100, 100, 30, 8, 2});
    to[event] = Reading{0, Duration::zero()};
    CHECK(derive_one(from, to).absent == Absence::never_counted);
  }
}

TEST_CASE("counted for less than min_running_ratio of its time: too_little_counted, and at the ratio it counts") {
  DeriveRules rules;
  rules.min_running_ratio = 0.25;
  Sample to = sample(1000, {100, 100});
  to[Event::instructions]->running = ms(250);
  REQUIRE(derive_one(sample(0, 0, {}), to, rules).valid());
  to[Event::instructions]->running = ms(249);
  REQUIRE(derive_one(sample(0, 0, {}), to, rules).absent == Absence::too_little_counted);
}

TEST_CASE("fewer instructions than min_instructions: too_few_instructions, and as many are enough") {
  Sample to = sample(1000, {10, 10, 3, 2, 1});
  REQUIRE(derive_one(sample(0, 0, {}), to).valid());
  to[Event::instructions]->value -= 1;
  const Metrics m = derive_one(sample(0, 0, {}), to);
  REQUIRE(m.absent == Absence::too_few_instructions);
  REQUIRE(m.instructions == 9'999'999);
  REQUIRE(near(m.llc_refs_per_sec, 2e6));  // still known, for who only wants to know whether it sleeps
}

TEST_CASE("a container that did not run at all has too few instructions, and nothing is faulty") {
  const Sample from = sample(1000, 400, {100, 100, 5, 5, 5});
  const Metrics m = derive_one(from, sample(2000, 400, {100, 100, 5, 5, 5}));
  REQUIRE(m.absent == Absence::too_few_instructions);
  REQUIRE(m.llc_refs_per_sec == 0.0);
}

TEST_CASE("it ran only while its ways settled: too_few_instructions") {
  const Sample from = sample(0, 0, {});
  const std::array samples{sample(200, 200, {100, 100}), sample(1000, 200, {100, 100})};
  const Metrics m = derive(&from, samples, settled_at(200));
  REQUIRE(m.absent == Absence::too_few_instructions);
  REQUIRE(m.instructions == 100e6);
}

TEST_CASE("every sub-sample within the settling time: settling, also at its very end") {
  const Sample from = sample(0, 0, {});
  const std::array samples{sample(100, {50, 50}), sample(200, {100, 100})};
  REQUIRE(derive(&from, samples, settled_at(300)).absent == Absence::settling);
  REQUIRE(derive(&from, samples, settled_at(200)).absent == Absence::settling);
  REQUIRE(derive(&from, samples, settled_at(199)).valid());
  REQUIRE(derive(&from, samples, settled_at(300)).instructions == 100e6);
}

TEST_CASE("ways that somebody else changed make a period absent, and the reason is kept") {
  IntervalCounts counts;
  counts.absent = Absence::ways_changed;
  counts.period_instructions = 5e6;
  const Metrics m = to_metrics(counts, {});
  REQUIRE(m.absent == Absence::ways_changed);
  REQUIRE(m.instructions == 5e6);
}

TEST_CASE("a missing event makes only its own rates absent") {
  struct Row {
    Event missing;
    bool accesses, references, misses, ratio;
  };
  const Row rows[] = {
      {Event::memory_accesses, false, true, true, true},
      {Event::llc_references, true, false, true, false},
      {Event::llc_misses, true, true, false, false},
  };
  for (const Row& row : rows) {
    // Absent on this node, and there but off its counter for this period (rotated out): the same.
    for (const bool rotated : {false, true}) {
      Sample from = sample(1000, {100, 100, 30, 8, 2});
      Sample to = sample(2000, {200, 300, 60, 20, 8});
      if (rotated) {
        to[row.missing] = from[row.missing];
      } else {
        from[row.missing].reset();
        to[row.missing].reset();
      }
      INFO(name_of(row.missing) << (rotated ? " rotated out" : " missing"));
      const Metrics m = derive_one(from, to);
      CHECK(m.valid());
      CHECK(near(m.ipc, 100.0 / 200));
      CHECK(m.memory_accesses_per_instruction.has_value() == row.accesses);
      CHECK(m.llc_refs_per_sec.has_value() == row.references);
      CHECK(m.llc_refs_per_ki.has_value() == row.references);
      CHECK(m.mpki.has_value() == row.misses);
      CHECK(m.miss_ratio.has_value() == row.ratio);
    }
  }
}

TEST_CASE("an event that was on a counter for a part of the period is scaled up to all of it") {
  Sample from = sample(1000, {100, 100, 30, 8, 2});
  Sample to = sample(2000, {200, 300, 60, 20, 8});
  from[Event::llc_misses]->running = ms(300);
  to[Event::llc_misses]->running = ms(500);  // 200 ms of 1000: 6 M x 5
  REQUIRE(near(derive_one(from, to).mpki, 30.0 / 0.1));
}

TEST_CASE("an event that comes on a counter for the first time is counted from 0") {
  Sample from = sample(1000, {100, 100});
  from[Event::llc_references].reset();  // was never scheduled
  Sample to = sample(2000, {200, 300});
  to[Event::llc_references] = Reading{4 * kMillion, ms(500)};  // x 1000 / 500
  REQUIRE(near(derive_one(from, to).llc_refs_per_sec, 8e6));
}

TEST_CASE("whether it ran is known even where the period cannot be judged") {
  const Sample from = sample(1000, 500, {100, 100});
  const auto ran = [&](const Sample* previous, const Sample& to, const DeriveRules& rules) {
    return count_interval(previous, std::span(&to, 1), rules).ran;
  };
  REQUIRE(ran(&from, sample(2000, 600, {110, 110}), {}));
  REQUIRE_FALSE(ran(&from, sample(2000, 500, {100, 100}), {}));
  REQUIRE(ran(&from, sample(2000, 600, {110, 110}), settled_at(3000)));
  REQUIRE(ran(nullptr, sample(2000, 600, {110, 110}), {}));
  REQUIRE_FALSE(ran(nullptr, sample(2000, 0, {}), {}));
}

TEST_CASE("every reason of absence has a name of its own") {
  std::vector<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Absence::ways_changed); ++i) {
    const std::string_view name = name_of(static_cast<Absence>(i));
    REQUIRE_FALSE(name.empty());
    REQUIRE(std::find(names.begin(), names.end(), name) == names.end());
    names.push_back(name);
  }
  REQUIRE(names.size() == 13);
}
