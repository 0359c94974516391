// Sample: what was read of one container in one L3 domain at one time. Raw and cumulative; nothing is derived here.
//
// A counter that the node does not have, or that was never scheduled, is absent. 0 means that nothing was counted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/units.h"

namespace dcat {

enum class Event : std::uint8_t {
  instructions,     // retired
  cycles,           // unhalted core cycles
  memory_accesses,  // L1 data loads, the paper's "L1 cache references"
  llc_references,   // requests that reached the LLC
  llc_misses,       // requests that the LLC did not serve
};
inline constexpr std::size_t kEventCount = 5;
inline constexpr std::array<Event, kEventCount> kAllEvents{Event::instructions, Event::cycles, Event::memory_accesses,
                                                           Event::llc_references, Event::llc_misses};
// snake_case, as in traces: "instructions", "cycles", ...
std::string_view name_of(Event event);

struct Reading {
  std::uint64_t value = 0;  // counted so far, not scaled
  Duration running{};       // how long this event was on a counter so far
  bool operator==(const Reading&) const = default;
};

struct Sample {
  TimePoint at;        // when it was read
  Duration enabled{};  // how long the container ran (summed over CPUs) while it was to be counted, so far
  std::array<std::optional<Reading>, kEventCount> readings{};
  // How much wall time counting was on for, so far, where it is on in windows only; absent: all the time.
  std::optional<Duration> counting{};
  // Where the node measures them (resctrl's llc_occupancy and mbm_total_bytes of a monitoring group): read once a
  // period, with its last sample.
  std::optional<std::uint64_t> llc_occupancy_bytes{};  // held now
  std::optional<std::uint64_t> memory_bytes{};         // moved so far

  const std::optional<Reading>& operator[](Event e) const { return readings[static_cast<std::size_t>(e)]; }
  std::optional<Reading>& operator[](Event e) { return readings[static_cast<std::size_t>(e)]; }
  bool operator==(const Sample&) const = default;
};

}  // namespace dcat
