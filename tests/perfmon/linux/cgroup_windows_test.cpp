// CgroupCounters that count in windows: pause() and resume().
#include "perfmon/linux/cgroup_counters.h"
#include "tests/perfmon/linux/counted_node.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::test;
using namespace std::chrono_literals;

TEST_CASE("between windows nothing is enabled and nothing counts, and Samples tell how long counting was on") {
  Node node;
  const ContainerId a = node.container("a"), b = node.container("b");
  node.counters->pause();
  CHECK(node.counters->watch({a}).empty());
  CHECK(node.enabled_events() == 0);
  CHECK(node.counters->descriptors() == 3 * (kPerCpu + 2));  // each turn has a clock
  node.run("a", 0, 900ms);
  node.clock.at = TimePoint(900ms);
  node.counters->resume();
  CHECK(node.enabled_groups() == 3);
  node.run("a", 0, 50ms);
  node.clock.at = TimePoint(950ms);
  node.counters->change_turns();
  node.run("a", 0, 50ms);
  node.clock.at = TimePoint(1s);
  auto samples = node.read();
  node.counters->pause();
  REQUIRE(samples.size() == 1);
  CHECK(samples[0].sample.enabled == 100ms);
  CHECK(samples[0].sample[Event::instructions] == Reading{200'000'000, 100ms});
  CHECK(samples[0].sample.counting == 100ms);
  CHECK(node.enabled_events() == 0);
  CHECK(node.counters->watch({a, b}).empty());
  CHECK(node.enabled_events() == 0);
  node.clock.at = TimePoint(1900ms);
  node.counters->resume();
  CHECK(node.enabled_groups() == 6);
  node.run("a", 0, 30ms);
  node.clock.at = TimePoint(2s);
  samples = node.read();
  CHECK(samples[0].sample.enabled == 130ms);
  CHECK(samples[0].sample.counting == 200ms);
}

TEST_CASE("in windows every event counts in its turn, over many windows and for who comes within one") {
  Node node;
  const ContainerId a = node.container("a"), late = node.container("late");
  node.counters->pause();
  CHECK(node.counters->watch({a}).empty());
  for (int window = 1; window <= 6; ++window) {
    node.counters->resume();
    if (window == 4) CHECK(node.counters->watch({a, late}).empty());
    for (const char* container : {"a", "late"}) node.run(container, 0, 10ms);
    node.counters->change_turns();
    for (const char* container : {"a", "late"}) node.run(container, 0, 10ms);
    const auto samples = node.read();
    node.counters->pause();
    CHECK(node.enabled_events() == 0);
    CHECK(node.perf.most_at_once <= 4 + 1);  // and the clock
    node.run("a", 0, 70ms);
    REQUIRE(samples.size() == (window < 4 ? 1 : 2));
    for (const ContainerSample& s : samples) {
      const int windows = s.container == a ? window : window - 3;
      const auto times = static_cast<std::uint64_t>(windows);
      CHECK(s.sample.enabled == windows * 20ms);
      CHECK(s.sample[Event::instructions] == Reading{times * 40'000'000, windows * 20ms});
      CHECK(s.sample[Event::llc_misses] == Reading{times * 100'000, windows * 10ms});
      CHECK(s.sample[Event::llc_references] == Reading{times * 200'000, windows * 10ms});
      CHECK(s.sample[Event::memory_accesses] == Reading{times * 5'000'000, windows * 10ms});
    }
  }
}

TEST_CASE("with so many containers that they are read once a period, windows need no clocks") {
  Node node;
  std::vector<ContainerId> ids;
  for (int i = 100; i < 300; ++i) ids.push_back(node.container(std::to_string(i)));
  node.counters->pause();
  CHECK(node.counters->watch(ids).size() == 1);
  REQUIRE(node.counters->one_read_a_period());
  CHECK(node.counters->descriptors() == 200 * 3 * 4);
  node.counters->resume();
  node.run("100", 0, 10ms);
  CHECK(node.read().back().sample[Event::instructions] == Reading{20'000'000, 10ms});
}

TEST_CASE("who counts all the time does not speak of windows") {
  Node node;
  CHECK(node.counters->watch({node.container("a")}).empty());
  node.read();
  node.run("a", 0, 10ms);
  CHECK_FALSE(node.read().at(0).sample.counting.has_value());
}
