#include "sim/report/thinning.h"

#include <algorithm>

#include "tests/support/catch.h"

namespace dcat::sim::page {
namespace {

using Values = std::vector<std::optional<double>>;
using Picks = std::vector<std::size_t>;

bool holds(const Picks& picks, std::size_t period) {
  return std::ranges::find(picks, period) != picks.end();
}

TEST_CASE("A short run is drawn whole") {
  CHECK(keep_extremes(Values(5, 1.0), 5) == Picks{0, 1, 2, 3, 4});
  CHECK(keep_changes(std::vector<std::vector<double>>(4, {1, 2}), 4) == Picks{0, 1, 2, 3});
  CHECK(keep_extremes({}, 5).empty());
  CHECK(keep_changes({}, 5).empty());
}

TEST_CASE("Of a long curve the least, the greatest and the gaps stay") {
  Values values(10'000, 1.0);
  values[3'333] = 0.2;
  values[7'777] = 5.0;
  values[5'001] = std::nullopt;
  const Picks picks = keep_extremes(values);
  CHECK(picks.size() <= kMostPoints);
  CHECK(std::ranges::is_sorted(picks));
  CHECK(holds(picks, 3'333));
  CHECK(holds(picks, 7'777));
  CHECK(holds(picks, 5'001));
  CHECK(holds(picks, 0));
  CHECK(holds(picks, 9'999));
}

TEST_CASE("Every stretch of a long curve keeps its own extremes") {
  Values values;
  for (int i = 0; i < 120; ++i) values.emplace_back(i % 12 == 4 ? -1 : i % 12 == 9 ? 1 : 0);
  const Picks picks = keep_extremes(values, 32);  // ten stretches of twelve
  for (std::size_t i = 0; i < 120; i += 12) {
    CHECK(holds(picks, i + 4));
    CHECK(holds(picks, i + 9));
  }
  CHECK(picks.size() == 22);
}

TEST_CASE("Of things drawn together the period that differs most stays") {
  std::vector<std::vector<double>> periods(1'000, {4, 4});
  periods[550] = {5, 3};
  periods[551] = {8, 0};
  periods[552] = {7, 1};
  const Picks picks = keep_changes(periods, 20);
  CHECK(picks.size() == 11);
  CHECK(holds(picks, 551));
  CHECK(!holds(picks, 550));
  CHECK(picks.front() == 0);
}

TEST_CASE("Stretches are equal, touch and cover everything") {
  const std::vector<Stretch> stretches = stretches_of(10, 3);
  REQUIRE(stretches.size() == 3);
  CHECK(stretches[0].from == 0);
  CHECK(stretches[1].from == stretches[0].until);
  CHECK(stretches[2].from == stretches[1].until);
  CHECK(stretches[2].until == 10);
  CHECK(stretches_of(2, 3).size() == 2);
  CHECK(stretches_of(0, 3).empty());
}

}  // namespace
}  // namespace dcat::sim::page
