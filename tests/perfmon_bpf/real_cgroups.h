// Real cgroups and processes for the tests of `bpf` on the real machine; all of it is gone with the objects. A machine
// that cannot do it ends the program with 77 and the reason.
#pragma once

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "perfmon/bpf/bpf_counters.h"
#include "perfmon/linux/cgroup_mounts.h"
#include "perfmon/linux/monotonic_clock.h"
#include "tests/support/catch.h"

namespace dcat::test {

[[noreturn]] inline void skip(const std::string& why) {
  std::fprintf(stderr, "skipped: %s\n", why.c_str());
  std::exit(77);
}

inline void wait_for(Duration time) {
  std::this_thread::sleep_for(time);
}

// A parent cgroup of this process's own and what is made below it.
class Cgroups {
 public:
  Cgroups() {
    if (::geteuid() != 0) skip("making cgroups needs root");
    const Result<CgroupMounts> mounts = read_cgroup_mounts("/proc/self/mountinfo");
    if (!mounts) skip(mounts.error().to_string());
    root = mounts->unified;
    name = "dcat-bpf-test-" + std::to_string(::getpid());
    std::error_code error;
    if (!std::filesystem::create_directory(root + "/" + name, error))
      skip("cannot make " + root + "/" + name + ": " + error.message());
  }
  Cgroups(const Cgroups&) = delete;
  Cgroups& operator=(const Cgroups&) = delete;
  ~Cgroups() { remove_below(root + "/" + name); }

  std::string directory(const std::string& child) const { return root + "/" + name + "/" + child; }
  ContainerId make(const std::string& child) const {
    REQUIRE(std::filesystem::create_directories(directory(child)));
    return ContainerId{name + "/" + child};
  }
  bool remove(const std::string& child) const { return ::rmdir(directory(child).c_str()) == 0; }
  std::uint64_t id(const std::string& child) const {
    struct stat info {};
    REQUIRE(::stat(directory(child).c_str(), &info) == 0);
    return info.st_ino;
  }
  // CPU time of everything in it, from the kernel's own account.
  Duration used(const std::string& child) const {
    return std::chrono::microseconds(value_of(directory(child) + "/cpu.stat", "usage_usec"));
  }
  // Removed cgroups that something still holds, below our own only.
  bool dying_becomes(std::int64_t count) const {
    const std::string file = root + "/" + name + "/cgroup.stat";
    for (int i = 0; i < 100 && value_of(file, "nr_dying_descendants") != count; ++i)
      wait_for(std::chrono::milliseconds(50));
    return value_of(file, "nr_dying_descendants") == count;
  }

  std::string root, name;

 private:
  static std::int64_t value_of(const std::string& file, const std::string& wanted) {
    std::ifstream stat(file);
    std::string key;
    std::int64_t value = 0;
    while (stat >> key >> value)
      if (key == wanted) return value;
    return -1;
  }
  static void remove_below(const std::string& path) {
    std::error_code ignored;
    std::vector<std::string> below;
    for (const auto& entry : std::filesystem::directory_iterator(path, ignored))
      if (entry.is_directory(ignored)) below.push_back(entry.path());
    for (const std::string& child : below) remove_below(child);
    for (int i = 0; i < 20 && ::rmdir(path.c_str()) != 0; ++i) wait_for(std::chrono::milliseconds(10));
  }
};

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
    Result<std::vector<ContainerSample>> samples = counters->read();
    REQUIRE(samples.ok());
    for (const ContainerSample& s : *samples)
      if (s.container == container) return s.sample;
    return {};
  }
};

inline std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace dcat::test
