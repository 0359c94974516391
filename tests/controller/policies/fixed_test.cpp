#include "controller/policies/fixed.h"

#include "controller/policies/clusters.h"
#include "controller/policies/ucp.h"
#include "tests/controller/policies/inputs.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

std::vector<int> sizes_of(const Result<Allocation>& allocation) {
  std::vector<int> sizes;
  if (!allocation) return sizes;
  for (const std::size_t c : allocation->cluster_of) sizes.push_back(allocation->masks[c].size().count);
  return sizes;
}

}  // namespace

TEST_CASE("Every policy has its name, in one order, and no other name is a policy") {
  CHECK(policy_names() ==
        std::vector<std::string_view>{"shared", "static", "ucp", "dunn", "lfoc", "kpart", "cacheman", "aimd"});
  for (const std::string_view name : policy_names()) CHECK(make_policy(name) != nullptr);
  CHECK(make_policy("dcat-fair") == nullptr);
  CHECK(make_policy("") == nullptr);
}

TEST_CASE("Static gives contracts, and what none covers to the first tenants") {
  test::Asked a = test::asked(11);
  for (const int contract : {3, 2, 0, 2}) a.add(contract, test::light(11));
  // 3 + 2 + 1 + 2 are 8: one more for the first three.
  CHECK(sizes_of(StaticPolicy().allocate(a.input)) == std::vector<int>{4, 3, 2, 2});
  a.input.tenants[0].contract = Ways(7);
  CHECK_THAT(StaticPolicy().allocate(a.input).error().why, Catch::Contains("add up to 12 ways, and there are 11"));
  CHECK(StaticPolicy().allocate(a.input).error().code == ErrorCode::bad_input);
}

TEST_CASE("A floor is the least size that keeps the contract's IPC within the tolerance") {
  test::Asked a = test::asked(6);
  a.input.floor_tolerance = 0.05;
  a.add(4, test::curve_of({{0.5, 9}, {0.96, 8}, {0.90, 7}, {1.0, 6}, {1.1, 5}}, 6));
  CHECK(floor_ways(a.input, 0) == 2);
  CHECK(most_ways_above_floor(a.input, 0, 3) == 2);  // three ways are worse than two
  CHECK(most_ways_above_floor(a.input, 0, 5) == 5);
  a.input.floor_tolerance = 0.01;
  CHECK(floor_ways(a.input, 0) == 4);
  a.input.floor_tolerance.reset();
  CHECK(floor_ways(a.input, 0) == 1);
  CHECK(most_ways_above_floor(a.input, 0, 3) == 3);
  a.input.floor_tolerance = 0.01;
  a.input.least = Ways(5);
  CHECK(floor_ways(a.input, 0) == 5);
}

TEST_CASE("UCP gives ways to whoever misses less with them, and under floors keeps everybody's") {
  test::Asked a = test::asked(8);
  // The first gains IPC and misses alike; the second would take everything by its misses.
  a.add(4, test::curve_of({{0.5, 10}, {0.7, 9}, {0.9, 8}, {1.0, 7}}, 8));
  a.add(4, test::curve_of({{1.0, 90}, {1.0, 80}, {1.0, 70}, {1.0, 60}, {1.0, 50}, {1.0, 40}, {1.0, 30}}, 8));
  CHECK(sizes_of(UcpPolicy().allocate(a.input)) == std::vector<int>{1, 7});
  a.input.floor_tolerance = 0.1;
  CHECK(sizes_of(UcpPolicy().allocate(a.input)) == std::vector<int>{3, 5});
}

TEST_CASE("UCP leaves ways unused before it breaks a floor with them") {
  test::Asked a = test::asked(4);
  a.input.floor_tolerance = 0.05;
  a.add(1, test::curve_of({{1.0, 10}, {1.0, 9}, {0.5, 1}}, 4));  // fewer misses and half the IPC
  a.add(1, test::light(4));
  CHECK(sizes_of(UcpPolicy().allocate(a.input)) == std::vector<int>{2, 1});
}

TEST_CASE("UCP refuses floors that do not fit") {
  test::Asked a = test::asked(6);
  a.input.floor_tolerance = 0.0;
  for (int i = 0; i < 2; ++i) a.add(4, test::sensitive(6));
  CHECK_THAT(UcpPolicy().allocate(a.input).error().why, Catch::Contains("need 8 ways, and there are 6"));
}

}  // namespace dcat
