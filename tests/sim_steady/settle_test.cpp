#include "sim/steady/figures.h"
#include "tests/support/catch.h"
#include "tests/support/random_node.h"

using namespace dcat;
using namespace dcat::sim;
using namespace dcat::sim::test;

TEST_CASE("apart, everybody runs as its curve says") {
  Random random(1, "apart", 0);
  const SteadyNode node = random_node(random, 3, 6);
  const SteadyState state = settle(node, side_by_side({1, 2, 3}, {0, 1, 2}));
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(state.tenants[i].ways_held == static_cast<double>(i) + 1);
    CHECK(state.tenants[i].ipc == node.programs[i].at(static_cast<int>(i) + 1).ipc);
  }
  CHECK(state.stall_factor == 1);
}

TEST_CASE("equal masks under two classes share as one class does") {
  Random random(2, "equal", 0);
  const SteadyNode node = random_node(random, 3, 6);
  Allocation two = side_by_side({4, 2}, {0, 0, 1});
  Allocation three = two;
  three.masks = {two.masks[0], two.masks[0], two.masks[1]};
  three.cluster_of = {0, 1, 2};
  CHECK(settle(node, two).tenants == settle(node, three).tenants);
}

TEST_CASE("overlapping ways are shared and not counted twice") {
  Random random(3, "overlap", 0);
  for (int i = 0; i < 100; ++i) {
    const SteadyNode node = random_node(random, 3, 8);
    const SteadyState state = settle(node, {{Cbm(0x0f), Cbm(0x3c), Cbm(0xf0)}, {0, 1, 2}});
    double sum = 0;
    for (const SteadyTenant& tenant : state.tenants) sum += tenant.ways_held;
    CHECK(sum == Approx(8).epsilon(1e-5));
  }
}

TEST_CASE("figures follow their definitions") {
  // IPC 1 and 2 at one way, 2 and 3 at two: one way each is half the best and two thirds of it.
  SteadyNode node;
  node.ways = 2_ways;
  const auto program = [](double one, double two) {
    Curve curve;
    curve.points = {{one, 9, 3, 0.1, std::nullopt}, {two, 9, 3, 0.1, std::nullopt}};
    return program_of(curve, 2);
  };
  node.programs = {program(1, 2), program(2, 3)};
  const std::vector<Ways> contracts{2_ways, 1_ways};
  const MixFigures figures = figures_of(node, contracts, settle(node, side_by_side({1, 1}, {0, 1})), 0.1);
  CHECK(figures.stp == Approx(1.0 / 2 + 2.0 / 3));
  CHECK(figures.antt == Approx((2 + 1.5) / 2));
  CHECK(figures.unfairness == Approx(2 / 1.5));
  CHECK(figures.normalised_ipc == Approx(0.5 + 1));
  CHECK(figures.violations == 1);
  CHECK(figures.violation_depth == Approx(0.9 - 0.5));
}

TEST_CASE("equal contracts round down and give the rest to the first") {
  CHECK(equal_contracts(11_ways, 4) == std::vector<Ways>{3_ways, 3_ways, 3_ways, 2_ways});
  CHECK(equal_contracts(4_ways, 4) == std::vector<Ways>(4, 1_ways));
}
