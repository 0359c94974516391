#include "perfmon/papi/papi_counters.h"

#include "tests/perfmon/linux/temp_tree.h"
#include "tests/perfmon_papi/fake_papi.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace std::chrono_literals;
using dcat::test::FakePapi;
using dcat::test::TempTree;

namespace {

const ContainerId kA{"a"}, kB{"b"};

class TestClock : public Clock {
 public:
  TimePoint now() override { return time; }
  void sleep_until(TimePoint until) override { time = until; }
  TimePoint time{};
};

PapiTarget thread(pid_t id) {
  return {std::nullopt, id};
}
PapiTarget cpu(int id) {
  return {id, 0};
}

// Four CPUs, 0 and 1 of domain 0, 2 and 3 of domain 1; Zen 3's events, of which all count.
struct Node {
  TempTree tree;
  FakePapi* papi = nullptr;
  TestClock clock;
  std::unique_ptr<PapiCounters> counters;

  explicit Node(std::size_t most_events = 4, const std::vector<Event>& without = {}) {
    auto owned = std::make_unique<FakePapi>();
    papi = owned.get();
    PapiCounters::Options options;
    options.cgroup_root = options.proc_root = tree.root();
    options.cpuset_roots = {tree.root()};
    for (int id = 0; id < 4; ++id) options.domain_of_cpu[id] = DomainId{id / 2};
    options.table = event_table_for({"AuthenticAMD", 0x19, 1});
    for (const Event event : without) options.table.rows[static_cast<std::size_t>(event)].code = {kPerfTypeNone, 0};
    options.known_work = [this] {
      run(PapiTarget{}, 1ms, 1000);
      LeastCounts least{};
      least.fill(1000);
      return least;
    };
    options.most_events = most_events;
    options.walks = {[](double) { return std::nullopt; }, {}};
    auto opened = PapiCounters::open(std::move(options), std::move(owned), clock);
    REQUIRE(opened.ok());
    counters = std::move(opened).value();
    REQUIRE(papi->sets.empty());
  }
  void cgroup(const std::string& path, const std::string& threads) { tree.file(path + "/cgroup.threads", threads); }
  void last_cpu(pid_t id, int on) {
    std::string text = std::to_string(id) + " (x) R";
    for (int field = 4; field <= 38; ++field) text += " 0";
    tree.file(std::to_string(id) + "/stat", text + " " + std::to_string(on) + " 0\n");
  }
  // Everything that is counted counts the same; 1 ms is long enough to be judged.
  void run(const PapiTarget& target, Duration running, std::uint64_t count) {
    papi->run(target, running, [count](const PerfCode&) { return count; });
  }
  std::vector<ContainerSample> read() {
    Result<std::vector<ContainerSample>> samples = counters->read();
    REQUIRE(samples.ok());
    return std::move(samples).value();
  }
};

std::optional<std::uint64_t> value(const std::vector<ContainerSample>& samples, const ContainerId& container,
                                   Event event = Event::instructions, int domain = 0) {
  for (const ContainerSample& s : samples)
    if (s.container == container && s.domain == DomainId{domain} && s.sample[event]) return s.sample[event]->value;
  return std::nullopt;
}

const std::vector<Event> kOne{Event::memory_accesses};  // without it there is one turn

}  // namespace

TEST_CASE("papi counts each container by the threads of all its cgroups") {
  Node node(4, kOne);
  node.cgroup("a", "10\n");
  node.cgroup("a/sub", "11\n");
  node.cgroup("b", "20\n");
  CHECK(node.counters->name() == "papi");
  CHECK(node.counters->turns() == 1);
  CHECK(node.counters->watch({kA, kB}).empty());
  CHECK(node.papi->started() == std::vector<PapiTarget>{thread(10), thread(11), thread(20)});
  node.run(thread(10), 5ms, 100);
  node.run(thread(11), 5ms, 30);
  node.run(thread(20), 5ms, 7);
  std::vector<ContainerSample> samples = node.read();
  CHECK(value(samples, kA) == 130U);
  CHECK(value(samples, kA, Event::llc_misses) == 130U);
  CHECK(!value(samples, kA, Event::memory_accesses));
  CHECK(value(samples, kB) == 7U);
  CHECK(samples[0].sample.enabled == 10ms);
  CHECK(samples[0].sample[Event::cycles]->running == 10ms);
  CHECK(!samples[0].sample.counting);
  node.run(thread(10), 5ms, 1);
  samples = node.read();
  CHECK(value(samples, kA) == 131U);
  CHECK(value(samples, kB) == 7U);
}

