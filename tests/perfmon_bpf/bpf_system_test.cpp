// BpfCounters on the real kernel, with events that every machine has. What is seen here is everything but the
// hardware's counts: who is charged, when, and what is left behind.
#include <sys/mman.h>

#include <atomic>
#include <cmath>

#include "perfmon/linux/cgroup_counters.h"
#include "tests/perfmon_bpf/real_cgroups.h"

using namespace dcat;
using namespace dcat::test;
using namespace std::chrono_literals;

namespace {

// What others say of a container's time, before and after a reading of ours.
struct Account {
  Duration before{}, after{};
};
// `got` is what the account says of the time between two readings, give or take `error`, and 2 ms for what it lags; it
// may have missed `missed`.
void check_near(const char* what, Duration got, const Account& from, const Account& to, Duration missed,
                double error = 0.03) {
  CAPTURE(what, got.count(), from.before.count(), from.after.count(), to.before.count(), to.after.count(),
          missed.count());
  CHECK(seconds(got) >= (1 - error) * seconds(to.before - from.after) - 0.002 - seconds(missed));
  CHECK(seconds(got) <= (1 + error) * seconds(to.after - from.before) + 0.002);
}

// The kernel's own counting per cgroup.
struct Reference {
  KernelPerf perf;
  MonotonicClock clock;
  std::unique_ptr<CgroupCounters> counters;

  Reference(const Cgroups& cgroups, const std::vector<ContainerId>& containers) {
    CgroupCounters::Options options;
    options.cgroup_root = cgroups.root;
    options.domain_of_cpu = online_cpus();
    options.table = clock_table();
    options.known_work = [] { return LeastCounts{}; };
    Result<std::unique_ptr<CgroupCounters>> opened = CgroupCounters::open(std::move(options), perf, clock);
    if (!opened) skip(opened.error().to_string());
    counters = std::move(opened).value();
    REQUIRE(counters->watch(containers).empty());
  }
  Duration time_of(const ContainerId& container) {
    const Result<std::vector<ContainerSample>> samples = counters->read();
    REQUIRE(samples.ok());
    for (const ContainerSample& s : *samples)
      if (s.container == container) return s.sample.enabled;
    return {};
  }
};

// A container's sample with what the kernel says around it: perf's count, and the scheduler's account, which leaves out
// what a hypervisor took meanwhile (5 % seen).
struct Read {
  Sample sample;
  Account perf, scheduler;
};
Read read_of(RealCounters& real, Reference& reference, const Cgroups& cgroups, const std::string& child) {
  const ContainerId container{cgroups.name + "/" + child};
  Read read;
  read.scheduler.before = cgroups.used(child);
  read.perf.before = reference.time_of(container);
  read.sample = real.sample(container);
  read.perf.after = reference.time_of(container);
  read.scheduler.after = cgroups.used(child);
  return read;
}

// What an event counted, as time.
Duration clock_of(const Sample& sample, Event event = Event::cycles) {
  return Duration(sample[event] ? static_cast<Duration::rep>(sample[event]->value) : 0);
}

}  // namespace

TEST_CASE("each container is charged what the kernel's account says, on all CPUs and with nested cgroups") {
  const Cgroups cgroups;
  RealCounters real(cgroups);
  const ContainerId wide = cgroups.make("wide"), deep = cgroups.make("deep"), sleeping = cgroups.make("sleeping"),
                    other = cgroups.make("not-watched");
  cgroups.make("deep/one/two");
  const Process p1(cgroups.directory("wide"), spin), p2(cgroups.directory("wide"), come_and_go),
      p3(cgroups.directory("deep/one/two"), spin), p4(cgroups.directory("deep/one"), come_and_go),
      p5(cgroups.directory("sleeping"), [] { ::pause(); }), p6(cgroups.directory("not-watched"), come_and_go);
  CHECK(real.counters->watch({deep, sleeping, wide}).empty());
  Reference reference(cgroups, {deep, wide});
  wait_for(100ms);

  const std::vector<std::string> busy{"wide", "deep"};
  std::vector<Read> from, to;
  for (const std::string& child : busy) from.push_back(read_of(real, reference, cgroups, child));
  for (int i = 0; i < 8; ++i) {
    wait_for(250ms);
    real.change_turns();
  }
  for (const std::string& child : busy) to.push_back(read_of(real, reference, cgroups, child));
  const Duration missed = real.turning * ::sysconf(_SC_NPROCESSORS_ONLN) + real.counters->unclear();
  CAPTURE(missed.count());

  for (std::size_t i = 0; i < busy.size(); ++i) {
    CAPTURE(busy[i]);
    const auto more = [&](Event event) { return clock_of(to[i].sample, event) - clock_of(from[i].sample, event); };
    const Duration time = to[i].sample.enabled - from[i].sample.enabled;
    CHECK(time > 200ms);
    check_near("time and perf", time, from[i].perf, to[i].perf, missed);
    check_near("time and the scheduler", time, from[i].scheduler, to[i].scheduler, missed, 0.12);
    check_near("task-clock and perf", more(Event::cycles), from[i].perf, to[i].perf, missed);
    check_near("cpu-clock, no group's leader, and perf", more(Event::instructions), from[i].perf, to[i].perf, missed);
    CHECK(missed < 500ms);
    check_near("both turns", more(Event::memory_accesses) + more(Event::llc_misses), from[i].perf, to[i].perf, missed);
    CHECK(more(Event::memory_accesses) > 50ms);
    CHECK(more(Event::llc_misses) > 50ms);
  }
  CHECK(real.sample(sleeping).enabled < 2ms);
  CHECK(real.sample(other) == Sample{});
  CHECK(real.counters->faults() == FaultCounts{});
}

