// Phases of an earlier life: matched in the first valid period, and on trial.
#include "drive.h"

using namespace dcat;
using namespace dcat::test;

namespace {

// What a Keeper of 6 ways had learned.
PhaseState learned() {
  Driver d;
  d.receiver();
  d.period({.ways = 6, .ipc = 1.12, .miss_ratio = 0.2});
  REQUIRE(d.phase().preferred == 6_ways);
  return d.profile.phases;
}

Driver started_again(const PhaseState& before, Parameters p = {}) {
  Driver d(p);
  d.profile.phases = recall_phases(before.phases, before.next_id, before.periods, p);
  return d;
}

PhaseState with_phases(int n) {
  PhaseState s;
  for (int i = 1; i <= n; ++i) {
    Phase& phase = s.phases.emplace_back();
    phase.id = i;
    phase.reference = i;
    phase.baseline_ipc = 1;
    phase.record = PhaseRecord{State::keeper, false, 4_ways};
    phase.table.record(4_ways, 1, 1);
    phase.last_seen = s.periods = static_cast<std::uint64_t>(i);
  }
  s.next_id = n + 1;
  return s;
}

}  // namespace

TEST_CASE("a phase of an earlier life comes back in the first valid period, whoever shares the ways") {
  const PhaseState before = learned();
  for (const bool exclusive : {true, false}) {
    Driver d = started_again(before);
    REQUIRE(d.absent(Absence::no_samples).demand == Demand{DemandKind::contract, 4_ways});
    const Classification c = d.period({.ways = 4, .exclusive = exclusive});
    CHECK(c.event == PhaseEvent::known_phase);
    CHECK(c.state == State::keeper);
    CHECK(c.demand == Demand{DemandKind::restore, 6_ways});
    CHECK(d.phase().id == before.now().id);
    CHECK(d.profile.phases.on_trial);
    CHECK(d.profile.phases.phases.size() == 1);  // the one that it might have been is gone
  }
}

TEST_CASE("where memory accesses are not counted, a period at a size of the table tells") {
  Driver before;
  before.period({.accesses = std::nullopt});
  before.period({.accesses = std::nullopt});
  Driver d = started_again(before.profile.phases);
  CHECK(d.period({.accesses = std::nullopt, .exclusive = false}).event == PhaseEvent::none);
  CHECK(d.profile.state == State::reclaim);
  CHECK(d.period({.accesses = std::nullopt}).event == PhaseEvent::known_phase);
}

TEST_CASE("a program that is none of those known gets its contract and a phase of its own, and the others stay") {
  Driver d = started_again(learned());
  const Classification c = d.period({.ways = 4, .ipc = 2, .accesses = 2 * kAccesses});
  CHECK(c.reason.code == ReasonCode::baseline_stored);
  CHECK(d.phase().id == 2);
  REQUIRE(d.profile.phases.phases.size() == 2);
  CHECK(d.period({.ways = 4, .accesses = kAccesses}).event == PhaseEvent::known_phase);
}

TEST_CASE("a baseline of an earlier life that two periods contradict is a new phase: the contract") {
  Driver d = started_again(learned());
  d.period({});
  CHECK(d.period({.ways = 6, .ipc = 0.9}).event == PhaseEvent::none);
  const Classification c = d.period({.ways = 6, .ipc = 0.9});
  CHECK(c.event == PhaseEvent::contradicted);
  CHECK(c.demand == Demand{DemandKind::contract, 4_ways});
}

TEST_CASE("a baseline of an earlier life guards the guarantee from the first period on") {
  Driver before;
  before.fitting_donor();
  before.period({.ways = 3, .miss_ratio = 0.02});
  Driver d = started_again(before.profile.phases);
  REQUIRE(d.period({}).demand == Demand{DemandKind::restore, 3_ways});
  const Classification c = d.period({.ways = 3, .ipc = 0.9, .miss_ratio = 0.8});
  CHECK(c.reason.code == ReasonCode::guarantee);
  CHECK(c.demand == Demand{DemandKind::contract, 4_ways});
}

TEST_CASE("with the phases there is room for one that is new, and the oldest are left out") {
  Parameters p;
  p.max_phases = 4;
  const PhaseState before = with_phases(4);
  Driver d = started_again(before, p);
  REQUIRE(d.profile.phases.phases.size() == 4);
  CHECK(d.profile.phases.phases.front().id == 2);
  CHECK(d.phase().id == 5);
  CHECK_FALSE(d.phase().baseline_ipc.has_value());
  p.max_phases = 1;
  d = started_again(before, p);
  REQUIRE(d.profile.phases.phases.size() == 2);
  CHECK(d.profile.phases.phases.front().id == 4);
  // Once one is known there are no more than may be.
  d.period({.accesses = 10});
  d.period({.accesses = 20});
  CHECK(d.profile.phases.phases.size() == 1);
}
