// track, where the node counts memory accesses: new phases, known ones, forgetting and trials.
#include "drive.h"

using namespace dcat;
using namespace dcat::test;

namespace {

// Follows one container at 4 ways by its memory accesses per instruction.
class Tracker {
 public:
  explicit Tracker(Parameters parameters = {}) : p(parameters) {}

  PhaseEvent see(double accesses, double ipc = 1.0, int ways = 4, bool exclusive = true) {
    TrackResult result =
        track(std::move(state), metrics_of({.ways = ways, .ipc = ipc, .accesses = accesses}), Ways(ways), exclusive, p);
    state = std::move(result.phases);
    return result.event;
  }
  // What classify does once the phase has had its period at the contract.
  void store_baseline(double ipc = 1.0, int ways = 4) {
    state.now().baseline_ipc = ipc;
    state.now().table.record(Ways(ways), 1.0, kRefsPerKi);
    state.now().record = PhaseRecord{State::keeper, false, Ways(ways)};
  }
  // A whole phase: the mixed period of the change, the reference and the baseline.
  int live_through(double accesses, double mixed, double ipc = 1.0) {
    REQUIRE(see(mixed, ipc) == PhaseEvent::new_phase);
    REQUIRE(see(accesses, ipc) == PhaseEvent::none);
    store_baseline(ipc);
    return state.now().id;
  }
  int id() const { return state.now().id; }

  PhaseState state;
  Parameters p;
};

Tracker settled(double accesses, Parameters p = {}) {
  Tracker t(p);
  REQUIRE(t.see(accesses) == PhaseEvent::none);
  t.store_baseline();
  return t;
}

}  // namespace

TEST_CASE("the first period is the first phase and gives its reference") {
  Tracker t;
  REQUIRE(t.see(0.25) == PhaseEvent::none);
  REQUIRE(t.id() == 1);
  REQUIRE(t.state.now().reference == 0.25);
  REQUIRE(t.state.phases.size() == 1);
}

TEST_CASE("a change of memory accesses above 10 percent is a new phase, up and down") {
  const struct {
    double accesses;
    bool changed;
  } rows[] = {{0.25, false}, {0.27, false},   {0.2749, false}, {0.2751, true}, {0.5, true},
              {0.23, false}, {0.2251, false}, {0.2249, true},  {0.1, true}};
  for (const auto& row : rows) {
    Tracker t = settled(0.25);
    INFO(row.accesses);
    CHECK((t.see(row.accesses) == PhaseEvent::new_phase) == row.changed);
  }
}

// An eighth is exact in binary, so that "exactly at the limit" means what it says.
TEST_CASE("a change of exactly phase_change is not a new phase") {
  Parameters p;
  p.phase_change_ratio = 0.125;
  for (const double accesses : {0.5625, 0.4375}) CHECK(settled(0.5, p).see(accesses) == PhaseEvent::none);
  for (const double accesses : {0.5626, 0.4374}) CHECK(settled(0.5, p).see(accesses) == PhaseEvent::new_phase);
}

TEST_CASE("changes are measured against the phase's reference, so that a drift adds up") {
  Tracker t = settled(0.25);
  REQUIRE(t.see(0.26) == PhaseEvent::none);
  REQUIRE(t.see(0.27) == PhaseEvent::none);
  REQUIRE(t.see(0.28) == PhaseEvent::new_phase);  // 12 % above 0.25, 3.7 % above 0.27
}

TEST_CASE("a program that accesses no memory has a phase too, and leaves it with the first access") {
  Tracker t = settled(0);
  REQUIRE(t.see(0) == PhaseEvent::none);
  REQUIRE(t.see(0.001) == PhaseEvent::new_phase);
}

TEST_CASE("the reference is that of the first full period, so that a mixed one causes no second change") {
  Tracker t = settled(0.2);
  REQUIRE(t.see(0.3) == PhaseEvent::new_phase);  // half of it was the old program
  REQUIRE(t.see(0.4) == PhaseEvent::none);       // 33 % above the mixed period
  REQUIRE(t.state.now().reference == 0.4);
  REQUIRE(t.see(0.4) == PhaseEvent::none);
  REQUIRE(t.id() == 2);
}

