#include "controller/policies/lookahead.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "tests/controller/policies/inputs.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

using Costs = std::vector<std::vector<double>>;

// The method as it is published, with nothing remembered between rounds.
std::vector<int> plain(const Costs& costs, std::vector<int> sizes, int ways) {
  for (;;) {
    const int left = ways - std::accumulate(sizes.begin(), sizes.end(), 0);
    double best = 0;
    std::size_t who = 0;
    int more = 0;
    for (std::size_t i = 0; i < costs.size(); ++i)
      for (int n = 1; n <= left; ++n) {
        const auto at = static_cast<std::size_t>(sizes[i]);
        const double gain = (costs[i][at - 1] - costs[i][at - 1 + static_cast<std::size_t>(n)]) / n;
        if (gain <= best) continue;
        best = gain;
        who = i;
        more = n;
      }
    if (more == 0) {
      for (int k = 0; k < left; ++k) ++sizes[static_cast<std::size_t>(k) % sizes.size()];
      return sizes;
    }
    sizes[who] += more;
  }
}

}  // namespace

TEST_CASE("Lookahead is the plain greedy, whatever the curves look like") {
  test::Engine engine(1);
  for (int round = 0; round < 2000; ++round) {
    const int claimants = test::pick(engine, 1, 8);
    std::vector<int> least;
    for (int i = 0; i < claimants; ++i) least.push_back(test::pick(engine, 1, 3));
    const int ways = std::accumulate(least.begin(), least.end(), 0) + test::pick(engine, 0, 20);
    Costs costs;
    for (int i = 0; i < claimants; ++i) {
      std::vector<double>& cost = costs.emplace_back();
      // Whole numbers: many ties.
      for (int w = 0; w < ways; ++w) cost.push_back(test::pick(engine, 0, 12));
      if (test::pick(engine, 0, 1) == 0) std::sort(cost.rbegin(), cost.rend());
    }
    REQUIRE(look_ahead(costs, least, ways) == plain(costs, least, ways));
  }
}

TEST_CASE("Lookahead sees a gain that comes only after several ways") {
  // The first falls by 9 at its fourth way: 3 a way over three; the second by 2 a way.
  const Costs costs{{10, 10, 10, 1, 1}, {10, 8, 6, 4, 2}};
  CHECK(look_ahead(costs, {1, 1}, 5) == std::vector<int>{4, 1});
  // With two ways to give, the first gains nothing.
  CHECK(look_ahead(costs, {1, 1}, 4) == std::vector<int>{1, 3});
}

TEST_CASE("Ways that help nobody are spread, the first ones get the rest") {
  const Costs costs(3, std::vector<double>(11, 1.0));
  CHECK(look_ahead(costs, {1, 1, 1}, 11) == std::vector<int>{4, 4, 3});
}

}  // namespace dcat
