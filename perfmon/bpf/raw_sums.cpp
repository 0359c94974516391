#include "perfmon/bpf/raw_sums.h"

#include <algorithm>
#include <cstddef>

namespace dcat {

namespace {

static_assert(DCAT_BPF_SLOTS == kMostEventsAtOnce);

GroupReading reading_of(const dcat_bpf_sums& sums, std::size_t turn) {
  GroupReading reading;
  std::copy_n(sums.counts[turn], DCAT_BPF_SLOTS, reading.values.begin());
  reading.enabled = Duration(static_cast<Duration::rep>(sums.ran_ns[turn]));
  reading.running = Duration(static_cast<Duration::rep>(sums.running_ns[turn]));
  return reading;
}

}  // namespace

void RawSums::take(std::span<const CountedCpu> cpus, std::span<const dcat_bpf_sums> by_cpu,
                   std::span<dcat_bpf_sums> before, std::map<DomainId, DomainTotals>& totals, std::span<CpuUse> use) {
  for (std::size_t i = 0; i < cpus.size(); ++i) {
    const auto cpu = static_cast<std::size_t>(cpus[i].cpu);
    if (cpu >= by_cpu.size()) continue;
    for (std::size_t turn = 0; turn < turns_.size(); ++turn) {
      Window window = window_between(turns_[turn], reading_of(before[i], turn), reading_of(by_cpu[cpu], turn));
      window.running = std::min(window.running, std::max(window.enabled, Duration(0)));
      use[i].enabled += window.enabled;
      use[i].running += window.running;
      totals.at(cpus[i].domain).add(turn, believable(turns_[turn], window));
    }
    before[i] = by_cpu[cpu];
  }
}

Window RawSums::believable(const Turn& turn, Window window) {
  const auto fault = window_fault(turn, window, bounds_);
  if (!fault) return window;
  ++faults_[*fault];
  Window untrue;  // it ran, and nothing that can be believed was counted
  untrue.enabled = std::max(window.enabled, Duration(0));
  return untrue;
}

}  // namespace dcat