TEST_CASE("the change of ways is no change of phase: nothing but accesses is looked at") {
  Tracker t = settled(0.25);
  REQUIRE(t.see(0.25, 3.0, 9) == PhaseEvent::none);
  REQUIRE(t.see(0.25, 0.2, 1, false) == PhaseEvent::none);
}

TEST_CASE("a phase is followed while ways are shared") {
  Tracker t = settled(0.25);
  REQUIRE(t.see(0.4, 1.0, 4, false) == PhaseEvent::new_phase);
}

TEST_CASE("a reference within phase_match of a known phase's is that phase come back") {
  Parameters p;
  p.phase_match_ratio = 0.0625;  // a sixteenth, exact in binary
  const struct {
    double accesses;
    bool known;
  } rows[] = {{0.5, true}, {0.53125, true}, {0.5313, false}, {0.46875, true}, {0.4687, false}};
  for (const auto& row : rows) {
    Tracker t = settled(0.5, p);
    t.live_through(1.0, 0.75);
    INFO(row.accesses);
    CHECK(t.see(row.accesses) == (row.known ? PhaseEvent::known_phase : PhaseEvent::new_phase));
    CHECK(t.id() == (row.known ? 1 : 3));
  }
}

TEST_CASE("5 percent is the default for a phase come back") {
  Tracker close = settled(0.2);
  close.live_through(0.4, 0.3);
  REQUIRE(close.see(0.2 * 1.049) == PhaseEvent::known_phase);
  Tracker far = settled(0.2);
  far.live_through(0.4, 0.3);
  REQUIRE(far.see(0.2 * 1.051) == PhaseEvent::new_phase);
}

TEST_CASE("a phase come back keeps its reference, baseline and table") {
  Tracker t = settled(0.2);
  const Phase first = t.state.now();
  t.live_through(0.4, 0.3, 2.0);
  REQUIRE(t.see(0.205) == PhaseEvent::known_phase);
  REQUIRE(t.state.now().reference == first.reference);
  REQUIRE(t.state.now().baseline_ipc == first.baseline_ipc);
  REQUIRE(t.state.now().table == first.table);
  REQUIRE(t.state.phases.size() == 2);
}

TEST_CASE("a mixed period first and then a known phase: a new phase, and in the next period the known one") {
  Tracker t = settled(0.2);
  t.live_through(0.4, 0.3);
  REQUIRE(t.see(0.3) == PhaseEvent::new_phase);
  REQUIRE(t.see(0.2) == PhaseEvent::known_phase);
  REQUIRE(t.id() == 1);
  REQUIRE(t.state.phases.size() == 2);  // the mixed one left nothing behind
}

TEST_CASE("one odd period in the middle of a phase leads back to that phase") {
  Tracker t = settled(0.2);
  REQUIRE(t.see(0.35) == PhaseEvent::new_phase);
  REQUIRE(t.see(0.2) == PhaseEvent::known_phase);
  REQUIRE(t.id() == 1);
  REQUIRE(t.state.phases.size() == 1);
}

TEST_CASE("of several known phases the nearest one comes back") {
  Parameters p;
  p.phase_change_ratio = 0.02;  // so that the three lie close together
  Tracker t = settled(1.00, p);
  const int second = t.live_through(1.06, 2.0);
  const int third = t.live_through(1.12, 2.0);
  t.live_through(0.5, 2.0);
  REQUIRE(t.see(1.075) == PhaseEvent::known_phase);  // 7.5 %, 1.4 % and 4 % away
  REQUIRE(t.id() == second);
  REQUIRE(t.see(0.5) == PhaseEvent::known_phase);
  REQUIRE(t.see(1.11) == PhaseEvent::known_phase);  // 4.7 % and 0.9 %
  REQUIRE(t.id() == third);
}

TEST_CASE("a phase that never had a baseline is not known later") {
  Tracker t = settled(0.2);
  REQUIRE(t.see(0.3) == PhaseEvent::new_phase);
  REQUIRE(t.see(0.4) == PhaseEvent::none);       // its reference, no baseline
  REQUIRE(t.see(0.6) == PhaseEvent::new_phase);  // mixed
  REQUIRE(t.see(0.8) == PhaseEvent::none);
  t.store_baseline();
  REQUIRE(t.see(0.4) == PhaseEvent::new_phase);
  REQUIRE(t.state.phases.size() == 3);  // 0.2, 0.8 and the new one
}

