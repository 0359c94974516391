// The real kernel, real cgroups and real processes, with events that every machine has: the kernel's own page
// faults and the like stand in for the hardware's. What is seen here is everything of CgroupCounters but the
// hardware: groups per cgroup and CPU, turns, sums over CPUs, and what is left behind when a container goes.
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "perfmon/linux/cgroup_containers.h"
#include "perfmon/linux/cgroup_counters.h"
#include "perfmon/linux/monotonic_clock.h"
#include "tests/support/catch.h"
#include "tests/support/real_cgroups.h"

using namespace dcat;
using namespace dcat::test;
namespace fs = std::filesystem;

namespace {

// A process in a cgroup that touches as many new pages as it is told to.
class Toucher {
 public:
  explicit Toucher(const std::string& cgroup_directory) {
    REQUIRE(::pipe(orders_) == 0);
    REQUIRE(::pipe(done_) == 0);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) obey();
    std::ofstream(cgroup_directory + "/cgroup.procs") << pid_ << std::flush;
  }
  Toucher(const Toucher&) = delete;
  Toucher& operator=(const Toucher&) = delete;
  ~Toucher() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    for (const int fd : {orders_[0], orders_[1], done_[0], done_[1]}) ::close(fd);
  }
  void touch(int pages) {
    REQUIRE(::write(orders_[1], &pages, sizeof(pages)) == sizeof(pages));
    REQUIRE(::read(done_[0], &pages, sizeof(pages)) == sizeof(pages));
  }

 private:
  [[noreturn]] void obey() {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is killed leaves no process behind
    constexpr std::size_t kPageBytes = 4096;
    for (int pages = 0; ::read(orders_[0], &pages, sizeof(pages)) == sizeof(pages);) {
      const std::size_t bytes = static_cast<std::size_t>(pages) * kPageBytes;
      void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (memory == MAP_FAILED) ::_exit(1);
      ::madvise(memory, bytes, MADV_NOHUGEPAGE);
      for (std::size_t at = 0; at < bytes; at += kPageBytes) static_cast<volatile char*>(memory)[at] = 1;
      ::munmap(memory, bytes);
      if (::write(done_[1], &pages, sizeof(pages)) != sizeof(pages)) ::_exit(1);
    }
    ::_exit(0);
  }

  int orders_[2]{}, done_[2]{};
  pid_t pid_ = -1;
};

bool pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  return ::sched_setaffinity(0, sizeof(set), &set) == 0;
}

// This thread on one CPU, until the object goes.
class Pinned {
 public:
  explicit Pinned(int cpu) {
    REQUIRE(::sched_getaffinity(0, sizeof(before_), &before_) == 0);
    if (!pin(cpu)) skip("cannot keep to one CPU");
  }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;
  ~Pinned() { ::sched_setaffinity(0, sizeof(before_), &before_); }

 private:
  cpu_set_t before_{};
};

// A process in a cgroup that computes on one CPU all the time.
class Spinner {
 public:
  Spinner(const std::string& cgroup_directory, int cpu) {
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      std::ofstream(cgroup_directory + "/cgroup.procs") << ::getpid() << std::flush;
      if (!pin(cpu)) ::_exit(1);
      for (volatile unsigned i = 0;;) i = i + 1;
    }
    while (!is_in(cgroup_directory)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  Spinner(const Spinner&) = delete;
  Spinner& operator=(const Spinner&) = delete;
  ~Spinner() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

 private:
  bool is_in(const std::string& cgroup_directory) const {
    std::ifstream members(cgroup_directory + "/cgroup.procs");
    pid_t member = 0;
    return members >> member && member == pid_;
  }
  pid_t pid_ = -1;
};

// PERF_COUNT_SW_*: five events, so that there are two turns. "instructions" are page faults and are in both.
EventTable software_table() {
  const auto row = [](Event event, std::uint64_t config, const char* name) {
    return EventRow{event,           {kPerfTypeSoftware, config}, name, Fidelity::stand_in,
                    "for this test", "perf_event_open(2)"};
  };
  return {"any",
          {row(Event::instructions, PERF_COUNT_SW_PAGE_FAULTS, "page-faults"),
           row(Event::cycles, PERF_COUNT_SW_TASK_CLOCK, "task-clock"),
           row(Event::memory_accesses, PERF_COUNT_SW_PAGE_FAULTS_MIN, "minor-faults"),
           row(Event::llc_references, PERF_COUNT_SW_CONTEXT_SWITCHES, "context-switches"),
           row(Event::llc_misses, PERF_COUNT_SW_PAGE_FAULTS_MAJ, "major-faults")},
          ""};
}

struct Sums {
  std::optional<std::uint64_t> faults, minor, switches;
  std::uint64_t clock = 0;  // ns of task-clock
  Duration enabled{}, running{};
};
Sums sums_of(const std::vector<ContainerSample>& samples, const ContainerId& container) {
  Sums sums;
  for (const ContainerSample& s : samples) {
    if (s.container != container) continue;
    const auto add = [&s](std::optional<std::uint64_t>& sum, Event event) {
      if (s.sample[event]) sum = sum.value_or(0) + s.sample[event]->value;
    };
    add(sums.faults, Event::instructions);
    add(sums.minor, Event::memory_accesses);
    add(sums.switches, Event::llc_references);
    if (s.sample[Event::cycles]) sums.clock += s.sample[Event::cycles]->value;
    sums.enabled += s.sample.enabled;
    if (s.sample[Event::instructions]) sums.running += s.sample[Event::instructions]->running;
  }
  return sums;
}

std::size_t open_descriptors() {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator{}));
}

