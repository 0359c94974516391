// track, where the node has no count of memory accesses: LLC references per 1,000 instructions stand in, with
// care.
#include "drive.h"

using namespace dcat;
using namespace dcat::test;

namespace {

class Tracker {
 public:
  PhaseEvent see(double refs_per_ki, double ipc, int ways = 4, bool exclusive = true) {
    return see(
        {.ways = ways, .ipc = ipc, .accesses = std::nullopt, .refs_per_ki = refs_per_ki, .exclusive = exclusive});
  }
  PhaseEvent see(const Period& period) {
    TrackResult result = track(std::move(state), metrics_of(period), Ways(period.ways), period.exclusive, p);
    state = std::move(result.phases);
    return result.event;
  }
  void store_baseline(double refs_per_ki, double ipc, int ways = 4) {
    state.now().baseline_ipc = ipc;
    state.now().table.record(Ways(ways), 1.0, refs_per_ki);
    state.now().record = PhaseRecord{State::keeper, false, Ways(ways)};
  }

  PhaseState state;
  Parameters p;
};

Tracker settled(double refs_per_ki, double ipc) {
  Tracker t;
  REQUIRE(t.see(refs_per_ki, ipc) == PhaseEvent::none);
  t.store_baseline(refs_per_ki, ipc);
  REQUIRE(t.see(refs_per_ki, ipc) == PhaseEvent::none);
  return t;
}

}  // namespace

TEST_CASE("without a count of accesses, references and IPC together make a new phase") {
  const struct {
    double refs, ipc;
    bool changed;
  } rows[] = {
      {20, 1.0, false},  {30, 1.0, false},                                         // references alone
      {20, 1.5, false},                                                            // IPC alone
      {30, 1.3, true},   {30, 0.7, true},                                          // both, whichever way
      {10, 1.3, true},   {10, 0.7, true},  {21.9, 1.3, false}, {22.1, 1.3, true},  // 10 % of references
      {30, 1.19, false}, {30, 1.21, true},                                         // 20 % of IPC
      {30, 0.81, false}, {30, 0.79, true},
  };
  for (const auto& row : rows) {
    Tracker t = settled(20, 1.0);
    INFO(row.refs << " references, IPC " << row.ipc);
    CHECK((t.see(row.refs, row.ipc) == PhaseEvent::new_phase) == row.changed);
  }
}

TEST_CASE("the stand-in moves with the ways, so that only periods at equal ways are compared") {
  Tracker t = settled(20, 1.0);
  REQUIRE(t.see(11, 1.5, 5) == PhaseEvent::none);  // 46 % fewer references by one more way
  REQUIRE(t.see(11, 1.5, 5) == PhaseEvent::none);
  REQUIRE(t.see(20, 1.0, 4) == PhaseEvent::none);  // back: as the table knows it
  REQUIRE(t.see(30, 1.5, 4) == PhaseEvent::new_phase);
}

TEST_CASE("at a size that the table does not know, the period before at that size is compared with") {
  Tracker t = settled(20, 1.0);
  REQUIRE(t.see(15, 1.4, 6) == PhaseEvent::none);
  REQUIRE(t.see(25, 0.9, 6) == PhaseEvent::new_phase);
}

TEST_CASE("fewer than half a reference a thousand instructions tells nothing") {
  Tracker quiet = settled(0.2, 1.0);
  REQUIRE(quiet.see(0.49, 1.5) == PhaseEvent::none);
  Tracker loud = settled(0.4, 1.0);
  REQUIRE(loud.see(0.8, 1.5) == PhaseEvent::new_phase);
}

TEST_CASE("shared ways show somebody else's references: nothing is compared") {
  Tracker t = settled(20, 1.0);
  REQUIRE(t.see(40, 2.0, 4, false) == PhaseEvent::none);
}

TEST_CASE("the period after a change starts the new phase and is not compared with the mixed one") {
  Tracker t = settled(20, 1.0);
  REQUIRE(t.see(30, 1.5) == PhaseEvent::new_phase);
  REQUIRE(t.see(45, 2.5) == PhaseEvent::none);
  REQUIRE(t.see(45, 2.5) == PhaseEvent::none);
  REQUIRE(t.state.now().id == 2);
}

TEST_CASE("a known phase comes back when references and IPC at this size both match") {
  const auto two_phases = [] {
    Tracker t = settled(20, 1.0);
    REQUIRE(t.see(30, 1.5) == PhaseEvent::new_phase);
    REQUIRE(t.see(40, 2.0) == PhaseEvent::none);
    t.store_baseline(40, 2.0);
    return t;
  };
  Tracker same = two_phases();
  REQUIRE(same.see(20.5, 1.02) == PhaseEvent::known_phase);
  REQUIRE(same.state.now().id == 1);
  Tracker other_refs = two_phases();
  REQUIRE(other_refs.see(22, 1.0) == PhaseEvent::new_phase);
  Tracker other_ipc = two_phases();
  REQUIRE(other_ipc.see(20, 1.1) == PhaseEvent::new_phase);
}

// docs/algorithm.md: the stand-in is for machines without the event.
TEST_CASE("a period in which the accesses were rotated out does not call in the stand-in") {
  Tracker t;
  REQUIRE(t.see({.ipc = 1.0, .accesses = 0.25, .refs_per_ki = 20}) == PhaseEvent::none);
  t.store_baseline(20, 1.0);
  REQUIRE(t.see({.ipc = 1.0, .accesses = 0.25, .refs_per_ki = 20}) == PhaseEvent::none);
  REQUIRE(t.see({.ipc = 0.7, .accesses = std::nullopt, .refs_per_ki = 30}) == PhaseEvent::none);
  REQUIRE(t.see({.ipc = 0.7, .accesses = 0.25, .refs_per_ki = 30}) == PhaseEvent::none);
}
