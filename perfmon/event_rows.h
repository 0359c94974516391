// The rows of the event table, by vendor: data. event_table.h says what they mean and event_table_for() finds them.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "perfmon/event_table.h"

namespace dcat {

// REQUIRES: family 6, 18 or 19. A model that is not listed has the architectural events.
EventTable intel_events(int family, int model);
// Absent: a family before Zen, or one after Zen 5's.
std::optional<EventTable> amd_events(int family, int model);
EventTable hygon_events();
// The kernel's generic events, with a warning.
EventTable generic_events(const CpuModel& cpu);

// PERF_COUNT_HW_*
inline constexpr PerfCode kGenericCycles{kPerfTypeHardware, 0};
inline constexpr PerfCode kGenericInstructions{kPerfTypeHardware, 1};
inline constexpr PerfCode kGenericCacheReferences{kPerfTypeHardware, 2};
inline constexpr PerfCode kGenericCacheMisses{kPerfTypeHardware, 3};
// PERF_COUNT_HW_CACHE_L1D | PERF_COUNT_HW_CACHE_OP_READ << 8 | PERF_COUNT_HW_CACHE_RESULT_ACCESS << 16
inline constexpr PerfCode kGenericL1dLoads{kPerfTypeHwCache, 0};

constexpr PerfCode raw_code(unsigned event, unsigned umask) {
  return {kPerfTypeRaw, static_cast<std::uint64_t>(event | (umask << 8))};
}

// `raw` and `pfm` are EventRow's.
inline EventRow instructions_row(std::string source, std::string pfm = {}, std::uint64_t raw = 0) {
  return {Event::instructions,
          kGenericInstructions,
          "instructions",
          Fidelity::exact,
          "",
          std::move(source),
          std::move(pfm),
          raw};
}
inline EventRow cycles_row(std::string source, std::string pfm = {}, std::uint64_t raw = 0) {
  return {Event::cycles, kGenericCycles, "cycles", Fidelity::exact, "", std::move(source), std::move(pfm), raw};
}

}  // namespace dcat
