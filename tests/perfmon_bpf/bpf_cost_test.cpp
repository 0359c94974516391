// What watched programs pay: pipe ping-pong between two containers on one CPU. Hidden, for it only prints: run with
// "[cost]".
#include <cstring>

#include "perfmon/linux/cgroup_counters.h"
#include "tests/perfmon_bpf/real_cgroups.h"

using namespace dcat;
using namespace dcat::test;

namespace {

constexpr int kRounds = 40'000;

// Microseconds of a switch between two processes, each in its cgroup, on the last CPU.
double switch_us(const Cgroups& cgroups, const std::string& one, const std::string& two) {
  int to[2]{}, back[2]{}, result[2]{};
  REQUIRE((::pipe(to) == 0 && ::pipe(back) == 0 && ::pipe(result) == 0));
  const int cpu = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)) - 1;
  const Process echo(cgroups.directory(two), [&] {
    char byte = 0;
    pin(cpu);
    while (::read(to[0], &byte, 1) == 1 && ::write(back[1], &byte, 1) == 1) continue;
  });
  const Process asks(cgroups.directory(one), [&] {
    char byte = 0;
    pin(cpu);
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kRounds; ++i)
      if (::write(to[1], &byte, 1) != 1 || ::read(back[0], &byte, 1) != 1) ::_exit(1);
    const double us = seconds(std::chrono::steady_clock::now() - start) * 1e6 / (2 * kRounds);
    if (::write(result[1], &us, sizeof(us)) != sizeof(us)) ::_exit(1);
    ::pause();
  });
  double us = 0;
  REQUIRE(::read(result[0], &us, sizeof(us)) == sizeof(us));
  for (const int fd : {to[0], to[1], back[0], back[1], result[0], result[1]}) ::close(fd);
  return us;
}

double best_of(const std::function<double()>& measure) {
  double best = measure();
  for (int i = 0; i < 4; ++i) best = std::min(best, measure());
  return best;
}

}  // namespace

TEST_CASE("cost of a switch", "[.][cost]") {
  const Cgroups cgroups;
  std::vector<ContainerId> all;
  for (int i = 0; i < 500; ++i) all.push_back(cgroups.make("c" + std::to_string(1000 + i)));
  cgroups.make("not-watched");
  cgroups.make("not-watched-either");
  const auto watched = [&] { return switch_us(cgroups, "c1000", "c1001"); };
  std::printf("us a switch, best of 5\nno source                                 %6.2f\n", best_of(watched));
  {
    RealCounters real(cgroups);
    for (const std::size_t n : {std::size_t{2}, std::size_t{100}, std::size_t{500}}) {
      CHECK(real.counters->watch({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n)}).empty());
      std::printf("bpf, %3zu containers, between two of them  %6.2f\n", n, best_of(watched));
    }
    std::printf("bpf, within one                           %6.2f\n",
                best_of([&] { return switch_us(cgroups, "c1000", "c1000"); }));
    std::printf("bpf, between two that are not watched     %6.2f\n",
                best_of([&] { return switch_us(cgroups, "not-watched", "not-watched-either"); }));
    real.counters->pause();
    std::printf("bpf, paused                               %6.2f\n", best_of(watched));
  }
  KernelPerf perf;
  MonotonicClock clock;
  CgroupCounters::Options options;
  options.cgroup_root = cgroups.root;
  options.domain_of_cpu = online_cpus();
  options.table = clock_table();
  options.known_work = [] { return LeastCounts{}; };
  Result<std::unique_ptr<CgroupCounters>> counters = CgroupCounters::open(std::move(options), perf, clock);
  if (!counters) return;
  for (const std::size_t n : {std::size_t{2}, std::size_t{100}, std::size_t{500}}) {
    CHECK((*counters)->watch({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n)}).empty());
    std::printf("cgroup, %3zu containers, between two       %6.2f\n", n, best_of(watched));
  }
}
