#include "perfmon/event_table.h"

#include <set>

#include "tests/support/catch.h"

using namespace dcat;

namespace {

std::string cpuinfo(const std::string& vendor, const std::string& family, const std::string& model) {
  const std::string one = "vendor_id\t: " + vendor + "\ncpu family\t: " + family + "\nmodel\t\t: " + model +
                          "\nmodel name\t: Some 7000 Series @ 2.00GHz\nstepping\t: 1\nmicrocode\t: 0x1\n"
                          "flags\t\t: fpu msr\nbogomips\t: 5192.29\n\n";
  return "processor\t: 0\n" + one + "processor\t: 1\n" + one;
}

}  // namespace

TEST_CASE("the CPU's numbers are read from cpuinfo") {
  struct Row {
    std::string text;
    CpuModel want;
  };
  const Row rows[] = {
      {cpuinfo("AuthenticAMD", "25", "17"), {"AuthenticAMD", 25, 17}},
      {cpuinfo("GenuineIntel", "6", "85"), {"GenuineIntel", 6, 85}},
      {cpuinfo("GenuineIntel", "6", "85").substr(0, 70), {"GenuineIntel", 6, 85}},
      {"vendor_id : X\nmodel : 2\ncpu family : 1", {"X", 1, 2}},
  };
  for (const Row& row : rows) {
    const Result<CpuModel> cpu = parse_cpuinfo(row.text);
    REQUIRE(cpu.ok());
    CHECK(*cpu == row.want);
  }
}

TEST_CASE("a cpuinfo without vendor, family and model is an unknown CPU") {
  const std::string texts[] = {
      "",
      "\n\n\n",
      "vendor_id : GenuineIntel\n",
      "vendor_id : GenuineIntel\ncpu family : 6\n\nmodel : 85\n",  // the model is another processor's
      "cpu family : 6\nmodel : 85\n",
      "no colon here",
      ": : :\n",
  };
  for (const std::string& text : texts) {
    const Result<CpuModel> cpu = parse_cpuinfo(text);
    REQUIRE(cpu.ok());
    CHECK(*cpu == CpuModel{});
  }
}

TEST_CASE("an ARM machine is told from what is not known at all, and its table is open with a warning") {
  const Result<CpuModel> cpu =
      parse_cpuinfo("processor : 0\nBogoMIPS : 50.00\nCPU implementer : 0x41\nCPU part : 0xd0c\n\nprocessor : 1\n");
  REQUIRE(cpu.ok());
  CHECK(*cpu == CpuModel{kArmVendor, 0, 0});
  const EventTable table = event_table_for(*cpu);
  CHECK(table.warning.starts_with("no event table for ARM CPUs: generic events are used"));
  CHECK(table.warning.find("counting: events:") != std::string::npos);
  CHECK(row_of(table, Event::llc_misses).fidelity == Fidelity::guess);
}

TEST_CASE("a family or model that is no number is an error that quotes it") {
  for (const std::string bad : {"", "six", "0x19", "6a", "-6", "99999999999999999999", "6 7"}) {
    const Result<CpuModel> family = parse_cpuinfo(cpuinfo("GenuineIntel", bad, "1"));
    REQUIRE(!family.ok());
    CHECK(family.error().code == ErrorCode::bad_input);
    CHECK(family.error().why == "\"cpu family\" is \"" + bad + "\", not a number");
    CHECK(!parse_cpuinfo(cpuinfo("GenuineIntel", "6", bad)).ok());
  }
}

TEST_CASE("on Zen an LLC miss is a fill from memory, not the generic event") {
  for (const int family : {0x19, 0x1a}) {
    const EventTable table = event_table_for({"AuthenticAMD", family, 17});
    CHECK(row_of(table, Event::llc_misses).code == PerfCode{kPerfTypeRaw, 0x4844});
    CHECK(row_of(table, Event::llc_misses).name == "cpu/event=0x44,umask=0x48/");
    CHECK(row_of(table, Event::llc_references).code == PerfCode{kPerfTypeRaw, 0x5e44});
    CHECK(row_of(table, Event::memory_accesses).code == PerfCode{kPerfTypeRaw, 0x0129});
    CHECK(table.warning.empty());
  }
  const EventTable zen2 = event_table_for({"AuthenticAMD", 0x17, 0x31});
  CHECK(row_of(zen2, Event::llc_misses).code == PerfCode{kPerfTypeRaw, 0x4843});
  CHECK(row_of(zen2, Event::llc_references).code == PerfCode{kPerfTypeRaw, 0x5a43});
  CHECK(zen2.warning.empty());
}

