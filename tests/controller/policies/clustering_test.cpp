#include <algorithm>
#include <cmath>
#include <limits>

#include "controller/policies/dunn.h"
#include "controller/policies/lfoc.h"
#include "tests/controller/policies/inputs.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

double spread_of(const std::vector<double>& values, const std::vector<std::size_t>& cluster_of, std::size_t k) {
  double sum = 0;
  for (std::size_t c = 0; c < k; ++c) {
    double mean = 0;
    double count = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      if (cluster_of[i] == c) {
        mean += values[i];
        ++count;
      }
    if (count == 0) return std::numeric_limits<double>::infinity();
    mean /= count;
    for (std::size_t i = 0; i < values.size(); ++i)
      if (cluster_of[i] == c) sum += (values[i] - mean) * (values[i] - mean);
  }
  return sum;
}

// Over every way to give values a cluster.
double least_spread(const std::vector<double>& values, std::size_t k) {
  double least = std::numeric_limits<double>::infinity();
  std::vector<std::size_t> cluster_of(values.size(), 0);
  for (;;) {
    least = std::min(least, spread_of(values, cluster_of, k));
    std::size_t at = 0;
    while (at < values.size() && ++cluster_of[at] == k) cluster_of[at++] = 0;
    if (at == values.size()) return least;
  }
}

int ways_of(const Allocation& a, std::size_t tenant) {
  return a.masks[a.cluster_of[tenant]].size().count;
}

}  // namespace

TEST_CASE("K-means on a line finds the least spread there is, clusters by value ascending") {
  test::Engine engine(2);
  for (int round = 0; round < 60; ++round) {
    std::vector<double> values;
    for (int i = test::pick(engine, 2, 7); i > 0; --i) values.push_back(test::part(engine));
    for (std::size_t k = 1; k <= std::min<std::size_t>(values.size(), 4); ++k) {
      const std::vector<std::size_t> found = k_means_in_one_dimension(values, k);
      REQUIRE(spread_of(values, found, k) == Approx(least_spread(values, k)).margin(1e-12));
      for (std::size_t i = 0; i < values.size(); ++i)
        for (std::size_t j = 0; j < values.size(); ++j)
          if (values[i] < values[j]) REQUIRE(found[i] <= found[j]);
    }
  }
}

TEST_CASE("The Dunn index is the least gap over the greatest extent") {
  // 0, 0.1 | 0.5, 0.8 | 1: gaps 0.4 and 0.2, extents 0.1, 0.3 and 0.
  CHECK(dunn_index({0, 0.8, 0.1, 1, 0.5}, {0, 1, 0, 2, 1}, 3) == Approx(0.2 / 0.3));
  CHECK(dunn_index({0, 1}, {0, 1}, 2) > 1e6);
}

TEST_CASE("Dunn gives more ways to those that wait more, from both ends, and everybody else's ways overlap") {
  test::Asked a = test::asked(20);
  for (const double stalls : {0.05, 0.06, 0.50, 0.90, 0.91}) {
    PolicyTenant& tenant = a.add(4, test::light(20));
    tenant.measured = Measured{1, 1e6, 2e6, stalls, 4};
  }
  const Result<Allocation> allocation = DunnPolicy().allocate(a.input);
  REQUIRE(allocation.ok());
  CHECK(allocation->cluster_of == std::vector<std::size_t>{0, 0, 1, 2, 2});
  // Scaled stalls 0.006, 0.523 and 0.994. (e^0.674x - 1) / (e^0.674 - 1): 0.004, 0.440, 0.991.
  CHECK(allocation->masks[2] == Cbm::run(WayIndex(0), Ways(20)));
  CHECK(allocation->masks[1] == Cbm::run(WayIndex(10), Ways(10)));
  CHECK(allocation->masks[0] == Cbm::run(WayIndex(0), Ways(2)));
}

TEST_CASE("Dunn lets everybody share where nothing tells them apart") {
  test::Asked a = test::asked(11);
  for (int i = 0; i < 4; ++i) a.add(2, test::light(11));
  CHECK(DunnPolicy().allocate(a.input)->masks == std::vector<Cbm>{Cbm::run(WayIndex(0), Ways(11))});
  for (PolicyTenant& tenant : a.input.tenants) tenant.measured = Measured{1, 1, 1, 0.3, 2};
  CHECK(DunnPolicy().allocate(a.input)->masks.size() == 1);
}

TEST_CASE("LFOC: streams share one way, lights fill its gaps, sensitive ones have the rest") {
  test::Asked a = test::asked(11);
  a.add(2, test::sensitive(11));
  for (int i = 0; i < 4; ++i) a.add(2, test::streaming(11));
  for (int i = 0; i < 3; ++i) a.add(2, test::light(11));
  const Result<Allocation> allocation = LfocPolicy().allocate(a.input);
  REQUIRE(allocation.ok());
  // Four streams of five leave one gap, for two lights; the third goes to the sensitive one.
  CHECK(allocation->cluster_of == std::vector<std::size_t>{0, 1, 1, 1, 1, 1, 1, 0});
  CHECK(ways_of(*allocation, 0) == 10);
  CHECK(ways_of(*allocation, 1) == 1);
}

TEST_CASE("LFOC: more than five streams take two ways, nobody sensitive shares all") {
  test::Asked a = test::asked(11);
  a.add(2, test::sensitive(11));
  for (int i = 0; i < 6; ++i) a.add(1, test::streaming(11));
  const Result<Allocation> allocation = LfocPolicy().allocate(a.input);
  CHECK(allocation->cluster_of == std::vector<std::size_t>{0, 1, 2, 1, 2, 1, 2});
  CHECK(ways_of(*allocation, 0) == 9);
  a.input.tenants.erase(a.input.tenants.begin());
  CHECK(LfocPolicy().allocate(a.input)->masks.size() == 1);
}

TEST_CASE("LFOC: with too few CLOSIDs or ways for a stream's partition, streams join the others") {
  test::Asked a = test::asked(11, 1);
  a.add(2, test::sensitive(11));
  for (int i = 0; i < 6; ++i) a.add(1, test::streaming(11));
  CHECK(LfocPolicy().allocate(a.input)->masks.size() == 1);
  a.input.closids = 2;
  CHECK(LfocPolicy().allocate(a.input)->masks.size() == 2);
}

TEST_CASE("LFOC's bounds: 5 % with two ways is sensitive, 14 misses per 1,000 cycles is a stream") {
  for (const bool just : {false, true}) {
    test::Asked a = test::asked(4);
    a.add(1, test::curve_of({{0.5, 1}, {1.0, 1}, {just ? 1.05 : 1.049, 1}}, 4));
    a.add(1, test::sensitive(4));
    CHECK((LfocPolicy().allocate(a.input)->masks.size() == 2) == just);
    test::Asked b = test::asked(4);
    b.add(1, test::sensitive(4));
    b.add(1, test::curve_of({{0.5, just ? 28.0 : 27.9}}, 4));
    CHECK((LfocPolicy().allocate(b.input)->masks.size() == 2) == just);
  }
}

}  // namespace dcat
