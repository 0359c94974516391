#include "sim/report/paths.h"

#include "tests/support/catch.h"

namespace dcat::sim::page {
namespace {

const Scale kX{0, 10, 0, 100};
const Scale kY{0, 10, 100, 0};  // 0 at the foot

using Values = std::vector<std::optional<double>>;

std::vector<Step> steps(const Values& values, const std::vector<std::size_t>& picks) {
  return steps_of(picks, values.size(),
                  [&](std::size_t i) { return values[i] ? std::optional(std::pair(1.0, *values[i])) : std::nullopt; });
}

TEST_CASE("A value lasts until the next period that is drawn, the last one to the end") {
  const auto drawn = steps({2, 3, 3, 4}, {0, 2});
  REQUIRE(drawn.size() == 2);
  CHECK(drawn[0].until == 2);
  CHECK(drawn[1].from == 2);
  CHECK(drawn[1].until == 4);
  CHECK(drawn[1].high == 3);
}

TEST_CASE("Neighbours that are alike become one step, unless there is a gap between them") {
  CHECK(steps({2, 2, 2}, {0, 1, 2}).size() == 1);
  CHECK(steps({2, std::nullopt, 2}, {0, 1, 2}).size() == 2);
}

TEST_CASE("A line goes in steps and stops at gaps") {
  CHECK(line_path(steps({2, 3, 3, std::nullopt, 5}, {0, 1, 2, 3, 4}), kX, kY) == "M0 80H10V70H30M40 50H50");
  CHECK(line_path({}, kX, kY).empty());
}

TEST_CASE("An area goes along its upper edge and back along its lower one") {
  CHECK(area_path(steps({2, 3}, {0, 1}), kX, kY) == "M0 80H10V70H20V90H0Z");
  CHECK(area_path({{0, 1, 1, 2}, {1, 2, 0, 2}}, kX, kY) == "M0 80H20V100H10V90H0Z");
  CHECK(area_path({{0, 1, 1, 2}, {2, 3, 1, 2}}, kX, kY) == "M0 80H10V90H0ZM20 80H30V90H20Z");
}

TEST_CASE("What the page rounds to one place is drawn once") {
  CHECK(line_path({{0, 1, 0, 2}, {1, 2, 0, 2.001}}, kX, kY) == "M0 80H20");
}

}  // namespace
}  // namespace dcat::sim::page
