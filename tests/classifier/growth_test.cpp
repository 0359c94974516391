// Unknown, Receiver and Streaming: who grows, on what evidence, and where it stops; and the probe.
#include "drive.h"

using namespace dcat;
using namespace dcat::test;

namespace {

Parameters exact_gain() {
  Parameters p;
  p.ipc_gain_ratio = 0.0625;  // exact in binary
  return p;
}

// As the plan does it: the container goes to the least size for the next period.
void begin_probe(Driver& d) {
  d.profile.before_probe = d.profile.measured;
}

Classification grown(Driver& d, int ways, double ipc, double miss_ratio = 0.2) {
  return d.period({.ways = ways, .ipc = ipc, .miss_ratio = miss_ratio});
}

}  // namespace

TEST_CASE("an Unknown that no way has come to waits for one and judges nothing") {
  Driver d;
  d.unknown();
  const Classification c = grown(d, 4, 1.5);
  REQUIRE(c.state == State::unknown);
  REQUIRE(c.demand.kind == DemandKind::grow);
  REQUIRE(c.reason.code == ReasonCode::waiting_for_way);
  REQUIRE_FALSE(c.reason.gain.has_value());
}

TEST_CASE("an Unknown whose last way brought ipc_gain is a Receiver, and less is not enough") {
  for (const double ipc : {1.0624, 1.0625, 1.2}) {
    Driver d(exact_gain());
    d.unknown();
    INFO(ipc);
    const Classification c = grown(d, 5, ipc);
    CHECK(c.state == (ipc >= 1.0625 ? State::receiver : State::unknown));
    CHECK(c.demand.kind == DemandKind::grow);
    CHECK(c.reason.code == (ipc >= 1.0625 ? ReasonCode::gained : ReasonCode::searching));
    CHECK(near(c.reason.value, ipc - 1));
    CHECK(near(c.reason.threshold, 0.0625));
  }
}

TEST_CASE("the reason carries the gain of the last way and the gain since the contract") {
  Driver d;
  d.receiver();
  const Classification c = grown(d, 6, 1.21);
  REQUIRE(near(c.reason.gain, 1.21 / 1.1 - 1));
  REQUIRE(near(c.reason.cumulative_gain, 0.21));
  REQUIRE(near(c.reason.normalised_ipc, 1.21));
  REQUIRE(near(d.profile.last_gain, 0.1));
}

TEST_CASE("normalised IPC and gains are against the baseline, whatever the IPC's size") {
  Driver d;
  d.unknown(0.4);
  const Classification c = grown(d, 5, 0.44);
  REQUIRE(near(c.reason.gain, 0.1));
  REQUIRE(near(c.reason.normalised_ipc, 1.1));
}

TEST_CASE("a gain is judged against the last valid period at the smaller size, absent ones between do not matter") {
  Driver d;
  d.unknown();
  d.absent(Absence::settling, 5);
  REQUIRE(near(grown(d, 5, 1.08).reason.gain, 0.08));
}

TEST_CASE("a gain is judged once, in the period after the way came") {
  Driver d;
  d.unknown();
  REQUIRE(grown(d, 5, 1.03).reason.gain.has_value());
  const Classification c = grown(d, 5, 1.2);
  REQUIRE_FALSE(c.reason.gain.has_value());
  REQUIRE(c.state == State::unknown);
  REQUIRE(c.reason.code == ReasonCode::waiting_for_way);
}

TEST_CASE("a change of IPC after ways were lost is no gain") {
  Driver d;
  d.receiver();
  REQUIRE_FALSE(grown(d, 4, 1.3).reason.gain.has_value());
}

