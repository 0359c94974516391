// Phases that come back: the state and size they had, at once.
#include "drive.h"

using namespace dcat;
using namespace dcat::test;

namespace {

constexpr double kOther = 2 * kAccesses;

// Lives through a whole other phase; its baseline at the contract is 3.
void leave(Driver& d) {
  REQUIRE(d.period({.ways = 4, .ipc = 2.0, .accesses = 1.5 * kAccesses}).reason.code == ReasonCode::new_phase);
  REQUIRE(d.period({.ways = 4, .ipc = 3.0, .accesses = kOther}).reason.code == ReasonCode::baseline_stored);
}

Classification come_back(Driver& d, int ways = 4, double ipc = 1.0) {
  return d.period({.ways = ways, .ipc = ipc, .accesses = kAccesses});
}

void require_restored(const Classification& c, State state, int ways) {
  REQUIRE(c.state == state);
  REQUIRE(c.demand == Demand{DemandKind::restore, Ways(ways)});
  REQUIRE(c.reason.code == ReasonCode::known_phase);
  REQUIRE(c.event == PhaseEvent::known_phase);
}

}  // namespace

TEST_CASE("a Keeper's phase comes back with the ways it preferred") {
  Driver d;
  d.receiver();
  d.period({.ways = 6, .ipc = 1.12, .miss_ratio = 0.2});
  REQUIRE(d.phase().preferred == 6_ways);
  leave(d);
  require_restored(come_back(d), State::keeper, 6);
  REQUIRE(d.phase().preferred == 6_ways);
  REQUIRE(d.phase().baseline_ipc == 1.0);
  REQUIRE(d.phase().table.find(5_ways) != nullptr);
}

TEST_CASE("an unmapped Keeper's phase comes back with the ways it had") {
  Driver d;
  d.fitting_donor();
  REQUIRE(d.period({.ways = 3, .miss_ratio = 0.02}).state == State::keeper);
  leave(d);
  require_restored(come_back(d), State::keeper, 3);
}

TEST_CASE("an unfinished mapping goes on from the largest size measured") {
  Driver unknown;
  unknown.unknown();
  unknown.period({.ways = 5, .ipc = 1.02, .miss_ratio = 0.2});
  leave(unknown);
  require_restored(come_back(unknown), State::unknown, 5);

  Driver receiver;
  receiver.receiver();
  receiver.period({.ways = 6, .ipc = 1.3, .miss_ratio = 0.2});
  receiver.period({.ways = 5, .ipc = 1.1, .miss_ratio = 0.2});  // a way was taken from it
  REQUIRE(receiver.profile.state == State::receiver);
  leave(receiver);
  require_restored(come_back(receiver), State::receiver, 6);
}

TEST_CASE("a restored Unknown that never grew has its contract") {
  Driver d;
  d.fitting_donor();
  d.period({.ways = 3, .miss_ratio = 0.02});
  REQUIRE(d.period({.ways = 3, .miss_ratio = 0.1}).state == State::unknown);
  leave(d);
  require_restored(come_back(d), State::unknown, 4);
}

TEST_CASE("Streaming comes back as Streaming with one way") {
  Driver d;
  d.streaming();
  leave(d);
  require_restored(come_back(d), State::streaming, 1);
}

TEST_CASE("an idle Donor's phase comes back with one way, and is still to wake at twice llc_idle") {
  Driver d;
  d.idle_donor();
  leave(d);
  require_restored(come_back(d), State::donor, 1);
  REQUIRE(d.profile.idle);
  REQUIRE(d.period({.ways = 1, .refs_per_sec = 2e6}).reason.code == ReasonCode::idle);
  REQUIRE(d.period({.ways = 1, .refs_per_sec = 4e6}).reason.code == ReasonCode::woke);
}

TEST_CASE("a Donor whose set fits comes back with the ways that it had left") {
  Driver d;
  d.fitting_donor();
  REQUIRE(d.period({.ways = 2, .miss_ratio = 0.001}).state == State::donor);
  leave(d);
  require_restored(come_back(d), State::donor, 2);
  REQUIRE_FALSE(d.profile.idle);
}

TEST_CASE("a phase left during Reclaim comes back as a Keeper with its contract") {
  Driver d;
  d.idle_donor();
  REQUIRE(d.period({.ways = 1}).reason.code == ReasonCode::woke);
  leave(d);
  require_restored(come_back(d), State::keeper, 4);
}

TEST_CASE("a restored phase shows its normalised IPC against its own baseline, and no gain") {
  Driver d;
  d.keeper();
  leave(d);
  const Classification c = come_back(d, 4, 1.02);
  REQUIRE(near(c.reason.normalised_ipc, 1.02));
  REQUIRE_FALSE(c.reason.gain.has_value());
  REQUIRE(d.phase().table.find(4_ways)->weight == 1);  // a mixed period teaches nothing
  // Nor is the step from the other phase's size to this one's a gain.
  const Classification next = d.period({.ways = 6, .ipc = 1.2});
  REQUIRE_FALSE(next.reason.gain.has_value());
}

TEST_CASE("a gain of the phase before is not counted in the next one") {
  Driver d;
  d.receiver();
  REQUIRE(near(d.profile.last_gain, 0.1));
  leave(d);
  REQUIRE(d.profile.last_gain == 0);
}

TEST_CASE("a promise to keep the contract is a phase's own and comes back with it") {
  Driver d;
  d.fitting_donor();
  REQUIRE(d.period({.ways = 3, .ipc = 0.9, .miss_ratio = 0.8}).reason.code == ReasonCode::guarantee);
  d.period({.ways = 4});
  leave(d);
  come_back(d);
  REQUIRE(d.period({.ways = 4, .miss_ratio = 0.001}).reason.code == ReasonCode::fits_held);
}

TEST_CASE("a restored baseline that holds is kept, and later changes of IPC do not contradict it") {
  Driver d;
  d.keeper();
  leave(d);
  come_back(d);
  REQUIRE(d.period({.ipc = 1.0}).event == PhaseEvent::none);
  for (int i = 0; i < 3; ++i) REQUIRE(d.period({.ipc = 0.8}).event == PhaseEvent::none);
}

TEST_CASE("a restored baseline that is far off makes a new phase: Reclaim and the contract") {
  Driver d;
  d.keeper();
  for (int i = 0; i < 8; ++i) d.period({.ipc = 1.0});  // a table entry with some weight
  leave(d);
  come_back(d);
  REQUIRE(d.period({.ipc = 0.7}).event == PhaseEvent::none);
  const Classification c = d.period({.ipc = 0.7});
  REQUIRE(c.event == PhaseEvent::contradicted);
  REQUIRE(c.state == State::reclaim);
  REQUIRE(c.demand == Demand{DemandKind::contract, 4_ways});
  REQUIRE(c.reason.code == ReasonCode::baseline_contradicted);
  REQUIRE(d.period({.ipc = 0.7}).reason.code == ReasonCode::baseline_stored);
  REQUIRE(d.phase().baseline_ipc == 0.7);
}

// 8 % is more than ipc_gain, in every period: what the first of them showed must not soften the second's
// verdict.
TEST_CASE("a restored baseline that is 8 percent off makes a new phase, however young its table") {
  Driver d;
  d.keeper();  // the entry at 4 ways is one period old
  leave(d);
  come_back(d);
  REQUIRE(d.period({.ipc = 0.92}).event == PhaseEvent::none);
  REQUIRE(d.period({.ipc = 0.92}).event == PhaseEvent::contradicted);
}
