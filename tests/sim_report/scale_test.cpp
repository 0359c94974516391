#include "sim/report/scale.h"

#include "tests/support/catch.h"

namespace dcat::sim::page {
namespace {

using Values = std::vector<double>;

TEST_CASE("A scale is the straight line through its ends, in either direction") {
  const Scale down{0, 10, 200, 100};
  CHECK(down(0) == 200);
  CHECK(down(10) == 100);
  CHECK(down(2.5) == 175);
  CHECK(Scale{3, 3, 7, 9}(3) == 7);
}

TEST_CASE("Ticks are round and no more than asked for") {
  CHECK(ticks(0, 20, 6) == Values{0, 5, 10, 15, 20});
  CHECK(ticks(0, 11, 6) == Values{0, 5, 10});
  CHECK(ticks(3.9, 6.3, 4) == Values{4, 5, 6});
  CHECK(ticks(-1, 1, 3) == Values{-1, 0, 1});
  const Values fine = ticks(9.95, 10.4, 4);
  REQUIRE(fine.size() == 3);
  CHECK(fine[0] == Approx(10));
  CHECK(fine[2] == Approx(10.4));
}

TEST_CASE("Where there is no range there are no ticks") {
  CHECK(ticks(0, 0, 6).empty());
  CHECK(time_ticks(0, 9).empty());
}

TEST_CASE("Ticks of time are those of a clock") {
  CHECK(time_ticks(300, 9) == Values{0, 60, 120, 180, 240, 300});
  CHECK(time_ticks(60, 9) == Values{0, 10, 20, 30, 40, 50, 60});
  CHECK(time_ticks(10'000, 9) == Values{0, 1800, 3600, 5400, 7200, 9000});
  CHECK(time_ticks(10 * 86'400, 9) == Values{0, 2 * 86'400, 4 * 86'400, 6 * 86'400, 8 * 86'400, 10 * 86'400});
  CHECK(time_ticks(0.5, 6).size() == 6);
}

TEST_CASE("Time is told in the unit that fits the run") {
  CHECK(time_label(90, 300) == "90 s");
  CHECK(time_label(90, 3600) == "1.5 min");
  CHECK(time_label(9000, 100'000) == "2.5 h");
  CHECK(time_label(0.1, 0.5) == "0.1 s");
}

TEST_CASE("Labels stay where they are wanted where there is room") {
  CHECK(spread_labels({10, 50, 90}, 12, 0, 100) == Values{10, 50, 90});
}

TEST_CASE("Labels that would overlap make room, downwards first, within bounds") {
  CHECK(spread_labels({10, 11, 50}, 12, 0, 100) == Values{10, 22, 50});
  CHECK(spread_labels({95, 96, 97}, 10, 0, 100) == Values{80, 90, 100});
  CHECK(spread_labels({-5, 0}, 10, 0, 100) == Values{0, 10});
  CHECK(spread_labels({}, 10, 0, 100).empty());
}

}  // namespace
}  // namespace dcat::sim::page