TEST_CASE("an Unknown below miss_ratio is a Keeper of what it has, at the ratio it goes on") {
  Parameters p;
  p.miss_ratio = 0.03125;
  for (const double miss_ratio : {0.03125, 0.03124}) {
    Driver d(p);
    d.unknown();
    const Classification c = grown(d, 5, 1.02, miss_ratio);
    INFO(miss_ratio);
    CHECK(c.state == (miss_ratio < 0.03125 ? State::keeper : State::unknown));
    if (c.state == State::keeper) {
      CHECK(c.reason.code == ReasonCode::misses_gone);
      CHECK(c.demand == Demand{});
      CHECK(d.phase().preferred == 5_ways);
    }
  }
}

// `preferred` is the size where growth stopped. Where none began, the phase is not mapped: it may look for
// more later.
TEST_CASE("one quiet period before any way came does not end the search of this phase for good") {
  Driver d;
  d.unknown();
  REQUIRE(grown(d, 4, 1.0, 0.02).state == State::keeper);
  CHECK_FALSE(d.phase().preferred.has_value());
  CHECK(grown(d, 4, 1.0, 0.2).state == State::unknown);
}

TEST_CASE("3 percent a way makes no Receiver, and at streaming_factor x contract a Keeper by its cumulative gain") {
  Driver d;
  d.unknown();
  double ipc = 1;
  for (int ways = 5; ways < 12; ++ways) {
    ipc *= 1.03;
    const Classification c = grown(d, ways, ipc);
    INFO(ways);
    REQUIRE(c.state == State::unknown);
    REQUIRE(c.reason.code == ReasonCode::searching);
  }
  const Classification end = grown(d, 12, ipc * 1.03);
  REQUIRE(end.state == State::keeper);
  REQUIRE(end.demand == Demand{});
  REQUIRE(end.reason.code == ReasonCode::cumulative_keeper);
  REQUIRE(near(end.reason.cumulative_gain, std::pow(1.03, 8) - 1));
  REQUIRE(d.phase().preferred == 12_ways);
}

TEST_CASE("with count_cumulative_gain 3 percent a way makes a Receiver at the second way") {
  Parameters p;
  p.count_cumulative_gain = true;
  Driver d(p);
  d.unknown();
  REQUIRE(grown(d, 5, 1.03).state == State::unknown);
  const Classification c = grown(d, 6, 1.03 * 1.03);  // 6.09 % since the contract
  REQUIRE(c.state == State::receiver);
  REQUIRE(c.reason.code == ReasonCode::gained_cumulative);
  REQUIRE(near(c.reason.value, 1.03 * 1.03 - 1));
}

TEST_CASE("count_cumulative_gain takes exactly ipc_gain for enough") {
  Parameters p = exact_gain();
  p.count_cumulative_gain = true;
  for (const double ipc : {1.0624, 1.0625}) {
    Driver d(p);
    d.unknown();
    grown(d, 5, 1.03);
    CHECK((grown(d, 6, ipc).state == State::receiver) == (ipc >= 1.0625));
  }
}

TEST_CASE("without a gain up to streaming_factor x contract it is Streaming: one way, the rest to the pool") {
  for (const int factor : {2, 3}) {
    Parameters p;
    p.streaming_factor = factor;
    Driver d(p);
    d.unknown();
    for (int ways = 5; ways < 4 * factor; ++ways) REQUIRE(grown(d, ways, 1.0).reason.code == ReasonCode::searching);
    const Classification c = grown(d, 4 * factor, 1.0);
    REQUIRE(c.state == State::streaming);
    REQUIRE(c.demand == Demand{DemandKind::give, 1_ways});
    REQUIRE(c.reason.code == ReasonCode::no_gain_streaming);
  }
}

TEST_CASE("at streaming_factor x contract a gain of the last way still makes a Receiver") {
  Driver d;
  d.unknown();
  for (int ways = 5; ways < 12; ++ways) grown(d, ways, 1.0);
  REQUIRE(grown(d, 12, 1.06).state == State::receiver);
}

