// The cache against closed forms and the properties that its header promises.
#include "sim/llc/cache.h"

#include "sim/llc/patterns.h"
#include "tests/support/catch.h"

namespace dcat::llc {
namespace {

// 256 sets of 8 ways.
constexpr Geometry kSmall{256, 8, 64, false};

std::vector<LineAddress> moved(std::vector<LineAddress> lines, LineAddress by) {
  for (LineAddress& line : lines) line += by;
  return lines;
}

TEST_CASE("a cyclic walk over lines that fit misses once each, whatever the replacement") {
  const auto replacement = GENERATE(Replacement::lru, Replacement::plru, Replacement::srrip);
  Cache cache(kSmall, replacement);
  cache.access(0, cyclic_lines(5 * 2048, 2048));
  CHECK(cache.counts(0) == TenantCounts{5 * 2048, 4 * 2048, 2048, 2048});
  CHECK(cache.evictions(0, 0) == 0);
}

TEST_CASE("a cyclic walk over one line more per set than fits always misses in LRU") {
  Cache cache(kSmall, Replacement::lru);
  cache.access(0, cyclic_lines(5 * 2304, 2304));  // 9 lines a set
  CHECK(cache.counts(0) == TenantCounts{5 * 2304, 0, 5 * 2304, 2048});
  CHECK(cache.evictions(0, 0) == 5 * 2304 - 2048);
}

TEST_CASE("SRRIP keeps what was reused when a scan passes, LRU does not") {
  const auto replacement = GENERATE(Replacement::lru, Replacement::srrip);
  Cache cache(Geometry{1, 8, 64, false}, replacement);
  const std::vector<LineAddress> hot{1, 2, 3, 4};
  cache.access(0, hot);
  cache.access(0, hot);
  cache.access(0, std::vector<LineAddress>{11, 12, 13, 14, 15, 16, 17, 18});
  const std::uint64_t before = cache.counts(0).hits;
  cache.access(0, hot);
  CHECK(cache.counts(0).hits - before == (replacement == Replacement::srrip ? 4U : 0U));
}

TEST_CASE("uniform accesses miss in the part of the lines that does not fit, whatever the replacement") {
  const auto replacement = GENERATE(Replacement::lru, Replacement::plru, Replacement::srrip);
  const bool hashed = GENERATE(false, true);
  Cache cache(Geometry{1000, 12, 64, hashed}, replacement);  // 12,000 lines
  const auto warm_up = uniform_lines(200'000, 48'000, 1);
  cache.access(0, warm_up);
  const std::uint64_t before = cache.counts(0).misses;
  const auto trace = uniform_lines(400'000, 48'000, 2);
  cache.access(0, trace);
  const double ratio = static_cast<double>(cache.counts(0).misses - before) / 400'000;
  // 1 - 12,000 / 48,000. A set has exactly 48 of the lines; the deviation of 400,000 draws is 0.0007.
  CHECK(ratio == Approx(0.75).margin(0.003));
}

TEST_CASE("a tenant's counts with disjoint masks are those alone in a cache of that many ways") {
  const auto replacement = GENERATE(Replacement::lru, Replacement::srrip);
  const int ways = GENERATE(5, 16, 20, 40);
  const bool hashed = GENERATE(false, true);
  const Geometry g{96, ways, 64, hashed};
  Cache shared(g, replacement, 2);
  const int first = ways / 3 + 1;
  // Apart from each other in keys, alike in sets.
  const std::vector<LineAddress> mine = zipf_lines(60'000, 3'000, 0.8, 3);
  const std::vector<LineAddress> theirs = moved(uniform_lines(60'000, 4'000, 4), 96'000'000);
  shared.set_mask(0, Cbm::run(WayIndex(0), Ways(first)));
  shared.set_mask(1, Cbm::run(WayIndex(first), Ways(ways - first)));
  std::vector<Tenant> tenants;
  std::vector<LineAddress> lines;
  for (std::size_t i = 0; i < mine.size(); ++i) {
    tenants.insert(tenants.end(), {0, 1});
    lines.insert(lines.end(), {mine[i], theirs[i]});
  }
  shared.access(tenants, lines);
  Cache my_own(Geometry{96, first, 64, hashed}, replacement);
  my_own.access(0, mine);
  Cache their_own(Geometry{96, ways - first, 64, hashed}, replacement);
  their_own.access(0, theirs);
  CHECK(shared.counts(0) == my_own.counts(0));
  CHECK(shared.counts(1) == their_own.counts(0));
  CHECK(shared.evictions(0, 1) == 0);
  CHECK(shared.evictions(1, 0) == 0);
  CHECK(shared.evictions(0, 0) == my_own.evictions(0, 0));
}

TEST_CASE("a tenant hits in ways that it may not fill") {
  const auto replacement = GENERATE(Replacement::lru, Replacement::plru, Replacement::srrip);
  Cache cache(Geometry{1, 4, 64, false}, replacement, 2);
  cache.set_mask(0, Cbm(0x3));
  cache.set_mask(1, Cbm(0xc));
  cache.access(0, std::vector<LineAddress>{1, 2});
  cache.access(1, std::vector<LineAddress>{1, 2, 3, 4, 1, 2});
  CHECK(cache.counts(1) == TenantCounts{6, 4, 2, 2});
  CHECK(cache.counts(0) == TenantCounts{2, 0, 2, 2});
}

TEST_CASE("lines outside a mask that was narrowed stay until somebody evicts them") {
  const auto replacement = GENERATE(Replacement::lru, Replacement::plru, Replacement::srrip);
  Cache cache(Geometry{1, 4, 64, false}, replacement, 2);
  cache.access(0, std::vector<LineAddress>{1, 2, 3, 4});
  cache.set_mask(0, Cbm(0x1));
  cache.set_mask(1, Cbm(0xe));
  cache.access(0, std::vector<LineAddress>{4, 3, 2, 1});
  CHECK(cache.counts(0) == TenantCounts{8, 4, 4, 4});
  cache.access(0, std::vector<LineAddress>{5});  // way 0 is all it has: line 1 goes
  cache.access(0, std::vector<LineAddress>{2, 3, 4});
  CHECK(cache.counts(0) == TenantCounts{12, 7, 5, 4});
  cache.access(1, std::vector<LineAddress>{6, 7, 8});
  if (replacement == Replacement::plru) return;  // which takes two ways for the three
  CHECK(cache.counts(0).held == 1);
  CHECK(cache.counts(1).held == 3);
  CHECK(cache.evictions(1, 0) == 3);
  CHECK(cache.evictions(0, 0) == 1);
}

TEST_CASE("LRU evicts the least recently used of the mask's ways, not of all") {
  Cache cache(Geometry{1, 4, 64, false}, Replacement::lru, 2);
  cache.set_mask(0, Cbm(0x6));
  cache.set_mask(1, Cbm(0x9));
  cache.access(1, std::vector<LineAddress>{100, 101});  // the oldest of the set
  cache.access(0, std::vector<LineAddress>{1, 2, 1, 3});
  CHECK(cache.counts(0) == TenantCounts{4, 1, 3, 2});
  cache.access(0, std::vector<LineAddress>{1});
  CHECK(cache.counts(0).hits == 2);
  CHECK(cache.counts(1).held == 2);
}

TEST_CASE("counts do not depend on how accesses are cut into batches") {
  const auto replacement = GENERATE(Replacement::lru, Replacement::plru, Replacement::srrip);
  const std::vector<LineAddress> lines = uniform_lines(10'000, 3'000, 9);
  Cache whole(kSmall, replacement);
  whole.access(0, lines);
  Cache cut(kSmall, replacement);
  std::span<const LineAddress> left(lines);
  for (std::size_t n = 1; !left.empty(); n = n * 2 + 1) {
    cut.access(0, left.first(std::min(n, left.size())));
    left = left.subspan(std::min(n, left.size()));
  }
  CHECK(whole.counts(0) == cut.counts(0));
}

TEST_CASE("lines that differ in their highest bits alone are different lines") {
  const auto replacement = GENERATE(Replacement::lru, Replacement::plru, Replacement::srrip);
  Cache cache(Geometry{4, 4, 64, false}, replacement);
  cache.access(0, std::vector<LineAddress>{8});  // with a short tag, which is then made long
  const std::vector<LineAddress> alike{8, 8 | LineAddress{1} << 34, 8 | LineAddress{1} << 62};
  cache.access(0, alike);
  cache.access(0, alike);
  CHECK(cache.counts(0) == TenantCounts{7, 4, 3, 3});
}

TEST_CASE("the longest short tag and the shortest long one are told apart") {
  Cache cache(Geometry{1, 4, 64, false}, Replacement::lru);
  const std::vector<LineAddress> edge{0, 0xfffffffe, 0xffffffff, 0x100000000};
  cache.access(0, std::span(edge).first(2));
  cache.access(0, edge);
  CHECK(cache.counts(0) == TenantCounts{6, 2, 4, 4});
}

TEST_CASE("what misses is passed on, in order") {
  Cache cache(Geometry{1, 2, 64, false}, Replacement::lru);
  std::vector<LineAddress> lines{1, 2, 1, 3, 2, 2, 3};
  CHECK(cache.access_and_pass_on(lines, lines.data()) == 4);
  CHECK(std::vector<LineAddress>(lines.begin(), lines.begin() + 4) == std::vector<LineAddress>{1, 2, 3, 2});
}

}  // namespace
}  // namespace dcat::llc