TEST_CASE("a thread that starts is found by the next read, and what a thread that ends counted stays") {
  Node node(4, kOne);
  node.cgroup("a", "10\n");
  CHECK(node.counters->watch({kA}).empty());
  node.run(thread(10), 5ms, 100);
  node.cgroup("a", "11\n");  // 10 ends and 11 starts
  CHECK(value(node.read(), kA) == 100U);
  CHECK(node.papi->started() == std::vector<PapiTarget>{thread(11)});
  node.run(thread(11), 5ms, 20);
  CHECK(value(node.read(), kA) == 120U);
  node.cgroup("a", "");
  CHECK(value(node.read(), kA) == 120U);
  CHECK(node.papi->sets.empty());
  CHECK(value(node.read(), kA) == 120U);
}

TEST_CASE("a thread that ends while it is attached is no error") {
  Node node(4, kOne);
  node.cgroup("a", "10\n11\n");
  node.papi->refuse = [](const auto&, const PapiTarget& target) { return target.thread == 11 ? ESRCH : 0; };
  CHECK(node.counters->watch({kA}).empty());
  CHECK(node.papi->started() == std::vector<PapiTarget>{thread(10)});
}

TEST_CASE("a container with too many threads is an error each time and is counted when it has fewer") {
  Node node(4, kOne);
  std::string many;
  for (std::size_t i = 0; i <= PapiCounters::kMostThreads; ++i) many += std::to_string(100 + i) + "\n";
  node.cgroup("a", many);
  node.cgroup("b", "20\n");
  for (int time = 0; time < 2; ++time) {
    const std::vector<Error> errors = node.counters->watch({kA, kB});
    REQUIRE(errors.size() == 1);
    CHECK(
        errors[0].to_string() ==
        "count a by PAPI: it has no CPUs of its own and more than 32 threads; give it a cpuset that no other container "
        "has, or use --counters cgroup");
    CHECK(node.papi->started() == std::vector<PapiTarget>{thread(20)});
  }
  node.cgroup("a", "10\n");
  CHECK(node.counters->watch({kA, kB}).empty());
  node.cgroup("a", many);  // grows between two watches: its sum would be a part
  node.run(thread(20), 5ms, 7);
  const std::vector<ContainerSample> samples = node.read();
  CHECK(samples.size() == 1);
  CHECK(value(samples, kB) == 7U);
  CHECK(node.counters->watch({kA, kB}).size() == 1);
}

TEST_CASE("a container with CPUs of its own is counted by them, whatever its threads") {
  Node node(4, kOne);
  std::string many;
  for (int i = 0; i < 100; ++i) many += std::to_string(100 + i) + "\n";
  node.cgroup("a", many);
  node.tree.file("a/cpuset.cpus.effective", "1-2\n");
  node.cgroup("b", "20\n");
  node.tree.file("b/cpuset.cpus.effective", "3\n");
  CHECK(node.counters->watch({kA, kB}).empty());
  CHECK(node.papi->started() == std::vector<PapiTarget>{cpu(1), cpu(2), cpu(3)});
  node.clock.time += 100ms;
  node.run(cpu(1), 100ms, 50);
  node.run(cpu(2), 100ms, 60);
  node.run(cpu(3), 40ms, 70);  // others had the counters for 60 ms
  const std::vector<ContainerSample> samples = node.read();
  CHECK(value(samples, kA, Event::instructions, 0) == 50U);
  CHECK(value(samples, kA, Event::instructions, 1) == 60U);
  CHECK(value(samples, kB, Event::instructions, 1) == 70U);
  REQUIRE(samples.size() == 3);
  CHECK(samples[2].sample.enabled == 100ms);
  CHECK(samples[2].sample[Event::instructions]->running == 40ms);
}

