#include "sim/model.h"

#include "tests/sim/build.h"
#include "tests/support/catch.h"

namespace dcat::sim::test {
namespace {

// A curve that never waits: IPC 2 with any ways.
Workload steady(double ipc) {
  return curve({{ipc, 10, 0, 0, {}}});
}

PhaseSpec for_time(Workload w, Duration d) {
  return {std::move(w), d, {}};
}
PhaseSpec for_instructions(Workload w, std::uint64_t n) {
  return {std::move(w), {}, n};
}
PhaseSpec asleep(Duration d) {
  return {std::nullopt, d, {}};
}

TEST_CASE("A tenant alone counts rate x time") {
  Model model(scenario({tenant("a", 3, mlr(5))}));
  model.advance_to(at(10s));
  // Alone in all 20 ways: CPI 5.5.
  const Counts& counts = model.tenants()[0].places()[0].counts;
  CHECK(counts.cycles == Approx(2.3e10));
  CHECK(counts.instructions == Approx(2.3e10 / 5.5));
  CHECK(counts.references == Approx(2.3e9 / 5.5));
  CHECK(counts.misses == 0);
  CHECK(counts.busy_sec == Approx(10));
}

TEST_CASE("How often it is looked at changes nothing") {
  const auto run = [](Duration step) {
    Scenario s = scenario(
        {tenant("a", 3, {for_instructions(mlr(5), 7'000'000'000), for_time(mload(), 3s)}), tenant("b", 3, mload())});
    s.tenants[0].repeat = true;
    Model model(s);
    for (Duration t{}; t < 60s; t += step) model.advance_to(at(t + step));
    return model.tenants()[0].truth();
  };
  const TruthRow coarse = run(60s);
  const TruthRow fine = run(10ms);
  CHECK(fine.instructions == Approx(coarse.instructions).epsilon(1e-8));
  CHECK(fine.phase == coarse.phase);
}

TEST_CASE("A phase by instructions ends at exactly that many") {
  // 3,000,000,001 instructions at 4.6e9 per second.
  Model model(scenario({tenant("a", 3, {for_instructions(steady(2), 3'000'000'001), asleep(5s)})}));
  model.advance_to(at(652ms));
  CHECK(model.tenants()[0].truth().phase == 0);
  model.advance_to(at(653ms));
  CHECK(model.tenants()[0].truth().phase == 1);
  CHECK(model.tenants()[0].truth().instructions == 3'000'000'001.0);
  model.advance_to(at(3s));
  CHECK(model.tenants()[0].truth().instructions == 3'000'000'001.0);
}

TEST_CASE("Instructions of a phase are counted over all of the tenant's domains") {
  Scenario s = scenario({tenant("a", 3, {for_instructions(steady(2), 9'000'000'000), asleep(5s)})});
  s.domains.push_back(s.domains[0]);
  s.domains[1].id = DomainId{3};
  s.tenants[0].placements = {{DomainId{0}, 1}, {DomainId{3}, 2}};
  Model model(s);
  model.advance_to(at(2s));
  const auto& places = model.tenants()[0].places();
  CHECK(places[0].counts.instructions == Approx(3e9));
  CHECK(places[1].counts.instructions == Approx(6e9));
  CHECK(model.tenants()[0].truth().phase == 1);
}

TEST_CASE("Phases follow each other, start again when they repeat, else the last one stays") {
  Scenario s = scenario({tenant("a", 3, {for_time(steady(2), 2s), for_time(steady(1), 1s)})});
  std::vector<std::size_t> once;
  std::vector<std::size_t> again;
  for (const bool repeat : {false, true}) {
    s.tenants[0].repeat = repeat;
    Model model(s);
    for (int half = 1; half <= 12; ++half) {
      model.advance_to(at(half * 500ms));
      (repeat ? again : once).push_back(model.tenants()[0].truth().phase);
    }
  }
  CHECK(once == std::vector<std::size_t>{0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1});
  CHECK(again == std::vector<std::size_t>{0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0});
}

TEST_CASE("A sleeper retires nothing, uses no cycles and holds no cache") {
  Model model(scenario({tenant("a", 3, {asleep(2s), {mlr(5), {}, {}}}), tenant("b", 3, mlr(15))}));
  model.advance_to(at(1s));
  CHECK(model.tenants()[0].places()[0].counts.cycles == 0);
  CHECK(model.standings()[0].ways_held == 0);
  CHECK(model.standings()[1].ways_held == 20);
  model.advance_to(at(3s));
  CHECK(model.tenants()[0].places()[0].counts.cycles == Approx(2.3e9));
  CHECK(model.standings()[1].ways_held < 20);
}

TEST_CASE("A tenant is there from its arrival to its departure") {
  Scenario s = scenario({tenant("a", 3, steady(2))});
  s.tenants[0].arrival = at(2s);
  s.tenants[0].departure = at(5s);
  Model model(s);
  CHECK_FALSE(model.tenants()[0].present());
  model.advance_to(at(2s) - 1ns);
  CHECK_FALSE(model.tenants()[0].present());
  model.advance_to(at(2s));
  CHECK(model.tenants()[0].present());
  model.advance_to(at(5s) - 1ns);
  CHECK(model.tenants()[0].present());
  model.advance_to(at(5s));
  CHECK_FALSE(model.tenants()[0].present());
  model.advance_to(at(9s));
  CHECK(model.tenants()[0].truth().instructions == Approx(3 * 4.6e9));
  CHECK(model.standings().empty());
}

TEST_CASE("A phase's time starts with the tenant's arrival") {
  Scenario s = scenario({tenant("a", 3, {for_time(steady(2), 2s), {steady(1), {}, {}}})});
  s.tenants[0].arrival = at(3s);
  Model model(s);
  model.advance_to(at(4900ms));
  CHECK(model.tenants()[0].truth().phase == 0);
  model.advance_to(at(5s));
  CHECK(model.tenants()[0].truth().phase == 1);
}

TEST_CASE("Who departs leaves its group") {
  Scenario s = scenario({tenant("a", 3, steady(2)), tenant("b", 3, steady(2))});
  s.tenants[0].departure = at(1s);
  SimulatedNode node(s);
  give(node, "a", Cbm(0x7));
  CHECK(node.cache().read_masks()->members.size() == 1);
  node.clock().sleep_until(at(1s));
  CHECK(node.cache().read_masks()->members.empty());
  CHECK(node.cache().read_masks()->domains[0].groups.size() == 1);
}

TEST_CASE("A mask is in force at once and in effect after the refill") {
  Scenario s = scenario({tenant("a", 3, mlr(5))});
  s.refill = 20ms;
  SimulatedNode node(s);
  give(node, "a", Cbm(0x7));
  CHECK(node.cache().read_masks()->domains[0].groups[0].mask == Cbm(0x7));
  node.clock().sleep_until(at(20ms) - 1ns);
  CHECK(node.standings()[0].mask == Cbm(0xfffff));
  CHECK(node.standings()[0].ways_held == 20);
  node.clock().sleep_until(at(20ms));
  CHECK(node.standings()[0].mask == Cbm(0x7));
  CHECK(node.standings()[0].ways_held == 3);
}

TEST_CASE("Of writes at one time the last takes effect, of later ones each in its turn") {
  Scenario s = scenario({tenant("a", 3, mlr(5))});
  s.refill = 20ms;
  SimulatedNode node(s);
  give(node, "a", Cbm(0x1));
  give(node, "a", Cbm(0x7));
  node.clock().sleep_until(at(10ms));
  give(node, "a", Cbm(0xf));
  node.clock().sleep_until(at(20ms));
  CHECK(node.standings()[0].mask == Cbm(0x7));
  node.clock().sleep_until(at(30ms));
  CHECK(node.standings()[0].mask == Cbm(0xf));
}

TEST_CASE("Without a refill time a mask is in effect at once") {
  SimulatedNode node(scenario({tenant("a", 3, mlr(5))}));
  give(node, "a", Cbm(0x7));
  CHECK(node.standings()[0].ways_held == 3);
}

TEST_CASE("At half the load a program is the same at half the cycles, and leaves a shared cache to others") {
  Scenario s = scenario({tenant("a", 3, {for_time(mlr(25), 1s), for_time(mlr(25), 1s)}), tenant("b", 3, mlr(25))});
  s.tenants[0].phases[1].load = 0.5;
  s.tenants[0].repeat = true;
  Scenario alone = s;
  alone.tenants.pop_back();
  Model one(alone);
  one.advance_to(at(1s));
  const Counts full = one.tenants()[0].places()[0].counts;
  one.advance_to(at(2s));
  const Counts both = one.tenants()[0].places()[0].counts;
  CHECK(both.cycles == Approx(full.cycles * 1.5));
  CHECK(both.instructions == Approx(full.instructions * 1.5));
  CHECK(both.misses == Approx(full.misses * 1.5));
  CHECK(both.memory_accesses == Approx(full.memory_accesses * 1.5));
  CHECK(full.busy_sec == Approx(1));
  CHECK(both.busy_sec == Approx(1.5));
  CHECK(*normalised_ipc({}, one.tenants()[0].truth()) > 1);  // it has more than its contract
  Model two(s);
  CHECK(two.standings()[0].ways_held == Approx(10));
  two.advance_to(at(1500ms));
  CHECK(two.standings()[0].ways_held < 9);
  two.advance_to(at(2500ms));
  CHECK(two.standings()[0].ways_held == Approx(10));
}

TEST_CASE("A slow interval raises the CPI between its edges and adds no miss per instruction") {
  Scenario s = scenario({tenant("a", 3, mlr(25))});
  s.tenants[0].slow = {{at(1s), at(2s), 1.5}};
  Model model(s);
  std::vector<double> ipcs;
  std::vector<double> misses_per_instruction;
  TruthRow before = model.tenants()[0].truth();
  double misses_before = 0;
  for (int second = 1; second <= 3; ++second) {
    model.advance_to(at(second * 1s));
    const TruthRow after = model.tenants()[0].truth();
    const double misses = model.tenants()[0].places()[0].counts.misses;
    ipcs.push_back(*ipc(before, after));
    misses_per_instruction.push_back((misses - misses_before) / (after.instructions - before.instructions));
    before = after;
    misses_before = misses;
  }
  // 20 of 25 ways: CPI 5.5 + 15 x 0.2.
  CHECK(ipcs[0] == Approx(1 / 8.5));
  CHECK(ipcs[1] == Approx(1 / 8.5 / 1.5));
  CHECK(ipcs[2] == Approx(1 / 8.5));
  for (const double m : misses_per_instruction) CHECK(m == Approx(0.1 * 0.2));
}

TEST_CASE("The truth compares with the contract's closed form, phase by phase") {
  // A reader of 5 ways with 3 under contract: CPI 5.5 + 15 x 0.4 = 11.5; with 20 ways 5.5. Then a stream: no
  // difference.
  SimulatedNode node(scenario({tenant("a", 3, {for_time(mlr(5), 1s), {mload(), {}, {}}})}));
  const TruthRow start = node.truth()[0];
  node.clock().sleep_until(at(1s));
  const TruthRow middle = node.truth()[0];
  node.clock().sleep_until(at(2s));
  const TruthRow end = node.truth()[0];
  CHECK(*normalised_ipc(start, middle) == Approx(11.5 / 5.5));
  CHECK(*normalised_ipc(middle, end) == Approx(1));
  give(node, "a", Cbm(0x7));
  CHECK_FALSE(normalised_ipc(end, node.truth()[0]).has_value());
}

TEST_CASE("Exactly at its contract and alone a tenant is at 1, whatever it runs") {
  for (const Workload& w : {mlr(9), mload(), lookbusy(), zipf(12, 1000, 0.9)}) {
    SimulatedNode node(scenario({tenant("a", 4, w)}));
    give(node, "a", Cbm(0xf));
    node.clock().sleep_until(at(5s));
    CHECK(*normalised_ipc({}, node.truth()[0]) == Approx(1));
  }
}

TEST_CASE("A contract by CPU share is that share of the ways, rounded down, at least one") {
  Scenario s = scenario({tenant("a", 0, mlr(9)), tenant("b", 0, mlr(9)), tenant("c", 0, mlr(9))});
  for (TenantSpec& t : s.tenants) t.contract_kind = ContainerInfo::ContractKind::cpu_share;
  s.tenants[0].placements[0].cpus = 9;  // of 18: 10 ways
  s.tenants[1].placements[0].cpus = 5;  // 5.6 ways
  s.tenants[2].contract_kind = ContainerInfo::ContractKind::none;
  SimulatedNode node(s);
  give(node, "a", Cbm::run(WayIndex(0), Ways(10)));
  give(node, "b", Cbm::run(WayIndex(10), Ways(5)));
  REQUIRE(node.cache().apply(WriteMasks{GroupId{}, {{DomainId{0}, Cbm(0xf8000)}}}).ok());
  node.clock().sleep_until(at(1s));
  CHECK(*normalised_ipc({}, node.truth()[0]) == Approx(1));
  CHECK(*normalised_ipc({}, node.truth()[1]) == Approx(1));
  CHECK_FALSE(normalised_ipc({}, node.truth()[2]).has_value());
}

TEST_CASE("Another's masks are taken as they are, for those they name, and late as written ones are") {
  Scenario s = scenario({tenant("a", 3, mlr(5)), tenant("b", 3, mlr(5)), tenant("c", 3, mlr(5))});
  s.refill = 20ms;
  s.closids = 2;  // no limit for who has made them already
  Model model(s);
  const DomainMasks domain{DomainId{0}, Cbm(0xf0000), {{GroupId{"g"}, Cbm(0x5)}, {GroupId{"h"}, Cbm(0x18)}}};
  model.replace_masks({{domain}, {{{"a"}, GroupId{"g"}}, {{"b"}, GroupId{"ghost"}}, {{"c"}, GroupId{"h"}}}});
  CHECK(model.standings()[0].mask == Cbm(0xfffff));
  model.advance_to(at(20ms));
  CHECK(model.standings()[0].mask == Cbm(0x5));
  CHECK(model.standings()[1].mask == Cbm(0xf0000));
  CHECK(model.standings()[2].mask == Cbm(0x18));
  CHECK(model.groups().masks().members == std::vector<Member>{{{"a"}, GroupId{"g"}}, {{"c"}, GroupId{"h"}}});
  model.replace_masks({});
  CHECK(model.groups().masks().domains[0] == DomainMasks{DomainId{0}, Cbm(0xfffff), {}});
}

}  // namespace
}  // namespace dcat::sim::test