TEST_CASE("the cumulative gain that saves from Streaming is ipc_gain, exactly that is enough") {
  for (const double ipc : {1.0624, 1.0625}) {
    Driver d(exact_gain());
    d.unknown();
    for (int ways = 5; ways < 12; ++ways) grown(d, ways, 1.05);
    CHECK(grown(d, 12, ipc).state == (ipc >= 1.0625 ? State::keeper : State::streaming));
  }
}

TEST_CASE("Streaming stays at one way whatever it misses, until its phase changes or it suffers") {
  Driver d;
  d.streaming();
  for (const double miss_ratio : {0.95, 0.2, 0.001}) {
    const Classification c = d.period({.ways = 1, .miss_ratio = miss_ratio, .mpki = 4});
    REQUIRE(c.state == State::streaming);
    REQUIRE(c.demand == Demand{DemandKind::give, 1_ways});
    REQUIRE(c.reason.code == ReasonCode::streams);
  }
  REQUIRE(d.period({.ways = 1, .ipc = 0.9, .mpki = 8}).reason.code == ReasonCode::guarantee);
}

TEST_CASE("Streaming that must keep its contract keeps it") {
  Driver d;
  d.streaming();
  d.period({.ways = 1, .ipc = 0.9, .mpki = 8});  // the guarantee
  d.period({.ways = 4, .miss_ratio = 0.9});
  d.period({.ways = 4, .miss_ratio = 0.9});
  for (int ways = 5; ways < 12; ++ways) grown(d, ways, 1.0, 0.9);
  const Classification c = grown(d, 12, 1.0, 0.9);
  REQUIRE(c.state == State::streaming);
  REQUIRE(c.demand == Demand{DemandKind::give, 4_ways});
}

TEST_CASE("a Receiver goes on while the last way brings ipc_gain and stops with the way that does not") {
  for (const double factor : {1.0625, 1.0624}) {
    Driver d(exact_gain());
    d.unknown();
    REQUIRE(grown(d, 5, 2.0).state == State::receiver);
    const Classification c = grown(d, 6, 2.0 * factor);
    INFO(factor);
    CHECK(c.state == (factor >= 1.0625 ? State::receiver : State::keeper));
    CHECK(c.demand.kind == (factor >= 1.0625 ? DemandKind::grow : DemandKind::hold));
    CHECK(c.reason.code == (factor >= 1.0625 ? ReasonCode::gained : ReasonCode::gain_too_small));
    CHECK(d.phase().preferred.has_value() == (factor < 1.0625));
  }
}

TEST_CASE("a Receiver stops where its growth stopped and holds what it has: preferred") {
  Driver d;
  d.receiver();
  REQUIRE(grown(d, 6, 1.2).state == State::receiver);
  const Classification c = grown(d, 7, 1.21);
  REQUIRE(c.state == State::keeper);
  REQUIRE(c.demand == Demand{});
  REQUIRE(d.phase().preferred == 7_ways);
}

TEST_CASE("a Receiver whose misses are gone stops, however much it gained") {
  Parameters p;
  p.miss_ratio = 0.03125;
  for (const double miss_ratio : {0.03125, 0.03124}) {
    Driver d(p);
    d.receiver();
    const Classification c = grown(d, 6, 1.3, miss_ratio);
    CHECK(c.state == (miss_ratio < 0.03125 ? State::keeper : State::receiver));
    CHECK((c.reason.code == ReasonCode::misses_gone) == (miss_ratio < 0.03125));
    if (c.state == State::keeper) CHECK(d.phase().preferred == 6_ways);
  }
}

TEST_CASE("a Receiver that got no way waits") {
  Driver d;
  d.receiver();
  const Classification c = grown(d, 5, 1.0);
  REQUIRE(c.state == State::receiver);
  REQUIRE(c.demand.kind == DemandKind::grow);
  REQUIRE(c.reason.code == ReasonCode::waiting_for_way);
}

