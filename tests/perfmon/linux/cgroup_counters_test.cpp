#include "perfmon/linux/cgroup_counters.h"

#include "perfmon/metrics.h"
#include "tests/perfmon/linux/counted_node.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::test;
using namespace std::chrono_literals;

TEST_CASE("a container costs seven descriptors a CPU, and one group a CPU is enabled") {
  Node node;
  REQUIRE(node.counters);
  CHECK(node.perf.events.empty());  // the checks at start have closed theirs
  CHECK(node.counters->watch({node.container("a"), node.container("b")}).empty());
  CHECK(node.perf.events.size() == 2 * 3 * kPerCpu);
  CHECK(node.counters->descriptors() == 2 * 3 * kPerCpu);
  CHECK(node.enabled_groups() == 2 * 3);
}

TEST_CASE("at no time are more than four events in use, over turns, arrivals and departures") {
  Node node;
  const ContainerId a = node.container("a"), b = node.container("x/b");
  CHECK(node.counters->watch({a}).empty());
  for (int tick = 0; tick < 9; ++tick) {
    CHECK(node.counters->watch(tick % 3 == 1 ? std::vector<ContainerId>{a} : std::vector<ContainerId>{a, b}).empty());
    node.run("a", 0, 10ms);
    node.read();
    CHECK(node.enabled_groups() == (tick % 3 == 1 ? 1u : 2u) * 3);
  }
  CHECK(node.perf.most_in_group == 4);
  CHECK(node.perf.most_at_once == 4);
}

