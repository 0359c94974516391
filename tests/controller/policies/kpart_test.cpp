#include "controller/policies/kpart.h"

#include <functional>

#include "tests/controller/policies/inputs.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

int ways_of(const Allocation& a, std::size_t tenant) {
  return a.masks[a.cluster_of[tenant]].size().count;
}

// Both with the number of ways.
KnownCurve curve(int ways, const std::function<double(int)>& ipc, const std::function<double(int)>& misses) {
  std::vector<std::pair<double, double>> points;
  for (int w = 1; w <= ways; ++w) points.emplace_back(ipc(w), misses(w));
  return test::curve_of(points, ways);
}

double constant(int) {
  return 1;
}

}  // namespace

TEST_CASE("KPart puts two streams together and keeps who gains by ways apart") {
  test::Asked a = test::asked(8);
  a.add(2, test::streaming(8));
  a.add(2, test::sensitive(8));
  a.add(2, test::streaming(8));
  const Result<Allocation> allocation = KpartPolicy().allocate(a.input);
  REQUIRE(allocation.ok());
  CHECK(allocation->cluster_of[0] == allocation->cluster_of[2]);
  CHECK(allocation->cluster_of[0] != allocation->cluster_of[1]);
  CHECK(ways_of(*allocation, 1) == 7);
  CHECK(ways_of(*allocation, 0) == 1);
}

TEST_CASE("KPart's clusters are no more than CLOSIDs and fit the least mask") {
  test::Asked a = test::asked(9, 16, 4);
  for (int i = 0; i < 5; ++i) a.add(1, test::sensitive(9));
  CHECK(KpartPolicy().allocate(a.input)->masks.size() <= 2);
  a.input.least = Ways(1);
  a.input.closids = 3;
  CHECK(KpartPolicy().allocate(a.input)->masks.size() <= 3);
}

TEST_CASE("KPart puts together first whose sharing costs nothing") {
  // Twins on one straight line miss the same whether they share or split; the stream beside one of them would take
  // half of what it makes nothing of. Only with the misses at the ways that each holds is that so: at one way more, as
  // a newcomer's rate is read, the stream looks the better company.
  const auto falling = [](int w) { return 30.0 - 2 * w; };
  const KnownCurve twin = curve(
      8, [](int w) { return 0.5 + 0.05 * w; }, falling);
  test::Asked a = test::asked(8, 2);
  a.add(2, twin);
  a.add(2, test::curve_of({{1, 20}}, 8));
  a.add(2, twin);
  const Result<Allocation> allocation = KpartPolicy().allocate(a.input);
  REQUIRE(allocation.ok());
  CHECK(allocation->cluster_of[0] == allocation->cluster_of[2]);
  CHECK(allocation->cluster_of[0] != allocation->cluster_of[1]);
  CHECK(ways_of(*allocation, 0) == 7);
}

TEST_CASE("KPart: who misses more takes more of a cluster, and with too few CLOSIDs the nearest share") {
  // Beside the stream neither of the others holds much, so which of them loses less by it decides. Split evenly the
  // stream and the cliff would be the nearest; by rates at what is held, without the way more, the slope and the cliff.
  test::Asked a = test::asked(8);
  a.add(2, test::curve_of({{1, 40}}, 8));
  a.add(2, curve(
               8, [](int w) { return 1 + 0.05 * w; }, [](int w) { return 12.0 - w; }));
  a.add(2, test::curve_of({{1, 20}, {1.5, 1}}, 8));
  const Result<Allocation> apart = KpartPolicy().allocate(a.input);
  REQUIRE(apart.ok());
  CHECK(apart->masks.size() == 3);
  a.input.closids = 2;
  const Result<Allocation> allocation = KpartPolicy().allocate(a.input);
  REQUIRE(allocation.ok());
  CHECK(allocation->cluster_of[0] == allocation->cluster_of[1]);
  CHECK(allocation->cluster_of[0] != allocation->cluster_of[2]);
  CHECK(ways_of(*allocation, 2) == 2);
}

TEST_CASE("KPart: a curve that rises from one way to two goes on to no misses below one way, not to fewer") {
  test::Asked a = test::asked(8, 2);
  a.add(2, curve(8, constant, [](int w) { return w == 1 ? 1.0 : 9.0; }));
  a.add(2, test::curve_of({{1, 60}}, 8));
  a.add(2, curve(
               8, [](int w) { return 1 + 0.02 * w; }, [](int w) { return 96.0 - 8 * w; }));
  const Result<Allocation> allocation = KpartPolicy().allocate(a.input);
  REQUIRE(allocation.ok());
  CHECK(allocation->cluster_of[0] == allocation->cluster_of[1]);
  CHECK(allocation->cluster_of[0] != allocation->cluster_of[2]);
  CHECK(ways_of(*allocation, 2) == 7);
}

TEST_CASE("KPart: of as good ones it takes the fewest clusters") {
  const KnownCurve twin = curve(
      8, [](int w) { return 0.5 + 0.05 * w; }, [](int w) { return 30.0 - 2 * w; });
  test::Asked a = test::asked(8);
  a.add(2, twin);
  a.add(2, twin);
  CHECK(KpartPolicy().allocate(a.input)->masks == std::vector<Cbm>{Cbm::run(WayIndex(0), Ways(8))});
}

}  // namespace dcat
