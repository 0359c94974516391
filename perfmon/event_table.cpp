#include "perfmon/event_table.h"

#include <charconv>
#include <optional>
#include <utility>

namespace dcat {

namespace {

// PERF_COUNT_HW_*
constexpr std::uint64_t kHwCycles = 0;
constexpr std::uint64_t kHwInstructions = 1;
constexpr std::uint64_t kHwCacheReferences = 2;
constexpr std::uint64_t kHwCacheMisses = 3;
// PERF_COUNT_HW_CACHE_L1D | PERF_COUNT_HW_CACHE_OP_READ << 8 | PERF_COUNT_HW_CACHE_RESULT_ACCESS << 16
constexpr std::uint64_t kL1dReadAccess = 0;

constexpr std::string_view kIntelVendor = "GenuineIntel";
constexpr std::string_view kAmdVendor = "AuthenticAMD";
constexpr std::string_view kHygonVendor = "HygonGenuine";

EventRow exact(Event event, PerfCode code, std::string name, std::string source) {
  return {event, code, std::move(name), Fidelity::exact, "", std::move(source)};
}
EventRow stand_in(Event event, PerfCode code, std::string name, std::string note, std::string source) {
  return {event, code, std::move(name), Fidelity::stand_in, std::move(note), std::move(source)};
}
EventRow guess(Event event, PerfCode code, std::string name, std::string note) {
  return {event, code, std::move(name), Fidelity::guess, std::move(note), "perf_event_open(2)"};
}

PerfCode raw(unsigned event, unsigned umask) {
  return {kPerfTypeRaw, static_cast<std::uint64_t>(event | (umask << 8))};
}

EventRow instructions_row(std::string source) {
  return exact(Event::instructions, {kPerfTypeHardware, kHwInstructions}, "instructions", std::move(source));
}
EventRow cycles_row(std::string source) {
  return exact(Event::cycles, {kPerfTypeHardware, kHwCycles}, "cycles", std::move(source));
}

EventTable intel_table() {
  const std::string sdm = "Intel SDM vol. 3B, architectural performance events; Linux arch/x86/events/intel/core.c";
  return {"Intel",
          {instructions_row(sdm), cycles_row(sdm),
           exact(Event::memory_accesses, {kPerfTypeHwCache, kL1dReadAccess}, "L1-dcache-loads",
                 "Linux arch/x86/events/intel/core.c: retired loads, MEM_INST_RETIRED.ALL_LOADS and its forebears"),
           stand_in(Event::llc_references, {kPerfTypeHardware, kHwCacheReferences}, "cache-references",
                    "architectural event 0x2e umask 0x4f: the core's cacheable requests to the LLC, with its "
                    "speculative ones and prefetches",
                    sdm),
           stand_in(Event::llc_misses, {kPerfTypeHardware, kHwCacheMisses}, "cache-misses",
                    "architectural event 0x2e umask 0x41: those of the same requests that the LLC did not serve", sdm)},
          ""};
}

EventRow zen_loads_row(std::string source) {
  return stand_in(Event::memory_accesses, raw(0x29, 0x01), "cpu/event=0x29,umask=0x01/",
                  "loads dispatched, those of a wrong path too; operations that load and store at once are not in it",
                  std::move(source));
}

// Zen 3 (19h 00h..), Zen 4 (19h 10h..), Zen 5 (1Ah): 0x44 tells all fills of the L1 data cache by their
// source. umask 0x02 L3 or another L2 of this CCX, 0x04/0x10 another CCX's cache near/far, 0x08/0x40 memory
// or I/O near/far; 0x01 is the own L2.
EventTable zen3_table(std::string cpu, const std::string& pmu_events) {
  const std::string source = "Linux tools/perf/pmu-events/arch/x86/" + pmu_events;
  const std::string generic = "Linux arch/x86/events/amd/core.c";
  return {std::move(cpu),
          {instructions_row(generic), cycles_row(generic), zen_loads_row(source + ", ls_dispatch.ld_dispatch"),
           stand_in(Event::llc_references, raw(0x44, 0x5e), "cpu/event=0x44,umask=0x5e/",
                    "fills of the L1 data cache from beyond the own L2, with its prefetches; code and what the L2 "
                    "prefetches are not in it",
                    source + ", ls_any_fills_from_sys"),
           stand_in(Event::llc_misses, raw(0x44, 0x48), "cpu/event=0x44,umask=0x48/",
                    "fills of the L1 data cache from memory or I/O, with its prefetches; cache-misses counts L2 "
                    "misses here",
                    source + ", ls_any_fills_from_sys")},
          ""};
}

// Zen 1 and Zen 2 (17h), Hygon Dhyana (18h): there is no event of all fills, only of those on demand. The
// list of Zen 1 leaves that event out; it is taken to be the one of Zen 2, and the check at start tells where
// it counts nothing.
EventTable zen1_table(std::string cpu) {
  const std::string source = "Linux tools/perf/pmu-events/arch/x86/amdzen2";
  const std::string generic = "Linux arch/x86/events/amd/core.c";
  return {std::move(cpu),
          {instructions_row(generic), cycles_row(generic), zen_loads_row(source + ", ls_dispatch.ld_dispatch"),
           stand_in(Event::llc_references, raw(0x43, 0x5a), "cpu/event=0x43,umask=0x5a/",
                    "fills of the L1 data cache on demand from beyond the own L2; code and prefetches are not in it",
                    source + ", ls_refills_from_sys"),
           stand_in(Event::llc_misses, raw(0x43, 0x48), "cpu/event=0x43,umask=0x48/",
                    "fills of the L1 data cache on demand from memory or I/O; cache-misses counts L2 misses here",
                    source + ", ls_refills_from_sys")},
          ""};
}

EventTable generic_table(const CpuModel& cpu) {
  const std::string note = "a generic event; what it counts on this CPU is not known";
  const std::string who =
      cpu.vendor.empty() ? "this CPU"
                         : cpu.vendor + " family " + std::to_string(cpu.family) + " model " + std::to_string(cpu.model);
  return {who,
          {instructions_row("perf_event_open(2)"), cycles_row("perf_event_open(2)"),
           guess(Event::memory_accesses, {kPerfTypeHwCache, kL1dReadAccess}, "L1-dcache-loads", note),
           guess(Event::llc_references, {kPerfTypeHardware, kHwCacheReferences}, "cache-references", note),
           guess(Event::llc_misses, {kPerfTypeHardware, kHwCacheMisses}, "cache-misses", note)},
          "no event table for " + who +
              ": generic events are used, and cache-misses may count another cache than the last level"};
}

std::string_view trim(std::string_view s) {
  const std::size_t first = s.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return s.substr(first, s.find_last_not_of(" \t\r") - first + 1);
}

Result<int> parse_number(std::string_view key, std::string_view value) {
  int number = 0;
  const auto [end, errc] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (errc != std::errc{} || end != value.data() + value.size() || number < 0)
    return Error{ErrorCode::bad_input, "parse cpuinfo",
                 "\"" + std::string(key) + "\" is \"" + std::string(value) + "\", not a number", ""};
  return number;
}

// Takes in one "key : value" line.
Status take_line(std::string_view line, std::optional<CpuModel>& cpu, bool& has_family, bool& has_model) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return {};
  const std::string_view key = trim(line.substr(0, colon)), value = trim(line.substr(colon + 1));
  if (key == "vendor_id") {
    if (!cpu) cpu.emplace();
    cpu->vendor = std::string(value);
    return {};
  }
  if (!cpu || (key != "cpu family" && key != "model")) return {};
  Result<int> number = parse_number(key, value);
  if (!number) return std::move(number).error();
  if (key == "model") {
    cpu->model = *number;
    has_model = true;
  } else {
    cpu->family = *number;
    has_family = true;
  }
  return {};
}

}  // namespace