TEST_CASE("the CPUs of one L3 are summed, and a domain it has not run in is missing") {
  Node node;
  const ContainerId a = node.container("a");
  CHECK(node.counters->watch({a}).empty());
  CHECK(node.read().empty());  // turn A
  node.run("a", 0, 10ms);      // in turn B
  node.run("a", 1, 30ms);
  node.clock.at = TimePoint(5s);
  std::vector<ContainerSample> samples = node.read();
  REQUIRE(samples.size() == 1);
  CHECK(samples[0].container == a);
  CHECK(samples[0].domain == DomainId{0});
  const Sample s = samples[0].sample;
  CHECK(s.at == TimePoint(5s));
  CHECK(s.enabled == 40ms);
  CHECK(s[Event::instructions] == Reading{80'000'000, 40ms});
  CHECK(s[Event::cycles] == Reading{40'000'000, 40ms});
  CHECK(s[Event::memory_accesses] == Reading{20'000'000, 40ms});
  CHECK(!s[Event::llc_misses]);  // its turn came before it ran

  node.run("a", 2, 20ms);  // in turn A
  samples = node.read();
  REQUIRE(samples.size() == 2);
  CHECK(samples[0].sample == s);  // it did not run there
  CHECK(samples[1].domain == DomainId{8});
  CHECK(samples[1].sample[Event::llc_misses] == Reading{200'000, 20ms});
  CHECK(samples[1].sample[Event::llc_references] == Reading{400'000, 20ms});
  CHECK(!samples[1].sample[Event::memory_accesses]);
}

TEST_CASE("a change of turns between two readings gives every event in each") {
  Node node;
  const ContainerId a = node.container("a");
  CHECK(node.counters->watch({a}).empty());
  for (int tick = 1; tick <= 3; ++tick) {
    node.run("a", 0, 30ms);
    node.counters->change_turns();
    node.run("a", 1, 10ms);
    const std::vector<ContainerSample> samples = node.read();
    REQUIRE(samples.size() == 1);
    const Sample& s = samples[0].sample;
    const auto ticks = static_cast<std::uint64_t>(tick);
    CHECK(s.enabled == tick * 40ms);
    CHECK(s[Event::instructions] == Reading{ticks * 80'000'000, tick * 40ms});
    CHECK(s[Event::llc_misses] == Reading{ticks * 300'000, tick * 30ms});
    CHECK(s[Event::memory_accesses] == Reading{ticks * 5'000'000, tick * 10ms});
  }
  CHECK(node.perf.most_at_once == 4);
}

TEST_CASE("time without a counter is enabled and not running, and nothing counted at all is absent") {
  Node node;
  const ContainerId a = node.container("a"), b = node.container("b");
  CHECK(node.counters->watch({a, b}).empty());
  node.run("a", 0, 40ms, 0.25);
  node.run("b", 0, 40ms, 0);
  const std::vector<ContainerSample> samples = node.read();
  REQUIRE(samples.size() == 2);
  CHECK(samples[0].sample.enabled == 40ms);
  CHECK(samples[0].sample[Event::instructions] == Reading{20'000'000, 10ms});
  CHECK(samples[0].sample[Event::llc_misses] == Reading{100'000, 10ms});
  CHECK(samples[1].sample.enabled == 40ms);
  for (const Event event : kAllEvents) CHECK(!samples[1].sample[event]);
}

TEST_CASE("descriptors of a container that is no longer watched are closed at once") {
  Node node;
  const ContainerId a = node.container("a"), b = node.container("b");
  CHECK(node.counters->watch({a, b}).empty());
  CHECK(node.counters->watch({b}).empty());
  CHECK(node.perf.events.size() == 3 * kPerCpu);
  for (const auto& [fd, event] : node.perf.events) CHECK(event.target == node.inode("b"));
  CHECK(node.counters->watch({}).empty());
  CHECK(node.perf.events.empty());
  CHECK(node.read().empty());
}

TEST_CASE("watching the same containers again opens nothing") {
  Node node;
  const ContainerId a = node.container("a");
  CHECK(node.counters->watch({a}).empty());
  const int opened = node.perf.opened;
  CHECK(node.counters->watch({a}).empty());
  CHECK(node.perf.opened == opened);
}

TEST_CASE("a container that is gone is no error and keeps no descriptors") {
  Node node;
  const ContainerId a = node.container("a"), b = node.container("b");
  CHECK(node.counters->watch({a, b, ContainerId{"never/was"}}).empty());
  node.tree.remove("a");
  CHECK(node.counters->watch({a, b}).empty());
  CHECK(node.perf.events.size() == 3 * kPerCpu);
  // The kernel may learn it before we do: the directory opens and perf_event_open says ENOENT.
  node.perf.cgroup_refusal = ENOENT;
  node.tree.directory("c");
  node.perf.refuse = [&node](const PerfCode&, int) { return node.tree.remove("c"), 0; };
  const std::vector<Error> errors = node.counters->watch({b, ContainerId{"c"}});
  REQUIRE(errors.size() == 1);  // the directory is still there: an event that one CPU does not have
  CHECK(errors[0].sys_errno == ENOENT);
  node.tree.remove("c");
  CHECK(node.counters->watch({b, ContainerId{"c"}}).empty());
}

TEST_CASE("a cgroup made anew under its old name is counted on, and its sums do not fall") {
  Node node;
  const ContainerId a = node.container("a");
  CHECK(node.counters->watch({a}).empty());
  node.run("a", 0, 10ms);
  CHECK(node.read()[0].sample[Event::instructions]->value == 20'000'000);
  std::filesystem::rename(node.tree.root() + "/a", node.tree.root() + "/old");  // keeps its inode number
  node.tree.directory("a");
  const ino_t inode = node.inode("a");
  CHECK(node.counters->watch({a}).empty());
  CHECK(node.perf.events.size() == 3 * kPerCpu);
  for (const auto& [fd, event] : node.perf.events) CHECK(event.target == inode);
  node.run("a", 0, 5ms);
  CHECK(node.read()[0].sample[Event::instructions]->value == 30'000'000);
}

TEST_CASE("without descriptors it says how many would do, counts what it can and holds no part") {
  constexpr std::size_t kPoorest = 2;  // events on a CPU
  Node node([](FakePerf& perf) { perf.limit = 2 * 3 * kPoorest + 2; });
  REQUIRE(node.counters);
  const std::vector<ContainerId> three{node.container("a"), node.container("b"), node.container("c")};
  const std::vector<Error> errors = node.counters->watch(three);
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].what == "count 3 containers");  // that little is counted of each
  CHECK(errors[1].to_string() ==
        "count c: Too many open files: 3 containers on 3 CPUs need 18 descriptors, the limit is 14; raise the limit of "
        "open files (LimitNOFILE=) or count fewer containers");
  CHECK(node.perf.events.size() == 2 * 3 * kPoorest);
  node.run("a", 0, 10ms);
  CHECK(node.read().size() == 2);  // one container: what it has and the zeros before
}

TEST_CASE("a container that cannot be switched is let go, told once and counted anew") {
  Node node;
  const ContainerId a = node.container("a");
  CHECK(node.counters->watch({a}).empty());
  node.perf.control_errno = EIO;
  node.counters->pause();
  node.perf.control_errno = 0;
  CHECK(node.counters->descriptors() == 0);
  const std::vector<Error> errors = node.counters->watch({a});
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].sys_errno == EIO);
  CHECK(node.counters->watch({a}).empty());
  CHECK(node.counters->descriptors() == 3 * (kPerCpu + 2));
}

TEST_CASE("a container is counted on the CPUs that it may run on, and on others once it may") {
  Node node;
  node.allowed["a"] = {0, 2};
  const ContainerId a = node.container("a");
  CHECK(node.counters->watch({a}).empty());
  CHECK(node.counters->descriptors() == 2 * kPerCpu);
  node.allowed["a"] = {1};
  for (std::size_t i = 0; i < CgroupCounters::kCpuCheckEvery; ++i) CHECK(node.counters->watch({a}).empty());
  CHECK(node.counters->descriptors() == kPerCpu);
  node.run("a", 0, 10ms);
  node.run("a", 1, 10ms);
  CHECK(node.read().at(0).sample.enabled == 10ms);
}

TEST_CASE("a container that comes again after it was let go goes on where it was, for some readings") {
  Node node;
  const ContainerId a = node.container("a");
  CHECK(node.counters->watch({a}).empty());
  node.read();
  node.run("a", 0, 10ms);
  const Sample before = node.read().at(0).sample;
  CHECK(node.counters->watch({}).empty());
  CHECK(node.counters->descriptors() == 0);
  CHECK(node.read().empty());
  CHECK(node.counters->watch({a}).empty());
  node.run("a", 0, 5ms);
  const Sample after = node.read().at(0).sample;
  CHECK(after.enabled == before.enabled + 5ms);
  CHECK(after[Event::instructions]->value == before[Event::instructions]->value + 10'000'000);
  CHECK(node.counters->watch({}).empty());
  for (int i = 0; i < KeptTotals::kReads; ++i) node.read();
  CHECK(node.counters->watch({a}).empty());
  node.run("a", 0, 1ms);
  CHECK(node.read().at(0).sample.enabled == 1ms);
}

TEST_CASE("a cgroup whose incarnation is known is not looked at again until that changes") {
  Node node;
  const ContainerId a = node.container("a");
  node.incarnation["a"] = 5;
  CHECK(node.counters->watch({a}).empty());
  const int opened = node.perf.opened;
  node.tree.remove("a");
  CHECK(node.counters->watch({a}).empty());
  CHECK(node.counters->descriptors() == 3 * kPerCpu);
  CHECK(node.perf.opened == opened);
  node.container("a");
  node.incarnation["a"] = 6;
  CHECK(node.counters->watch({a}).empty());
  CHECK(node.perf.opened > opened);
  CHECK(node.counters->descriptors() == 3 * kPerCpu);
}

TEST_CASE("with many containers fewer events are read more rarely, which is told once, and what was counted is kept") {
  Node node;
  node.perf.limit = 128 + 12 * 3 * kPerCpu;
  std::vector<ContainerId> ids;
  for (int i = 10; i < 22; ++i) ids.push_back(node.container(std::to_string(i)));
  CHECK(node.counters->watch(ids).empty());
  CHECK(node.counters->turns() == 2);
  node.run("10", 0, 10ms);
  CHECK(node.read().size() == 1);
  ids.push_back(node.container("99"));
  const std::vector<Error> told = node.counters->watch(ids);
  REQUIRE(told.size() == 1);
  CHECK(told[0].to_string().find("not counted are memory_accesses") != std::string::npos);
  CHECK(node.counters->watch(ids).empty());
  CHECK(node.counters->turns() == 1);
  CHECK(node.counters->descriptors() == 13 * 3 * 4);
  node.run("10", 0, 10ms);
  const auto samples = node.read();
  REQUIRE(samples.size() == 1);
  CHECK(samples[0].sample.enabled == 20ms);
  CHECK(samples[0].sample[Event::instructions] == Reading{40'000'000, 20ms});
  CHECK_FALSE(node.counters->one_read_a_period());
  ids.resize(5);
  CHECK(node.counters->watch(ids).size() == 1);
  CHECK(node.counters->turns() == 2);
}

TEST_CASE("hundreds of containers are read once a period") {
  Node node;
  node.perf.limit = 100'000;
  std::vector<ContainerId> ids;
  for (int i = 100; i < 300; ++i) ids.push_back(node.container(std::to_string(i)));
  CHECK(node.counters->watch(ids).size() == 1);  // 600 groups
  CHECK(node.counters->one_read_a_period());
  CHECK(node.counters->turns() == 1);
}

TEST_CASE("read once a period, a container that begins to run has its counts of that period at once") {
  Node node;
  std::vector<ContainerId> ids;
  for (int i = 100; i < 300; ++i) ids.push_back(node.container(std::to_string(i)));
  node.clock.at = TimePoint(1s);
  CHECK(node.counters->watch(ids).size() == 1);
  REQUIRE(node.counters->one_read_a_period());
  node.run("100", 0, 10ms);
  node.clock.at = TimePoint(2s);
  std::vector<ContainerSample> samples = node.read();
  REQUIRE(samples.size() == 2);  // no Sample of those that sleep
  CHECK(samples[0].sample.at == TimePoint(1s));
  CHECK(samples[0].sample.enabled == 0ms);
  CHECK(samples[0].sample[Event::instructions] == Reading{0, 0ms});
  CHECK(!samples[0].sample[Event::memory_accesses]);  // not counted, not zero
  CHECK(samples[1].sample.at == TimePoint(2s));
  CHECK(samples[1].sample[Event::instructions] == Reading{20'000'000, 10ms});
  const std::vector<Sample> both{samples[0].sample, samples[1].sample};
  CHECK(derive(nullptr, both, {}).valid());

  node.run("100", 0, 10ms);
  node.run("101", 2, 10ms);  // it slept for a period
  node.clock.at = TimePoint(3s);
  samples = node.read();
  REQUIRE(samples.size() == 3);
  CHECK(samples[0].sample[Event::instructions] == Reading{40'000'000, 20ms});
  CHECK(samples[1].container == ids[1]);
  CHECK(samples[1].domain == DomainId{8});
  CHECK(samples[1].sample.at == TimePoint(2s));
  CHECK(samples[1].sample.enabled == 0ms);
  CHECK(samples[2].sample.at == TimePoint(3s));
}

TEST_CASE("a CPU that went offline is passed over, and one that refuses an event is an error") {
  Node node;
  const ContainerId a = node.container("a");
  node.perf.refuse = [](const PerfCode&, int cpu) { return cpu == 1 ? ENODEV : 0; };
  CHECK(node.counters->watch({a}).empty());
  CHECK(node.perf.events.size() == 2 * kPerCpu);
  CHECK(node.counters->watch({}).empty());
  node.perf.refuse = [](const PerfCode&, int cpu) { return cpu == 2 ? EOPNOTSUPP : 0; };
  const std::vector<Error> errors = node.counters->watch({a});
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].to_string() == "count a: Operation not supported");
  CHECK(node.perf.events.empty());  // part of a sum is no sum
}

TEST_CASE("refused permission says what would permit it") {
  Node node;
  node.perf.cgroup_refusal = EACCES;
  const std::vector<Error> errors = node.counters->watch({node.container("a")});
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].todo.find("perf_event_paranoid") != std::string::npos);
}

