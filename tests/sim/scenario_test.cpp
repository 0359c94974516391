#include "sim/scenario.h"

#include <algorithm>
#include <filesystem>

#include "controller/config/text_file.h"
#include "tests/sim/build.h"
#include "tests/support/catch.h"

namespace dcat::sim::test {
namespace {

const std::string kFixtures = DCAT_SOURCE_DIR "/tests/sim/fixtures";

Result<Scenario> load(const std::string& text) {
  return load_scenario(text, "s.yaml", kFixtures);
}

Scenario good(const std::string& text) {
  Result<Scenario> result = load(text);
  INFO((result.ok() ? "" : result.error().to_string()));
  REQUIRE(result.ok());
  return *result;
}

TEST_CASE("A tenant and its workload are enough: the rest is the paper's machine") {
  const Scenario s = good("tenants: [{name: a, workload: {kind: mlr, set_ways: 5}}]");
  REQUIRE(s.domains.size() == 1);
  CHECK(s.domains[0].ways == Ways(20));
  CHECK(s.domains[0].way_bytes == 2359296);
  CHECK(s.domains[0].memory_bytes_per_sec == 60e9);
  CHECK(s.closids == 16);
  CHECK(s.refill == 20ms);
  CHECK(s.noise_ratio == 0);
  REQUIRE(s.tenants.size() == 1);
  CHECK(s.tenants[0].id.value == "a");
  CHECK(s.tenants[0].contract_kind == ContainerInfo::ContractKind::cpu_share);
  CHECK(s.tenants[0].placements.size() == 1);
  CHECK(s.tenants[0].hertz == 2.3e9);
  CHECK(std::get<Mlr>(s.tenants[0].phases.at(0).workload->kind).set.ways == 5);
}

TEST_CASE("Every key of the node is read") {
  const Scenario s = good(R"(
name: n
description: d
periods: 7
seed: 99
closids: 4
refill: 5ms
frequency_ghz: 2
noise: {ratio: 0.02}
absent_counters: [memory_accesses, llc_misses]
domains:
  - {id: 3, ways: 11, way_size: 2.5MiB, cpus: 14, min_cbm_bits: 2, shareable_bits: "600", tied_ways: ["600"],
     shared_may_be_empty: false, memory_bandwidth_gb_per_sec: 0,
     memory_bandwidth_allocation: {min: 20, step: 5}}
  - {id: 0}
tenants: [{name: a, workload: {kind: lookbusy}}]
)");
  CHECK(s.name == "n");
  CHECK(s.description == "d");
  CHECK(s.periods == 7);
  CHECK(s.seed == 99);
  CHECK(s.closids == 4);
  CHECK(s.refill == 5ms);
  CHECK(s.noise_ratio == 0.02);
  CHECK(s.absent_counters == std::vector<Event>{Event::memory_accesses, Event::llc_misses});
  REQUIRE(s.domains.size() == 2);
  CHECK(s.domains[0].id == DomainId{0});
  const DomainSpec& d = s.domains[1];
  CHECK(d.id == DomainId{3});
  CHECK(d.ways == Ways(11));
  CHECK(d.way_bytes == 2621440);
  CHECK(d.cpus == 14);
  CHECK(d.min_cbm_bits == Ways(2));
  CHECK(d.shareable == Cbm(0x600));
  CHECK(d.tied == std::vector<Cbm>{Cbm(0x600)});
  CHECK_FALSE(d.shared_may_be_empty);
  CHECK(d.memory_bytes_per_sec == 0);
  CHECK(d.throttles == ThrottleSteps{Throttle(20), 5});
  CHECK_FALSE(s.domains[0].throttles.has_value());
  CHECK(s.tenants[0].hertz == 2e9);
  CHECK(s.tenants[0].placements[0].domain == DomainId{3});  // the first in the file
}

TEST_CASE("Every key of a tenant is read") {
  const Scenario s = good(R"(
domains: [{id: 0}, {id: 3}]
tenants:
  - name: z
    contract: none
    cpus: 4
    workload: {kind: mload, memory_accesses_per_instruction: 0.6, references_per_instruction: 0.05}
  - name: a
    contract: 5
    isolation: strict
    mode: observe
    domains: [{id: 3, cpus: 2}, {id: 0}]
    frequency_ghz: 3.1
    arrive: 10s
    depart: 1m
    slow: [{from: 20s, until: 25s, factor: 1.25}]
    phases:
      - {workload: {kind: zipf, set_size: 9MiB, items: 1000, theta: 0.99}, for: 2s}
      - {workload: {kind: mload}, instructions: 5000000000, load: 0.25}
      - {idle: true, for: 500ms}
    repeat: true
)");
  const TenantSpec& a = s.tenants[0];
  CHECK(a.id.value == "a");
  CHECK(a.contract == Ways(5));
  CHECK(a.isolated);
  CHECK_FALSE(a.managed);
  REQUIRE(a.placements.size() == 2);
  CHECK(a.placements[0].domain == DomainId{0});
  CHECK(a.placements[0].cpus == 1);
  CHECK(a.placements[1].cpus == 2);
  CHECK(a.hertz == 3.1e9);
  CHECK(a.arrival == at(10s));
  CHECK(a.departure == at(60s));
  REQUIRE(a.slow.size() == 1);
  CHECK(a.slow[0].from == at(20s));
  CHECK(a.slow[0].until == at(25s));
  CHECK(a.slow[0].factor == 1.25);
  CHECK(a.repeat);
  REQUIRE(a.phases.size() == 3);
  CHECK(std::get<Zipf>(a.phases[0].workload->kind).set().bytes == 9437184);
  CHECK(a.phases[0].time == 2s);
  CHECK(a.phases[1].instructions == 5'000'000'000U);
  CHECK(a.phases[0].load == 1);
  CHECK(a.phases[1].load == 0.25);
  CHECK_FALSE(a.phases[2].workload.has_value());
  const TenantSpec& z = s.tenants[1];
  CHECK_FALSE(z.isolated);
  CHECK(z.managed);
  CHECK(z.contract_kind == ContainerInfo::ContractKind::none);
  CHECK(z.placements[0].cpus == 4);
  CHECK(z.phases[0].workload->memory_accesses_per_instruction == 0.6);
  CHECK(z.phases[0].workload->references_per_instruction == 0.05);
}

const Curve& curve_of(const Scenario& s) {
  return *std::get<CurveProgram>(s.tenants.at(0).phases.at(0).workload->kind).curve;
}

TEST_CASE("A curve comes from a CSV file beside the scenario or stands in it") {
  const Scenario csv = good("tenants: [{name: a, workload: {kind: curve, csv: made-up.csv, program: steep}}]");
  REQUIRE(curve_of(csv).points.size() == 4);
  CHECK(curve_of(csv).points[1] == CurvePoint{0.75, 30, 10, 0.3, 980});
  const Scenario here = good(
      "tenants: [{name: a, workload: {kind: curve, ipc: [0.5, 1], mpki: [10, 4], rpki: [20, 20], stalls: "
      "[0.4, 0.1]}}]");
  CHECK(curve_of(here).points == std::vector<CurvePoint>{{0.5, 20, 10, 0.4, {}}, {1, 20, 4, 0.1, {}}});
  const Scenario estimated = good("tenants: [{name: a, workload: {kind: curve, ipc: [0.5], mpki: [2], rpki: [20]}}]");
  CHECK(curve_of(estimated).points[0].stall_ratio == Approx(0.15));
}

TEST_CASE("The controller's section goes to its reader, and only there") {
  const std::string text = "tenants: [{name: a, workload: {kind: mload}}]\ncontroller: {shared_ways: 2}\n";
  CHECK(load(text).ok());
  int shared_ways = 0;
  const ControllerSection reader = [&](YamlMap map) {
    map.read("shared_ways", shared_ways, Range<int>{0, 64});
    map.finish();
  };
  CHECK(load_scenario(text, "s.yaml", kFixtures, reader).ok());
  CHECK(shared_ways == 2);
  const ControllerSection strict = [](YamlMap map) { map.finish(); };
  const Result<Scenario> refused = load_scenario(text, "s.yaml", kFixtures, strict);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().to_string().find("s.yaml:2: controller.shared_ways: ") == 0);
}

// A tenant with this workload; the mistake is on line 2.
std::string with_workload(const std::string& workload) {
  return "tenants:\n  - {name: a, workload: " + workload + "}\n";
}
// A tenant with these keys besides its name.
std::string with_keys(const std::string& keys) {
  return "tenants:\n  - {name: a, " + keys + "}\n";
}
// A good tenant, then keys of the node from line 2 on.
std::string with_node(const std::string& keys) {
  return "tenants: [{name: a, workload: {kind: mload}}]\n" + keys + "\n";
}

TEST_CASE("What is wrong with a scenario is told with its line and key") {
  struct Case {
    std::string text;
    std::string error;
  };
  const std::string w = "workload: {kind: mload}";
  const std::vector<Case> cases{
      {"name: x\n", "s.yaml:1: tenants: "},
      {with_node("speed: 3"), "s.yaml:2: speed: "},
      {with_node("periods: 0"), "s.yaml:2: periods: got 0, want 1..10000000 periods"},
      {with_node("seed: -1"), "s.yaml:2: seed: got -1"},
      {with_node("closids: 0"), "s.yaml:2: closids: got 0, want 1..256 CLOSIDs"},
      {with_node("refill: 20"), "s.yaml:2: refill: got 20"},
      {with_node("refill: -1s"), "s.yaml:2: refill: got -1s"},
      {with_node("frequency_ghz: 0"), "s.yaml:2: frequency_ghz: got 0"},
      {with_node("noise: 0.1"), "s.yaml:2: noise: "},
      {with_node("noise: {ratio: 2}"), "s.yaml:2: noise.ratio: got 2, want 0..1"},
      {with_node("noise: {sigma: 2}"), "s.yaml:2: noise.sigma: "},
      {with_node("absent_counters: [tlb]"), "s.yaml:2: absent_counters: got tlb, want one of instructions, cycles, "},
      {with_node("domains: []"), "s.yaml:2: domains: got an empty list, want at least one L3 domain"},
      {with_node("domains: [{ways: 3}]"), "s.yaml:2: domains[0].id: "},
      {with_node("domains: [{id: 0}, {id: 0}]"), "s.yaml:2: domains[1].id: got 0 twice"},
      {with_node("domains: [{id: 0, ways: 65}]"), "s.yaml:2: domains[0].ways: got 65, want 1..64 ways"},
      {with_node("domains: [{id: 0, way_size: 3}]"), "s.yaml:2: domains[0].way_size: got 3"},
      {with_node("domains: [{id: 0, ways: 4, min_cbm_bits: 5}]"),
       "s.yaml:2: domains[0].min_cbm_bits: got 5, want 1..4"},
      {with_node("domains: [{id: 0, shareable_bits: xyz}]"), "s.yaml:2: domains[0].shareable_bits: got xyz, want a "},
      {with_node("domains: [{id: 0, shareable_bits: \"60\"}]"), "s.yaml:2: domains[0].shareable_bits: got 60, want a "},
      {with_node("domains: [{id: 0, tied_ways: [100000]}]"), "s.yaml:2: domains[0].tied_ways: got 100000, want a "},
      {with_node("domains: [{id: 0, memory_bandwidth_allocation: {min: 0}}]"),
       "s.yaml:2: domains[0].memory_bandwidth_allocation.min: got 0"},
      {with_node("domains: [{id: 0, memory_bandwidth_allocation: {step: 100}}]"),
       "s.yaml:2: domains[0].memory_bandwidth_allocation.step: got 100"},
      {with_node("domains: [{id: 0, memory_bandwidth_allocation: {least: 10}}]"),
       "s.yaml:2: domains[0].memory_bandwidth_allocation.least"},
      {with_node("domains: [{id: 0, memory_bandwidth_gb_per_sec: -1}]"),
       "s.yaml:2: domains[0].memory_bandwidth_gb_per_sec: got -1"},
      {"tenants:\n  - {" + w + "}\n", "s.yaml:2: tenants[0].name: "},
      {"tenants:\n  - {name: \"\", " + w + "}\n", "s.yaml:2: tenants[0].name: got nothing, want a name"},
      {"tenants:\n  - {name: a, " + w + "}\n  - {name: a, " + w + "}\n", "s.yaml:3: tenants[1].name: got a twice"},
      {with_keys("cpu: 3, " + w), "s.yaml:2: tenants[0].cpu: "},
      {with_keys("contract: 0, " + w), "s.yaml:2: tenants[0].contract: got 0, want 1..64 ways, cpu_share or none"},
      {with_keys("isolation: some, " + w), "s.yaml:2: tenants[0].isolation: got some, want "},
      {with_keys("mode: advise, " + w), "s.yaml:2: tenants[0].mode: got advise, want "},
      {with_keys("contract: lots, " + w), "s.yaml:2: tenants[0].contract: got lots, want "},
      {with_keys("contract: [3], " + w), "s.yaml:2: tenants[0].contract: got a list, want "},
      {with_keys("cpus: 0, " + w), "s.yaml:2: tenants[0].cpus: got 0"},
      {with_keys("cpus: 1, domains: [{id: 0}], " + w), "s.yaml:2: tenants[0].cpus: want the CPUs of each domain"},
      {with_keys("domains: [{id: 1}], " + w),
       "s.yaml:2: tenants[0].domains[0].id: got 1, which is none of the node's domains"},
      {with_keys("domains: [{id: 0}, {id: 0}], " + w), "s.yaml:2: tenants[0].domains[1].id: got 0 twice"},
      {with_keys("domains: [], " + w), "s.yaml:2: tenants[0].domains: got an empty list"},
      {with_keys("contract: 3"), "s.yaml:2: tenants[0].workload: want one of workload and phases"},
      {with_keys(w + ", phases: [{" + w + "}]"), "s.yaml:2: tenants[0].phases: want one of workload and phases"},
      {with_keys(w + ", repeat: true"), "s.yaml:2: tenants[0].repeat: want phases to repeat"},
      {with_keys("phases: []"), "s.yaml:2: tenants[0].phases: got an empty list, want at least one phase"},
      {with_keys("phases: [{for: 1s}]"),
       "s.yaml:2: tenants[0].phases[0].workload: want one of workload and idle: true"},
      {with_keys("phases: [{idle: true, " + w + "}]"),
       "s.yaml:2: tenants[0].phases[0].workload: want one of workload and idle: true"},
      {with_keys("phases: [{" + w + "}, {" + w + "}]"), "s.yaml:2: tenants[0].phases[0].for: want for or instructions"},
      {with_keys("repeat: true, phases: [{" + w + "}]"),
       "s.yaml:2: tenants[0].phases[0].for: want for or instructions"},
      {with_keys("phases: [{" + w + ", for: 1s, instructions: 5000000}]"),
       "s.yaml:2: tenants[0].phases[0].instructions: want one of for and instructions"},
      {with_keys("phases: [{" + w + ", for: 0s}]"), "s.yaml:2: tenants[0].phases[0].for: got 0s, want 1ms"},
      {with_keys("phases: [{" + w + ", instructions: 5}]"),
       "s.yaml:2: tenants[0].phases[0].instructions: got 5, want "},
      {with_keys("phases: [{idle: true, instructions: 5000000}, {" + w + "}]"),
       "s.yaml:2: tenants[0].phases[0].instructions: want for: who sleeps retires nothing"},
      {with_keys("phases: [{" + w + ", load: 0}]"), "s.yaml:2: tenants[0].phases[0].load: got 0, want 0.001..1"},
      {with_keys("phases: [{" + w + ", load: 1.5}]"), "s.yaml:2: tenants[0].phases[0].load: got 1.5, want 0.001..1"},
      {with_keys("phases: [{" + w + ", load: half}]"), "s.yaml:2: tenants[0].phases[0].load: got half"},
      {with_keys("phases: [{idle: true, for: 1s, load: 0.5}, {" + w + "}]"),
       "s.yaml:2: tenants[0].phases[0].load: want none: who sleeps runs no part of the time"},
      {with_keys("load: 0.5, " + w), "s.yaml:2: tenants[0].load: unknown key"},
      {with_keys("arrive: 5s, depart: 5s, " + w), "s.yaml:2: tenants[0].depart: want a time after the arrival"},
      {with_keys("slow: [{from: 5s, until: 4s, factor: 2}], " + w),
       "s.yaml:2: tenants[0].slow[0].until: want a time after"},
      {with_keys("slow: [{from: 5s, until: 6s}], " + w), "s.yaml:2: tenants[0].slow[0].factor: "},
      {with_keys("slow: [{from: 5s, until: 6s, factor: 0.5}], " + w), "s.yaml:2: tenants[0].slow[0].factor: got 0.5"},
      {with_workload("{set_ways: 3}"), "s.yaml:2: tenants[0].workload.kind: "},
      {with_workload("{kind: fractal}"), "s.yaml:2: tenants[0].workload.kind: got fractal"},
      {with_workload("{kind: mlr}"), "s.yaml:2: tenants[0].workload.set_ways: want one of set_ways and set_size"},
      {with_workload("{kind: mlr, set_ways: 3, set_size: 3MiB}"),
       "s.yaml:2: tenants[0].workload.set_size: want one of set_ways and set_size"},
      {with_workload("{kind: mlr, set_ways: 0}"), "s.yaml:2: tenants[0].workload.set_ways: got 0"},
      {with_workload("{kind: mlr, set_ways: .nan}"), "s.yaml:2: tenants[0].workload.set_ways: got .nan"},
      {with_workload("{kind: mload, set_ways: 3}"), "s.yaml:2: tenants[0].workload.set_ways: "},
      {with_workload("{kind: zipf, set_ways: 3, theta: 1}"), "s.yaml:2: tenants[0].workload.items: "},
      {with_workload("{kind: zipf, set_ways: 3, items: 10, theta: -1}"), "s.yaml:2: tenants[0].workload.theta: got -1"},
      {with_workload("{kind: mload, memory_accesses_per_instruction: 0}"),
       "s.yaml:2: tenants[0].workload.memory_accesses_per_instruction: got 0"},
      {with_workload("{kind: curve, ipc: [1], mpki: [1]}"), "s.yaml:2: tenants[0].workload.rpki: "},
      {with_workload("{kind: curve, csv: made-up.csv}"), "s.yaml:2: tenants[0].workload.program: "},
      {with_workload("{kind: curve, csv: made-up.csv, program: flat}"),
       "s.yaml:2: tenants[0].workload.program: got flat, want one of the 2 programs in made-up.csv"},
      {with_workload("{kind: curve, csv: none.csv, program: p}"),
       "s.yaml:2: tenants[0].workload.csv: read " + kFixtures + "/none.csv: No such file or directory"},
      {with_workload("{kind: curve, ipc: [], mpki: [1], rpki: [1]}"),
       "s.yaml:2: tenants[0].workload.ipc: got an empty list"},
      {with_workload("{kind: curve, ipc: [1, x], mpki: [1, 1], rpki: [1, 1]}"),
       "s.yaml:2: tenants[0].workload.ipc: got x, want a number, "},
      {with_workload("{kind: curve, ipc: [1, 2], mpki: [1], rpki: [1, 1]}"),
       "s.yaml:2: tenants[0].workload.mpki: got 1 numbers, want 2 as in ipc"},
      {with_workload("{kind: curve, ipc: [1], mpki: [3], rpki: [2]}"),
       "s.yaml:2: tenants[0].workload.mpki: got 3 misses of 2 references"},
      {with_workload("{kind: curve, ipc: [1], mpki: [1], rpki: [2], references_per_instruction: 0.1}"),
       "s.yaml:2: tenants[0].workload.references_per_instruction: "},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    const Result<Scenario> result = load(c.text);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == ErrorCode::bad_input);
    const std::string told = result.error().to_string();
    CHECK(told.substr(0, c.error.size()) == c.error);
    CHECK(std::count(told.begin(), told.end(), '\n') == 0);
  }
}

TEST_CASE("All mistakes are told at once, in the order of lines") {
  const Result<Scenario> result =
      load("periods: 0\ntenants:\n  - name: a\n    cpus: 0\n    workload: {kind: mlr, set_ways: -1}\n");
  REQUIRE_FALSE(result.ok());
  const std::string told = result.error().to_string();
  CHECK(std::count(told.begin(), told.end(), '\n') == 2);
  CHECK(told.find("s.yaml:1: periods") < told.find("s.yaml:4: tenants[0].cpus"));
  CHECK(told.find("s.yaml:4: tenants[0].cpus") < told.find("s.yaml:5: tenants[0].workload.set_ways"));
}

TEST_CASE("Every scenario that comes with dCat loads and runs") {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(DCAT_SOURCE_DIR "/configs/scenarios")) {
    if (entry.path().extension() != ".yaml") continue;
    INFO(entry.path());
    const Result<Scenario> s = read_scenario(entry.path().string());
    if (!s.ok()) FAIL_CHECK(s.error().to_string());
    if (!s.ok()) continue;
    CHECK_FALSE(s->name.empty());
    SimulatedNode node(*s);
    node.clock().sleep_until(at(std::chrono::seconds(s->periods)));
    for (const TruthRow& row : node.truth()) CHECK(row.instructions > 0);
    ++count;
  }
  CHECK(count >= 10);
}

TEST_CASE("A scenario file that is not there is named") {
  const Result<Scenario> result = read_scenario("/nowhere/x.yaml");
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().to_string() == "read /nowhere/x.yaml: No such file or directory; name a file that can be read");
  CHECK_FALSE(read_text_file(kFixtures).ok());
}

}  // namespace
}  // namespace dcat::sim::test
