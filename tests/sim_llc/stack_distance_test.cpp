#include "sim/llc/stack_distance.h"

#include <algorithm>
#include <list>
#include <map>

#include "sim/llc/cache.h"
#include "sim/llc/patterns.h"
#include "sim/random.h"
#include "tests/support/catch.h"

namespace dcat::llc {
namespace {

// The stack itself: a list, searched from its top.
class NaiveStack {
 public:
  std::optional<std::uint64_t> use(LineAddress line) {
    const auto at = std::find(lines_.begin(), lines_.end(), line);
    std::optional<std::uint64_t> distance;
    if (at != lines_.end()) {
      distance = static_cast<std::uint64_t>(std::distance(lines_.begin(), at));
      lines_.erase(at);
    }
    lines_.push_front(line);
    return distance;
  }
  void forget(LineAddress line) { lines_.remove(line); }
  const std::list<LineAddress>& lines() const { return lines_; }

 private:
  std::list<LineAddress> lines_;
};

TEST_CASE("distances are those of a list, also when lines are forgotten and numbers run out") {
  sim::Random random(7, "lines", 0);
  LruStack stack;
  NaiveStack naive;
  for (int i = 0; i < 30'000; ++i) {
    const LineAddress line = random.next() % 500 << (random.next() % 2 * 50);
    REQUIRE(stack.use(line) == naive.use(line));
    if (i % 7 == 0) {
      const LineAddress gone = *std::next(naive.lines().begin(), i % static_cast<int>(naive.lines().size()));
      stack.forget(gone);
      naive.forget(gone);
    }
    REQUIRE(stack.lines() == naive.lines().size());
  }
}

TEST_CASE("the stack grows with the lines of a trace") {
  LruStack stack;
  constexpr std::uint64_t kLines = 50'000;
  for (LineAddress line = 0; line < kLines; ++line) REQUIRE(!stack.use(line));
  for (LineAddress line = 0; line < kLines; ++line) REQUIRE(stack.use(line) == kLines - 1);
  for (LineAddress line = 0; line < kLines; ++line) REQUIRE(stack.use(kLines - 1 - line) == line);
  CHECK(stack.lines() == kLines);
}

TEST_CASE("a line that is used again at once is at distance 0") {
  LruStack stack;
  CHECK(!stack.use(0));
  CHECK(stack.use(0) == 0U);
  CHECK(stack.use(0) == 0U);
  CHECK(!stack.use(1));
  CHECK(stack.use(0) == 1U);
}

TEST_CASE("the exact curve is what a fully associative cache counts at every size it can have") {
  const int kind = GENERATE(0, 1, 2);
  const std::vector<LineAddress> trace = kind == 0   ? uniform_lines(5'000, 90, 1)
                                         : kind == 1 ? zipf_lines(5'000, 200, 0.99, 2)
                                                     : cyclic_lines(5'000, 50);
  StackDistances distances;
  distances.access(trace);
  for (int lines = 1; lines <= kMostWays; ++lines) {
    Cache cache(Geometry{1, lines, 64, false}, Replacement::lru);
    cache.access(0, trace);
    INFO(lines << " lines");
    REQUIRE(distances.misses(static_cast<std::uint64_t>(lines)) == cache.counts(0).misses);
  }
}

TEST_CASE("the curve of a cyclic walk is a step at its length, and falls no lower than the first uses") {
  StackDistances distances;
  distances.access(cyclic_lines(100'000, 10'000));
  CHECK(distances.lines() == 10'000);
  CHECK(distances.misses(9'999) == 100'000);
  CHECK(distances.misses(10'000) == 10'000);
  CHECK(distances.misses(~std::uint64_t{0}) == 10'000);
  CHECK(distances.miss_ratio(10'000) == Approx(0.1));
}

TEST_CASE("hits between two sizes lie on the straight line") {
  StackDistances distances;
  distances.access(std::vector<LineAddress>{1, 1, 2, 1, 2, 1});  // distances 0, 1, 1, 1
  CHECK(distances.hits(0) == Approx(0));
  CHECK(distances.hits(0.5) == Approx(0.5));
  CHECK(distances.hits(1.25) == Approx(1.75));
  CHECK(distances.hits(100) == Approx(4));
}

TEST_CASE("the curve does not depend on how accesses are cut into batches") {
  const std::vector<LineAddress> trace = zipf_lines(20'000, 3'000, 0.9, 5);
  StackDistances whole, cut;
  whole.access(trace);
  for (std::size_t i = 0; i < trace.size(); ++i) cut.access({&trace[i], 1});
  for (std::uint64_t lines = 0; lines <= 3'000; lines += 100) CHECK(whole.misses(lines) == cut.misses(lines));
}

}  // namespace
}  // namespace dcat::llc