TEST_CASE("a CPU or a thread that changes its owner has one set at any time, and both owners keep their sums") {
  Node node(4, kOne);
  node.cgroup("a", "");
  node.cgroup("b", "20\n");
  node.tree.file("a/cpuset.cpus.effective", "0\n");
  node.tree.file("b/cpuset.cpus.effective", "1\n");
  CHECK(node.counters->watch({kA, kB}).empty());
  node.run(cpu(0), 1ms, 5);
  node.run(cpu(1), 1ms, 6);
  node.tree.file("a/cpuset.cpus.effective", "1\n");
  node.tree.file("b/cpuset.cpus.effective", "0\n");
  CHECK(node.counters->watch({kA, kB}).empty());
  node.run(cpu(0), 1ms, 100);
  node.run(cpu(1), 1ms, 200);
  node.clock.time += 2ms;
  std::vector<ContainerSample> samples = node.read();
  CHECK(value(samples, kA) == 205U);
  CHECK(value(samples, kB) == 106U);

  node.tree.file("b/cpuset.cpus.effective", "0-1\n");  // no CPU is anybody's own now: by threads
  CHECK(node.counters->watch({kA, kB}).empty());
  CHECK(node.papi->started() == std::vector<PapiTarget>{thread(20)});
  node.cgroup("b", "");
  node.cgroup("a", "20\n");
  node.run(thread(20), 1ms, 1000);
  samples = node.read();  // it was still b's while it ran
  CHECK(value(samples, kB) == 1106U);
  CHECK(node.papi->started() == std::vector<PapiTarget>{thread(20)});
}

TEST_CASE("a thread is charged to the domain of the CPU that it ran on last") {
  Node node(4, kOne);
  node.cgroup("a", "10\n");
  node.last_cpu(10, 1);
  CHECK(node.counters->watch({kA}).empty());
  node.run(thread(10), 5ms, 100);
  CHECK(value(node.read(), kA, Event::instructions, 0) == 100U);
  node.last_cpu(10, 2);
  node.run(thread(10), 5ms, 30);
  std::vector<ContainerSample> samples = node.read();
  CHECK(value(samples, kA, Event::instructions, 0) == 100U);
  CHECK(value(samples, kA, Event::instructions, 1) == 30U);
  node.tree.remove("10");  // it has ended: as before
  node.run(thread(10), 5ms, 3);
  CHECK(value(node.read(), kA, Event::instructions, 1) == 33U);
}

TEST_CASE("five events take turns on four counters, and a turn is counted while it is on") {
  Node node;
  node.cgroup("a", "10\n");
  CHECK(node.counters->turns() == 2);
  CHECK(node.papi->most_events == 4);
  CHECK(node.counters->watch({kA}).empty());
  node.run(thread(10), 5ms, 100);
  node.counters->change_turns();
  node.run(thread(10), 5ms, 30);
  const std::vector<ContainerSample> samples = node.read();
  CHECK(value(samples, kA) == 130U);  // in both turns
  CHECK(value(samples, kA, Event::llc_misses) == 100U);
  CHECK(value(samples, kA, Event::memory_accesses) == 30U);
  CHECK(samples[0].sample.enabled == 10ms);
  node.run(thread(10), 5ms, 1);
  CHECK(value(node.read(), kA, Event::llc_misses) == 101U);
}

TEST_CASE("no more counters are in use at once than the configuration says") {
  const Node node(2);
  CHECK(node.papi->most_events == 2);
  CHECK(node.counters->turns() == 4);
}

TEST_CASE("between pause and resume nothing is counted, and a Sample says how long counting was on") {
  Node node(4, kOne);
  node.cgroup("a", "10\n");
  CHECK(node.counters->watch({kA}).empty());
  node.clock.time += 100ms;
  node.run(thread(10), 5ms, 100);
  node.counters->pause();
  CHECK(node.papi->started().empty());
  node.run(thread(10), 5ms, 1000);
  node.clock.time += 900ms;
  std::vector<ContainerSample> samples = node.read();
  CHECK(value(samples, kA) == 100U);
  CHECK(samples[0].sample.counting == 100ms);
  node.counters->pause();  // twice is once
  node.cgroup("a", "10\n11\n");
  node.read();
  CHECK(node.papi->started().empty());
  node.counters->resume();
  node.counters->resume();
  CHECK(node.papi->started().size() == 2);
  node.clock.time += 50ms;
  node.run(thread(10), 5ms, 3);
  node.run(thread(11), 5ms, 4);
  samples = node.read();
  CHECK(value(samples, kA) == 107U);
  CHECK(samples[0].sample.counting == 150ms);
}

TEST_CASE("with windows the turns follow each other window by window") {
  Node node;
  node.cgroup("a", "10\n");
  node.counters->pause();
  CHECK(node.counters->watch({kA}).empty());
  for (int window = 0; window < 2; ++window) {
    node.counters->resume();
    node.run(thread(10), 5ms, 10);
    node.counters->pause();
  }
  const std::vector<ContainerSample> samples = node.read();
  CHECK(value(samples, kA) == 20U);
  CHECK(value(samples, kA, Event::llc_misses) == 10U);
  CHECK(value(samples, kA, Event::memory_accesses) == 10U);
}