TEST_CASE("the table learns every size that was had, weighted by its periods") {
  Driver d;
  d.receiver();      // 4 ways: 1.0 twice, 5 ways: 1.1
  grown(d, 5, 1.2);  // (1.1 + 1.2) / 2
  grown(d, 6, 1.4);
  const PerformanceTable& table = d.phase().table;
  REQUIRE(table.entries().size() == 3);
  REQUIRE(near(table.find(4_ways)->normalised_ipc, 1.0));
  REQUIRE(near(table.find(5_ways)->normalised_ipc, 1.15));
  REQUIRE(near(table.find(6_ways)->normalised_ipc, 1.4));
  REQUIRE(table.find(5_ways)->weight == 2);
}

TEST_CASE("a probe that costs nothing makes Streaming") {
  Parameters p = exact_gain();
  Driver d(p);
  d.unknown();
  begin_probe(d);
  const Classification c = d.period({.ways = 1, .ipc = 0.9375, .miss_ratio = 0.9});  // just no loss
  REQUIRE(c.state == State::streaming);
  REQUIRE(c.demand == Demand{DemandKind::give, 1_ways});
  REQUIRE(c.reason.code == ReasonCode::probe_unhurt);
  REQUIRE_FALSE(d.profile.before_probe.has_value());
  REQUIRE_FALSE(d.phase().probed);
}

TEST_CASE("a probe that hurts gives the contract back, still unmapped, and is not tried again in this phase") {
  Driver d(exact_gain());
  d.unknown();
  begin_probe(d);
  const Classification c = d.period({.ways = 1, .ipc = 0.9374, .miss_ratio = 0.9});
  REQUIRE(c.state == State::reclaim);
  REQUIRE(c.demand == Demand{DemandKind::contract, 4_ways});
  REQUIRE(c.reason.code == ReasonCode::probe_hurt);
  REQUIRE(d.phase().probed);
  REQUIRE_FALSE(d.phase().preferred.has_value());
  REQUIRE_FALSE(d.phase().keeps_contract);  // it was our doing, not a broken promise
  REQUIRE(d.period({.miss_ratio = 0.9}).reason.code == ReasonCode::contract_restored);
  REQUIRE(d.period({.miss_ratio = 0.9}).state == State::unknown);
}

TEST_CASE("a probe is no loss only if it holds the baseline too") {
  Driver d;
  d.unknown();
  d.period({.ways = 4, .ipc = 0.93, .miss_ratio = 0.9});
  begin_probe(d);  // from 0.93
  REQUIRE(d.period({.ways = 1, .ipc = 0.93, .miss_ratio = 0.9}).reason.code == ReasonCode::probe_hurt);
}

TEST_CASE("a probe is judged against what it had before, not only against the baseline") {
  Driver d;
  d.unknown();
  grown(d, 5, 1.04);
  grown(d, 6, 1.08);
  grown(d, 6, 1.08);
  begin_probe(d);
  REQUIRE(d.period({.ways = 1, .ipc = 1.0, .miss_ratio = 0.9}).reason.code == ReasonCode::probe_hurt);
}

TEST_CASE("a probe that never came about proves nothing") {
  Driver d;
  d.unknown();
  begin_probe(d);
  const Classification c = d.period({.ways = 4, .miss_ratio = 0.9});
  REQUIRE(c.state == State::unknown);
  REQUIRE(c.reason.code == ReasonCode::waiting_for_way);
  REQUIRE_FALSE(d.profile.before_probe.has_value());
  REQUIRE_FALSE(d.phase().probed);
}

TEST_CASE("a change of phase during the probe ends it without a verdict") {
  Driver d;
  d.unknown();
  begin_probe(d);
  REQUIRE(d.period({.ways = 1, .ipc = 0.5, .accesses = 0.5}).reason.code == ReasonCode::new_phase);
  REQUIRE_FALSE(d.profile.before_probe.has_value());
  REQUIRE_FALSE(d.phase().probed);
}
