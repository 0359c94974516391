// Intel: the architectural events, which the kernel's generic names stand for on every model, and the loads.
//
// Generic codes are kept: the kernel then puts instructions and cycles on their fixed counters and refuses an event
// that CPUID leaf 0Ah says is absent, where a raw code would count 0. `raw` says what they become on the models below,
// by the maps of Linux arch/x86/events/intel/core.c; the same codes stand in libpfm4's tables.
#include <algorithm>
#include <vector>

#include "perfmon/event_rows.h"

namespace dcat {

namespace {

constexpr const char* kSdm = "Intel SDM vol. 3B, architectural performance events; Linux arch/x86/events/intel/core.c";

struct IntelFamily {
  const char* name;
  std::vector<int> models;  // of family 6, as Linux arch/x86/include/asm/intel-family.h numbers them
  const char* pfm_pmu;
  const char* pfm_loads;
  const char* pfm_references;
};

// Ice Lake and what came after: its table spells the umask with an s, Sapphire Rapids' again without.
const std::vector<IntelFamily>& intel_families() {
  static const std::vector<IntelFamily> kFamilies{
      {"Haswell", {0x3c, 0x45, 0x46}, "hsw", "MEM_UOPS_RETIRED:ALL_LOADS", "LONGEST_LAT_CACHE:REFERENCE"},
      {"Haswell-EP", {0x3f}, "hsw_ep", "MEM_UOPS_RETIRED:ALL_LOADS", "LONGEST_LAT_CACHE:REFERENCE"},
      {"Broadwell", {0x3d, 0x47}, "bdw", "MEM_UOPS_RETIRED:ALL_LOADS", "LONGEST_LAT_CACHE:REFERENCE"},
      {"Broadwell-EP, Broadwell-D",
       {0x4f, 0x56},
       "bdw_ep",
       "MEM_UOPS_RETIRED:ALL_LOADS",
       "LONGEST_LAT_CACHE:REFERENCE"},
      {"Skylake, Kaby Lake, Coffee Lake, Comet Lake",
       {0x4e, 0x5e, 0x8e, 0x9e, 0xa5, 0xa6},
       "skl",
       "MEM_INST_RETIRED:ALL_LOADS",
       "LONGEST_LAT_CACHE:REFERENCE"},
      {"Skylake-SP, Cascade Lake, Cooper Lake",
       {0x55},
       "skx",
       "MEM_INST_RETIRED:ALL_LOADS",
       "LONGEST_LAT_CACHE:REFERENCE"},
      {"Ice Lake, Tiger Lake, Rocket Lake",
       {0x7d, 0x7e, 0x8c, 0x8d, 0xa7},
       "icl",
       "MEM_INST_RETIRED:ALL_LOADS",
       "LONGEST_LAT_CACHE:REFERENCES"},
      {"Ice Lake-SP, Ice Lake-D", {0x6a, 0x6c}, "icx", "MEM_INST_RETIRED:ALL_LOADS", "LONGEST_LAT_CACHE:REFERENCES"},
      {"Sapphire Rapids, Emerald Rapids",
       {0x8f, 0xcf},
       "spr",
       "MEM_INST_RETIRED:ALL_LOADS",
       "LONGEST_LAT_CACHE:REFERENCE"},
  };
  return kFamilies;
}

EventRow llc_row(Event event, PerfCode code, const char* name, const char* note) {
  return {event, code, name, Fidelity::stand_in, note, kSdm};
}

EventTable architectural_events() {
  EventTable table{"Intel",
                   {instructions_row(kSdm), cycles_row(kSdm),
                    EventRow{Event::memory_accesses, kGenericL1dLoads, "L1-dcache-loads", Fidelity::stand_in,
                             "the loads as the kernel counts them on this model, which is not in our table",
                             "Linux arch/x86/events/intel/core.c"},
                    llc_row(Event::llc_references, kGenericCacheReferences, "cache-references",
                            "architectural event 0x2e umask 0x4f: the core's cacheable requests to the LLC, with its "
                            "speculative ones and prefetches"),
                    llc_row(Event::llc_misses, kGenericCacheMisses, "cache-misses",
                            "architectural event 0x2e umask 0x41: those of the same requests that the LLC did not "
                            "serve")},
                   ""};
  return table;
}

}  // namespace

EventTable intel_events(int family, int model) {
  EventTable table = architectural_events();
  if (family != 6) return table;
  const auto& families = intel_families();
  const auto known = std::find_if(families.begin(), families.end(), [model](const IntelFamily& f) {
    return std::find(f.models.begin(), f.models.end(), model) != f.models.end();
  });
  if (known == families.end()) return table;

  table.cpu = std::string("Intel ") + known->name;
  table.pfm_pmu = known->pfm_pmu;
  const auto know = [&table](Event event, std::uint64_t raw, const char* pfm) {
    EventRow& row = table.rows[static_cast<std::size_t>(event)];
    row.raw = raw;
    row.pfm = pfm;
  };
  know(Event::instructions, 0x00c0, "INST_RETIRED:ANY_P");
  know(Event::cycles, 0x003c, "CPU_CLK_UNHALTED:THREAD_P");
  know(Event::memory_accesses, 0x81d0, known->pfm_loads);
  know(Event::llc_references, 0x4f2e, known->pfm_references);
  know(Event::llc_misses, 0x412e, "LONGEST_LAT_CACHE:MISS");
  EventRow& loads = table.rows[static_cast<std::size_t>(Event::memory_accesses)];
  loads.fidelity = Fidelity::exact;
  loads.note.clear();
  loads.source = std::string("Linux arch/x86/events/intel/core.c: retired loads, ") + known->pfm_loads;
  return table;
}

}  // namespace dcat