TEST_CASE("the phase that was seen longest ago is forgotten when there are max_phases") {
  Parameters p;
  p.max_phases = 3;
  Tracker t = settled(0.1, p);                     // 1
  t.live_through(0.2, 0.15);                       // 2
  t.live_through(0.4, 0.3);                        // 3
  REQUIRE(t.see(0.1) == PhaseEvent::known_phase);  // 1 is young again
  REQUIRE(t.see(0.8) == PhaseEvent::new_phase);    // instead of 2
  REQUIRE(t.see(0.8) == PhaseEvent::none);
  t.store_baseline();
  REQUIRE(t.state.phases.size() == 3);
  REQUIRE(t.see(0.4) == PhaseEvent::known_phase);
  REQUIRE(t.see(0.1) == PhaseEvent::known_phase);
  REQUIRE(t.see(0.2) == PhaseEvent::new_phase);
}

TEST_CASE("with room for one phase every change is a new phase") {
  Parameters p;
  p.max_phases = 1;
  Tracker t = settled(0.1, p);
  t.live_through(0.2, 0.15);
  REQUIRE(t.state.phases.size() == 1);
  REQUIRE(t.see(0.1) == PhaseEvent::new_phase);
}

TEST_CASE("a restored baseline that two periods in a row contradict makes a new phase") {
  Tracker t = settled(0.2);
  t.live_through(0.4, 0.3);
  REQUIRE(t.see(0.2) == PhaseEvent::known_phase);
  REQUIRE(t.see(0.2, 0.9) == PhaseEvent::none);  // once may be refill
  REQUIRE(t.see(0.2, 0.9) == PhaseEvent::contradicted);
  REQUIRE(t.id() == 3);
  REQUIRE_FALSE(t.state.now().baseline_ipc.has_value());
  REQUIRE(t.state.now().table.empty());
  REQUIRE(t.state.now().reference == 0.2);
  REQUIRE(t.see(0.2, 0.9) == PhaseEvent::none);
}

TEST_CASE("a restored baseline is contradicted from above as well as from below") {
  const struct {
    double ipc;
    bool contradicted;
  } rows[] = {{0.94, true}, {0.951, false}, {1.049, false}, {1.06, true}};
  for (const auto& row : rows) {
    Tracker t = settled(0.2);
    t.live_through(0.4, 0.3);
    t.see(0.2);
    t.see(0.2, row.ipc);
    INFO(row.ipc);
    CHECK((t.see(0.2, row.ipc) == PhaseEvent::contradicted) == row.contradicted);
  }
}

TEST_CASE("one contradicting period between agreeing ones contradicts nothing") {
  Tracker t = settled(0.2);
  t.live_through(0.4, 0.3);
  t.see(0.2);
  REQUIRE(t.see(0.2, 0.8) == PhaseEvent::none);
  REQUIRE(t.see(0.2, 1.0) == PhaseEvent::none);  // confirmed: the trial is over
  REQUIRE(t.see(0.2, 0.8) == PhaseEvent::none);
  REQUIRE(t.see(0.2, 0.8) == PhaseEvent::none);
}

TEST_CASE("a restored baseline is tried only at a size in the table and while the ways are its own") {
  Tracker t = settled(0.2);
  t.live_through(0.4, 0.3);
  t.see(0.2);
  for (int i = 0; i < 3; ++i) REQUIRE(t.see(0.2, 0.5, 3) == PhaseEvent::none);
  for (int i = 0; i < 3; ++i) REQUIRE(t.see(0.2, 0.5, 4, false) == PhaseEvent::none);
  REQUIRE(t.see(0.2, 0.5, 4) == PhaseEvent::none);
  REQUIRE(t.see(0.2, 0.5, 4) == PhaseEvent::contradicted);
}

TEST_CASE("a phase that was not restored is on no trial") {
  Tracker t = settled(0.2);
  for (int i = 0; i < 4; ++i) REQUIRE(t.see(0.2, 0.5) == PhaseEvent::none);
}

TEST_CASE("every phase event has a name of its own") {
  REQUIRE(name_of(PhaseEvent::none) == "none");
  REQUIRE(name_of(PhaseEvent::new_phase) == "new_phase");
  REQUIRE(name_of(PhaseEvent::known_phase) == "known_phase");
  REQUIRE(name_of(PhaseEvent::contradicted) == "contradicted");
}
