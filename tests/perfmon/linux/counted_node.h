// A node of three CPUs whose cgroups are counted through fake perf events: what the tests of CgroupCounters share.
#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "perfmon/linux/cgroup_counters.h"
#include "tests/perfmon/linux/fake_perf.h"
#include "tests/perfmon/linux/temp_tree.h"
#include "tests/support/catch.h"

namespace dcat::test {

using namespace std::chrono_literals;

inline const EventTable kZen3 = event_table_for({"AuthenticAMD", 0x19, 1});
inline constexpr std::size_t kPerCpu = 7;  // descriptors: A has four events, B three

class FakeClock : public Clock {
 public:
  TimePoint now() override { return at; }
  void sleep_until(TimePoint until) override { at = until; }
  TimePoint at{};
};

// Three CPUs: 0 and 1 behind L3 number 0, CPU 2 behind L3 number 8.
struct Node {
  TempTree tree;
  FakePerf perf;
  FakeClock clock;
  std::map<std::string, std::vector<int>> allowed;  // the CPUs that a container may run on; empty = all
  std::map<std::string, std::uint64_t> incarnation;
  std::unique_ptr<CgroupCounters> counters;

  Error open_error;

  explicit Node(const std::function<void(FakePerf&)>& prepare = {}) {
    if (prepare) prepare(perf);
    CgroupCounters::Options options;
    options.cgroup_root = tree.root();
    options.domain_of_cpu = {{0, DomainId{0}}, {1, DomainId{0}}, {2, DomainId{8}}};
    options.table = kZen3;
    options.incarnation_of = [this](const ContainerId& id) { return incarnation[id.value]; };
    options.cpus_of = [this](const ContainerId& id) { return allowed[id.value]; };
    options.known_work = [this] {
      perf.run(0, -1, 1000, 1000, [](const PerfCode&) { return 100u; });
      LeastCounts least{};
      least.fill(1);
      return least;
    };
    Result<std::unique_ptr<CgroupCounters>> opened = CgroupCounters::open(std::move(options), perf, clock);
    if (opened)
      counters = std::move(opened).value();
    else
      open_error = opened.error();
  }

  ContainerId container(const std::string& path) {
    tree.directory(path);
    return ContainerId{path};
  }
  ino_t inode(const std::string& path) {
    struct stat info {};
    return ::stat((tree.root() + "/" + path).c_str(), &info) == 0 ? info.st_ino : 0;
  }
  // 2 instructions a nanosecond, 1 cycle, 0.5 loads, 0.02 references, 0.01 misses.
  void run(const std::string& path, int cpu, Duration time, double on_counter = 1) {
    const auto ns = static_cast<std::uint64_t>(time.count());
    const auto counted_ns = static_cast<std::uint64_t>(on_counter * static_cast<double>(ns));
    perf.run(inode(path), cpu, ns, counted_ns, [counted_ns](const PerfCode& code) -> std::uint64_t {
      if (code == row_of(kZen3, Event::instructions).code) return counted_ns * 2;
      if (code == row_of(kZen3, Event::cycles).code) return counted_ns;
      if (code == row_of(kZen3, Event::memory_accesses).code) return counted_ns / 2;
      if (code == row_of(kZen3, Event::llc_references).code) return counted_ns / 50;
      return counted_ns / 100;
    });
  }
  std::vector<ContainerSample> read() {
    Result<std::vector<ContainerSample>> samples = counters->read();
    REQUIRE(samples.ok());
    return std::move(samples).value();
  }
  std::size_t enabled_events() const {
    return static_cast<std::size_t>(
        std::count_if(perf.events.begin(), perf.events.end(), [](const auto& e) { return e.second.enabled; }));
  }
  std::size_t enabled_groups() const {
    return static_cast<std::size_t>(std::count_if(perf.events.begin(), perf.events.end(), [](const auto& e) {
      return e.second.leader == e.first && e.second.enabled;
    }));
  }
};

}  // namespace dcat::test
