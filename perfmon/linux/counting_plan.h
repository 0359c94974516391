// How richly so many containers can be counted with descriptors of their own: pure.
//
// A container costs CPUs x events descriptors, a read of 2 to 7 us for every CPU, and two system calls of some 20 us
// for every CPU and change of turns (measured in virtual machines; docs/performance.md). So with few containers all
// events take turns and are read several times a period; with many there is one turn, which is always on, read once;
// and where the descriptors do not suffice the events go that say least: memory accesses (LLC references stand in for
// them when phases are looked for), then references. Instructions and cycles are always counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "perfmon/linux/turns.h"

namespace dcat {

struct CountingPlan {
  std::vector<Turn> turns;
  bool one_read = false;  // a period; else there are sub-samples
  bool operator==(const CountingPlan&) const = default;
};

struct CountingLimits {
  std::size_t most_events = kMostEventsAtOnce;  // in use at once on a CPU
  std::uint64_t descriptors = 0;                // this process may hold
  std::size_t clocks_a_turn = 0;                // descriptors beside the events' where counting is in windows
};

// Groups (containers x CPUs) that are read more than once a period.
inline constexpr std::size_t kMostSubSampledGroups = 512;
// Descriptors left to everything else.
inline constexpr std::uint64_t kOtherDescriptors = 128;

std::size_t events_of(const std::vector<Turn>& turns);  // descriptors of a container on a CPU

// `current` is kept until a richer plan fits with a fifth to spare, so that it does not change with every container
// that comes and goes; nullptr at the start. Where nothing fits the poorest is returned, and opening says so.
CountingPlan plan_counting(const std::vector<Event>& available, std::size_t groups, const CountingLimits& limits,
                           const CountingPlan* current);

}  // namespace dcat
