#include "sim/contention.h"

#include <cmath>

#include "sim/occupancy.h"
#include "tests/sim/build.h"
#include "tests/support/catch.h"

namespace dcat::sim::test {
namespace {

constexpr double kHertz = 2.3e9;
const Cbm kAll(0xfffff);

DomainSpec domain(double memory_bytes_per_sec = 0) {
  DomainSpec d;
  d.memory_bytes_per_sec = memory_bytes_per_sec;
  return d;
}

double traffic(const Contention& c) {
  double sum = 0;
  for (const Rates& r : c.rates) sum += r.misses_per_sec * kLineBytes;
  return sum;
}

TEST_CASE("Who is alone in a mask holds all of it") {
  const Workload w = mlr(5);
  const Contention c = contend({{Cbm(0x7), &w, kHertz, 1}}, domain());
  CHECK(c.rates[0].ways_held == 3);
  CHECK(c.rates[0].instructions_per_sec == Approx(kHertz / 11.5));
  CHECK(c.rates[0].references_per_sec == Approx(kHertz / 11.5 * 0.1));
  CHECK(c.rates[0].misses_per_sec == Approx(kHertz / 11.5 * 0.1 * 0.4));
}

TEST_CASE("Two equal readers that share hold equal parts") {
  const Workload w = mlr(15);
  const Contention c = contend({{kAll, &w, kHertz, 1}, {kAll, &w, kHertz, 1}}, domain());
  CHECK(c.rates[0].ways_held == Approx(10));
  CHECK(c.rates[1].ways_held == Approx(10));
}

TEST_CASE("Constant insertion rates split a mask in their proportion") {
  // 1 : 3 over 20 ways.
  const std::vector<double> held = share_ways({{kAll, [](double) { return 1e6; }}, {kAll, [](double) { return 3e6; }}});
  CHECK(held[0] == Approx(5));
  CHECK(held[1] == Approx(15));
}

TEST_CASE("Occupancies are proportional to the miss rates that they cause") {
  const Workload reader = mlr(8);
  const Workload stream = mload();
  const Workload store = zipf(30, 100000, 0.8);
  const Contention c =
      contend({{kAll, &reader, kHertz, 1}, {kAll, &stream, kHertz, 1}, {kAll, &store, kHertz, 1}}, domain());
  const double ways_per_miss = c.rates[0].ways_held / c.rates[0].misses_per_sec;
  for (const Rates& r : c.rates) CHECK(r.ways_held / r.misses_per_sec == Approx(ways_per_miss).epsilon(1e-6));
  CHECK(c.rates[0].ways_held + c.rates[1].ways_held + c.rates[2].ways_held == Approx(20));
}

TEST_CASE("A stream takes the cache from a reader that shares with it") {
  const Workload reader = mlr(8);
  const Workload stream = mload();
  const Contention c = contend({{kAll, &reader, kHertz, 1}, {kAll, &stream, kHertz, 1}}, domain());
  CHECK(c.rates[0].ways_held < 5);
  CHECK(c.rates[1].ways_held > 15);
}

TEST_CASE("A fill rate spreads over the ways of its mask: own ways are kept, common ones shared by rate per way") {
  // a: ways 0-9, b: ways 5-14, 1e6 insertions each: 1e5 per way for both, so 5 own and half of the 5 in
  // common.
  const auto rate = [](double) { return 1e6; };
  const std::vector<double> equal = share_ways({{Cbm(0x3ff), rate}, {Cbm(0x7fe0), rate}});
  CHECK(equal[0] == Approx(7.5));
  CHECK(equal[1] == Approx(7.5));
  // b in 5 ways only: 2e5 per way against 1e5.
  const std::vector<double> narrow = share_ways({{Cbm(0x3ff), rate}, {Cbm(0x3e0), rate}});
  CHECK(narrow[0] == Approx(5 + 5.0 / 3));
  CHECK(narrow[1] == Approx(10.0 / 3));
}

TEST_CASE("Readers that fit together do not miss, and what is left is split evenly") {
  const Workload small = mlr(3);
  const Workload large = mlr(6);
  const Contention c = contend({{kAll, &small, kHertz, 1}, {kAll, &large, kHertz, 1}}, domain());
  CHECK(c.rates[0].misses_per_sec == 0);
  CHECK(c.rates[1].misses_per_sec == 0);
  CHECK(c.rates[0].ways_held == Approx(3 + 5.5).epsilon(1e-3));
  CHECK(c.rates[1].ways_held == Approx(6 + 5.5).epsilon(1e-3));
}

TEST_CASE("Who has an empty mask holds nothing and runs all the same") {
  const Workload w = mlr(5);
  const Contention c = contend({{Cbm(), &w, kHertz, 1}}, domain());
  CHECK(c.rates[0].ways_held == 0);
  CHECK(c.rates[0].instructions_per_sec == Approx(kHertz / (5.5 + 15)));
}

TEST_CASE("Below the ceiling the bus delays nobody") {
  const Workload w = mload();
  const Contention c = contend({{kAll, &w, kHertz, 1}}, domain(60e9));
  CHECK(c.stall_factor == 1);
}

TEST_CASE("Above the ceiling the traffic equals it and all wait by the same factor") {
  const Workload stream = mload();
  const Workload reader = mlr(9);
  const std::vector<Runner> runners{
      {Cbm(0xff), &stream, 8 * kHertz, 1}, {Cbm(0xff00), &stream, 2 * kHertz, 1}, {Cbm(0x70000), &reader, kHertz, 1}};
  const Contention idle = contend(runners, domain());
  const Contention busy = contend(runners, domain(20e9));
  REQUIRE(traffic(idle) > 50e9);
  CHECK(traffic(busy) == Approx(20e9).epsilon(1e-8));
  CHECK(busy.stall_factor > 1);
  for (std::size_t i = 0; i < runners.size(); ++i)
    CHECK(busy.rates[i].instructions_per_sec < idle.rates[i].instructions_per_sec);
  // The reader: CPI = 5.5 + factor x 15 x 2/3.
  CHECK(busy.rates[2].instructions_per_sec == Approx(kHertz / (5.5 + busy.stall_factor * 10)));
}

TEST_CASE("A stream alone at the ceiling retires what the bus carries") {
  const Workload stream = mload();
  const Contention c = contend({{kAll, &stream, kHertz, 1}}, domain(1e9));
  CHECK(c.rates[0].instructions_per_sec == Approx(1e9 / 64 / 0.0625));
}

TEST_CASE("A busy sibling raises the CPI as a whole") {
  const Workload w = mlr(5);
  const Contention c = contend({{Cbm(0x7), &w, kHertz, 1.5}}, domain());
  CHECK(c.rates[0].instructions_per_sec == Approx(kHertz / (1.5 * 11.5)));
  CHECK(c.rates[0].misses_per_sec / c.rates[0].instructions_per_sec == Approx(0.04));
}

TEST_CASE("A throttle bounds what leaves a core, hits and misses alike, and nobody who sends less") {
  const Workload stream = mload();
  const double half = 0.5 * kCoreBytesPerSec / kLineBytes;
  const Contention free = contend({{Cbm(0x3), &stream, kHertz, 1}}, domain());
  const Contention bound = contend({{Cbm(0x3), &stream, kHertz, 1, half}}, domain());
  REQUIRE(free.rates[0].references_per_sec > half);
  CHECK(bound.rates[0].references_per_sec == Approx(half));
  CHECK(bound.rates[0].misses_per_sec == Approx(half));
  CHECK(bound.rates[0].cycles_per_sec == free.rates[0].cycles_per_sec);  // it waits: CPI rises
  // A reader whose set fits hits on everything and is bound all the same.
  const Workload reader = mlr(2);
  CHECK(contend({{Cbm(0x3), &reader, kHertz, 1, 1e6}}, domain()).rates[0].references_per_sec == Approx(1e6));
  const Workload computes = lookbusy();
  CHECK(contend({{Cbm(0x3), &computes, kHertz, 1, half}}, domain()).rates[0].instructions_per_sec ==
        contend({{Cbm(0x3), &computes, kHertz, 1}}, domain()).rates[0].instructions_per_sec);
}

TEST_CASE("On a saturated bus what a throttled hog leaves goes to the others") {
  const Workload stream = mload(), reader = mlr(8);
  const std::vector<Runner> before{{Cbm(0x3), &stream, 8 * kHertz, 1}, {Cbm(0xc), &reader, kHertz, 1}};
  std::vector<Runner> after = before;
  after[0].most_references_per_sec = 8 * 0.3 * kCoreBytesPerSec / kLineBytes;
  const Contention busy = contend(before, domain(20e9)), eased = contend(after, domain(20e9));
  CHECK(busy.stall_factor > 1.5);
  CHECK(eased.stall_factor == 1);
  CHECK(eased.rates[1].instructions_per_sec > 1.2 * busy.rates[1].instructions_per_sec);
}

TEST_CASE("A throttled program that shares its mask in part holds what it inserts") {
  const Workload stream = mload(), reader = mlr(12);
  const Runner quiet{Cbm(0xfff), &stream, kHertz, 1, 1e6}, loud{Cbm(0xfff), &stream, kHertz, 1};
  const Runner other{Cbm(0xff0), &reader, kHertz, 1};
  CHECK(contend({quiet, other}, domain()).rates[1].ways_held > contend({loud, other}, domain()).rates[1].ways_held);
}

}  // namespace
}  // namespace dcat::sim::test
