// AMD Zen and Hygon, and the generic events of a CPU that has no rows.
//
// From Zen 3 on, event 0x44 tells all fills of the L1 data cache by their source. umask 0x01 the own L2; 0x02 the L3 or
// another L2 of this CCX; 0x04, 0x10 another CCX's cache near, far; 0x08, 0x40 memory or I/O near, far; on Zen 4 and
// later 0x80 extension memory (CXL), which is not in the sums, for nobody has measured it. Zen 2 has 0x43 only, the
// fills on demand. 0x43 is in no list of Zen 1: there it is a guess.
#include "perfmon/event_rows.h"

namespace dcat {

namespace {

constexpr const char* kGenericSource = "Linux arch/x86/events/amd/core.c";
constexpr std::uint64_t kInstructionsRaw = 0x00c0, kCyclesRaw = 0x0076;

struct ZenFamily {
  const char* cpu;
  const char* pmu_events;  // folder below Linux tools/perf/pmu-events/arch/x86
  const char* pfm_pmu;     // empty: libpfm4 has no table of it
  const char* pfm_references;
  const char* pfm_misses;
};

// Zen 3 and Zen 4 have the same codes; libpfm4 spells the sources differently.
constexpr const char* kZen3References =
    "ANY_DATA_CACHE_FILLS_FROM_SYSTEM:INT_CACHE:EXT_CACHE_LCL:MEM_IO_LCL:EXT_CACHE_RMT:MEM_IO_RMT";
constexpr const char* kZen3Misses = "ANY_DATA_CACHE_FILLS_FROM_SYSTEM:MEM_IO_LCL:MEM_IO_RMT";
constexpr const char* kZen4References =
    "ANY_DATA_CACHE_FILLS_FROM_SYSTEM:LOCAL_CCX:NEAR_CACHE_NEAR_FAR:DRAM_IO_NEAR:FAR_CACHE_NEAR_FAR:DRAM_IO_FAR";
constexpr const char* kZen4Misses = "ANY_DATA_CACHE_FILLS_FROM_SYSTEM:DRAM_IO_NEAR:DRAM_IO_FAR";
constexpr const char* kZen2References =
    "DATA_CACHE_REFILLS_FROM_SYSTEM:LS_MABRESP_LCL_CACHE:LS_MABRESP_LCL_DRAM:LS_MABRESP_RMT_CACHE:LS_MABRESP_RMT_DRAM";
constexpr const char* kZen2Misses = "DATA_CACHE_REFILLS_FROM_SYSTEM:LS_MABRESP_LCL_DRAM:LS_MABRESP_RMT_DRAM";

constexpr ZenFamily kZen1{"AMD family 17h (Zen)", "amdzen1", "amd64_fam17h_zen1", "", ""};
constexpr ZenFamily kZen2{"AMD family 17h (Zen 2)", "amdzen2", "amd64_fam17h_zen2", kZen2References, kZen2Misses};
constexpr ZenFamily kZen3{"AMD family 19h (Zen 3)", "amdzen3", "amd64_fam19h_zen3", kZen3References, kZen3Misses};
constexpr ZenFamily kZen4{"AMD family 19h (Zen 4)", "amdzen4", "amd64_fam19h_zen4", kZen4References, kZen4Misses};
constexpr ZenFamily kZen5{"AMD family 1Ah (Zen 5)", "amdzen5", "", "", ""};

EventRow stand_in(Event event, PerfCode code, std::string name, std::string note, std::string source, std::string pfm) {
  return {event,          code,       std::move(name), Fidelity::stand_in, std::move(note), std::move(source),
          std::move(pfm), code.config};
}

// `demand`: event 0x43 in the place of 0x44.
EventTable zen_events(const ZenFamily& zen, bool demand) {
  const std::string source = std::string("Linux tools/perf/pmu-events/arch/x86/") + zen.pmu_events;
  const std::string fills = source + (demand ? ", ls_refills_from_sys" : ", ls_any_fills_from_sys");
  const std::string of_l1 = demand ? "fills of the L1 data cache on demand" : "fills of the L1 data cache";
  const unsigned event = demand ? 0x43 : 0x44, references = demand ? 0x5a : 0x5e;
  const bool in_pfm = *zen.pfm_pmu != '\0';
  const auto pfm = [in_pfm](const char* name) { return std::string(in_pfm ? name : ""); };
  EventTable table{
      zen.cpu,
      {instructions_row(kGenericSource, pfm("RETIRED_INSTRUCTIONS"), kInstructionsRaw),
       cycles_row(kGenericSource, pfm("CYCLES_NOT_IN_HALT"), kCyclesRaw),
       stand_in(Event::memory_accesses, raw_code(0x29, 0x01), "cpu/event=0x29,umask=0x01/",
                "loads dispatched, those of a wrong path too; operations that load and store at once are not in it",
                source + ", ls_dispatch.ld_dispatch", pfm("LS_DISPATCH:LD_DISPATCH")),
       stand_in(Event::llc_references, raw_code(event, references),
                demand ? "cpu/event=0x43,umask=0x5a/" : "cpu/event=0x44,umask=0x5e/",
                of_l1 + " from beyond the own L2" +
                    (demand ? "; code and prefetches are not in it"
                            : ", with its prefetches; code and what the L2 prefetches are not in it"),
                fills, zen.pfm_references),
       stand_in(Event::llc_misses, raw_code(event, 0x48),
                demand ? "cpu/event=0x43,umask=0x48/" : "cpu/event=0x44,umask=0x48/",
                of_l1 + " from memory or I/O" + (demand ? "" : ", with its prefetches") +
                    "; cache-misses counts L2 misses here",
                fills, zen.pfm_misses)},
      "",
      zen.pfm_pmu};
  return table;
}

// The rows of Zen 2 where nothing of Zen 1's own is known.
EventTable zen1_events(const std::string& cpu) {
  EventTable table = zen_events(kZen1, true);
  table.cpu = cpu;
  for (const Event event : {Event::llc_references, Event::llc_misses}) {
    EventRow& row = table.rows[static_cast<std::size_t>(event)];
    row.fidelity = Fidelity::guess;
    row.raw = 0;
    row.source = "Linux tools/perf/pmu-events/arch/x86/amdzen2, ls_refills_from_sys";
  }
  table.warning = "the LLC events of " + cpu + " are those of Zen 2, which no list of this family has";
  return table;
}

bool is_between(int model, int least, int most) {
  return model >= least && model <= most;
}

}  // namespace

// Models: Linux arch/x86/kernel/cpu/amd.c.
std::optional<EventTable> amd_events(int family, int model) {
  if (family == 0x17)
    return is_between(model, 0x00, 0x2f) || is_between(model, 0x50, 0x5f) ? zen1_events("AMD family 17h (Zen)")
                                                                          : zen_events(kZen2, true);
  if (family == 0x19)
    return is_between(model, 0x10, 0x1f) || is_between(model, 0x60, 0xaf) ? zen_events(kZen4, false)
                                                                          : zen_events(kZen3, false);
  if (family == 0x1a) {
    EventTable table = zen_events(kZen5, false);
    if (is_between(model, 0x50, 0x5f) || is_between(model, 0x80, 0xaf) || is_between(model, 0xc0, 0xcf)) {
      table.cpu = "AMD family 1Ah (Zen 6)";
      table.warning = "the events of " + table.cpu + " are taken to be those of Zen 5";
    }
    return table;
  }
  return std::nullopt;
}

EventTable hygon_events() {
  EventTable table = zen1_events("Hygon family 18h (Zen)");
  table.pfm_pmu.clear();
  for (EventRow& row : table.rows) row.pfm.clear();
  return table;
}

EventTable generic_events(const CpuModel& cpu) {
  const std::string note = "a generic event; what it counts on this CPU is not known";
  const auto guess = [&note](Event event, PerfCode code, const char* name) {
    return EventRow{event, code, name, Fidelity::guess, note, "perf_event_open(2)"};
  };
  const bool numbered = !cpu.vendor.empty() && cpu.vendor != kArmVendor;
  const std::string who =
      cpu.vendor.empty() ? "this CPU"
      : numbered         ? cpu.vendor + " family " + std::to_string(cpu.family) + " model " + std::to_string(cpu.model)
                         : cpu.vendor + " CPUs";
  return {who,
          {instructions_row("perf_event_open(2)"), cycles_row("perf_event_open(2)"),
           guess(Event::memory_accesses, kGenericL1dLoads, "L1-dcache-loads"),
           guess(Event::llc_references, kGenericCacheReferences, "cache-references"),
           guess(Event::llc_misses, kGenericCacheMisses, "cache-misses")},
          "no event table for " + who +
              ": generic events are used, and cache-misses may count another cache than the last level; name better "
              "ones under counting: events: in the configuration"};
}

}  // namespace dcat
