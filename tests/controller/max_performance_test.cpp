// grant under max performance: the split with the greatest sum of normalised IPC, against plain enumeration.
#include <algorithm>
#include <array>

#include "claims.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::test;

namespace {

using Counts = std::vector<int>;

Parameters max_performance(double margin = 0) {
  Parameters p;
  p.policy = PolicyKind::max_performance;
  p.max_perf_margin_ratio = margin;
  return p;
}

Claim with(Claim c, const PerformanceTable& t, double last_gain = 0) {
  c.table = &t;
  c.last_gain = last_gain;
  return c;
}

// What docs/algorithm.md says a size is worth: the table's word, and one unmeasured size more at the last
// gain.
double worth(const Claim& c, int ways) {
  const double known = c.table->at(Ways(ways));
  return Ways(ways) > c.table->largest() ? known * (1 + c.last_gain) : known;
}

double total_worth(const std::vector<Claim>& claims, const Grants& g) {
  double total = 0;
  for (std::size_t i = 0; i < claims.size(); ++i) total += worth(claims[i], g.ways[i].count);
  return total;
}

// The greatest sum over every split of `total` ways: at or above the contract (or what is held, if that is
// less), up to what is held or measured, a Receiver one way further.
double best_by_enumeration(const std::vector<Claim>& claims, std::size_t from, int left) {
  if (from == claims.size()) return 0;
  const Claim& c = claims[from];
  const int most = std::max(c.held, c.table->largest() + (c.state == State::receiver ? 1_ways : 0_ways)).count;
  double best = -1e9;
  for (int w = std::min(c.held, c.contract).count; w <= std::min(most, left); ++w)
    best = std::max(best, worth(c, w) + best_by_enumeration(claims, from + 1, left - w));
  return best;
}

const std::array<PerformanceTable, 6>& tables() {
  static const std::array all{
      table({{2, 1.0}}),
      table({{2, 1.0}, {3, 1.1}, {4, 1.15}}),
      table({{1, 0.8}, {2, 1.0}, {3, 1.5}, {4, 1.5}}),
      table({{1, 0.99}, {2, 1.0}, {5, 1.3}}),
      table({{2, 1.0}, {3, 0.9}, {4, 1.4}}),
      table({{1, 1.0}, {2, 1.0}, {3, 1.0}, {4, 1.0}, {5, 1.0}}),
  };
  return all;
}

void check_against_enumeration(const std::vector<Claim>& claims, int total) {
  const Grants g = grant(claims, Ways(total), max_performance());
  REQUIRE(sum(g) + g.free.count == total);
  for (std::size_t i = 0; i < claims.size(); ++i) REQUIRE(g.ways[i] >= std::min(claims[i].held, claims[i].contract));
  REQUIRE(std::abs(total_worth(claims, g) - best_by_enumeration(claims, 0, total)) < 1e-9);
}

}  // namespace

TEST_CASE(
    "max performance finds the sum that enumeration finds: every pair of tables, states and sizes to 10 "
    "ways") {
  for (const PerformanceTable& a : tables())
    for (const PerformanceTable& b : tables())
      for (int kinds = 0; kinds < 4; ++kinds)
        for (int held_a = 1; held_a <= 5; ++held_a)
          for (int held_b = 1; held_b <= 5; ++held_b)
            for (int total = held_a + held_b; total <= 10; ++total) {
              const Claim first = kinds & 1 ? receiver(held_a, 2) : keeper(held_a, 2);
              const Claim second = kinds & 2 ? receiver(held_b, 2) : keeper(held_b, 2);
              check_against_enumeration({with(first, a, 0.2), with(second, b, 0.07)}, total);
            }
}

TEST_CASE("max performance finds the sum that enumeration finds: every triple of tables") {
  for (const PerformanceTable& a : tables())
    for (const PerformanceTable& b : tables())
      for (const PerformanceTable& c : tables())
        for (int total = 8; total <= 10; ++total) {
          check_against_enumeration(
              {with(receiver(3, 2), a, 0.06), with(keeper(3, 2), b), with(receiver(2, 2), c, 0.3)}, total);
          check_against_enumeration({with(keeper(4, 2), a), with(receiver(2, 2), b, -0.1), with(keeper(2, 1), c)},
                                    total);
        }
}

TEST_CASE("a Keeper's useless ways go to the Receiver that gains, down to its contract and no further") {
  const PerformanceTable flat = table({{1, 1.0}, {2, 1.0}, {3, 1.0}, {4, 1.0}});
  const PerformanceTable steep = table({{2, 1.0}, {3, 1.2}, {4, 1.4}, {5, 1.6}});
  const Grants g = grant({with(keeper(4, 2), flat), with(receiver(2, 2), steep, 0.1)}, 6_ways, max_performance());
  REQUIRE(counts(g) == Counts{2, 4});
}

