#include "perfmon/bpf/bpf_counters.h"

#include "tests/perfmon/linux/temp_tree.h"
#include "tests/perfmon_bpf/fake_program.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace std::chrono_literals;
using dcat::test::FakeKernel;
using dcat::test::FakePerf;
using dcat::test::FakeProgram;
using dcat::test::TempTree;

namespace {

const EventTable kZen3 = event_table_for({"AuthenticAMD", 0x19, 1});
constexpr std::size_t kPerCpu = 7;  // descriptors: A has four events, B three

class FakeClock : public Clock {
 public:
  TimePoint now() override { return at; }
  void sleep_until(TimePoint until) override { at = until; }
  TimePoint at{};
};

// CPUs 0 and 1 behind L3 number 0, CPU 3 behind number 8.
struct Node {
  TempTree tree;
  FakePerf perf;
  FakeKernel kernel{perf};
  FakeClock clock;
  std::unique_ptr<BpfCounters> counters;
  Error open_error;

  explicit Node(const std::function<void(Node&)>& prepare = {}, EventTable table = kZen3) {
    if (prepare) prepare(*this);
    BpfCounters::Options options;
    options.cgroup_root = tree.root();
    options.domain_of_cpu = {{0, DomainId{0}}, {1, DomainId{0}}, {3, DomainId{8}}};
    options.table = std::move(table);
    options.most_containers = 100;
    options.known_work = [this] {
      perf.run(0, -1, 1000, 1000, [](const PerfCode&) { return 100u; });
      LeastCounts least{};
      least.fill(1);
      return least;
    };
    Result<std::unique_ptr<BpfCounters>> opened =
        BpfCounters::open(std::move(options), perf, clock, std::make_unique<FakeProgram>(kernel));
    if (opened)
      counters = std::move(opened).value();
    else
      open_error = opened.error();
  }
  ~Node() { CHECK(kernel.mistakes.empty()); }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  ContainerId container(const std::string& path) {
    tree.directory(path);
    return ContainerId{path};
  }
  std::uint64_t cgroup(const std::string& path) {
    struct stat info {};
    return ::stat((tree.root() + "/" + path).c_str(), &info) == 0 ? info.st_ino : 0;
  }
  // 2 instructions a nanosecond, 1 cycle, 0.5 loads, 0.02 references, 0.01 misses.
  void run(const std::string& path, int cpu, Duration time) { run(cgroup(path), cpu, time); }
  void run(std::uint64_t id, int cpu, Duration time) {
    const auto ns = static_cast<std::uint64_t>(time.count());
    kernel.run(id, cpu, ns, [ns](const PerfCode& code) -> std::uint64_t {
      if (code == row_of(kZen3, Event::instructions).code) return ns * 2;
      if (code == row_of(kZen3, Event::cycles).code) return ns;
      if (code == row_of(kZen3, Event::memory_accesses).code) return ns / 2;
      if (code == row_of(kZen3, Event::llc_references).code) return ns / 50;
      return ns / 100;
    });
  }
  std::vector<ContainerSample> read() {
    Result<std::vector<ContainerSample>> samples = counters->read();
    REQUIRE(samples.ok());
    return std::move(samples).value();
  }
};

}  // namespace

TEST_CASE("descriptors are seven a CPU, however many containers are watched") {
  Node node;
  REQUIRE(node.counters);
  CHECK(node.perf.events.size() == 3 * kPerCpu);
  std::vector<ContainerId> many;
  for (int i = 0; i < 50; ++i) many.push_back(node.container("c" + std::to_string(i)));
  CHECK(node.counters->watch(many).empty());
  CHECK(node.perf.events.size() == 3 * kPerCpu);
  for (const auto& [fd, event] : node.perf.events) CHECK((event.target == 0 && event.cpu >= 0));
}

TEST_CASE("at no time are more than four events on a CPU, and what is counted is on") {
  Node node;
  const ContainerId a = node.container("a");
  CHECK(node.counters->watch({a}).empty());
  for (int tick = 0; tick < 5; ++tick) {
    node.run("a", 0, 10ms);
    node.counters->change_turns();
    CHECK(node.kernel.enabled_on(0) <= kMostEventsAtOnce);
    node.read();
  }
  CHECK(node.perf.most_at_once == 4);
  CHECK(node.perf.most_in_group == 4);
}