TEST_CASE("a container that cannot be read is let go, reported once and counted anew") {
  Node node;
  const ContainerId a = node.container("a");
  CHECK(node.counters->watch({a}).empty());
  node.run("a", 0, 10ms);
  node.perf.read_errno = EIO;
  CHECK(node.read().empty());
  CHECK(node.perf.events.empty());
  node.perf.read_errno = 0;
  const std::vector<Error> errors = node.counters->watch({a});
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].to_string() == "count a: read perf events: Input/output error");
  CHECK(node.perf.events.size() == 3 * kPerCpu);
  CHECK(node.counters->watch({a}).empty());
  // ENODEV: gone for good, which is no error.
  node.perf.read_errno = ENODEV;
  CHECK(node.read().empty());
  node.perf.read_errno = 0;
  node.perf.control_errno = EIO;
  CHECK(node.counters->watch({}).empty());
}

TEST_CASE("a window that cannot be true is time that was not counted") {
  Node node;
  const ContainerId a = node.container("a");
  CHECK(node.counters->watch({a}).empty());
  node.run("a", 0, 10ms);
  for (auto& [fd, event] : node.perf.events)
    if (event.cpu == 1 && event.code == row_of(kZen3, Event::instructions).code) event.value += 1ull << 47;
  node.run("a", 1, 10ms);
  Sample s = node.read()[0].sample;
  CHECK(s.enabled == 20ms);
  CHECK(s[Event::instructions] == Reading{20'000'000, 10ms});
  // Once only: the jump is part of the next window's base.
  node.read();
  node.run("a", 1, 10ms);
  s = node.read()[0].sample;
  CHECK(s[Event::instructions] == Reading{40'000'000, 20ms});
}

