// PAPI itself on real threads, CPUs and cgroups, with software events, which every machine has.
//
// PAPI tries a hardware event (`instructions`) before it takes any thread or CPU, and refuses all of them on a machine
// that has none. This program has its own syscall(2), which the library then calls: it answers that one probe with a
// software event and looks at what PAPI asks of the kernel.
#include <dlfcn.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdarg>
#include <fstream>
#include <iostream>
#include <thread>

#include "perfmon/linux/cgroup_mounts.h"
#include "perfmon/linux/monotonic_clock.h"
#include "perfmon/papi/papi_counters.h"
#include "tests/support/catch.h"

using namespace dcat;

namespace {

// Events that PAPI opened without the guests' or the kernel's part of the work.
int& parts_left_out() {
  static int count = 0;
  return count;
}

[[noreturn]] void skip(const std::string& why) {
  std::cout << "SKIPPED: " << why << std::endl;
  std::_Exit(77);
}

}  // namespace

extern "C" long syscall(long number, ...) noexcept {
  long a[6];
  va_list list;
  va_start(list, number);
  for (long& argument : a) argument = va_arg(list, long);
  va_end(list);
  using Call = long (*)(long, ...);
  static const Call kReal = reinterpret_cast<Call>(::dlsym(RTLD_NEXT, "syscall"));
  if (number != SYS_perf_event_open) return kReal(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  perf_event_attr attr = *reinterpret_cast<const perf_event_attr*>(a[0]);
  if (attr.type == PERF_TYPE_HARDWARE && attr.config == PERF_COUNT_HW_INSTRUCTIONS) {
    attr.type = PERF_TYPE_SOFTWARE;
    attr.config = PERF_COUNT_SW_PAGE_FAULTS;
  }
  parts_left_out() += attr.exclude_guest != 0 || attr.exclude_kernel != 0 ? 1 : 0;
  return kReal(number, &attr, a[1], a[2], a[3], a[4], a[5]);
}

namespace {

// A process in a cgroup of its own that computes for `percent` of the time and does nothing for the rest, and the
// cgroup; gone with the object.
class BusyContainer {
 public:
  BusyContainer(const std::string& root, const std::string& name, int percent) : directory_(root + "/" + name) {
    if (::mkdir(directory_.c_str(), 0755) != 0) skip("cannot make " + directory_);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) work(percent);
    std::ofstream(directory_ + "/cgroup.procs") << pid_ << std::flush;
  }
  BusyContainer(const BusyContainer&) = delete;
  BusyContainer& operator=(const BusyContainer&) = delete;
  ~BusyContainer() {
    end();
    ::rmdir(directory_.c_str());
  }
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  // What the kernel's own books say that it ran, in seconds.
  double cpu_seconds() const {
    std::ifstream stat(directory_ + "/cpu.stat");
    std::string key;
    double usec = 0;
    while (stat >> key >> usec)
      if (key == "usage_usec") return usec / 1e6;
    return 0;
  }

 private:
  [[noreturn]] static void work(int percent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is killed leaves no process behind
    for (;;) {
      const auto start = std::chrono::steady_clock::now();
      while (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(percent / 5)) {
      }
      std::this_thread::sleep_for(std::chrono::milliseconds((100 - percent) / 5));
    }
  }

  std::string directory_;
  pid_t pid_ = -1;
};

EventTable software_table() {
  const auto row = [](Event event, std::uint32_t type, std::uint64_t config) {
    return EventRow{event, {type, config}, "software", Fidelity::stand_in, "for this test", "perf_event_open(2)"};
  };
  return {
      "any",
      {row(Event::instructions, kPerfTypeSoftware, PERF_COUNT_SW_PAGE_FAULTS),
       row(Event::cycles, kPerfTypeSoftware, PERF_COUNT_SW_CPU_CLOCK), row(Event::memory_accesses, kPerfTypeNone, 0),
       row(Event::llc_references, kPerfTypeSoftware, PERF_COUNT_SW_CONTEXT_SWITCHES),
       row(Event::llc_misses, kPerfTypeNone, 0)},
      ""};
}

std::string cgroup_root() {
  Result<CgroupMounts> mounts = read_cgroup_mounts("/proc/self/mountinfo");
  if (!mounts) skip(mounts.error().to_string());
  return mounts->unified;
}

std::unique_ptr<PapiCounters> open_counters(const std::string& root, std::vector<std::string> cpuset_roots,
                                            Clock& clock) {
  Result<std::unique_ptr<PapiApi>> papi = open_installed_papi();
  if (!papi) skip(papi.error().to_string());
  parts_left_out() = 0;  // PAPI tries such, too, when it starts
  PapiCounters::Options options;
  options.cgroup_root = root;
  options.cpuset_roots = std::move(cpuset_roots);
  for (int cpu = 0; cpu < static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)); ++cpu)
    options.domain_of_cpu[cpu] = DomainId{0};
  options.table = software_table();
  Result<std::unique_ptr<PapiCounters>> opened = PapiCounters::open(std::move(options), std::move(papi).value(), clock);
  if (!opened) skip(opened.error().to_string());
  return std::move(opened).value();
}

