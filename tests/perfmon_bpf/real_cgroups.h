// Real processes and counters for the tests of `bpf` on the real machine; all of it is gone with the objects. A machine
// that cannot do it ends the program with 77 and the reason.
#pragma once

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "perfmon/bpf/bpf_counters.h"
#include "perfmon/linux/monotonic_clock.h"
#include "tests/support/catch.h"
#include "tests/support/real_cgroups.h"

namespace dcat::test {

// A process that does `work` in a cgroup until the object goes; it is there before the work begins.
class Process {
 public:
  Process(const std::string& cgroup_directory, const std::function<void()>& work) {
    int go[2]{};
    REQUIRE(::pipe(go) == 0);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is killed leaves no process behind
      char byte = 0;
      if (::read(go[0], &byte, 1) == 1) work();
      ::_exit(0);
    }
    std::ofstream(cgroup_directory + "/cgroup.procs") << pid_ << std::flush;
    REQUIRE(::write(go[1], "g", 1) == 1);
    ::close(go[0]);
    ::close(go[1]);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_ = -1;
};

inline bool pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  return ::sched_setaffinity(0, sizeof(set), &set) == 0;
}
[[noreturn]] inline void spin() {
  for (volatile unsigned i = 0;;) i = i + 1;
}
// Returns after this process has been off its CPU. A sleep alone does not say so: its time may be over before it
// leaves.
inline void be_switched() {
  const auto switches = [] {
    rusage use{};
    ::getrusage(RUSAGE_SELF, &use);
    return use.ru_nvcsw;
  };
  for (const auto before = switches(); switches() == before;) ::usleep(1000);
}
// Touches this many new pages and ends.
inline void touch_pages(std::size_t pages) {
  constexpr std::size_t kPageBytes = 4096;
  void* memory = ::mmap(nullptr, pages * kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) ::_exit(1);
  ::madvise(memory, pages * kPageBytes, MADV_NOHUGEPAGE);
  for (std::size_t i = 0; i < pages; ++i) static_cast<volatile char*>(memory)[i * kPageBytes] = 1;
  ::munmap(memory, pages * kPageBytes);
}
// Half of the time, in short slices: many switches.
[[noreturn]] inline void come_and_go() {
  for (;;) {
    for (volatile unsigned i = 0; i < 20'000;) i = i + 1;
    ::usleep(50);
  }
}

// PERF_COUNT_SW_*: five events, so that there are two turns. Events of one kind of the kernel's only: a group of
// several (task-clock and page-faults) does not count all of them after it was switched off and on (Linux 6.18).
inline EventTable table_of(std::array<std::uint64_t, kEventCount> configs) {
  EventTable table{"any", {}, ""};
  for (const Event event : kAllEvents) {
    const std::size_t i = static_cast<std::size_t>(event);
    table.rows[i] = {
        event, {kPerfTypeSoftware, configs[i]}, "software", Fidelity::stand_in, "for this test", "perf_event_open(2)"};
  }
  return table;
}
// On a CPU's own event this is the CPU's time, so that each event of a container is the container's time.
inline EventTable clock_table() {
  std::array<std::uint64_t, kEventCount> all{};
  all.fill(PERF_COUNT_SW_TASK_CLOCK);
  return table_of(all);
}
// In the order of kAllEvents.
inline EventTable fault_table() {
  return table_of({PERF_COUNT_SW_PAGE_FAULTS, PERF_COUNT_SW_CONTEXT_SWITCHES, PERF_COUNT_SW_PAGE_FAULTS_MIN,
                   PERF_COUNT_SW_PAGE_FAULTS_MIN, PERF_COUNT_SW_PAGE_FAULTS_MAJ});
}

// All behind one L3; CPUs are taken to be numbered without gaps.
inline std::map<int, DomainId> online_cpus() {
  std::map<int, DomainId> cpus;
  for (int cpu = 0; cpu < static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)); ++cpu) cpus[cpu] = DomainId{0};
  return cpus;
}

struct RealCounters {
  KernelPerf perf;
  MonotonicClock clock;
  std::unique_ptr<BpfCounters> counters;

  explicit RealCounters(const Cgroups& cgroups, EventTable table = clock_table(), std::size_t most_containers = 8192) {
    BpfCounters::Options options;
    options.cgroup_root = cgroups.root;
    options.domain_of_cpu = online_cpus();
    options.table = std::move(table);
    options.known_work = [] { return LeastCounts{}; };
    options.most_containers = most_containers;
    Result<std::unique_ptr<BpfCounters>> opened = BpfCounters::open(std::move(options), perf, clock);
    if (!opened && opened.error().code == ErrorCode::unsupported) skip(opened.error().to_string());
    REQUIRE(opened.ok());
    counters = std::move(opened).value();
  }
  // Of a container that has not run yet: nothing but zeros.
  Sample sample(const ContainerId& container) {
    std::optional<Result<std::vector<ContainerSample>>> read;
    turn([&] { read = counters->read(); });
    const Result<std::vector<ContainerSample>>& samples = *read;
    REQUIRE(samples.ok());
    for (const ContainerSample& s : *samples)
      if (s.container == container) return s.sample;
    return {};
  }
  void change_turns() {
    turn([this] { counters->change_turns(); });
  }
  // A call that begins a turn. On each CPU nothing is counted between the end of the last turn and the beginning of the
  // next, which is microseconds unless somebody else gets this process's CPU there.
  void turn(const std::function<void()>& call) {
    const TimePoint from = clock.now();
    call();
    turning += clock.now() - from;
  }
  Duration turning{};  // all of these calls: no CPU can have missed more
};

inline std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace dcat::test
