// Keeper and Donor: who gives a way because its set fits, who holds, and who starts to look for more.
#include "drive.h"

using namespace dcat;
using namespace dcat::test;

namespace {

// Limits that are exact in binary: 1/32 and half of it.
Parameters exact() {
  Parameters p;
  p.miss_ratio = 0.03125;
  return p;
}
constexpr double kBand = 0.015625;
constexpr double kThreshold = 0.03125;

// A Keeper that knows: 3 ways cost `loss` of its IPC at 4.
void knows_three_ways(Driver& d, double loss) {
  d.fitting_donor();
  REQUIRE(d.period({.ways = 3, .ipc = 1 - loss, .miss_ratio = 0.02}).state == State::keeper);
}

// A Keeper that stopped growing at 6 ways.
void mapped_at_six(Driver& d) {
  d.receiver();
  REQUIRE(d.period({.ways = 6, .ipc = 1.1, .miss_ratio = 0.2}).reason.code == ReasonCode::gain_too_small);
  REQUIRE(d.phase().preferred == 6_ways);
}

}  // namespace

TEST_CASE("a Keeper wants more above miss_ratio, holds down to the band and gives below it") {
  const struct {
    double miss_ratio;
    State state;
    DemandKind demand;
    ReasonCode reason;
  } rows[] = {
      {0.5, State::unknown, DemandKind::grow, ReasonCode::wants_more},
      {kThreshold + 1e-9, State::unknown, DemandKind::grow, ReasonCode::wants_more},
      {kThreshold, State::keeper, DemandKind::hold, ReasonCode::holds},
      {kBand, State::keeper, DemandKind::hold, ReasonCode::holds},
      {kBand - 1e-9, State::donor, DemandKind::give, ReasonCode::fits},
      {0, State::donor, DemandKind::give, ReasonCode::fits},
  };
  for (const auto& row : rows) {
    Driver d(exact());
    d.keeper();
    INFO(row.miss_ratio);
    const Classification c = d.period({.miss_ratio = row.miss_ratio});
    CHECK(c.state == row.state);
    CHECK(c.demand.kind == row.demand);
    CHECK(c.reason.code == row.reason);
  }
}

TEST_CASE("a Keeper without a known miss ratio holds") {
  Driver d;
  d.keeper();
  const Classification c = d.period({.miss_ratio = std::nullopt});
  REQUIRE(c.state == State::keeper);
  REQUIRE(c.demand == Demand{});
}

TEST_CASE("a Keeper whose phase is mapped does not look for more") {
  Driver d;
  mapped_at_six(d);
  const Classification c = d.period({.ways = 6, .ipc = 1.1, .miss_ratio = 0.5});
  REQUIRE(c.state == State::keeper);
  REQUIRE(c.reason.code == ReasonCode::holds);
}

TEST_CASE("a Keeper that lost ways which it is known to need takes them back, one a period, without judging each") {
  Driver d;
  mapped_at_six(d);
  const Classification quiet = d.period({.ways = 4, .miss_ratio = 0.02});
  REQUIRE(quiet.state == State::keeper);  // it does not miss: it does not need them now
  const Classification taken = d.period({.ways = 4, .miss_ratio = 0.2});
  REQUIRE(taken.state == State::receiver);
  REQUIRE(taken.demand.kind == DemandKind::grow);
  REQUIRE(taken.reason.code == ReasonCode::taken_back);
  const Classification five = d.period({.ways = 5, .miss_ratio = 0.2});  // no gain, and on it goes
  REQUIRE(five.state == State::receiver);
  REQUIRE(five.reason.code == ReasonCode::taken_back);
  const Classification six = d.period({.ways = 6, .ipc = 1.1, .miss_ratio = 0.2});
  REQUIRE(six.state == State::keeper);
  REQUIRE(d.phase().preferred == 6_ways);
}

TEST_CASE("a Donor whose set fits gives one way a period while its misses stay below the band") {
  Driver d;
  d.fitting_donor();
  for (const int ways : {3, 2}) {
    const Classification c = d.period({.ways = ways, .miss_ratio = 0.01});
    REQUIRE(c.state == State::donor);
    REQUIRE(c.demand == Demand{DemandKind::give, Ways(ways - 1)});
    REQUIRE(near(c.reason.value, 0.01));
    REQUIRE(near(c.reason.threshold, 0.015));
  }
  const Classification last = d.period({.ways = 1, .miss_ratio = 0.01});
  REQUIRE(last.state == State::donor);
  REQUIRE(last.demand == Demand{});
  REQUIRE(last.reason.code == ReasonCode::fits_held);
}

