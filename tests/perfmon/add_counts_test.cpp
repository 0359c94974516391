// add_counts: the shared region is the sum of everybody in it.
#include <array>

#include "samples.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::test;

namespace {

IntervalCounts counts(const Sample& from, const Sample& to) {
  return count_interval(&from, std::span(&to, 1), {});
}

IntervalCounts absent_counts(Absence why) {
  IntervalCounts c;
  c.absent = why;
  return c;
}

}  // namespace

TEST_CASE("the sum of two containers has the summed counts and the longer interval") {
  IntervalCounts sum;
  add_counts(sum, counts(sample(0, 0, {}), sample(1000, {100, 200, 30, 8, 2})));
  add_counts(sum, counts(sample(100, 0, {}), sample(1000, 900, {300, 200, 50, 12, 8})));
  const Metrics m = to_metrics(sum, {});
  REQUIRE(m.valid());
  REQUIRE(m.instructions == 400e6);
  REQUIRE(near(m.ipc, 400.0 / 400));
  REQUIRE(near(m.memory_accesses_per_instruction, 80.0 / 400));
  REQUIRE(near(m.llc_refs_per_sec, 20e6));  // the longer interval is 1 s
  REQUIRE(near(m.miss_ratio, 10.0 / 20));
}

TEST_CASE("the running ratio of a sum is over all enabled time") {
  Sample half = sample(1000, {100, 100});
  half[Event::instructions]->running = ms(500);
  IntervalCounts sum;
  add_counts(sum, counts(sample(0, 0, {}), sample(1000, {100, 100})));
  add_counts(sum, counts(sample(0, 0, {}), half));
  REQUIRE(near(to_metrics(sum, {}).running_ratio, 1500.0 / 2000));
}

TEST_CASE("a sum over containers has no standard error") {
  const Sample from = sample(0, 0, {});
  const std::array samples{sample(100, {100, 100}), sample(200, {300, 200})};
  IntervalCounts sum;
  add_counts(sum, count_interval(&from, samples, {}));
  REQUIRE_FALSE(sum.ipc_standard_error.has_value());
  add_counts(sum, count_interval(&from, samples, {}));
  REQUIRE_FALSE(sum.ipc_standard_error.has_value());
  REQUIRE(sum.sub_samples == 2);
}

TEST_CASE("absent parts are left out of a sum, before and after the others") {
  const IntervalCounts one = counts(sample(0, 0, {}), sample(1000, {100, 200, 30, 8, 2}));
  const IntervalCounts none = absent_counts(Absence::counter_fell);
  IntervalCounts sum;
  add_counts(sum, none);
  add_counts(sum, one);
  add_counts(sum, none);
  const Metrics m = to_metrics(sum, {});
  REQUIRE(m.valid());
  REQUIRE(near(m.ipc, 0.5));
  REQUIRE(near(m.llc_refs_per_sec, 8e6));
}

TEST_CASE("instructions of parts that cannot be judged still count as instructions") {
  IntervalCounts settling = absent_counts(Absence::settling);
  settling.period_instructions = 50e6;
  IntervalCounts sum;
  add_counts(sum, settling);
  add_counts(sum, counts(sample(0, 0, {}), sample(1000, {100, 200})));
  REQUIRE(sum.period_instructions == 150e6);
}

TEST_CASE("a sum ran if any of its parts did, in whatever order they come") {
  IntervalCounts ran = absent_counts(Absence::settling);
  ran.ran = true;
  const IntervalCounts slept = counts(sample(0, 0, {}), sample(1000, 0, {}));
  REQUIRE_FALSE(slept.absent.has_value());
  REQUIRE_FALSE(slept.ran);
  IntervalCounts first, last;
  add_counts(first, ran);
  add_counts(first, slept);
  add_counts(last, slept);
  add_counts(last, ran);
  CHECK(first.ran);
  CHECK(last.ran);
}

TEST_CASE("an event that one part does not know makes the sum's rate unknown, not smaller") {
  Sample blind = sample(1000, {100, 100, 30, 8, 2});
  blind[Event::llc_misses].reset();
  const IntervalCounts without = counts(sample(0, 0, {}), blind);
  const IntervalCounts with = counts(sample(0, 0, {}), sample(1000, {100, 100, 30, 8, 2}));
  for (const bool blind_first : {false, true}) {
    IntervalCounts sum;
    add_counts(sum, blind_first ? without : with);
    add_counts(sum, blind_first ? with : without);
    const Metrics m = to_metrics(sum, {});
    CHECK(m.valid());
    CHECK_FALSE(m.mpki.has_value());
    CHECK_FALSE(m.miss_ratio.has_value());
    CHECK(near(m.llc_refs_per_sec, 16e6));
  }
}

TEST_CASE("a sum of nothing cannot be judged") {
  IntervalCounts sum;
  add_counts(sum, absent_counts(Absence::no_samples));
  REQUIRE_FALSE(to_metrics(sum, {}).valid());
}
