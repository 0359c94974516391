// Every change between two layouts of the same few groups keeps the rules of step_rules.h and ends at the
// desired masks.
#include <string>
#include <vector>

#include "cat/diff.h"
#include "tests/cat/builders.h"
#include "tests/cat/orders.h"
#include "tests/cat/step_rules.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::testing;

namespace {

// All layouts of the shared region and of groups a, b, ... side by side.
std::vector<Masks> all_layouts(int ways, int groups, int least) {
  std::vector<Masks> all;
  for (const std::vector<int>& sizes : compositions(ways, groups + 1, least))
    for_each_order(groups + 1, [&](const std::vector<int>& order) {
      const std::vector<Cbm> pieces = side_by_side(sizes, order);
      DomainMasks domain{DomainId{0}, pieces[0], {}};
      for (std::size_t i = 1; i < pieces.size(); ++i)
        domain.groups.push_back({GroupId{std::string(1, static_cast<char>('a' + i - 1))}, pieces[i]});
      all.push_back(Masks{{domain}, {}});
    });
  return all;
}

struct Count {
  int changes = 0;
  int last_resorts = 0;
};

Count try_all(int ways, int groups, int least) {
  const Geometry geometry = geometry_of(ways, 0, {}, least);
  const std::vector<Masks> all = all_layouts(ways, groups, least);
  Count count;
  for (const Masks& observed : all)
    for (const Masks& desired : all) {
      const Result<Changes> changes = diff(observed, desired, geometry);
      if (!changes) FAIL(text_of(observed) << "-> " << text_of(desired) << changes.error().to_string());
      StepRules rules(observed, desired, geometry);
      if (const auto broken = rules.check(*changes)) FAIL(*broken);
      if (observed == desired && !changes->empty()) FAIL("not idempotent: " << text_of(observed));
      ++count.changes;
      count.last_resorts += rules.used_last_resort() ? 1 : 0;
    }
  return count;
}

}  // namespace

TEST_CASE("every change between two layouts of 3 groups on 6 ways keeps the rules without a last resort") {
  // C(5,3) sizes x 4! orders = 240 layouts.
  const Count count = try_all(6, 3, 1);
  CHECK(count.changes == 240 * 240);
  CHECK(count.last_resorts == 0);
}

TEST_CASE(
    "every change between two layouts of 3 groups on 4 ways keeps the rules, with the last resort where "
    "needed") {
  // 4! = 24 layouts with no way to spare. From each, its own is a change of nothing; every other one needs
  // it.
  const Count count = try_all(4, 3, 1);
  CHECK(count.changes == 24 * 24);
  CHECK(count.last_resorts == 24 * 23);
}

TEST_CASE("every change between two layouts of 3 groups on 10 ways in masks of at least 2 ways keeps the rules") {
  // Two ways more than 4 x 2: C(5,3) sizes x 4! orders = 240 layouts, and always a mask to spare.
  const Count count = try_all(10, 3, 2);
  CHECK(count.changes == 240 * 240);
  CHECK(count.last_resorts == 0);
}

TEST_CASE("one way more than the least masks is enough where the order stays and not where it changes") {
  // 9 ways, 4 masks of 2 and one way: 4 sizes x 4! orders = 96 layouts. The 4 x 4 changes within each of the
  // 24 orders slide; no other change can do without the last resort.
  const Count count = try_all(9, 3, 2);
  CHECK(count.changes == 96 * 96);
  CHECK(count.last_resorts == 96 * 96 - 24 * 16);
}
