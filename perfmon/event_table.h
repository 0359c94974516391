// Which hardware event stands for each Event of a Sample, by CPU model: data and look-up, no I/O.
//
// No event means quite the same on two families, and the kernel's generic names hide it. On AMD Zen,
// "cache-misses" is requests that missed the L2, so that it ranks programs the wrong way round (a program
// that lives in the L3 misses most). A row therefore says how good a stand-in it is. llc_references and
// llc_misses of a row always count the same kind of request, misses a subset of references: else their
// quotient is not a ratio.
//
// Sources, named in every row: Linux arch/x86/events/{intel,amd}/core.c for what generic events become; Intel
// SDM vol. 3B, "Architectural performance monitoring"; AMD PPR as given by Linux
// tools/perf/pmu-events/arch/x86/amdzen1..5. Where libpfm4 has a table of the same CPU, a test compares the codes.
// ARM is left open: its common events (0x37 LL_CACHE_MISS_RD and its kin) are optional, what the last level is
// differs by part, and nobody has measured them for this program; they can be given in the configuration.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"
#include "perfmon/sample.h"

namespace dcat {

// perf_event_attr.type and .config, as the kernel's ABI numbers them; plain integers, for this file includes
// no kernel header.
struct PerfCode {
  std::uint32_t type = 0;
  std::uint64_t config = 0;
  bool operator==(const PerfCode&) const = default;
};
inline constexpr std::uint32_t kPerfTypeHardware = 0;       // PERF_TYPE_HARDWARE
inline constexpr std::uint32_t kPerfTypeSoftware = 1;       // PERF_TYPE_SOFTWARE: counted by the kernel itself
inline constexpr std::uint32_t kPerfTypeHwCache = 3;        // PERF_TYPE_HW_CACHE
inline constexpr std::uint32_t kPerfTypeNone = 0xffffffff;  // none of the kernel's: an event that is not to be counted
inline constexpr std::uint32_t kPerfTypeRaw = 4;            // PERF_TYPE_RAW: on x86 event | umask << 8

enum class Fidelity : std::uint8_t {
  exact,     // what the Event's name says
  stand_in,  // something near; the note says what differs
  guess,     // a generic event on a CPU that nobody has looked at
};
std::string_view name_of(Fidelity fidelity);

struct EventRow {
  Event event = Event::instructions;
  PerfCode code;
  std::string name;  // for people, as `perf list` or `perf stat -e` write it
  Fidelity fidelity = Fidelity::exact;
  std::string note;    // what it counts instead; empty where fidelity is exact
  std::string source;  // where that is written
  std::string pfm{};   // the same event in libpfm4's table of this CPU; empty: not in it
  // What `code` is in the CPU's own registers, event | umask << 8; for a generic event, what the kernel makes of it
  // there. 0: not known, or not the CPU's.
  std::uint64_t raw{};
};

struct EventTable {
  std::string cpu;                         // "AMD family 19h (Zen 3, Zen 4)"
  std::array<EventRow, kEventCount> rows;  // in the order of kAllEvents
  std::string warning;                     // empty, or why the table or a part of it is a guess
  std::string pfm_pmu{};                   // libpfm4's table of this CPU ("skx"); empty: it has none
};
inline const EventRow& row_of(const EventTable& table, Event event) {
  return table.rows[static_cast<std::size_t>(event)];
}

// A CPU by the numbers of CPUID leaf 1, decimal in /proc/cpuinfo: Zen 3 is {"AuthenticAMD", 25, ...}.
struct CpuModel {
  std::string vendor;
  int family = 0;
  int model = 0;
  bool operator==(const CpuModel&) const = default;
};

// The first processor of /proc/cpuinfo's text. An ARM machine, which names an implementer, is {kArmVendor, 0, 0}; any
// other that does not name vendor, family and model is CpuModel{}. bad_input: one of them is there and is no number.
inline constexpr const char* kArmVendor = "ARM";
Result<CpuModel> parse_cpuinfo(std::string_view text);

// Never fails: a CPU without a row gets generic events and a warning.
EventTable event_table_for(const CpuModel& cpu);

}  // namespace dcat
