#include "perfmon/linux/perf_event.h"

#include <algorithm>
#include <utility>

#include "tests/perfmon/linux/fake_perf.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace std::chrono_literals;
using dcat::test::FakePerf;

namespace {
const std::vector<PerfCode> kThree{{0, 0}, {0, 1}, {4, 0x4844}};
}

TEST_CASE("a group is opened disabled, unpinned, with kernel and guest, and closed with its object") {
  FakePerf perf;
  {
    Result<PerfGroup> group = PerfGroup::open(perf, kThree, {});
    REQUIRE(group.ok());
    REQUIRE(perf.events.size() == 3);
    bool leader = true;
    for (const auto& [fd, event] : perf.events) {
      CHECK(event.attr.disabled == (leader ? 1u : 0u));
      CHECK(event.attr.pinned == 0);
      CHECK(event.attr.inherit == 0);
      CHECK(event.attr.exclude_kernel + event.attr.exclude_user + event.attr.exclude_guest + event.attr.exclude_host +
                event.attr.exclude_hv ==
            0);
      CHECK(event.attr.read_format ==
            (PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING | PERF_FORMAT_ID));
      CHECK(event.leader == perf.events.begin()->first);
      leader = false;
    }
  }
  CHECK(perf.events.empty());
}

TEST_CASE("values come in the order the group was opened with, whatever order the kernel gives") {
  for (const bool reverse : {false, true}) {
    FakePerf perf;
    perf.reverse_order = reverse;
    Result<PerfGroup> group = PerfGroup::open(perf, kThree, {});
    REQUIRE(group.ok());
    REQUIRE(group->enable().ok());
    perf.run(0, -1, 3000, 2000, [](const PerfCode& code) { return code.type == 4 ? 7 : 100 + code.config; });
    const Result<GroupReading> reading = group->read();
    REQUIRE(reading.ok());
    CHECK(reading->values == std::array<std::uint64_t, 4>{100, 101, 7, 0});
    CHECK(reading->enabled == 3000ns);
    CHECK(reading->running == 2000ns);
  }
}

TEST_CASE("a refusal closes what was open and carries the kernel's number") {
  FakePerf perf;
  perf.refuse = [](const PerfCode& code, int) { return code.type == 4 ? EINVAL : 0; };
  const Result<PerfGroup> group = PerfGroup::open(perf, kThree, {});
  REQUIRE(!group.ok());
  CHECK(group.error().sys_errno == EINVAL);
  CHECK(group.error().what == "perf_event_open type 4 config 18500 cpu -1");
  CHECK(perf.opened == 2);
  CHECK(perf.events.empty());
}

TEST_CASE("readings that are short or fail are errors, never values") {
  FakePerf perf;
  Result<PerfGroup> group = PerfGroup::open(perf, kThree, {});
  REQUIRE(group.ok());
  perf.short_by = 8;
  REQUIRE(!group->read().ok());
  CHECK(group->read().error().why == "the kernel gave 64 bytes, 72 were due");
  perf.short_by = 72;  // end of file: a pinned group in error reads so
  CHECK(!group->read().ok());
  perf.short_by = 0;
  perf.read_errno = EIO;
  CHECK(group->read().error().sys_errno == EIO);
  perf.read_errno = 0;
  CHECK(group->read().ok());
}

TEST_CASE("a group for windows is opened with every event off, and counts when it is armed and enabled") {
  FakePerf perf;
  Result<PerfGroup> group = PerfGroup::open(perf, kThree, {}, GroupUse::windows);
  REQUIRE(group.ok());
  CHECK(group->size() == 4);  // and the clock
  const auto all_are = [&perf](bool on) {
    return std::ranges::all_of(perf.events, [on](const auto& e) { return e.second.enabled == on; });
  };
  CHECK(all_are(false));
  for (std::uint64_t window = 1; window <= 3; ++window) {
    REQUIRE(group->arm().ok());
    REQUIRE(group->enable().ok());
    CHECK(all_are(true));
    perf.run(0, -1, 3000, 2000, [](const PerfCode&) { return 7; });
    REQUIRE(group->disable().ok());
    REQUIRE(group->disarm().ok());
    CHECK(all_are(false));
    perf.run(0, -1, 9000, 9000, [](const PerfCode&) { return 50; });
    const Result<GroupReading> reading = group->read();
    REQUIRE(reading.ok());
    CHECK(reading->values == std::array<std::uint64_t, 4>{7 * window, 7 * window, 7 * window, 0});
    CHECK(reading->enabled == window * 3000ns);
    CHECK(reading->running == window * 2000ns);
  }
}

TEST_CASE("time that the kernel's clock of a cgroup left out is had from the group's own, in each window") {
  constexpr PerfCode kClock{PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK};
  const std::vector<PerfCode> one{{0, 0}};
  FakePerf perf;
  Result<PerfGroup> group = PerfGroup::open(perf, one, {}, GroupUse::windows);
  REQUIRE(group.ok());
  REQUIRE(group->arm().ok());
  REQUIRE(group->enable().ok());
  const auto run = [&](std::uint64_t kernel_ns, std::uint64_t clock_ns) {
    perf.run(0, -1, kernel_ns + 10, kernel_ns, [=](const PerfCode& code) { return code == kClock ? clock_ns : 5; });
    const Result<GroupReading> reading = group->read();
    REQUIRE(reading.ok());
    return std::pair(reading->enabled, reading->running);
  };
  CHECK(run(1000, 990) == std::pair(Duration(1010), Duration(1000)));  // a clock that is a little behind
  CHECK(run(0, 500) == std::pair(Duration(1520), Duration(1500)));     // the kernel's stood still
  CHECK(run(200, 700) == std::pair(Duration(2230), Duration(2200)));   // for a part
  CHECK(run(0, 0) == std::pair(Duration(2240), Duration(2200)));
}

TEST_CASE("a group that always counts has no clock, and arming leaves it as it is") {
  FakePerf perf;
  Result<PerfGroup> group = PerfGroup::open(perf, kThree, {});
  REQUIRE(group.ok());
  CHECK(group->size() == 3);
  REQUIRE(group->disarm().ok());
  CHECK(std::ranges::count_if(perf.events, [](const auto& e) { return e.second.enabled; }) == 2);
}

TEST_CASE("a moved event is closed once") {
  FakePerf perf;
  Result<PerfGroup> one = PerfGroup::open(perf, kThree, {});
  Result<PerfGroup> two = PerfGroup::open(perf, kThree, {});
  REQUIRE(perf.events.size() == 6);
  one.value() = std::move(two).value();
  CHECK(perf.events.size() == 3);
  CHECK(one->read().ok());
}

TEST_CASE("the soft limit of descriptors can be lifted to the hard one") {
  REQUIRE(raise_descriptor_limit().ok());
  CHECK(KernelPerf().descriptor_limit() > 0);
}
