// Who would benefit, and from what that is known.
#include "controller/advice/advisor.h"

#include "tests/support/catch.h"

namespace dcat {
namespace {

constexpr std::uint64_t kWayBytes = 1 << 20;

// One container with a contract of 3 ways in a domain of 20, measured once.
struct Scene {
  Observation observation;
  Decision decision;
  ControllerState state;
  Parameters parameters;

  Scene() {
    ContainerInfo info;
    info.id = ContainerId{"web"};
    info.contract_kind = ContainerInfo::ContractKind::given;
    info.contract = Ways(3);
    observation.containers = {info};
    DomainGeometry geometry;
    geometry.id = DomainId{1};
    geometry.available = Cbm(0xfffff);
    geometry.way_bytes = kWayBytes;
    observation.geometry.domains = {geometry};
    DomainDecision domain;
    domain.id = DomainId{1};
    domain.containers.emplace_back().container = kSharedRegion;
    ContainerDecision row;
    row.container = 0;
    row.phase = 1;
    row.contract = Ways(3);
    row.ways_after = Ways(3);
    row.metrics.ipc = 1.0;
    row.metrics.memory_accesses_per_instruction = 0.4;
    domain.containers.push_back(row);
    decision.domains = {domain};
    DomainState tenants;
    tenants.id = DomainId{1};
    tenants.tenants.emplace_back();
    tenants.tenants[0].profile.phases.phases.emplace_back();
    state.containers = {info.id};
    state.domains = {tenants};
  }
  ContainerDecision& row() { return decision.domains[0].containers[1]; }
  Phase& phase() { return state.domains[0].tenants[0].profile.phases.now(); }
  void holds(double ways, double ipc) {
    row().metrics.llc_occupancy_bytes = static_cast<std::uint64_t>(ways * static_cast<double>(kWayBytes));
    row().metrics.ipc = ipc;
  }
  Advice look(Advisor& advisor) {
    const std::vector<AdviceRow> rows = advisor.look(observation, decision, state, parameters);
    REQUIRE(rows.size() == 1);
    CHECK((rows[0].container == 0 && rows[0].domain == DomainId{1}));
    return rows[0].advice;
  }
};

TEST_CASE("who was never seen at another size is not known") {
  Scene scene;
  Advisor advisor;
  for (int i = 0; i < 20; ++i) CHECK(scene.look(advisor) == Advice{});
  scene.phase().baseline_ipc = 1.0;
  scene.phase().table.record(Ways(3), 1.0, std::nullopt);  // one size is none
  CHECK(scene.look(advisor) == Advice{});
}

TEST_CASE("a table tells the fewest ways with nearly all, against the IPC now, and what the plan would cost") {
  Scene scene;
  Advisor advisor;
  scene.phase().baseline_ipc = 0.5;
  for (const auto& [ways, ipc] : std::vector<std::pair<int, double>>{{2, 0.8}, {3, 1.0}, {5, 1.995}, {6, 2.0}})
    scene.phase().table.record(Ways(ways), ipc, std::nullopt);
  scene.row().metrics.ipc = 0.75;  // 1.5 of the baseline
  scene.row().ways_after = Ways(2);
  const Advice advice = scene.look(advisor);
  CHECK(advice.source == AdviceSource::table);
  CHECK(advice.wants == Ways(5));
  CHECK(advice.gain == Approx(1.995 / 1.5 - 1));
  CHECK(advice.planned_gain == Approx(0.8 / 1.5 - 1));
  CHECK_FALSE(advice.against_contract);
  CHECK((advice.seen_least == 2 && advice.seen_most == 6));
  scene.row().ways_after = Ways(1);
  CHECK_FALSE(scene.look(advisor).planned_gain);  // never seen with so few
}

TEST_CASE("a table in a period that cannot be judged is against the contract") {
  Scene scene;
  Advisor advisor;
  scene.phase().baseline_ipc = 0.5;
  scene.phase().table.record(Ways(3), 1.0, std::nullopt);
  scene.phase().table.record(Ways(4), 1.2, std::nullopt);
  scene.row().metrics.absent = Absence::settling;
  const Advice advice = scene.look(advisor);
  CHECK(advice.against_contract);
  CHECK(advice.gain == Approx(0.2));
}

TEST_CASE("a curve that is named for it goes before occupancy and behind a table, against its contract") {
  Scene scene;
  const NamedCurve curve{"mcf", IpcCurve({{1, 0.2}, {3, 0.4}, {8, 1.0}, {11, 1.0}})};
  Advisor advisor([&](const ContainerInfo& info, Ways cache_ways) {
    CHECK(cache_ways == Ways(20));
    return info.id.value == "web" ? &curve : nullptr;
  });
  for (int i = 0; i < 10; ++i) {
    scene.holds(i < 5 ? 2 : 6, i < 5 ? 1 : 2);
    const Advice advice = scene.look(advisor);
    CHECK((advice.source == AdviceSource::curve && advice.curve == "mcf" && advice.against_contract));
    CHECK(advice.wants == Ways(8));
    CHECK(advice.gain == Approx(1.5));
    CHECK(advice.planned_gain == Approx(0));
  }
  scene.phase().baseline_ipc = 1;
  scene.phase().table.record(Ways(3), 1.0, std::nullopt);
  scene.phase().table.record(Ways(4), 1.2, std::nullopt);
  CHECK(scene.look(advisor).source == AdviceSource::table);
}

TEST_CASE("occupancy tells from five periods at two sizes on, while the phase lasts") {
  Scene scene;
  Advisor advisor;
  scene.row().ways_after = Ways(6);
  for (int i = 0; i < 9; ++i) {
    scene.holds(i < 5 ? 2.3 : 5.8, i < 5 ? 1.0 : 1.5);
    CHECK(scene.look(advisor).source == AdviceSource::unknown);
  }
  scene.holds(6, 1.5);
  Advice advice = scene.look(advisor);
  CHECK(advice.source == AdviceSource::occupancy);
  CHECK((advice.seen_least == 2 && advice.seen_most == 6 && advice.wants == Ways(6)));
  CHECK(advice.gain == Approx(0));
  scene.holds(2, 1.0);
  advice = scene.look(advisor);
  CHECK(advice.gain == Approx(0.5));
  CHECK(advice.planned_gain == Approx(0.5));
  scene.row().phase = 2;
  CHECK(scene.look(advisor) == Advice{});
}

TEST_CASE("of who is only watched another number of memory accesses is another phase") {
  Scene scene;
  Advisor advisor;
  scene.row().phase = 0;
  for (int i = 0; i < 10; ++i) {
    scene.holds(i < 5 ? 2 : 6, i < 5 ? 1 : 2);
    scene.row().metrics.memory_accesses_per_instruction = i % 2 == 0 ? 0.40 : 0.43;
    scene.look(advisor);
  }
  CHECK(scene.look(advisor).source == AdviceSource::occupancy);
  scene.row().metrics.memory_accesses_per_instruction = 0.45;
  CHECK(scene.look(advisor).source == AdviceSource::unknown);
}

TEST_CASE("what cannot be judged, or was held of an unknown cache, teaches nothing") {
  for (const bool absent : {true, false}) {
    Scene scene;
    Advisor advisor;
    if (!absent) scene.observation.geometry.domains[0].way_bytes = 0;
    for (int i = 0; i < 20; ++i) {
      scene.holds(i < 10 ? 2 : 6, i < 10 ? 1 : 2);
      if (absent) scene.row().metrics.absent = Absence::settling;
      CHECK(scene.look(advisor) == Advice{});
    }
  }
}

TEST_CASE("what was learned of a container is forgotten when it is gone") {
  Scene scene, empty;
  Advisor advisor;
  for (int i = 0; i < 10; ++i) {
    scene.holds(i < 5 ? 2 : 6, i < 5 ? 1 : 2);
    scene.look(advisor);
  }
  CHECK(scene.look(advisor).source == AdviceSource::occupancy);
  empty.observation.containers.clear();
  empty.decision.domains.clear();
  CHECK(advisor.look(empty.observation, empty.decision, {}, {}).empty());
  CHECK(scene.look(advisor).source == AdviceSource::unknown);
}

}  // namespace
}  // namespace dcat