TEST_CASE("a sample has what the program charged to the container, by domain") {
  Node node;
  const ContainerId a = node.container("a"), b = node.container("x/b");
  CHECK(node.counters->watch({a, b}).empty());
  CHECK(node.read().empty());  // turn A; nothing ran
  node.run("a", 0, 10ms);      // in turn B
  node.run("a", 1, 30ms);
  node.run("x/b", 3, 5ms);
  node.clock.at = TimePoint(5s);
  const std::vector<ContainerSample> samples = node.read();
  REQUIRE(samples.size() == 2);
  CHECK((samples[0].container == a && samples[0].domain == DomainId{0}));
  CHECK(samples[0].sample.at == TimePoint(5s));
  CHECK(samples[0].sample.enabled == 40ms);
  CHECK(samples[0].sample[Event::instructions] == Reading{80'000'000, 40ms});
  CHECK(samples[0].sample[Event::memory_accesses] == Reading{20'000'000, 40ms});
  CHECK(!samples[0].sample[Event::llc_misses]);
  CHECK(!samples[0].sample.counting);
  CHECK((samples[1].container == b && samples[1].domain == DomainId{8}));
}

TEST_CASE("with a change of turns half-way, all events are in each sample") {
  Node node;
  CHECK(node.counters->turns() == 2);
  const ContainerId a = node.container("a");
  CHECK(node.counters->watch({a}).empty());
  node.run("a", 0, 10ms);
  node.counters->change_turns();
  node.run("a", 0, 10ms);
  const std::vector<ContainerSample> samples = node.read();
  REQUIRE(samples.size() == 1);
  CHECK(samples[0].sample[Event::cycles] == Reading{20'000'000, 20ms});
  CHECK(samples[0].sample[Event::llc_misses] == Reading{100'000, 10ms});
  CHECK(samples[0].sample[Event::memory_accesses] == Reading{5'000'000, 10ms});
}

TEST_CASE("a container that is not watched or gone has nothing left when watch returns") {
  Node node;
  const ContainerId a = node.container("a"), b = node.container("b"), c = node.container("c");
  CHECK(node.counters->watch({a, b, c}).empty());
  CHECK(node.kernel.sums.size() == 3);
  node.tree.remove("b");
  CHECK(node.counters->watch({a, b}).empty());
  REQUIRE(node.kernel.sums.size() == 1);
  CHECK(node.kernel.sums.contains(node.cgroup("a")));
}

TEST_CASE("watching the same containers again asks nothing of the kernel") {
  Node node;
  const ContainerId a = node.container("a");
  CHECK(node.counters->watch({a}).empty());
  node.kernel.log.clear();
  CHECK(node.counters->watch({a}).empty());
  CHECK(node.kernel.log.empty());
}

TEST_CASE("between removing and adding, every CPU leaves the program, and what runs is counted from then on") {
  Node node;
  const ContainerId a = node.container("a"), b = node.container("b");
  CHECK(node.counters->watch({a}).empty());
  node.kernel.log.clear();
  CHECK(node.counters->watch({b}).empty());
  CHECK(node.kernel.log == std::vector<std::string>{"remove", "order", "add", "order"});
}

TEST_CASE("a cgroup made anew under the same name goes on where the old one was") {
  Node node;
  const ContainerId a = node.container("a");
  CHECK(node.counters->watch({a}).empty());
  node.run("a", 0, 10ms);
  node.read();
  const std::uint64_t old = node.cgroup("a");
  node.tree.make_anew("a");
  REQUIRE(node.cgroup("a") != old);
  CHECK(node.counters->watch({a}).empty());
  CHECK(!node.kernel.sums.contains(old));
  node.run(old, 0, 50ms);
  node.run("a", 0, 1ms);
  const std::vector<ContainerSample> samples = node.read();
  REQUIRE(samples.size() == 1);
  CHECK(samples[0].sample.enabled == 11ms);
  CHECK(samples[0].sample[Event::cycles] == Reading{11'000'000, 11ms});
  CHECK(node.counters->faults() == FaultCounts{});
}

TEST_CASE("a container for which there is no room is an error of its own") {
  Node node([](Node& n) { n.kernel.room = 2; });
  const ContainerId a = node.container("a"), b = node.container("b"), c = node.container("c");
  const std::vector<Error> errors = node.counters->watch({a, b, c});
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].what == "count c");
  CHECK(errors[0].why == "there is room for 100 containers");
  CHECK(!errors[0].todo.empty());
  node.run("b", 0, 10ms);
  CHECK(node.read().size() == 1);
  CHECK(node.counters->watch({a, b, c}).size() == 1);  // and again: it is wanted still
  CHECK(node.counters->watch({b, c}).empty());         // there is room now
}

