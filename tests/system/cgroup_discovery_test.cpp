// Discovery on real cgroups: what the kernel tells of them and when, that no removed cgroup is kept from going by being
// watched, and what list() costs beside a full scan. Nothing is written to the root but a directory of our own.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>

#include "perfmon/linux/cgroup_containers.h"
#include "perfmon/linux/monotonic_clock.h"
#include "tests/support/catch.h"
#include "tests/support/real_cgroups.h"

using namespace dcat;
using namespace dcat::test;
using namespace std::chrono_literals;

namespace {

// Containers c0, c1... with a sleeping process each in them.
class Sleepers : public Cgroups {
 public:
  ~Sleepers() {
    while (!sleepers_.empty()) end_last();
  }
  std::string pattern() const { return "^" + name + "/[^/]+"; }
  std::string path(int n) const { return directory("c" + std::to_string(n)); }
  void make(int n) const { REQUIRE(::mkdir(path(n).c_str(), 0755) == 0); }
  // A process that sleeps in it.
  void start(int n) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      while (true) ::pause();
    }
    sleepers_.push_back(child);
    std::ofstream(path(n) + "/cgroup.procs") << child;
  }
  void end_last() {
    ::kill(sleepers_.back(), SIGKILL);
    ::waitpid(sleepers_.back(), nullptr, 0);
    sleepers_.pop_back();
  }

 private:
  std::vector<pid_t> sleepers_;
};

// The kernel tells of populated cgroups from a worker of its own, some milliseconds later.
template <class Condition>
bool soon(Condition&& holds) {
  for (int tries = 0; tries < 300; ++tries) {
    if (holds()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

Duration cpu_time() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

std::unique_ptr<CgroupContainers> open(const Sleepers& cgroups, Clock* clock, int online_cpus = 64) {
  CgroupContainers::Options options{cgroups.root, {cgroups.pattern()}, false, online_cpus};
  options.clock = clock;
  options.full_scan_every = std::chrono::hours(1);
  options.v1 = find_cgroup_v1();
  auto opened = CgroupContainers::open(std::move(options));
  REQUIRE(opened.ok());
  return std::move(*opened);
}

std::size_t count(CgroupContainers& containers) {
  const auto found = containers.list();
  REQUIRE(found.ok());
  return found->size();
}

}  // namespace

TEST_CASE("real cgroups are seen when their processes come and go, and none is held") {
  constexpr int kMany = 200;
  Sleepers cgroups;
  MonotonicClock clock;
  const auto containers = open(cgroups, &clock);
  CHECK(count(*containers) == 0);
  const std::int64_t dying = cgroups.dying();
  REQUIRE(dying >= 0);
  // Others may come and go meanwhile: every directory is watched.
  const auto directories = [&cgroups] {
    std::size_t count = 0;
    std::error_code error;
    std::filesystem::recursive_directory_iterator at(cgroups.root, error), end;
    for (; at != end; at.increment(error)) count += at->is_directory(error) ? 1 : 0;
    return count;
  };
  const auto all_watched = [&, before = containers->watches(), then = directories()] {
    count(*containers);
    return containers->watches() - before == directories() - then;
  };
  for (int n = 0; n < kMany; ++n) cgroups.make(n);
  CHECK(count(*containers) == 0);  // nobody is in them
  CHECK(soon(all_watched));
  for (int n = 0; n < kMany; ++n) cgroups.start(n);
  CHECK(soon([&] { return count(*containers) == kMany; }));
  for (int n = kMany - 1; n >= kMany / 2; --n) cgroups.end_last();
  CHECK(soon([&] { return count(*containers) == kMany / 2; }));
  for (int n = kMany / 2; n < kMany; ++n) CHECK(::rmdir(cgroups.path(n).c_str()) == 0);
  // Before list() lets their watches go: watches hold no cgroup.
  CHECK(soon([&] { return cgroups.dying() <= dying; }));
  for (int n = kMany / 2 - 1; n >= 0; --n) cgroups.end_last();
  for (int n = 0; n < kMany / 2; ++n) CHECK(::rmdir(cgroups.path(n).c_str()) == 0);
  CHECK(count(*containers) == 0);
  CHECK(soon(all_watched));
  CHECK(soon([&] { return cgroups.dying() <= dying; }));
  CHECK(containers->full_scans() == 1);
}

TEST_CASE("a threaded cgroup's threads are its container's") {
  Sleepers cgroups;
  cgroups.make(0);
  ::mkdir((cgroups.path(0) + "/vcpu0").c_str(), 0755);
  std::ofstream(cgroups.path(0) + "/vcpu0/cgroup.type") << "threaded";
  std::string type;
  std::ifstream(cgroups.path(0) + "/vcpu0/cgroup.type") >> type;
  if (type != "threaded") skip("no threaded cgroups here");
  MonotonicClock clock;
  const auto containers = open(cgroups, &clock);
  CgroupContainers::Options all{cgroups.root, {}, true, 0};
  all.clock = &clock;
  auto leaves = CgroupContainers::open(std::move(all));
  REQUIRE(leaves.ok());
  const std::string path = cgroups.path(0).substr(cgroups.root.size() + 1);
  cgroups.start(0);
  const auto here = [&](CgroupContainers& source, const std::string& id) {
    const auto found = source.list();
    REQUIRE(found.ok());
    return std::any_of(found->begin(), found->end(), [&](const ContainerInfo& info) { return info.id.value == id; });
  };
  CHECK(soon([&] { return here(*containers, path); }));
  CHECK(soon([&] { return here(**leaves, path); }));
  CHECK_FALSE(here(**leaves, path + "/vcpu0"));
  cgroups.end_last();
  CHECK(soon([&] { return !here(*containers, path); }));
}

// Not run by default: a table, no verdict.
TEST_CASE("what list costs with 2,500 cgroups", "[.][measure]") {
  constexpr int kMany = 2'500;
  Sleepers cgroups;
  for (int n = 0; n < kMany; ++n) cgroups.make(n);
  for (int n = 0; n < kMany; ++n) cgroups.start(n);
  MonotonicClock clock;
  const auto by_news = open(cgroups, &clock);
  const auto by_scan = open(cgroups, nullptr);
  const auto cost = [](const char* what, int times, CgroupContainers& containers) {
    const Duration begin = cpu_time();
    std::size_t found = 0;
    for (int i = 0; i < times; ++i) found = count(containers);
    std::printf("%-28s %9.3f ms, %zu containers\n", what, seconds(cpu_time() - begin) * 1e3 / times, found);
  };
  cost("first list", 1, *by_news);
  cost("second list", 1, *by_news);
  cost("nothing changed", 1'000, *by_news);
  cost("its first list", 1, *by_scan);
  cost("full scan and all limits", 10, *by_scan);
  const auto by_walk = open(cgroups, nullptr, 0);
  count(*by_walk);
  cost("full scan", 10, *by_walk);
  for (int n = kMany; n < kMany + 200; ++n) cgroups.make(n);
  for (int n = kMany; n < kMany + 200; ++n) cgroups.start(n);
  std::this_thread::sleep_for(200ms);
  cost("200 new containers", 1, *by_news);
  cost("and the list after", 1, *by_news);
  std::printf("%zu watches\n", by_news->watches());
}
