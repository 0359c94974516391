// Why something that was counted is not believed. A count that lies is worse than none: it is left out, the container
// has no metrics for that time, and the reason is counted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dcat {

enum class CountingFault : std::uint8_t {
  fell,                   // a cumulative value or time is lower than before
  jumped,                 // 2^46 and more at once: a misread counter jumps by 2^47
  too_many_cycles,        // more than the CPU's frequency times the time it was counted
  too_many_instructions,  // more than 8 a cycle
  counted_nothing,        // it ran on a counter, and the counter stayed 0
  never_scheduled,        // it ran and was never on a counter
};
inline constexpr std::size_t kCountingFaultCount = 6;
inline constexpr std::array<CountingFault, kCountingFaultCount> kAllCountingFaults{CountingFault::fell,
                                                                                   CountingFault::jumped,
                                                                                   CountingFault::too_many_cycles,
                                                                                   CountingFault::too_many_instructions,
                                                                                   CountingFault::counted_nothing,
                                                                                   CountingFault::never_scheduled};
// snake_case: the `reason` label of a metric.
std::string_view name_of(CountingFault fault);

// How many windows of a container on a CPU were left out so far, by reason.
struct FaultCounts {
  std::array<std::uint64_t, kCountingFaultCount> counts{};

  std::uint64_t& operator[](CountingFault f) { return counts[static_cast<std::size_t>(f)]; }
  std::uint64_t operator[](CountingFault f) const { return counts[static_cast<std::size_t>(f)]; }
  bool operator==(const FaultCounts&) const = default;
};

}  // namespace dcat