namespace {

// False: the kernel did not report a switch meanwhile, so that something is charged to nobody.
bool charged_to_the_right_one() {
  const Cgroups cgroups;
  RealCounters real(cgroups, fault_table());
  const ContainerId quiet = cgroups.make("quiet"), touches = cgroups.make("touches");
  CHECK(real.counters->watch({quiet, touches}).empty());
  const auto at_home = [] { pin(0); };
  const Process neighbour(cgroups.directory("quiet"), [&at_home] {
    at_home();
    come_and_go();
  });
  constexpr std::size_t kPages = 5000;
  // How many processes have touched all of theirs: on a busy machine that takes its time.
  auto* const done = static_cast<std::atomic<int>*>(
      ::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  REQUIRE(done != MAP_FAILED);
  wait_for(10ms);  // the neighbour may have joined while it ran
  const Duration unclear = real.counters->unclear();
  for (int i = 0; i < 4; ++i) {
    const Process process(cgroups.directory("touches"), [&at_home, done] {
      at_home();
      be_switched();  // it may have joined its cgroup while it ran: it is charged from its next switch on
      for (std::size_t part = 0; part < 10; ++part) {
        touch_pages(kPages / 10);
        ::usleep(2000);
      }
      ++*done;
      ::pause();
    });
    for (int tries = 0; *done <= i && tries < 1000; ++tries) wait_for(10ms);
    REQUIRE(*done == i + 1);
    wait_for(10ms);  // it sleeps by now: what it did is charged
    real.change_turns();
  }
  ::munmap(done, sizeof(std::atomic<int>));
  const Sample it = real.sample(touches), neighbours = real.sample(quiet);
  REQUIRE((it[Event::instructions] && neighbours[Event::instructions]));
  CHECK(real.counters->faults() == FaultCounts{});
  CHECK(it[Event::instructions]->value < 4 * kPages + 1000);
  CHECK(neighbours[Event::instructions]->value < 200);
  if (real.counters->unclear() > unclear) return false;
  CHECK(it[Event::instructions]->value >= 4 * kPages);
  return true;
}

}  // namespace

TEST_CASE("what a container did is charged to it, not to its neighbour on the same CPU") {
  int tries = 1;
  while (!charged_to_the_right_one() && tries < 30) ++tries;
  CHECK(tries < 30);
}

TEST_CASE("a container in a container is counted in the inner one only") {
  const Cgroups cgroups;
  RealCounters real(cgroups);
  const ContainerId outer = cgroups.make("outer"), inner = cgroups.make("outer/inner");
  cgroups.make("outer/inner/below");
  CHECK(real.counters->watch({outer, inner}).empty());
  const Process process(cgroups.directory("outer/inner/below"), spin);
  wait_for(200ms);
  CHECK(real.sample(inner).enabled > 20ms);
  CHECK(real.sample(outer).enabled == 0ms);
}

TEST_CASE("a process that never leaves its CPU is seen by every read") {
  const int cpus = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  if (cpus < 2) {
    WARN("skipped: one CPU, and it is ours");
    return;
  }
  const Cgroups cgroups;
  RealCounters real(cgroups);
  const ContainerId alone = cgroups.make("alone");
  cpu_set_t before;
  REQUIRE(::sched_getaffinity(0, sizeof(before), &before) == 0);
  REQUIRE(pin(0));
  {
    const Process process(cgroups.directory("alone"), [cpus] {
      const sched_param first{10};
      if (!pin(cpus - 1) || ::sched_setscheduler(0, SCHED_FIFO, &first) != 0) ::_exit(1);
      spin();
    });
    wait_for(50ms);
    CHECK(real.counters->watch({alone}).empty());  // it runs already
    TimePoint before_last = real.clock.now();
    Duration so_far = real.sample(alone).enabled;
    TimePoint last = real.clock.now();
    for (int i = 0; i < 4; ++i) {
      wait_for(50ms);
      real.turning = {};
      const TimePoint begin = real.clock.now();
      const Duration now = real.sample(alone).enabled;
      const TimePoint end = real.clock.now();
      CAPTURE(i, so_far.count(), now.count(), real.turning.count());
      CHECK(now - so_far >= begin - last - real.turning - 1ms);
      CHECK(now - so_far <= end - before_last + 1ms);
      so_far = now;
      before_last = begin;
      last = end;
    }
  }
  REQUIRE(::sched_setaffinity(0, sizeof(before), &before) == 0);
}

TEST_CASE("nothing holds a removed cgroup, watched or not") {
  const Cgroups cgroups;
  RealCounters real(cgroups);
  const ContainerId gone = cgroups.make("gone");
  {
    const Process process(cgroups.directory("gone"), spin);
    CHECK(real.counters->watch({gone}).empty());
    wait_for(100ms);
    CHECK(real.sample(gone).enabled > 10ms);
  }
  CHECK(cgroups.remove("gone"));
  CHECK(cgroups.dying_becomes(0));
  CHECK(real.counters->watch({gone}).empty());
  CHECK(real.sample(gone) == Sample{});
}

TEST_CASE("the program keeps sums of exactly the cgroups that it was given") {
  const Cgroups cgroups;
  { const RealCounters usable(cgroups); }  // or skip
  Result<std::unique_ptr<CgroupProgram>> program = load_cgroup_program(1000);
  REQUIRE(program.ok());
  const auto listed = [&program] {
    std::map<std::uint64_t, int> times;
    REQUIRE((*program)->read([&times](std::uint64_t cgroup, std::span<const CgroupProgram::Sums> by_cpu) {
      ++times[cgroup];
      CHECK(!by_cpu.empty());
    }));
    for (const auto& [cgroup, count] : times) CHECK(count == 1);
    return times.size();
  };
  CHECK(listed() == 0);
  for (std::uint64_t cgroup = 1; cgroup <= 700; ++cgroup) CHECK((*program)->add(cgroup));  // several batches
  CHECK(listed() == 700);
  for (std::uint64_t cgroup = 1; cgroup < 700; ++cgroup) (*program)->remove(cgroup);
  CHECK(listed() == 1);
  const Status offline = (*program)->order(100'000, {});
  REQUIRE(!offline);
  CHECK(offline.error().sys_errno == ENXIO);
}

TEST_CASE("five hundred containers take no descriptor, and more than there is room for is an error each") {
  const Cgroups cgroups;
  RealCounters real(cgroups, clock_table(), 500);
  std::vector<ContainerId> many;
  for (int i = 0; i < 502; ++i) many.push_back(cgroups.make("c" + std::to_string(1000 + i)));
  const std::size_t before = open_descriptors();
  const auto start = std::chrono::steady_clock::now();
  const std::vector<Error> errors = real.counters->watch(many);
  const auto watched = std::chrono::steady_clock::now();
  CHECK(open_descriptors() == before);
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].sys_errno == E2BIG);
  CHECK(errors[0].why == "there is room for 500 containers");
  REQUIRE(real.counters->read().ok());
  const auto done = std::chrono::steady_clock::now();
  std::printf("500 containers: watch %.2f ms, read %.2f ms\n", seconds(watched - start) * 1e3,
              seconds(done - watched) * 1e3);
  CHECK(real.counters->watch({}).empty());
  CHECK(real.counters->watch({many[501]}).empty());
}

