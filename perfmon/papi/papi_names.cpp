#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string>

#include "perfmon/papi/papi_api.h"

namespace dcat {

namespace {

// libpfm4's `perf` table. Without mg=1 it asks for the host's part alone (exclude_guest), and a virtual machine's work
// is what a guest does.
constexpr const char* kGuestsToo = ":mg=1:mh=1";

struct Name {
  PerfCode code;
  const char* name;
};
constexpr Name kNames[] = {
    {{kPerfTypeHardware, 0}, "perf::CYCLES"},           {{kPerfTypeHardware, 1}, "perf::INSTRUCTIONS"},
    {{kPerfTypeHardware, 2}, "perf::CACHE-REFERENCES"}, {{kPerfTypeHardware, 3}, "perf::CACHE-MISSES"},
    {{kPerfTypeHardware, 4}, "perf::BRANCHES"},         {{kPerfTypeHardware, 5}, "perf::BRANCH-MISSES"},
    {{kPerfTypeHwCache, 0}, "perf::L1-DCACHE-LOADS"},   {{kPerfTypeHwCache, 0x10000}, "perf::L1-DCACHE-LOAD-MISSES"},
    {{kPerfTypeHwCache, 2}, "perf::LLC-LOADS"},         {{kPerfTypeHwCache, 0x10002}, "perf::LLC-LOAD-MISSES"},
    {{kPerfTypeSoftware, 0}, "perf::CPU-CLOCK"},        {{kPerfTypeSoftware, 1}, "perf::TASK-CLOCK"},
    {{kPerfTypeSoftware, 2}, "perf::PAGE-FAULTS"},      {{kPerfTypeSoftware, 3}, "perf::CONTEXT-SWITCHES"},
    {{kPerfTypeSoftware, 4}, "perf::CPU-MIGRATIONS"},   {{kPerfTypeSoftware, 5}, "perf::MINOR-FAULTS"},
    {{kPerfTypeSoftware, 6}, "perf::MAJOR-FAULTS"},
};

}  // namespace

std::optional<std::string> papi_name_of(const PerfCode& code) {
  if (code.type == kPerfTypeRaw) {
    char text[32];
    std::snprintf(text, sizeof(text), "perf_raw::r%04llx", static_cast<unsigned long long>(code.config));
    return std::string(text) + kGuestsToo;
  }
  const auto known = std::find_if(std::begin(kNames), std::end(kNames), [&](const Name& n) { return n.code == code; });
  if (known == std::end(kNames)) return std::nullopt;
  return std::string(known->name) + kGuestsToo;
}

}  // namespace dcat
