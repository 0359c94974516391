#include "sim/llc/private_levels.h"

#include "sim/llc/patterns.h"
#include "tests/support/catch.h"

namespace dcat::llc {
namespace {

TEST_CASE("without levels everything passes") {
  PrivateLevels none({});
  std::vector<LineAddress> lines{1, 1, 2};
  CHECK(none.filter(lines) == 3);
  CHECK(lines == std::vector<LineAddress>{1, 1, 2});
}

TEST_CASE("what misses in every level passes, in order") {
  // One line, then two.
  PrivateLevels levels({Geometry{1, 1, 64, false}, Geometry{1, 2, 64, false}});
  std::vector<LineAddress> lines{1, 2, 1, 3, 3, 2, 1};
  // Level 1 passes 1 2 1 3 2 1, of which level 2 hits the second 1 and nothing else: 2 was evicted by 3, then 1 by 2.
  REQUIRE(levels.filter(lines) == 5);
  CHECK(std::vector<LineAddress>(lines.begin(), lines.begin() + 5) == std::vector<LineAddress>{1, 2, 3, 2, 1});
  CHECK(levels.counts(0).misses == 6);
  CHECK(levels.counts(1).accesses == 6);
}

TEST_CASE("levels remember from batch to batch") {
  PrivateLevels levels({Geometry{64, 8, 64, false}});
  std::vector<LineAddress> first = cyclic_lines(512, 512), second = first;
  CHECK(levels.filter(first) == 512);
  CHECK(levels.filter(second) == 0);
}

}  // namespace
}  // namespace dcat::llc
