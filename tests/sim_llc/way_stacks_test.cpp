#include "sim/llc/way_stacks.h"

#include "sim/llc/cache.h"
#include "sim/llc/patterns.h"
#include "sim/random.h"
#include "tests/support/catch.h"

namespace dcat::llc {
namespace {

std::vector<LineAddress> trace_of(std::uint64_t lines, int kind) {
  if (kind == 0) return uniform_lines(20'000, lines, 1);
  if (kind == 1) return zipf_lines(20'000, lines, 0.99, 2);
  return cyclic_lines(20'000, lines);
}

TEST_CASE("one pass counts the misses of a cache of every number of ways exactly") {
  const int ways = GENERATE(1, 2, 11, 16, 17, 20, 32, 33, 64);
  const bool hashed = GENERATE(false, true);
  const auto isa = GENERATE(Isa::baseline, best_isa());
  const int kind = GENERATE(0, 1, 2);
  const Geometry g{24, ways, 64, hashed};
  const std::vector<LineAddress> trace = trace_of(g.lines() * 5 / 4 + 1, kind);
  WayStacks stacks(g, isa);
  stacks.access(trace);
  CHECK(stacks.accesses() == trace.size());
  for (int w = 1; w <= ways; ++w) {
    Cache cache(Geometry{24, w, 64, hashed}, Replacement::lru);
    cache.access(0, trace);
    INFO(w << " of " << ways << " ways");
    REQUIRE(stacks.misses(w) == cache.counts(0).misses);
  }
}

TEST_CASE("keys that need more than 32 bits may come at any time") {
  const auto isa = GENERATE(Isa::baseline, best_isa());
  std::vector<LineAddress> trace = uniform_lines(5'000, 60, 1);
  sim::Random random(3, "keys", 0);
  for (std::size_t i = 2'000; i < trace.size(); ++i) trace[i] |= (random.next() % 2) << 40;
  WayStacks stacks(Geometry{4, 16, 64, false}, isa);
  stacks.access(std::span(trace).first(1'500));
  stacks.access(std::span(trace).subspan(1'500));
  for (int w = 1; w <= 16; ++w) {
    Cache cache(Geometry{4, w, 64, false}, Replacement::lru, 1, Isa::baseline);
    cache.access(0, trace);
    CHECK(stacks.misses(w) == cache.counts(0).misses);
  }
}

}  // namespace
}  // namespace dcat::llc