TEST_CASE("a Donor goes no lower than the least partition") {
  Driver d;
  d.least = 3;
  d.fitting_donor();
  REQUIRE(d.period({.ways = 3, .miss_ratio = 0.001}).demand == Demand{});
  REQUIRE(d.period({.ways = 4, .refs_per_sec = 0}).demand == Demand{DemandKind::give, 3_ways});
}

TEST_CASE("a Donor is a Keeper again from the band on and holds what it has left") {
  for (const double miss_ratio : {kBand - 1e-9, kBand, 0.02, 0.5}) {
    Driver d(exact());
    d.fitting_donor();
    INFO(miss_ratio);
    const Classification c = d.period({.ways = 3, .miss_ratio = miss_ratio});
    CHECK((c.state == State::keeper) == (miss_ratio >= kBand));
    CHECK((c.demand == Demand{}) == (miss_ratio >= kBand));
    if (miss_ratio >= kBand) CHECK(c.reason.code == ReasonCode::above_band);
  }
}

// The table's row is "miss ratio above the band again", and what is not known is not above anything.
TEST_CASE("a Donor whose misses were not counted this period stays what it is") {
  Driver d;
  d.fitting_donor();
  const Classification c = d.period({.ways = 3, .miss_ratio = std::nullopt});
  REQUIRE(c.demand == Demand{});
  REQUIRE(c.state == State::donor);
}

TEST_CASE("a Keeper below its contract looks for more like any other") {
  Driver d;
  d.fitting_donor();
  REQUIRE(d.period({.ways = 3, .miss_ratio = 0.02}).state == State::keeper);
  REQUIRE(d.period({.ways = 3, .miss_ratio = 0.1}).state == State::unknown);
}

TEST_CASE("nobody gives below preferred") {
  Driver d;
  mapped_at_six(d);
  const Classification at = d.period({.ways = 6, .ipc = 1.1, .miss_ratio = 0.001});
  REQUIRE(at.state == State::keeper);
  REQUIRE(at.reason.code == ReasonCode::fits_held);
  const Classification above = d.period({.ways = 7, .ipc = 1.1, .miss_ratio = 0.001});
  REQUIRE(above.state == State::donor);
  REQUIRE(above.demand == Demand{DemandKind::give, 6_ways});
}

TEST_CASE("nobody gives a way whose loss the table knows to be above 1 percent") {
  const struct {
    double loss;
    bool gives;
  } rows[] = {{0.02, false}, {0.011, false}, {0.009, true}, {-0.01, true}};
  for (const auto& row : rows) {
    Driver d;
    knows_three_ways(d, row.loss);
    INFO(row.loss);
    const Classification c = d.period({.ways = 4, .miss_ratio = 0.01});
    CHECK(c.reason.code == (row.gives ? ReasonCode::fits : ReasonCode::fits_held));
    CHECK(c.state == (row.gives ? State::donor : State::keeper));
    CHECK(c.demand == (row.gives ? Demand{DemandKind::give, 3_ways} : Demand{}));
  }
}

TEST_CASE("a loss of exactly table_loss is given") {
  Parameters p;
  p.table_loss_ratio = 0.015625;
  Driver d(p);
  knows_three_ways(d, 0.015625);
  REQUIRE(d.period({.ways = 4, .miss_ratio = 0.01}).demand == Demand{DemandKind::give, 3_ways});
}

TEST_CASE("a loss that the table knows is against the present size's entry, not against the contract's") {
  Driver d;
  knows_three_ways(d, 0.03);
  // 2 ways cost 0.5 % of what 3 have: 0.965 / 0.97.
  REQUIRE(d.period({.ways = 2, .ipc = 0.965, .miss_ratio = 0.02}).state == State::keeper);
  REQUIRE(d.period({.ways = 3, .ipc = 0.97, .miss_ratio = 0.01}).demand == Demand{DemandKind::give, 2_ways});
}

TEST_CASE("a set that just fits loses its last way once and not again and again") {
  Driver d;
  d.keeper();
  REQUIRE(d.period({.ways = 4, .miss_ratio = 0.01}).demand == Demand{DemandKind::give, 3_ways});
  REQUIRE(d.period({.ways = 3, .ipc = 0.96, .miss_ratio = 0.1}).state == State::keeper);
  REQUIRE(d.period({.ways = 3, .ipc = 0.96, .miss_ratio = 0.1}).demand.kind == DemandKind::grow);
  for (int i = 0; i < 10; ++i) {
    const Classification c = d.period({.ways = 4, .ipc = 1.0, .miss_ratio = 0.01});
    REQUIRE(c.demand == Demand{});
  }
}