TEST_CASE("a cgroup made anew for which there is no room is let go") {
  Node node;
  const ContainerId a = node.container("a");
  CHECK(node.counters->watch({a}).empty());
  node.run("a", 0, 10ms);
  const std::uint64_t old = node.cgroup("a");
  node.tree.make_anew("a");
  REQUIRE(node.cgroup("a") != old);
  node.kernel.room = 0;
  CHECK(node.counters->watch({a}).size() == 1);
  CHECK(node.read().empty());
  CHECK(node.counters->watch({}).empty());
}

TEST_CASE("between pause and resume everything is off, and the sample says how long counting was on") {
  Node node;
  const ContainerId a = node.container("a");
  CHECK(node.counters->watch({a}).empty());
  node.run("a", 0, 10ms);
  node.clock.at += 100ms;
  node.counters->pause();
  for (const int cpu : {0, 1, 3}) CHECK(node.kernel.enabled_on(cpu) == 0);
  CHECK(node.kernel.cpus[0].events == 0);
  node.counters->pause();  // once is enough
  node.run("a", 0, 500ms);
  node.clock.at += 900ms;
  CHECK(node.counters->watch({a, node.container("b")}).empty());
  std::vector<ContainerSample> samples = node.read();
  CHECK(node.kernel.enabled_on(0) == 0);
  REQUIRE(samples.size() == 1);
  CHECK(samples[0].sample.enabled == 10ms);
  CHECK(samples[0].sample.counting == 100ms);
  node.counters->resume();
  node.counters->resume();
  node.run("a", 0, 20ms);
  node.run("b", 0, 5ms);
  node.clock.at += 50ms;
  samples = node.read();
  REQUIRE(samples.size() == 2);
  CHECK(samples[0].sample.enabled == 30ms);
  CHECK(samples[0].sample.counting == 150ms);
}

