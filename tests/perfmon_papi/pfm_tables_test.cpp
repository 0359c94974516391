// Our codes beside libpfm4's tables of every family that it knows, and the names that it and PAPI have here.
#include <perfmon/pfmlib.h>
#include <perfmon/pfmlib_perf_event.h>
#include <stdlib.h>

#include <set>

#include "perfmon/papi/event_names.h"
#include "perfmon/papi/papi_api.h"
#include "tests/support/catch.h"

using namespace dcat;

namespace {

struct Encoding {
  int error = PFM_SUCCESS;
  perf_event_attr attr{};
};

Encoding encode(const std::string& name) {
  Encoding encoding;
  encoding.attr.size = sizeof(encoding.attr);
  pfm_perf_encode_arg_t arg{};
  arg.attr = &encoding.attr;
  arg.size = sizeof(arg);
  encoding.error = pfm_get_os_event_encoding(name.c_str(), PFM_PLM0 | PFM_PLM3, PFM_OS_PERF_EVENT_EXT, &arg);
  return encoding;
}

}  // namespace

TEST_CASE("our codes of every family that libpfm4 knows are those of its tables") {
  // Also CPUs that this machine is not. Read when the library starts, which is here.
  ::setenv("LIBPFM_ENCODE_INACTIVE", "1", 1);
  REQUIRE(pfm_initialize() == PFM_SUCCESS);
  std::set<std::string> families;
  std::size_t compared = 0;
  for (const char* vendor : {"GenuineIntel", "AuthenticAMD"})
    for (const int family : {6, 0x17, 0x19, 0x1a})
      for (int model = 0; model < 0x100; ++model) {
        const EventTable table = event_table_for({vendor, family, model});
        if (table.pfm_pmu.empty() || !families.insert(table.pfm_pmu).second) continue;
        for (const EventRow& row : table.rows) {
          if (row.pfm.empty()) continue;
          const std::string name = table.pfm_pmu + "::" + row.pfm;
          INFO(name);
          const Encoding encoding = encode(name);
          REQUIRE(encoding.error == PFM_SUCCESS);
          CHECK(encoding.attr.type == kPerfTypeRaw);
          CHECK(encoding.attr.config == row.raw);
          ++compared;
        }
      }
  CHECK(families == std::set<std::string>{"hsw", "hsw_ep", "bdw", "bdw_ep", "skl", "skx", "icl", "icx", "spr",
                                          "amd64_fam17h_zen1", "amd64_fam17h_zen2", "amd64_fam19h_zen3",
                                          "amd64_fam19h_zen4"});
  CHECK(compared == 12 * 5 + 3);  // of Zen 1 the two LLC events are in no table
}

TEST_CASE("PAPI's names of our codes mean the same codes to libpfm4, with guests counted") {
  REQUIRE(pfm_initialize() == PFM_SUCCESS);
  const PerfCode codes[] = {
      {kPerfTypeHardware, 0},      {kPerfTypeHardware, 1},      {kPerfTypeHardware, 2}, {kPerfTypeHardware, 3},
      {kPerfTypeHardware, 4},      {kPerfTypeHardware, 5},      {kPerfTypeHwCache, 0},  {kPerfTypeHwCache, 2},
      {kPerfTypeHwCache, 0x10000}, {kPerfTypeHwCache, 0x10002}, {kPerfTypeSoftware, 0}, {kPerfTypeSoftware, 1},
      {kPerfTypeSoftware, 2},      {kPerfTypeSoftware, 3},      {kPerfTypeSoftware, 4}, {kPerfTypeSoftware, 5},
      {kPerfTypeSoftware, 6},      {kPerfTypeRaw, 0x4844},      {kPerfTypeRaw, 0x29}};
  for (const PerfCode& code : codes) {
    const std::optional<std::string> name = papi_name_of(code);
    REQUIRE(name);
    INFO(*name);
    const Encoding encoding = encode(*name);
    REQUIRE(encoding.error == PFM_SUCCESS);
    CHECK(encoding.attr.type == code.type);
    CHECK(encoding.attr.config == code.config);
    CHECK(encoding.attr.exclude_guest == 0);
    CHECK(encoding.attr.exclude_user + encoding.attr.exclude_kernel == 0);
  }
  CHECK(!papi_name_of({kPerfTypeHardware, 99}));
  CHECK(!papi_name_of({kPerfTypeNone, 0}));
}

TEST_CASE("names that every machine has are resolved by libpfm4") {
  InstalledEventNames names;
  CHECK(*names.code_of("perf::CACHE-MISSES") == PerfCode{kPerfTypeHardware, 3});
  CHECK(*names.code_of("perf::TASK-CLOCK") == PerfCode{kPerfTypeSoftware, 1});
  CHECK(*names.code_of("perf::L1-DCACHE-LOADS") == PerfCode{kPerfTypeHwCache, 0});
}

TEST_CASE("names that are none, or count a part of the time, are refused with the reason") {
  InstalledEventNames names;
  CHECK(names.code_of("NO_SUCH_EVENT").error().why == "libpfm4: event not found");
  CHECK(names.code_of("perf::CACHE-MISSES:u").error().why.find("a part of the time") != std::string::npos);
  CHECK(names.code_of("PAPI_NO_SUCH").error().why == "PAPI has no such preset");
  CHECK(names.code_of("").error().code == ErrorCode::bad_input);
}

TEST_CASE("a misspelt name is answered with names that this machine has") {
  InstalledEventNames names;
  const Result<EventTable> table =
      with_overrides(event_table_for({}), {{Event::llc_misses, "perf::CACHE-MISES"}}, names);
  REQUIRE(!table.ok());
  CHECK(table.error().why.find("did you mean perf::CACHE-MISSES") != std::string::npos);
}