struct Counting {
  KernelPerf perf;
  MonotonicClock clock;
  std::unique_ptr<CgroupCounters> counters;
  std::size_t cpus = 0;

  explicit Counting(const Cgroups& cgroups) {
    if (!cgroups.counts) skip("perf_event is a v1 hierarchy here");
    CgroupCounters::Options options;
    options.cgroup_root = cgroups.root;
    options.table = software_table();
    cpus = static_cast<std::size_t>(::sysconf(_SC_NPROCESSORS_ONLN));
    for (std::size_t cpu = 0; cpu < cpus; ++cpu) options.domain_of_cpu[static_cast<int>(cpu)] = DomainId{0};
    Result<std::unique_ptr<CgroupCounters>> opened = CgroupCounters::open(std::move(options), perf, clock);
    if (!opened) skip(opened.error().to_string());
    counters = std::move(opened).value();
  }
  std::vector<ContainerSample> read() {
    Result<std::vector<ContainerSample>> samples = counters->read();
    REQUIRE(samples.ok());
    return std::move(samples).value();
  }
};

// A little more may be counted: the process's own stack and data, and a sanitizer's notes on each page.
void check_near(const std::optional<std::uint64_t>& count, std::uint64_t want) {
  REQUIRE(count.has_value());
  CHECK(*count >= want);
  CHECK(*count <= want + want / 4 + 50);
}

}  // namespace

TEST_CASE("real cgroups: each container's own faults are counted, in the turns of their events") {
  const Cgroups cgroups;
  const ContainerId a = cgroups.make("a"), b = cgroups.make("b");
  Toucher in_a(cgroups.root + "/" + a.value), in_b(cgroups.root + "/" + b.value);
  Counting counting(cgroups);
  CHECK(counting.counters->turns() == 2);
  const std::size_t before = open_descriptors();
  CHECK(counting.counters->watch({a, b}).empty());
  CHECK(open_descriptors() - before == 2 * counting.cpus * 7);
  CHECK(counting.counters->descriptors() == 2 * counting.cpus * 7);

  in_a.touch(1000);  // in turn A
  in_b.touch(3000);
  std::vector<ContainerSample> samples = counting.read();
  check_near(sums_of(samples, a).faults, 1000);
  check_near(sums_of(samples, b).faults, 3000);
  CHECK(!sums_of(samples, a).minor);  // its turn has not come
  CHECK(sums_of(samples, a).switches);

  in_a.touch(2000);  // in turn B
  samples = counting.read();
  check_near(sums_of(samples, a).faults, 3000);
  check_near(sums_of(samples, a).minor, 2000);
  check_near(sums_of(samples, b).faults, 3000);

  in_a.touch(500);  // A again, and B half-way
  counting.counters->change_turns();
  in_a.touch(700);
  samples = counting.read();
  const Sums sums = sums_of(samples, a);
  check_near(sums.faults, 4200);
  check_near(sums.minor, 2700);
  CHECK(sums.enabled > Duration(0));
  CHECK(sums.running == sums.enabled);  // software events are never without a counter
}

