#include "sim/tune/parzen.h"

#include <algorithm>

#include "tests/support/catch.h"

using namespace dcat::sim;

namespace {

const Dimension kReal{"x", Kind::real, 0, 1, false};
const Dimension kThree{"c", Kind::choice, 0, 2, false};

double integral(const Parzen& parzen) {
  constexpr int kSteps = 20'000;
  double sum = 0;
  for (int i = 0; i < kSteps; ++i) sum += parzen.density((i + 0.5) / kSteps) / kSteps;
  return sum;
}

}  // namespace

TEST_CASE("a density is above 0 everywhere and its integral is 1, also with heaps at the ends") {
  for (const std::vector<double>& units :
       {std::vector<double>{}, {0.0}, {1.0}, {0.5, 0.5, 0.5}, {0, 0, 0, 0.01, 0.7, 1, 1}}) {
    const Parzen parzen(kReal, units);
    CHECK(integral(parzen) == Approx(1).epsilon(1e-4));
    for (int i = 0; i <= 100; ++i) CHECK(parzen.density(i / 100.0) > 0);
  }
}

TEST_CASE("without values the density is even") {
  const Parzen parzen(kReal, {});
  CHECK(parzen.density(0) == 1);
  CHECK(parzen.density(0.77) == 1);
}

TEST_CASE("draws stay on the scale and fall where the values were") {
  const Parzen parzen(kReal, {0.28, 0.29, 0.3, 0.3, 0.31, 0.32});
  Random random(1, "test", 0);
  int near = 0;
  for (int i = 0; i < 2000; ++i) {
    const double unit = parzen.draw(random);
    CHECK(unit >= 0);
    CHECK(unit <= 1);
    near += unit > 0.1 && unit < 0.5;
  }
  // The outermost two kernels reach to the ends of the scale, the even one everywhere; the other four of seven are
  // 1/7 wide, so that most of them is within 0.2: 4/7 x 0.84 alone.
  CHECK(near > 2000 / 2);
  CHECK(parzen.density(0.3) > 2 * parzen.density(0.9));
}

TEST_CASE("a choice has its part of the values and of one more, that is spread evenly") {
  const Parzen parzen(kThree, {unit_of(kThree, 0), unit_of(kThree, 0), unit_of(kThree, 2)});
  CHECK(parzen.density(unit_of(kThree, 0)) == Approx((2 + 1.0 / 3) / 4));
  CHECK(parzen.density(unit_of(kThree, 1)) == Approx((0 + 1.0 / 3) / 4));
  CHECK(parzen.density(unit_of(kThree, 2)) == Approx((1 + 1.0 / 3) / 4));
  Random random(1, "test", 0);
  int seen[3] = {};
  for (int i = 0; i < 1200; ++i) ++seen[static_cast<int>(value_at(kThree, parzen.draw(random)))];
  CHECK(seen[0] > 620);  // 700 expected, deviation 17
  CHECK(seen[0] < 780);
  CHECK(seen[1] > 60);  // 100 expected, deviation 10
  CHECK(seen[1] < 140);
}

TEST_CASE("of the values drawn, the one with the greatest ratio of good to rest is taken") {
  const Parzen good(kReal, {0.1, 0.2, 0.8, 0.85});
  const Parzen rest(kReal, {0.3, 0.75, 0.8, 0.9});
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random draws(seed, "test", 0);
    std::vector<double> units;
    for (int i = 0; i < 24; ++i) units.push_back(good.draw(draws));
    const double best = *std::max_element(units.begin(), units.end(), [&](double a, double b) {
      return good.density(a) / rest.density(a) < good.density(b) / rest.density(b);
    });
    Random random(seed, "test", 0);
    CHECK(most_promising(good, rest, 24, random) == best);
  }
}

TEST_CASE("where good and bad values both are is worth less than where there are only good ones") {
  // Twice as many good ones at 0.8, and all the bad ones: by the good density alone 0.8 would be chosen.
  const Parzen good(kReal, {0.2, 0.78, 0.8});
  const Parzen rest(kReal, std::vector<double>(40, 0.8));
  Random random(1, "test", 0);
  int low = 0;
  for (int i = 0; i < 200; ++i) low += most_promising(good, rest, 24, random) < 0.5;
  CHECK(low > 190);
  // Choices: 0 was good once of four times, 2 three times of 23.
  std::vector<double> bad(20, unit_of(kThree, 2));
  bad.insert(bad.end(), 3, unit_of(kThree, 0));
  const Parzen kinds(kThree, {unit_of(kThree, 0), unit_of(kThree, 2), unit_of(kThree, 2), unit_of(kThree, 2)});
  int first = 0;
  for (int i = 0; i < 200; ++i) first += value_at(kThree, most_promising(kinds, Parzen(kThree, bad), 24, random)) != 2;
  CHECK(first > 190);
}