TEST_CASE("the models of a family are told apart") {
  const struct {
    CpuModel cpu;
    std::string name, pfm_pmu;
  } rows[] = {
      {{"GenuineIntel", 6, 0x3c}, "Intel Haswell", "hsw"},
      {{"GenuineIntel", 6, 0x3f}, "Intel Haswell-EP", "hsw_ep"},
      {{"GenuineIntel", 6, 0x47}, "Intel Broadwell", "bdw"},
      {{"GenuineIntel", 6, 0x4f}, "Intel Broadwell-EP, Broadwell-D", "bdw_ep"},
      {{"GenuineIntel", 6, 0x9e}, "Intel Skylake, Kaby Lake, Coffee Lake, Comet Lake", "skl"},
      {{"GenuineIntel", 6, 0x55}, "Intel Skylake-SP, Cascade Lake, Cooper Lake", "skx"},
      {{"GenuineIntel", 6, 0x7e}, "Intel Ice Lake, Tiger Lake, Rocket Lake", "icl"},
      {{"GenuineIntel", 6, 0x6a}, "Intel Ice Lake-SP, Ice Lake-D", "icx"},
      {{"GenuineIntel", 6, 0x8f}, "Intel Sapphire Rapids, Emerald Rapids", "spr"},
      {{"GenuineIntel", 6, 0xcf}, "Intel Sapphire Rapids, Emerald Rapids", "spr"},
      {{"GenuineIntel", 6, 0xad}, "Intel", ""},
      {{"GenuineIntel", 19, 0x55}, "Intel", ""},  // a model's number means another CPU in another family
      {{"AuthenticAMD", 0x17, 0x01}, "AMD family 17h (Zen)", "amd64_fam17h_zen1"},
      {{"AuthenticAMD", 0x17, 0x31}, "AMD family 17h (Zen 2)", "amd64_fam17h_zen2"},
      {{"AuthenticAMD", 0x17, 0x71}, "AMD family 17h (Zen 2)", "amd64_fam17h_zen2"},
      {{"AuthenticAMD", 0x19, 0x01}, "AMD family 19h (Zen 3)", "amd64_fam19h_zen3"},
      {{"AuthenticAMD", 0x19, 0x21}, "AMD family 19h (Zen 3)", "amd64_fam19h_zen3"},
      {{"AuthenticAMD", 0x19, 0x11}, "AMD family 19h (Zen 4)", "amd64_fam19h_zen4"},
      {{"AuthenticAMD", 0x19, 0xa0}, "AMD family 19h (Zen 4)", "amd64_fam19h_zen4"},
      {{"AuthenticAMD", 0x1a, 0x02}, "AMD family 1Ah (Zen 5)", ""},
      {{"AuthenticAMD", 0x1a, 0x50}, "AMD family 1Ah (Zen 6)", ""},
      {{"HygonGenuine", 0x18, 0x00}, "Hygon family 18h (Zen)", ""},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    const EventTable table = event_table_for(row.cpu);
    CHECK(table.cpu == row.name);
    CHECK(table.pfm_pmu == row.pfm_pmu);
  }
}

TEST_CASE("where the LLC events are another family's, the table and its rows say so") {
  for (const CpuModel& cpu : {CpuModel{"AuthenticAMD", 0x17, 0x01}, CpuModel{"HygonGenuine", 0x18, 1}}) {
    const EventTable table = event_table_for(cpu);
    CHECK(table.warning == "the LLC events of " + table.cpu + " are those of Zen 2, which no list of this family has");
    CHECK(row_of(table, Event::llc_misses).fidelity == Fidelity::guess);
    CHECK(row_of(table, Event::llc_misses).code == PerfCode{kPerfTypeRaw, 0x4843});
    CHECK(row_of(table, Event::memory_accesses).fidelity == Fidelity::stand_in);
  }
  CHECK(event_table_for({"AuthenticAMD", 0x1a, 0x50}).warning.find("Zen 5") != std::string::npos);
}