TEST_CASE("real cgroups: containers are found, and one that goes leaves nothing behind") {
  const Cgroups cgroups;
  const ContainerId a = cgroups.make("a"), b = cgroups.make("b");
  auto containers = CgroupContainers::open({cgroups.root, {"^" + cgroups.name + "/[^/]+"}, false, 0});
  auto leaves = CgroupContainers::open({cgroups.root, {}, true, 0});
  REQUIRE(containers.ok());
  REQUIRE(leaves.ok());
  CHECK((*containers)->list()->empty());

  Counting counting(cgroups);
  const std::size_t before = open_descriptors();
  {
    Toucher in_a(cgroups.root + "/" + a.value), in_b(cgroups.root + "/" + b.value);
    const auto found = (*containers)->list();
    REQUIRE(found.ok());
    REQUIRE(found->size() == 2);
    CHECK((*found)[0].id == a);
    CHECK((*found)[1].id == b);
    int ours = 0;
    const auto all = (*leaves)->list();
    REQUIRE(all.ok());
    for (const ContainerInfo& leaf : *all) ours += leaf.id == a || leaf.id == b ? 1 : 0;
    CHECK(ours == 2);
    CHECK(counting.counters->watch({a, b}).empty());
    in_b.touch(100);
  }
  CHECK((*containers)->list()->empty());

  // Removed while it is counted: our descriptors hold it, its last counts can still be read, and then it
  // goes.
  REQUIRE(::rmdir((cgroups.root + "/" + b.value).c_str()) == 0);
  CHECK(cgroups.dying() == 1);
  check_near(sums_of(counting.read(), b).faults, 100);
  CHECK(counting.counters->watch({a}).empty());
  CHECK(cgroups.dying_becomes(0));
  CHECK(counting.counters->descriptors() == counting.cpus * 7);

  // Listed though it is gone, and made anew under its name.
  CHECK(counting.counters->watch({a, b}).empty());
  CHECK(counting.counters->descriptors() == counting.cpus * 7);
  REQUIRE(::rmdir((cgroups.root + "/" + a.value).c_str()) == 0);
  cgroups.make("a");
  CHECK(counting.counters->watch({a}).empty());
  CHECK(cgroups.dying_becomes(0));
  {
    Toucher in_a(cgroups.root + "/" + a.value);
    in_a.touch(400);
  }
  check_near(sums_of(counting.read(), a).faults, 400);
  CHECK(counting.counters->watch({}).empty());
  CHECK(open_descriptors() == before);
}

// Alone on its CPU a container may run for a whole window without a switch, and then the kernel's clock of its cgroup
// stands still (perf_event.h, GroupUse). The test's own thread keeps to another CPU.
TEST_CASE("real cgroups: in windows counts and time are those of the windows, with switches and without") {
  if (::sysconf(_SC_NPROCESSORS_ONLN) < 2) skip("needs two CPUs");
  const Pinned here(0);
  const Cgroups cgroups;
  const ContainerId a = cgroups.make("a"), b = cgroups.make("b");
  const Spinner in_a(cgroups.root + "/" + a.value, 1);
  Toucher in_b(cgroups.root + "/" + b.value);
  Counting counting(cgroups);
  counting.counters->pause();
  CHECK(counting.counters->watch({a, b}).empty());
  constexpr int kWindows = 20;
  std::uint64_t touched = 0;
  Sums before_a, before_b;
  for (int window = 1; window <= kWindows; ++window) {
    in_b.touch(300);  // in no window
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    counting.counters->resume();
    in_b.touch(500);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    counting.counters->change_turns();
    in_b.touch(700);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const std::vector<ContainerSample> samples = counting.read();
    counting.counters->pause();
    touched += 1200;
    const Sums now_a = sums_of(samples, a), now_b = sums_of(samples, b);
    INFO("window " << window);
    REQUIRE(now_b.minor);
    check_near(now_b.faults, touched);
    // Faults of the two turns of a window are 500 and 700, in either order.
    CHECK(*now_b.minor >= before_b.minor.value_or(0) + 500);
    // "cycles" are a task-clock: the time that was counted is the time that the spinner had.
    const auto clock = static_cast<double>(now_a.clock - before_a.clock);
    const auto running = static_cast<double>((now_a.running - before_a.running).count());
    CHECK(clock > 0);
    CHECK(running == Approx(clock).epsilon(0.02));
    before_a = now_a;
    before_b = now_b;
  }
  CHECK(touched == 1200 * kWindows);
  CHECK(counting.counters->faults() == FaultCounts{});
}