TEST_CASE("windows between pauses take turns") {
  Node node;
  const ContainerId a = node.container("a");
  CHECK(node.counters->watch({a}).empty());
  for (int window = 0; window < 2; ++window) {
    node.run("a", 0, 10ms);
    node.counters->pause();
    node.read();
    node.counters->resume();
  }
  node.counters->pause();
  const std::vector<ContainerSample> samples = node.read();
  REQUIRE(samples.size() == 1);
  CHECK(samples[0].sample[Event::llc_misses] == Reading{100'000, 10ms});
  CHECK(samples[0].sample[Event::memory_accesses] == Reading{5'000'000, 10ms});
}

TEST_CASE("a CPU that goes offline is left out with its counts, and counted again when it is back") {
  Node node;
  const ContainerId a = node.container("a");
  CHECK(node.counters->watch({a}).empty());
  node.run("a", 1, 10ms);
  node.kernel.cpus[1].online = false;
  node.perf.refuse = [](const PerfCode&, int cpu) { return cpu == 1 ? ENODEV : 0; };
  node.run("a", 0, 10ms);
  CHECK(node.read()[0].sample.enabled == 20ms);
  CHECK(node.perf.events.size() == 2 * kPerCpu);
  CHECK(node.read()[0].sample.enabled == 20ms);
  node.kernel.cpus[1] = {};
  node.perf.refuse = {};
  node.read();
  CHECK(node.perf.events.size() == 3 * kPerCpu);
  node.run("a", 1, 5ms);
  CHECK(node.read()[0].sample.enabled == 25ms);
}

TEST_CASE("a CPU that is offline at the start is no error") {
  Node node([](Node& n) { n.perf.refuse = [](const PerfCode&, int cpu) { return cpu == 3 ? ENODEV : 0; }; });
  REQUIRE(node.counters);
  CHECK(node.perf.events.size() == 2 * kPerCpu);
}

TEST_CASE("events that died while nobody looked are opened anew") {
  Node node;
  const ContainerId a = node.container("a");
  CHECK(node.counters->watch({a}).empty());
  for (const auto& [fd, event] : node.perf.events)
    if (event.cpu == 1) node.kernel.dead.insert(fd);
  node.run("a", 1, 20ms);
  node.read();
  CHECK(node.counters->faults()[CountingFault::never_scheduled] == 1);
  node.run("a", 1, 20ms);
  const Sample sample = node.read()[0].sample;
  CHECK(sample[Event::cycles] == Reading{20'000'000, 20ms});
  CHECK(sample.enabled == 40ms);
  CHECK(node.perf.events.size() == 3 * kPerCpu);
}

TEST_CASE("with four events or fewer there is one turn, and a read only charges what is running") {
  EventTable table = kZen3;
  Node node([](Node& n) {
    n.perf.refuse = [](const PerfCode& code, int) {
      return code == row_of(kZen3, Event::memory_accesses).code ? ENOENT : 0;
    };
  });
  CHECK(node.counters->turns() == 1);
  const ContainerId a = node.container("a");
  CHECK(node.counters->watch({a}).empty());
  const int before = node.kernel.cpus[0].refreshed;
  node.counters->change_turns();
  CHECK(node.kernel.cpus[0].refreshed == before);
  node.run("a", 0, 10ms);
  CHECK(node.read()[0].sample[Event::llc_misses] == Reading{100'000, 10ms});
  CHECK(node.kernel.cpus[0].refreshed == before + 1);
  CHECK(!node.counters->events()[2].available);
  CHECK(node.counters->events()[2].event == Event::memory_accesses);
}

TEST_CASE("what the kernel refuses in a pause is told by the next read, once") {
  Node node;
  node.perf.control_errno = EIO;
  node.counters->pause();
  node.perf.control_errno = 0;
  CHECK(!node.counters->read());
  CHECK(node.counters->read());
}

TEST_CASE("a map that cannot be read is an error of the read") {
  Node node;
  node.kernel.read_errno = EIO;
  const Result<std::vector<ContainerSample>> samples = node.counters->read();
  REQUIRE(!samples);
  CHECK(samples.error().sys_errno == EIO);
}

TEST_CASE("a machine that counts nothing is told at the start, and so is a lack of permission") {
  Node none([](Node& n) { n.perf.refuse = [](const PerfCode&, int) { return ENOENT; }; });
  REQUIRE(!none.counters);
  CHECK(none.open_error.code == ErrorCode::unsupported);
  CHECK(none.open_error.why.find("none of the events") != std::string::npos);
  Node forbidden([](Node& n) { n.perf.refuse = [](const PerfCode&, int) { return EACCES; }; });
  REQUIRE(!forbidden.counters);
  CHECK(forbidden.open_error.todo.find("CAP_PERFMON") != std::string::npos);
}

TEST_CASE("events on a CPU that the machine has no room for are an error of the start, without what was opened") {
  Node node([](Node& n) { n.perf.refuse = [](const PerfCode&, int cpu) { return cpu == 3 ? EMFILE : 0; }; });
  REQUIRE(!node.counters);
  CHECK(node.open_error.sys_errno == EMFILE);
  CHECK(node.open_error.what.find("CPU 3") != std::string::npos);
  CHECK(node.perf.events.empty());
}

TEST_CASE("a directory that is no cgroup2 tree is refused before anything is loaded") {
  TempTree tree;
  FakePerf perf;
  FakeClock clock;
  BpfCounters::Options options;
  options.cgroup_root = tree.root();
  options.domain_of_cpu = {{0, DomainId{0}}};
  options.table = kZen3;
  const Result<std::unique_ptr<BpfCounters>> opened = BpfCounters::open(std::move(options), perf, clock);
  REQUIRE(!opened);
  CHECK(opened.error().code == ErrorCode::unsupported);
  CHECK(opened.error().why == "it is no cgroup2 tree");
  CHECK(perf.opened == 0);
}
