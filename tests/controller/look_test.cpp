// What is learned of a curve, and what is looked at next.
#include "controller/look.h"

#include "tests/support/catch.h"

using namespace dcat;

namespace {

TenantState tenant(int contract, std::vector<TableEntry> entries, double baseline = 2) {
  TenantState t;
  t.contract = Ways(contract);
  Phase phase;
  phase.baseline_ipc = baseline;
  phase.table.restore(std::move(entries));
  t.profile.phases.phases = {phase};
  return t;
}

TableEntry at(int ways, double normalised_ipc, double mpki) {
  return {Ways(ways), normalised_ipc, 1, 2 * mpki, mpki};
}

std::vector<int> sizes(int contract, int least, int most) {
  std::vector<int> counts;
  for (const Ways ways : sizes_to_see(Ways(contract), Ways(least), Ways(most))) counts.push_back(ways.count);
  return counts;
}

}  // namespace

TEST_CASE("a learned curve is linear between sizes seen and constant beyond them") {
  const auto curve = learned_curve(tenant(2, {at(2, 1, 30), at(4, 1.5, 10)}), Ways(6));
  REQUIRE(curve);
  REQUIRE(curve->at.size() == 6);
  CHECK(curve->at[0].ipc == 2);
  CHECK(curve->at[0].misses_per_ki == 30);
  CHECK(curve->at[2].ipc == Approx(2.5));
  CHECK(curve->at[2].misses_per_ki == Approx(20));
  CHECK(curve->at[2].references_per_ki == Approx(40));
  CHECK(curve->at[5].ipc == 3);
  CHECK(curve->at[5].misses_per_ki == 10);
  CHECK(curve->at[5].stall_ratio == stall_stand_in(10, 3));
  CHECK(stall_stand_in(10, 3) > stall_stand_in(10, 2));
}

TEST_CASE("there is no curve without a baseline, or where nobody counts misses") {
  CHECK_FALSE(learned_curve(TenantState{}, Ways(4)));
  TenantState new_phase = tenant(2, {});
  new_phase.profile.phases.phases[0].baseline_ipc.reset();
  CHECK_FALSE(learned_curve(new_phase, Ways(4)));
  TableEntry uncounted = at(2, 1, 30);
  uncounted.mpki.reset();
  CHECK_FALSE(learned_curve(tenant(2, {uncounted}), Ways(4)));
}

TEST_CASE("a tenant is looked at with its contract first, then the greatest and least size and powers of two") {
  CHECK(sizes(3, 1, 10) == std::vector<int>{3, 10, 1, 2, 4, 8});
  CHECK(sizes(2, 2, 10) == std::vector<int>{2, 10, 4, 8});
  CHECK(sizes(1, 1, 1) == std::vector<int>{1});
  CHECK(sizes(1, 2, 1).empty());
}

TEST_CASE("one tenant is looked at until all its sizes were seen, then the next") {
  TenantState a = tenant(2, {at(1, 0.9, 9), at(2, 1, 8), at(4, 1, 8)}), b = tenant(2, {at(2, 1, 8)});
  const std::vector<const TenantState*> both{&a, &b};
  auto look = next_look(both, Ways(1), Ways(5));
  REQUIRE(look);
  CHECK(look->tenant == 0);
  CHECK(look->ways == Ways(5));
  a.profile.phases.phases[0].table.record(Ways(5), 1.1, 1.0, 1.0);
  look = next_look(both, Ways(1), Ways(5));
  REQUIRE(look);
  CHECK(look->tenant == 1);
  b.looks_in_vain = kLooksInVain;
  CHECK_FALSE(next_look(both, Ways(1), Ways(5)));
}

TEST_CASE("a phase without a baseline is looked at with the contract, whatever its table has") {
  TenantState a = tenant(2, {at(2, 1, 8)});
  a.profile.phases.phases[0].baseline_ipc.reset();
  const auto look = next_look({&a}, Ways(1), Ways(5));
  REQUIRE(look);
  CHECK(look->ways == Ways(2));
}