TEST_CASE("the next, unmeasured size of a Receiver counts with its last gain, a Keeper has none") {
  const PerformanceTable two = table({{2, 1.0}});
  REQUIRE(counts(grant({with(receiver(2, 2), two, 0.05), with(receiver(2, 2), two, 0.2)}, 5_ways, max_performance())) ==
          Counts{2, 3});
  REQUIRE(counts(grant({with(keeper(2, 2), two, 0.5), with(receiver(2, 2), two, 0.2)}, 5_ways, max_performance())) ==
          Counts{2, 3});
}

TEST_CASE("max performance moves ways only for more than the margin, else it is fair") {
  const PerformanceTable small = table({{2, 1.0}, {3, 1.0625}});
  const PerformanceTable large = table({{2, 1.0}, {3, 1.125}});
  const std::vector<Claim> claims{with(receiver(2, 2), small), with(receiver(2, 2), large)};
  // Fair gives the free way to the first: 2.0625. The best is 2.125: 1/16 more.
  REQUIRE(counts(grant(claims, 5_ways, max_performance(0.0625))) == Counts{3, 2});
  REQUIRE(counts(grant(claims, 5_ways, max_performance(0.0624))) == Counts{2, 3});
}

TEST_CASE("of equal sums the one with the fewest ways is taken, the rest is free") {
  const PerformanceTable flat = table({{2, 1.0}, {3, 1.0}, {4, 1.0}});
  const PerformanceTable steep = table({{2, 1.0}, {3, 1.5}});
  const Grants g = grant({with(keeper(4, 2), flat), with(keeper(2, 2), steep)}, 6_ways, max_performance());
  REQUIRE(counts(g) == Counts{2, 3});
  REQUIRE(g.free == 1_ways);
}

TEST_CASE("among equals the first by id gets the way") {
  const PerformanceTable flat = table({{2, 1.0}, {3, 1.0}});
  const PerformanceTable steep = table({{2, 1.0}, {3, 1.125}});
  // The Keeper's third way is worth more to either Receiver, and to both the same.
  const std::vector<Claim> claims{with(keeper(3, 2), flat), with(receiver(2, 2), steep), with(receiver(2, 2), steep)};
  REQUIRE(counts(grant(claims, 7_ways, max_performance())) == Counts{2, 3, 2});
}

TEST_CASE("an Unknown has its way before performance is maximised, and keeps it") {
  const PerformanceTable steep = table({{2, 1.0}, {3, 2.0}});
  REQUIRE(counts(grant({unknown(2, 2), with(receiver(2, 2), steep, 1.0)}, 5_ways, max_performance())) == Counts{3, 2});
}

TEST_CASE("no Unknown is probed while max performance leaves ways free") {
  // The best split takes four useless ways of the Keeper's, one of them for the Receiver: the pool is not
  // empty.
  const PerformanceTable flat = table({{4, 1.0}, {8, 1.0}});
  const PerformanceTable four = table({{4, 1.0}});
  Claim u = unknown(4, 4);
  u.probe_miss_ratio = 0.9;
  const Grants g = grant({with(keeper(8, 4), flat), with(receiver(4, 4), four, 0.5), u}, 16_ways, max_performance());
  REQUIRE(sum(g) + g.free.count == 16);
  REQUIRE(g.ways[1] == 5_ways);
  CHECK_FALSE(g.probe.has_value());
}

TEST_CASE("Donors, Streaming and who has no table stay out of the split") {
  const PerformanceTable steep = table({{2, 1.0}, {8, 4.0}});
  const std::vector<Claim> claims{with(donor(4, 4, 3), steep),
                                  with(claim(State::streaming, {DemandKind::give, 1_ways}, {1, 4}), steep),
                                  keeper(3, 2), with(receiver(2, 2), steep)};
  const Grants g = grant(claims, 10_ways, max_performance());
  REQUIRE(counts(g) == Counts{3, 1, 3, 3});  // 9 of 10: the tenth goes to who grows
}

TEST_CASE("a contract is restored before performance is maximised") {
  const PerformanceTable steep = table({{2, 1.0}, {6, 3.0}});
  REQUIRE(counts(grant({with(keeper(6, 2), steep), reclaim(1, 4)}, 7_ways, max_performance())) == Counts{3, 4});
}
