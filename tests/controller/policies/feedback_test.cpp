#include "controller/policies/aimd.h"
#include "controller/policies/cacheman.h"
#include "tests/controller/policies/inputs.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

Measured missing(double ratio, double held = 1) {
  return {1, 1e6 * ratio, 1e6, 0.1, held};
}

int ways_of(const Result<Allocation>& a, std::size_t tenant) {
  return a->masks[a->cluster_of[tenant]].size().count;
}

test::Asked two(int ways) {
  test::Asked a = test::asked(ways);
  for (int i = 0; i < 2; ++i) a.add(ways / 2, test::light(ways));
  return a;
}

}  // namespace

TEST_CASE("AIMD grows by one while the critical tenants miss little, and halves when they miss much") {
  test::Asked a = two(20);
  AimdPolicy policy;
  std::vector<int> seen;
  for (const double ratio : {0.05, 0.05, 0.05, 0.05, 0.15, 0.10, 0.05, 0.20, 0.05, 0.9, 0.9}) {
    a.input.tenants[0].measured = missing(ratio);
    a.input.tenants[1].measured = missing(0.99);  // the other class decides nothing
    const Result<Allocation> allocation = policy.allocate(a.input);
    CHECK(ways_of(allocation, 0) == 20);
    seen.push_back(ways_of(allocation, 1));
  }
  CHECK(seen == std::vector<int>{2, 3, 4, 5, 5, 5, 6, 3, 4, 2, 2});
}

TEST_CASE("AIMD stops at half of the ways, and the others lie inside the critical ones' mask") {
  test::Asked a = two(20);
  AimdPolicy policy;
  for (int i = 0; i < 30; ++i) {
    a.input.tenants[0].measured = missing(0);
    const Result<Allocation> allocation = policy.allocate(a.input);
    CHECK(allocation->masks[0].contains(allocation->masks[1]));
    CHECK(ways_of(allocation, 1) == std::min(10, 2 + i));
  }
}

TEST_CASE("AIMD: a priority makes critical, whoever comes first") {
  test::Asked a = two(20);
  a.input.tenants[1].priority = 1;
  const Result<Allocation> allocation = AimdPolicy().allocate(a.input);
  CHECK(ways_of(allocation, 0) == 2);
  CHECK(ways_of(allocation, 1) == 20);
}

TEST_CASE("Cacheman moves the one furthest over its share down while somebody is short, and masks nest") {
  test::Asked a = test::asked(12);
  for (int i = 0; i < 3; ++i) a.add(4, test::light(12));
  CachemanPolicy policy;
  // Shares of 4: two hold too much, the second more than the first; the third is short and misses.
  a.input.tenants[0].measured = missing(0.5, 4.4);
  a.input.tenants[1].measured = missing(0.5, 5.6);
  a.input.tenants[2].measured = missing(0.5, 2);
  Result<Allocation> allocation = policy.allocate(a.input);
  CHECK(ways_of(allocation, 0) == 12);
  CHECK(ways_of(allocation, 1) == 11);
  CHECK(ways_of(allocation, 2) == 12);
  allocation = policy.allocate(a.input);
  CHECK(ways_of(allocation, 1) == 10);
  CHECK(allocation->masks[allocation->cluster_of[0]].contains(allocation->masks[allocation->cluster_of[1]]));
  // Now it is short itself: up by one, and the first goes down.
  a.input.tenants[1].measured = missing(0.5, 2);
  allocation = policy.allocate(a.input);
  CHECK(ways_of(allocation, 0) == 11);
  CHECK(ways_of(allocation, 1) == 11);
  CHECK(allocation->masks.size() == 2);
}

TEST_CASE("Cacheman moves nobody while nobody is short") {
  test::Asked a = test::asked(12);
  for (int i = 0; i < 3; ++i) a.add(4, test::light(12));
  CachemanPolicy policy;
  a.input.tenants[0].measured = missing(0.5, 8);
  a.input.tenants[1].measured = missing(0.5, 3.9);
  a.input.tenants[2].measured = missing(0.005, 0.1);  // little, and content with it
  for (int i = 0; i < 3; ++i) CHECK(policy.allocate(a.input)->masks.size() == 1);
  a.input.tenants[2].measured.reset();
  CHECK(policy.allocate(a.input)->masks.size() == 1);
}

TEST_CASE("Cacheman's shares follow the contracts") {
  test::Asked a = test::asked(12);
  a.add(9, test::light(12)).measured = missing(0.5, 8.5);  // 9 are its share: short
  a.add(3, test::light(12)).measured = missing(0.5, 3.5);  // over 3
  CachemanPolicy policy;
  const Result<Allocation> allocation = policy.allocate(a.input);
  CHECK(ways_of(allocation, 0) == 12);
  CHECK(ways_of(allocation, 1) == 11);
}

TEST_CASE("Cacheman knows a tenant by its number when another leaves before it") {
  test::Asked a = test::asked(12);
  for (int i = 0; i < 3; ++i) a.add(4, test::light(12)).number = static_cast<std::size_t>(i);
  CachemanPolicy policy;
  a.input.tenants[0].measured = missing(0.5, 2);
  a.input.tenants[2].measured = missing(0.5, 8);
  CHECK(ways_of(policy.allocate(a.input), 2) == 11);
  a.input.tenants.erase(a.input.tenants.begin());
  a.input.tenants[1].measured = missing(0.5, 6);  // its share now
  const Result<Allocation> allocation = policy.allocate(a.input);
  CHECK(ways_of(allocation, 0) == 12);
  CHECK(ways_of(allocation, 1) == 11);
}

}  // namespace dcat
