#include "emulator/tenant_model.h"

#include "sim/node.h"
#include "tests/emulator_simulation/build.h"
#include "tests/support/catch.h"

namespace dcat::emulator::test {
namespace {

constexpr std::uint64_t kWay = 9 * 256 * 1024;

using Classes = std::map<ContainerId, TaskClass>;

const std::vector<GroupView> kAlone{group("", 0, Cbm(0xfffff))};

std::vector<GroupView> default_and(Cbm mask, int closid = 1) {
  return {group("", 0, Cbm(0xfffff)), group("g", closid, mask)};
}

double instructions(const TenantModel& model, const std::string& name) {
  return model.model().find({name})->truth().instructions;
}

TEST_CASE("A tenant counts in the group of most of its threads, the lowest CLOSID of equals") {
  struct Case {
    std::vector<TaskClass> threads;
    TaskClass most;
  };
  const std::vector<Case> cases{
      {{}, {0, 0}},
      {{{3, 7}}, {3, 7}},
      {{{0, 0}, {3, 7}, {3, 7}}, {3, 7}},
      {{{5, 1}, {3, 7}}, {3, 7}},
      {{{3, 7}, {5, 1}}, {3, 7}},
      // Three of five are in CLOSID 4, though no monitoring group has more threads than the one in CLOSID 1.
      {{{1, 9}, {1, 9}, {4, 6}, {4, 6}, {4, 5}}, {4, 6}},
      {{{4, 6}, {4, 5}}, {4, 5}},
  };
  for (const Case& c : cases) {
    const TaskClass most = class_of_most(c.threads);
    CHECK(most.closid == c.most.closid);
    CHECK(most.rmid == c.most.rmid);
  }
}

TEST_CASE("The same masks at the same times count the same as on the simulated node, to the bit") {
  sim::Scenario s = scenario({tenant("a", 3, mlr(5)), tenant("b", 3, mload()), tenant("c", 3, mlr(9))});
  s.refill = 20ms;
  s.tenants[2].arrival = at(1500ms);
  s.noise_ratio = 0.01;
  sim::SimulatedNode node(s);
  TenantModel model(s);
  CHECK(node.counters().watch({{"a"}, {"b"}}).empty());
  CHECK(model.counters().watch({{"a"}, {"b"}}).empty());
  model.follow(kAlone, {});
  for (int step = 1; step <= 40; ++step) {
    node.clock().sleep_until(at(step * 100ms));
    model.advance_to(at(step * 100ms));
    INFO("step " << step);
    CHECK(*node.counters().read() == *model.counters().read());
    CHECK(node.truth().size() == model.model().truth().size());
    CHECK(node.containers().list().value() == model.model().containers());
    if (step == 7) {
      sim::test::give(node, "a", Cbm(0x7));
      model.follow(default_and(Cbm(0xfffff)), {});
      model.follow(default_and(Cbm(0x7)), {});
      model.follow(default_and(Cbm(0x7)), {{{"a"}, {1, 1}}});
    }
    if (step == 20) {
      sim::test::give(node, "a", Cbm(0x1f0));
      model.follow(default_and(Cbm(0x1f0)), {{{"a"}, {1, 1}}});
    }
    if (step == 30) {
      CHECK(node.cache().apply(RemoveGroup{GroupId{"a"}}).ok());
      model.follow(kAlone, {});
    }
    for (std::size_t i = 0; i < 3; ++i) CHECK(node.truth()[i].instructions == model.model().truth()[i].instructions);
  }
}

TEST_CASE("Following what is already so changes nothing, not even a bit of what is counted later") {
  sim::Scenario s = scenario({tenant("a", 3, mlr(5)), tenant("b", 3, mlr(7))});
  s.refill = 20ms;
  TenantModel once(s), often(s);
  once.follow(default_and(Cbm(0x7)), {{{"a"}, {1, 1}}});
  for (int step = 1; step <= 50; ++step) {
    often.follow(default_and(Cbm(0x7)), {{{"a"}, {1, 1}}});
    once.advance_to(at(step * 10ms));
    often.advance_to(at(step * 10ms));
  }
  CHECK(instructions(once, "a") == instructions(often, "a"));
  CHECK(instructions(once, "b") == instructions(often, "b"));
}

TEST_CASE("A mask shows after the scenario's refill, and a wider one gives a reader more") {
  sim::Scenario s = scenario({tenant("a", 3, mlr(5))});
  s.refill = 20ms;
  TenantModel model(s);
  model.follow(default_and(Cbm(0x3)), {{{"a"}, {1, 1}}});
  CHECK(model.occupancy_bytes(1, kZero) == 20 * kWay);
  model.advance_to(at(19ms));
  CHECK(model.occupancy_bytes(1, kZero) == 20 * kWay);
  model.advance_to(at(20ms));
  CHECK(model.occupancy_bytes(1, kZero) == 2 * kWay);
  model.advance_to(at(1020ms));
  const double narrow = instructions(model, "a");
  model.follow(default_and(Cbm(0x1f)), {{{"a"}, {1, 1}}});
  model.advance_to(at(1040ms));
  const double before = instructions(model, "a");
  model.advance_to(at(2040ms));
  CHECK(instructions(model, "a") - before > 1.5 * narrow);
}

TEST_CASE("Who is in a group that is not there, and who is not listed, is in the default group") {
  TenantModel model(scenario({tenant("a", 3, mlr(5)), tenant("b", 3, mlr(5))}));
  model.follow({group("", 0, Cbm(0x3)), group("g", 2, Cbm(0xf0))}, {{{"a"}, {7, 3}}});
  for (const sim::Tenant& t : model.model().tenants()) CHECK(t.places()[0].mask == Cbm(0x3));
}

TEST_CASE("A domain that the machine has lost gives every way, one that the scenario lacks is passed over") {
  TenantModel model(scenario({tenant("a", 3, mlr(5))}));
  model.follow({GroupView{"", 0, {{DomainId{4}, Cbm(0x3)}}, {}}}, {});
  CHECK(model.model().tenants()[0].places()[0].mask == Cbm(0xfffff));
}

TEST_CASE("An RMID occupies what its tenants hold, in each domain, and nothing when they have left it") {
  sim::Scenario s = scenario({tenant("a", 3, mlr(5)), tenant("b", 3, mlr(5)), tenant("c", 3, mload())});
  s.domains.push_back(s.domains[0]);
  s.domains[1].id = DomainId{3};
  s.domains[1].way_bytes = 1 << 20;
  s.tenants[2].placements = {{DomainId{3}, 1}};
  TenantModel model(s);
  const std::vector<GroupView> groups{GroupView{"", 0, {{kZero, Cbm(0xff000)}, {DomainId{3}, Cbm(0xff)}}, {}},
                                      GroupView{"g", 2, {{kZero, Cbm(0x3f)}, {DomainId{3}, Cbm(0x3)}}, {}}};
  model.follow(groups, {{{"a"}, {2, 5}}, {{"b"}, {2, 6}}});
  CHECK(model.occupancy_bytes(5, kZero) == 3 * kWay);
  CHECK(model.occupancy_bytes(6, kZero) == 3 * kWay);
  CHECK(model.occupancy_bytes(0, kZero) == 0);
  CHECK(model.occupancy_bytes(0, DomainId{3}) == 8 << 20);
  CHECK(model.occupancy_bytes(5, DomainId{3}) == 0);
  CHECK(model.occupancy_bytes(5, DomainId{9}) == 0);
  model.follow(groups, {{{"a"}, {2, 6}}, {{"b"}, {2, 6}}, {{"c"}, {2, 6}}});
  CHECK(model.occupancy_bytes(5, kZero) == 0);
  CHECK(model.occupancy_bytes(6, kZero) == 6 * kWay);
  CHECK(model.occupancy_bytes(6, DomainId{3}) == 2 << 20);
}

TEST_CASE("Traffic is 64 bytes a miss, charged to the RMID that the tenant carried then") {
  TenantModel model(scenario({tenant("a", 3, mload()), tenant("b", 3, mload())}));
  model.follow(default_and(Cbm(0xf)), {{{"a"}, {1, 4}}});
  model.advance_to(at(1s));
  // CPI 1.75 at 2.3 GHz, a miss every 16 instructions.
  const double bytes = 2.3e9 / 1.75 / 16 * 64;
  CHECK(static_cast<double>(model.traffic_bytes(4, kZero)) == Approx(bytes));
  CHECK(static_cast<double>(model.traffic_bytes(0, kZero)) == Approx(bytes));
  model.follow(default_and(Cbm(0xf)), {{{"a"}, {1, 9}}});
  model.advance_to(at(3s));
  CHECK(static_cast<double>(model.traffic_bytes(4, kZero)) == Approx(bytes));
  CHECK(static_cast<double>(model.traffic_bytes(9, kZero)) == Approx(2 * bytes));
  CHECK(static_cast<double>(model.traffic_bytes(0, kZero)) == Approx(3 * bytes));
  CHECK(model.traffic_bytes(1, kZero) == 0);
}

TEST_CASE("What a tenant moved before it left stays counted") {
  sim::Scenario s = scenario({tenant("a", 3, mload())});
  s.tenants[0].departure = at(1s);
  TenantModel model(s);
  model.follow(default_and(Cbm(0xf)), {{{"a"}, {1, 4}}});
  model.advance_to(at(10s));
  CHECK(static_cast<double>(model.traffic_bytes(4, kZero)) == Approx(2.3e9 / 1.75 * 4));
  CHECK(model.occupancy_bytes(4, kZero) == 0);
  model.follow(default_and(Cbm(0xf)), {{{"a"}, {1, 4}}});
  CHECK(model.occupancy_bytes(4, kZero) == 0);
}

TEST_CASE("No counter falls, whoever moves where") {
  TenantModel model(scenario({tenant("a", 3, mlr(5)), tenant("b", 3, mload()), tenant("c", 3, mlr(30))}));
  std::map<int, std::uint64_t> last;
  for (int step = 1; step < 200; ++step) {
    Classes classes;
    for (const char* name : {"a", "b", "c"})
      classes[{name}] = {(step * (name[0] - 'a' + 3)) % 2, (step * (name[0] - 'a' + 2)) % 5};
    model.follow(default_and(Cbm(step % 2 == 0 ? 0x3 : 0xff)), classes);
    model.advance_to(at(step * 10ms));
    for (int rmid = 0; rmid < 5; ++rmid) {
      CHECK(model.traffic_bytes(rmid, kZero) >= last[rmid]);
      last[rmid] = model.traffic_bytes(rmid, kZero);
    }
  }
}

}  // namespace
}  // namespace dcat::emulator::test