// The CPU time that was charged to a container, in seconds.
double charged(const std::vector<ContainerSample>& samples, const ContainerId& container) {
  for (const ContainerSample& s : samples)
    if (s.container == container && s.sample[Event::cycles])
      return static_cast<double>(s.sample[Event::cycles]->value) / 1e9;
  return 0;
}

}  // namespace

TEST_CASE("PAPI charges two busy containers with what each ran, and an ended one keeps its sum") {
  const std::string root = cgroup_root();
  MonotonicClock clock;
  const std::string prefix = "dcat-test-papi-" + std::to_string(::getpid());
  const ContainerId a{prefix + "-a"}, b{prefix + "-b"};
  BusyContainer in_a(root, a.value, 80), in_b(root, b.value, 20);
  const auto counters = open_counters(root, {}, clock);
  REQUIRE(counters->watch({a, b}).empty());
  const double a_before = in_a.cpu_seconds(), b_before = in_b.cpu_seconds();
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const Result<std::vector<ContainerSample>> samples = counters->read();
  REQUIRE(samples.ok());
  const double a_ran = in_a.cpu_seconds() - a_before, b_ran = in_b.cpu_seconds() - b_before;
  CHECK(a_ran > b_ran);
  CHECK(charged(*samples, a) == Approx(a_ran).epsilon(0.1).margin(0.03));
  CHECK(charged(*samples, b) == Approx(b_ran).epsilon(0.1).margin(0.03));
  CHECK(parts_left_out() == 0);

  in_a.end();
  const double last = charged(*counters->read(), a);
  CHECK(last >= charged(*samples, a));
  CHECK(charged(*counters->read(), a) == last);
}

TEST_CASE("PAPI counts a CPU of its own by the CPU, and nothing between pause and resume") {
  const std::string root = cgroup_root();
  if (::sysconf(_SC_NPROCESSORS_ONLN) < 2) skip("one CPU only");
  MonotonicClock clock;
  const std::string name = "dcat-test-papi-" + std::to_string(::getpid()) + "-c";
  const ContainerId c{name};
  BusyContainer in_c(root, name, 50);
  // A cpuset hierarchy that says that CPU 1 is this container's.
  const std::string cpusets = "/tmp/" + name;
  ::mkdir(cpusets.c_str(), 0755);
  ::mkdir((cpusets + "/" + name).c_str(), 0755);
  std::ofstream(cpusets + "/" + name + "/cpuset.cpus") << "1\n" << std::flush;
  const auto counters = open_counters(root, {cpusets}, clock);
  REQUIRE(counters->watch({c}).empty());
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  counters->pause();
  const double counted = charged(*counters->read(), c);
  CHECK(counted == Approx(0.5).margin(0.2));  // a CPU's clock runs whether it is idle or not
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  CHECK(charged(*counters->read(), c) == counted);
  counters->resume();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  CHECK(charged(*counters->read(), c) > counted + 0.1);
  ::unlink((cpusets + "/" + name + "/cpuset.cpus").c_str());
  ::rmdir((cpusets + "/" + name).c_str());
  ::rmdir(cpusets.c_str());
}
