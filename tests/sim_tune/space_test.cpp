#include "sim/tune/space.h"

#include <cmath>
#include <map>

#include "tests/support/catch.h"

using namespace dcat::sim;

namespace {

const Dimension kDimensions[] = {
    {"real", Kind::real, 0.2, 1, false},
    {"log", Kind::real, 0.001, 0.1, true},
    {"odd ends", Kind::real, 0.012345, 0.98765, false},
    {"large", Kind::real, 1e5, 1e7, true},
    {"whole", Kind::whole, 2, 6, false},
    {"log whole", Kind::whole, 1, 100, true},
    {"bool", Kind::choice, 0, 1, false},
    {"one value", Kind::real, 0.5, 0.5, false},
};

}  // namespace

TEST_CASE("a value never leaves the bounds, and reads back as the same value") {
  for (const Dimension& d : kDimensions)
    for (int i = -10; i <= 1010; ++i) {
      const double value = value_at(d, i / 1000.0);
      INFO(d.name << " at " << i / 1000.0 << ": " << value);
      CHECK(value >= d.from);
      CHECK(value <= d.to);
      CHECK(value_at(d, unit_of(d, value)) == value);
    }
}

TEST_CASE("the ends of the scale are the bounds, and a value beyond them counts as the bound") {
  for (const Dimension& d : kDimensions) {
    INFO(d.name);
    CHECK(value_at(d, 0) == Approx(d.from).epsilon(0.0005));  // rounded to four digits
    CHECK(value_at(d, 1) == Approx(d.to).epsilon(0.0005));
    CHECK(unit_of(d, d.from - 1) == unit_of(d, d.from));
    CHECK(unit_of(d, d.to + 1) == unit_of(d, d.to));
  }
}

TEST_CASE("the middle of a logarithmic scale is the geometric mean") {
  CHECK(value_at({"x", Kind::real, 0.001, 0.1, true}, 0.5) == 0.01);
  CHECK(value_at({"x", Kind::real, 0, 0.1, false}, 0.5) == 0.05);
}

TEST_CASE("real values have four significant digits") {
  CHECK(value_at({"x", Kind::real, 0, 1, false}, 0.123456) == 0.1235);
  CHECK(value_at({"x", Kind::real, 0, 1, false}, 0.000123456) == 0.0001235);
  CHECK(value_at({"x", Kind::real, 0, 1e7, false}, 0.123456) == 1235000);
}

TEST_CASE("an even draw meets every whole number equally often") {
  std::map<double, int> seen;
  for (int i = 0; i < 1000; ++i) ++seen[value_at({"x", Kind::whole, 2, 6, false}, (i + 0.5) / 1000)];
  REQUIRE(seen.size() == 5);
  for (const auto& [value, count] : seen) CHECK(count == 200);
}
