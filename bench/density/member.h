// What a process of a measurement does: it sleeps, or wakes every `every` for `work` of CPU time and touches `pages`
// pages that it gave back before, so that CPU time, page faults and context switches of a container are the same in
// every second, however busy the machine is. Times are CPU time, not wall time: a process that was kept waiting works
// as long as any other.
#pragma once

#include <cstddef>

#include "core/units.h"

namespace dcat::bench {

struct Duty {
  Duration every{};       // 0: it only sleeps
  Duration work{};        // CPU time of each wake
  std::size_t pages = 0;  // page faults of each wake
};

// Never returns. `phase`: of the first wake, 0..every, so that thousands do not wake at once.
[[noreturn]] void live(const Duty& duty, Duration phase);

// CLOCK_MONOTONIC.
TimePoint monotonic_now();

}  // namespace dcat::bench