TEST_CASE("a raw code of a row is the code that it is opened with") {
  for (const CpuModel& cpu : {CpuModel{"AuthenticAMD", 0x17, 0x31}, CpuModel{"AuthenticAMD", 0x19, 1},
                              CpuModel{"AuthenticAMD", 0x1a, 2}, CpuModel{"GenuineIntel", 6, 0x55}}) {
    const EventTable table = event_table_for(cpu);
    for (const EventRow& row : table.rows) {
      CHECK(row.raw != 0);
      if (row.code.type == kPerfTypeRaw) CHECK(row.raw == row.code.config);
    }
  }
}

TEST_CASE("on Zen every LLC miss is an LLC reference too") {
  for (const int family : {0x17, 0x19, 0x1a}) {
    const EventTable table = event_table_for({"AuthenticAMD", family, 1});
    const std::uint64_t references = row_of(table, Event::llc_references).code.config;
    const std::uint64_t misses = row_of(table, Event::llc_misses).code.config;
    CHECK((references & 0xff) == (misses & 0xff));                // the same event
    CHECK(((references >> 8) & (misses >> 8)) == (misses >> 8));  // a subset of its sources
    CHECK(((references >> 8) & 1) == 0);                          // without the own L2
  }
}

TEST_CASE("on Intel the architectural LLC events come by their generic names") {
  for (const int family : {6, 18, 19}) {
    const EventTable table = event_table_for({"GenuineIntel", family, 0xaf});
    CHECK(row_of(table, Event::llc_references).code == PerfCode{kPerfTypeHardware, 2});
    CHECK(row_of(table, Event::llc_misses).code == PerfCode{kPerfTypeHardware, 3});
    CHECK(row_of(table, Event::memory_accesses).code == PerfCode{kPerfTypeHwCache, 0});
    CHECK(table.warning.empty());
  }
}

TEST_CASE("a CPU without a row gets generic events and a warning that names it") {
  const CpuModel unknown[] = {{}, {"GenuineIntel", 15, 4}, {"AuthenticAMD", 0x15, 2}, {"CentaurHauls", 7, 0}};
  for (const CpuModel& cpu : unknown) {
    const EventTable table = event_table_for(cpu);
    CHECK(table.warning.find(cpu.vendor) != std::string::npos);
    CHECK(table.warning.find("cache-misses") != std::string::npos);
    CHECK(row_of(table, Event::llc_misses).fidelity == Fidelity::guess);
  }
}

TEST_CASE("every row says which event it is, and a stand-in what differs and where that is written") {
  const CpuModel cpus[] = {{"GenuineIntel", 6, 85},      {"GenuineIntel", 6, 0xad},
                           {"AuthenticAMD", 0x17, 0x31}, {kArmVendor, 0, 0},
                           {"AuthenticAMD", 0x17, 1},    {"AuthenticAMD", 0x19, 1},
                           {"AuthenticAMD", 0x19, 0x11}, {"AuthenticAMD", 0x1a, 2},
                           {"HygonGenuine", 0x18, 0},    {}};
  for (const CpuModel& cpu : cpus) {
    const EventTable table = event_table_for(cpu);
    CHECK(!table.cpu.empty());
    std::set<std::pair<std::uint32_t, std::uint64_t>> codes;
    for (const Event event : kAllEvents) {
      const EventRow& row = row_of(table, event);
      CHECK(row.event == event);
      CHECK(!row.name.empty());
      CHECK(!row.source.empty());
      CHECK(row.note.empty() == (row.fidelity == Fidelity::exact));
      codes.insert({row.code.type, row.code.config});
    }
    CHECK(codes.size() == kEventCount);
  }
}
