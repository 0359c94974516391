#include "perfmon/linux/perf_event.h"

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