TEST_CASE("what cannot be true is left out and counted by its reason") {
  Node node(4, kOne);
  node.cgroup("a", "10\n");
  CHECK(node.counters->watch({kA}).empty());
  node.run(thread(10), 5ms, 100);
  CHECK(value(node.read(), kA) == 100U);
  node.run(thread(10), 5ms, (std::uint64_t{1} << 47) - 1);
  CHECK(value(node.read(), kA) == 100U);
  CHECK(node.counters->faults()[CountingFault::jumped] == 1);
  node.papi->run(thread(10), 5ms, [](const PerfCode& code) { return code == PerfCode{0, 0} ? 100U : 0U; });
  CHECK(value(node.read(), kA) == 100U);
  CHECK(node.counters->faults()[CountingFault::counted_nothing] == 1);
  node.run(thread(10), 5ms, 20);
  CHECK(value(node.read(), kA) == 120U);
}

TEST_CASE("a CPU that counted nothing was idle, one that had no counters was not counted") {
  Node node(4, kOne);
  node.cgroup("a", "");
  node.tree.file("a/cpuset.cpus.effective", "0\n");
  CHECK(node.counters->watch({kA}).empty());
  node.clock.time += 10ms;
  node.run(cpu(0), 10ms, 0);
  CHECK(node.read().empty());
  CHECK(node.counters->faults() == FaultCounts{});
  node.clock.time += 10ms;
  const std::vector<ContainerSample> samples = node.read();
  CHECK(node.counters->faults()[CountingFault::never_scheduled] == 1);
  REQUIRE(samples.size() == 1);
  CHECK(samples[0].sample.enabled == 10ms);
  CHECK(!samples[0].sample[Event::cycles]);
}

TEST_CASE("a container that cannot be read is missing, told by the next watch, and counted anew") {
  Node node(4, kOne);
  node.cgroup("a", "10\n");
  CHECK(node.counters->watch({kA}).empty());
  node.papi->fail_reads = true;
  CHECK(node.read().empty());
  CHECK(node.papi->sets.empty());
  node.papi->fail_reads = false;
  const std::vector<Error> errors = node.counters->watch({kA});
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].what == "count a by PAPI: read");
  CHECK(node.papi->started().size() == 1);
  CHECK(node.counters->watch({kA}).empty());
}

TEST_CASE("what is not listed any more is let go at once, and a container that is gone is no error") {
  Node node(4, kOne);
  node.cgroup("a", "10\n");
  CHECK(node.counters->watch({kA, kB}).empty());
  CHECK(node.papi->sets.size() == 1);
  CHECK(node.counters->watch({kB}).empty());
  CHECK(node.papi->sets.empty());
}

TEST_CASE("a PAPI that counts none of the events is unsupported and says why") {
  auto papi = std::make_unique<FakePapi>();
  papi->refuse = [](const auto&, const auto&) { return ENOENT; };
  TestClock clock;
  PapiCounters::Options options;
  options.domain_of_cpu = {{0, DomainId{0}}};
  options.table = event_table_for({});
  const auto opened = PapiCounters::open(std::move(options), std::move(papi), clock);
  REQUIRE(!opened.ok());
  CHECK(opened.error().code == ErrorCode::unsupported);
  CHECK(opened.error().why.find("none of the events: this machine does not count it") != std::string::npos);
  CHECK(opened.error().todo.find("--counters cgroup") != std::string::npos);
}

TEST_CASE("an event that lies through PAPI is left out and the choice says so") {
  auto papi = std::make_unique<FakePapi>();
  FakePapi& fake = *papi;
  TestClock clock;
  PapiCounters::Options options;
  options.domain_of_cpu = {{0, DomainId{0}}};
  options.table = event_table_for({"AuthenticAMD", 0x19, 1});
  options.walks = {[](double) { return std::nullopt; }, {}};
  options.known_work = [&fake] {
    fake.run(PapiTarget{}, 1ms, [](const PerfCode& code) {
      return code == PerfCode{kPerfTypeRaw, 0x4844} ? 0U : 1000U;
    });
    LeastCounts least{};
    least.fill(1000);
    return least;
  };
  const auto opened = PapiCounters::open(std::move(options), std::move(papi), clock);
  REQUIRE(opened.ok());
  const std::vector<EventChoice> choices = (*opened)->events();
  REQUIRE(choices.size() == kEventCount);
  CHECK(choices[1].available);
  CHECK(!choices[4].available);
  CHECK(choices[4].note == "left out, for it does not count truly: it counted 0 where at least 1000 were due");
}