TEST_CASE("between pause and resume a busy container is not counted") {
  const Cgroups cgroups;
  RealCounters real(cgroups);
  const ContainerId busy = cgroups.make("busy");
  const Process process(cgroups.directory("busy"), spin);
  CHECK(real.counters->watch({busy}).empty());
  wait_for(100ms);
  real.counters->pause();
  const Sample paused = real.sample(busy);
  CHECK(paused.enabled > 10ms);
  REQUIRE(paused.counting);
  wait_for(200ms);
  const Sample still = real.sample(busy);
  CHECK(still.enabled == paused.enabled);
  CHECK(still[Event::cycles] == paused[Event::cycles]);
  CHECK(still.counting == paused.counting);
  const TimePoint resumed = real.clock.now();
  real.counters->resume();
  wait_for(100ms);
  Sample on = real.sample(busy);
  for (int tries = 0; tries < 10 && on.enabled <= paused.enabled + 10ms && real.counters->unclear() > 0ms; ++tries) {
    wait_for(100ms);
    on = real.sample(busy);
  }
  CHECK(on.enabled > paused.enabled + 10ms);
  CHECK(on.enabled < paused.enabled + (real.clock.now() - resumed) + 1ms);
  CHECK(*on.counting - *paused.counting >= 100ms);
}

TEST_CASE("a cgroup made anew under its name goes on, and its sums do not fall") {
  const Cgroups cgroups;
  RealCounters real(cgroups);
  const ContainerId again = cgroups.make("again");
  Sample before;
  {
    const Process process(cgroups.directory("again"), spin);
    CHECK(real.counters->watch({again}).empty());
    wait_for(100ms);
    before = real.sample(again);
  }
  const std::uint64_t old = cgroups.id("again");
  REQUIRE(cgroups.remove("again"));
  cgroups.make("again");
  REQUIRE(cgroups.id("again") != old);
  const Process process(cgroups.directory("again"), spin);
  CHECK(real.counters->watch({again}).empty());
  wait_for(100ms);
  const Sample after = real.sample(again);
  CHECK(before.enabled > 10ms);
  CHECK(after.enabled > before.enabled + 10ms);
  CHECK(clock_of(after) > clock_of(before));
  CHECK(real.counters->faults() == FaultCounts{});
}