std::string_view name_of(Fidelity fidelity) {
  switch (fidelity) {
    case Fidelity::exact: return "exact";
    case Fidelity::stand_in: return "stand_in";
    case Fidelity::guess: return "guess";
  }
  return "";
}

Result<CpuModel> parse_cpuinfo(std::string_view text) {
  std::optional<CpuModel> cpu;
  bool has_family = false, has_model = false;
  while (!text.empty() && !(has_family && has_model)) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (trim(line).empty() && cpu) break;  // the end of the first processor that names a vendor
    if (Status taken = take_line(line, cpu, has_family, has_model); !taken) return std::move(taken).error();
  }
  if (!cpu || !has_family || !has_model) return CpuModel{};
  return *cpu;
}

EventTable event_table_for(const CpuModel& cpu) {
  // P6 and all that came of it; the Xeons of 2026 have family 19.
  if (cpu.vendor == kIntelVendor && (cpu.family == 6 || cpu.family == 18 || cpu.family == 19)) return intel_table();
  if (cpu.vendor == kAmdVendor) {
    if (cpu.family == 0x17) return zen1_table("AMD family 17h (Zen, Zen 2)");
    if (cpu.family == 0x19 && cpu.model < 0x10) return zen3_table("AMD family 19h (Zen 3)", "amdzen3");
    if (cpu.family == 0x19) return zen3_table("AMD family 19h (Zen 3, Zen 4)", "amdzen4");
    if (cpu.family == 0x1a) return zen3_table("AMD family 1Ah (Zen 5)", "amdzen5");
  }
  if (cpu.vendor == kHygonVendor && cpu.family == 0x18) return zen1_table("Hygon family 18h (Zen)");
  return generic_table(cpu);
}

}  // namespace dcat
