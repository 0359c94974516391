// What the program in the kernel has summed up of one container, turned into windows, judged and added to the
// container's totals. Pure; no I/O.
//
// A window is what was added between two readings to one container's sums, on one CPU, in one turn: its time on the CPU
// (enabled), the part of it with the events on counters (running), and the counts. The two times come from two clocks
// of the kernel; running is cut to enabled where it is a moment longer. A window that cannot be true (window_fault)
// counts as time that was not counted.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "core/ids.h"
#include "perfmon/bpf/count_cgroups.h"
#include "perfmon/linux/turns.h"

namespace dcat {

// A CPU whose events are not on counters although containers run on it: its events have died, or others hold the
// counters.
struct CpuUse {
  Duration enabled{};
  Duration running{};
};

// A CPU that is counted.
struct CountedCpu {
  int cpu = 0;
  DomainId domain;
};

class RawSums {
 public:
  RawSums(const std::vector<Turn>& turns, const CountBounds& bounds) : turns_(turns), bounds_(bounds) {}

  // Takes in the sums of one container: `by_cpu[cpu]` is what the kernel has, `before[i]` what it had of cpus[i] at the
  // last reading, which is then replaced. Adds to `use[i]` too. REQUIRES: before and use are as long as cpus; totals
  // has every domain of cpus.
  void take(std::span<const CountedCpu> cpus, std::span<const dcat_bpf_sums> by_cpu, std::span<dcat_bpf_sums> before,
            std::map<DomainId, DomainTotals>& totals, std::span<CpuUse> use);

  // Windows that were left out so far.
  const FaultCounts& faults() const { return faults_; }

 private:
  Window believable(const Turn& turn, Window window);

  std::vector<Turn> turns_;
  CountBounds bounds_;
  FaultCounts faults_;
};

}  // namespace dcat