TEST_CASE("four events or fewer need no turns, and are always on") {
  Node node([](FakePerf& perf) {
    perf.refuse = [](const PerfCode& code, int) {
      return code == row_of(kZen3, Event::llc_references).code ? ENOENT : 0;
    };
  });
  REQUIRE(node.counters);
  CHECK(node.counters->turns() == 1);
  const ContainerId a = node.container("a");
  CHECK(node.counters->watch({a}).empty());
  for (int tick = 1; tick <= 3; ++tick) {
    node.run("a", 0, 10ms);
    const Sample s = node.read()[0].sample;
    CHECK(s[Event::memory_accesses] == Reading{static_cast<std::uint64_t>(tick) * 5'000'000, tick * 10ms});
    CHECK(s[Event::llc_misses] == Reading{static_cast<std::uint64_t>(tick) * 100'000, tick * 10ms});
    CHECK(!s[Event::llc_references]);
  }
  const std::vector<EventChoice> events = node.counters->events();
  REQUIRE(events.size() == kEventCount);
  const EventChoice& references = events[static_cast<std::size_t>(Event::llc_references)];
  CHECK(!references.available);
  CHECK(references.note == "this machine does not count it (No such file or directory)");
  const EventChoice& misses = events[static_cast<std::size_t>(Event::llc_misses)];
  CHECK(misses.available);
  CHECK(misses.name == "cpu/event=0x44,umask=0x48/");
  CHECK(misses.note == row_of(kZen3, Event::llc_misses).note);
}

TEST_CASE("events say which of them are counted in turn") {
  Node node;
  for (const EventChoice& choice : node.counters->events()) {
    CHECK(choice.available);
    const bool common = choice.event == Event::cycles || choice.event == Event::instructions;
    CHECK((choice.note.find("counted in turn with others") == std::string::npos) == common);
  }
}

TEST_CASE("a node that counts nothing says so with what to do, and so does a foreign hierarchy") {
  const Node none([](FakePerf& perf) { perf.refuse = [](const PerfCode&, int) { return ENOENT; }; });
  REQUIRE(!none.counters);
  CHECK(none.open_error.code == ErrorCode::unsupported);
  CHECK(exit_code(none.open_error.code) == 3);
  CHECK(none.open_error.why.find("none of the events: this machine does not count it") != std::string::npos);
  CHECK(none.open_error.todo.find("virtual PMU") != std::string::npos);
  CHECK(none.open_error.todo.find("nmi_watchdog") != std::string::npos);

  const Node v1([](FakePerf& perf) { perf.cgroup_refusal = EBADF; });
  REQUIRE(!v1.counters);
  CHECK(v1.open_error.code == ErrorCode::unsupported);
  CHECK(v1.open_error.todo.find("cgroup_no_v1=perf_event") != std::string::npos);

  const Node forbidden([](FakePerf& perf) { perf.cgroup_refusal = EACCES; });
  REQUIRE(!forbidden.counters);
  CHECK(forbidden.open_error.todo.find("perf_event_paranoid") != std::string::npos);
}

TEST_CASE("no CPUs and no root are errors") {
  FakePerf perf;
  FakeClock clock;
  CHECK(!CgroupCounters::open({"/", {}, kZen3, {}}, perf, clock).ok());
  const auto opened = CgroupCounters::open(
      {"/nonexistent/cgroup", {{0, DomainId{0}}}, kZen3, [] { return LeastCounts{}; }}, perf, clock);
  REQUIRE(!opened.ok());
  CHECK(opened.error().to_string() == "open /nonexistent/cgroup: No such file or directory");
}
