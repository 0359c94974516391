#include "sim/steady/program.h"

#include "tests/support/catch.h"
#include "tests/support/random_node.h"

using namespace dcat;
using namespace dcat::sim;
using namespace dcat::sim::test;

TEST_CASE("a measured program reads its curve, in between on the straight line") {
  Random random(1, "program", 0);
  for (int i = 0; i < 50; ++i) {
    const int points = pick(random, 2, 12);
    const int ways = pick(random, 2, 20);
    const Curve curve = random_curve(random, points, true);
    const SteadyProgram program = program_of(curve, ways);
    CHECK(program.cache_ways() == ways);
    for (double w = 1; w <= ways; w += 0.25) {
      const CurvePoint point = curve_at(curve, w, ways);
      CHECK(program.at(w).ipc == Approx(std::min(point.ipc, program.best_ipc())).epsilon(1e-9));
      CHECK(program.at(w).misses_per_ki == Approx(point.misses_per_ki).margin(1e-9));
      CHECK(program.at(w).stall_ratio == Approx(point.stall_ratio).margin(1e-9));
    }
    for (int w = 1; w <= ways; ++w) CHECK(program.at(static_cast<double>(w)).ipc == program.at(w).ipc);
    CHECK(program.at(ways + 5.0).ipc == program.at(ways).ipc);
  }
}

TEST_CASE("the best IPC is the greatest of the curve, and less than a way is never better") {
  Curve falling;
  falling.points = {{2, 9, 3, 0.1, std::nullopt}, {1, 9, 3, 0.1, std::nullopt}};
  const SteadyProgram program = program_of(falling, 2);
  CHECK(program.best_ipc() == 2);
  CHECK(program.at(0.25).ipc <= 2);
}

TEST_CASE("ways held solve ways = u x insertions at these ways") {
  Random random(2, "held", 0);
  for (int i = 0; i < 300; ++i) {
    const SteadyProgram program = program_of(random_curve(random, 11, i % 2 == 0), 11);
    double before = 0;
    for (double log_u = -25; log_u < 0; log_u += 0.25) {
      const double u = std::exp(log_u);
      const double held = program.ways_held(u, 11);
      CHECK(held >= before - 1e-9);
      if (held > 1e-6 && held < 11 - 1e-6) CHECK(held == Approx(u * program.insertions_per_sec(held)).epsilon(1e-6));
      before = held;
    }
    CHECK(program.ways_held(1e-3, 4) <= 4);
  }
}

TEST_CASE("what grows with u grows as the derivative says") {
  Random random(3, "slope", 0);
  for (int i = 0; i < 200; ++i) {
    const SteadyProgram program = program_of(random_curve(random, 11, false), 11);
    for (double log_u = -20; log_u < -12; log_u += 0.37) {
      const auto at = [&](double x) { return program.held_with(std::exp(x), 11); };
      const double step = 1e-6;
      const double measured = (at(log_u + step).ways - at(log_u - step).ways) / (2 * step);
      const double before = at(log_u - step).per_log_u;
      const double after = at(log_u + step).per_log_u;
      if (std::abs(before - after) > 1e-3 * std::abs(after)) continue;  // a corner between
      CHECK(measured == Approx(at(log_u).per_log_u).epsilon(1e-3).margin(1e-6));
    }
  }
}

TEST_CASE("policies are given a curve's figures at every number of ways") {
  Random random(4, "known", 0);
  const SteadyProgram program = program_of(random_curve(random, 11, true), 11);
  const KnownCurve known = program.known();
  REQUIRE(known.at.size() == 11);
  for (int w = 1; w <= 11; ++w) {
    CHECK(known.at[static_cast<std::size_t>(w) - 1].ipc == program.at(w).ipc);
    CHECK(known.at[static_cast<std::size_t>(w) - 1].misses_per_ki == program.at(w).misses_per_ki);
  }
}
