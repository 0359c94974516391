#include "sim/tune/search.h"

#include <cmath>
#include <functional>
#include <set>

#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::sim;

namespace {

using Function = std::function<Score(const Point&)>;

std::vector<Trial> search_all(const Space& space, const Point& first, const SearchOptions& options,
                              const Function& function, std::size_t* best = nullptr) {
  Search search(space, first, options);
  for (;;) {
    const Result<std::vector<Point>> points = search.next();
    REQUIRE(points);
    if (points->empty()) break;
    std::vector<Score> scores;
    for (const Point& point : *points) scores.push_back(function(point));
    search.tell(scores);
  }
  if (best != nullptr) *best = search.best();
  return search.trials();
}

// Greatest, 0, at x = 0.02 (on a logarithmic scale), y = 0.7, n = 5.
const Space kBowl{{{"x", Kind::real, 0.001, 1, true}, {"y", Kind::real, 0, 1, false}, {"n", Kind::whole, 1, 12, false}},
                  {}};
Score bowl(const Point& p) {
  const double x = std::log(p[0] / 0.02) / std::log(1000.0);
  const double y = p[1] - 0.7;
  const double n = (p[2] - 5) / 11;
  return {-(x * x + y * y + n * n), 0};
}

double best_of(std::uint64_t seed, bool random_only) {
  std::size_t best = 0;
  const std::vector<Trial> trials =
      search_all(kBowl, {0.9, 0.1, 12}, {60, seed, std::nullopt, random_only}, bowl, &best);
  return trials[best].score.value;
}

}  // namespace

TEST_CASE("what keeps the bound ranks first by value, what breaks it behind by violations") {
  CHECK(ranks_before({2, 0}, {1, 0}, 5));
  CHECK_FALSE(ranks_before({1, 0}, {2, 0}, 5));
  CHECK(ranks_before({1, 5}, {9, 5.1}, 5));
  CHECK_FALSE(ranks_before({9, 5.1}, {1, 5}, 5));
  CHECK(ranks_before({1, 6}, {9, 7}, 5));
  CHECK(ranks_before({9, 7}, {1, 7}, 5));
  CHECK(ranks_before({2, 5}, {1, 0}, 5));  // fewer violations than the bound are worth nothing
  CHECK_FALSE(ranks_before({1, 1}, {1, 1}, 5));
}

TEST_CASE(
    "on a bowl in three dimensions it finds better than random draws with as many trials, in the mean of 20 seeds") {
  double found = 0, drawn = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    found += best_of(seed, false) / 20;
    drawn += best_of(seed, true) / 20;
  }
  INFO("estimated " << found << ", random " << drawn);
  CHECK(found > drawn / 2);  // at most half as far from 0
}

TEST_CASE("every point but the first is within the bounds and legal, and the first is the caller's") {
  Space space = kBowl;
  space.legal = [](const Point& p) { return p[0] < p[1]; };
  const Point outside{5, 0.5, 40};
  const std::vector<Trial> trials = search_all(space, outside, {100, 3, {}, false}, bowl);
  REQUIRE(trials.size() == 100);
  CHECK(trials.front().point == outside);
  for (std::size_t i = 1; i < trials.size(); ++i) {
    CHECK(space.legal(trials[i].point));
    for (std::size_t d = 0; d < 3; ++d) {
      CHECK(trials[i].point[d] >= space.dimensions[d].from);
      CHECK(trials[i].point[d] <= space.dimensions[d].to);
    }
    CHECK(trials[i].point[2] == std::round(trials[i].point[2]));
  }
}

TEST_CASE("the same seed tries the same points, another seed others") {
  const auto points = [](std::uint64_t seed) { return search_all(kBowl, {0.9, 0.1, 12}, {40, seed, {}, false}, bowl); };
  CHECK(points(7) == points(7));
  CHECK(points(7)[5] != points(8)[5]);
  CHECK(points(7)[39] != points(8)[39]);
}

TEST_CASE("only as many trials are made as were asked for, the first point's included") {
  for (const int trials : {1, 2, 5, 6, 9})
    CHECK(search_all(kBowl, {0.9, 0.1, 12}, {trials, 1, {}, false}, bowl).size() == static_cast<std::size_t>(trials));
}

TEST_CASE("what was tried before is not asked for again") {
  const Space switches{{{"a", Kind::choice, 0, 1, false}, {"n", Kind::whole, 1, 2, false}}, {}};
  std::multiset<Point> asked;
  std::size_t best = 0;
  const std::vector<Trial> trials = search_all(
      switches, {0, 1}, {50, 1, {}, false},
      [&](const Point& p) {
        asked.insert(p);
        return Score{p[0] + p[1], 0};
      },
      &best);
  CHECK(trials.size() == 50);
  CHECK(asked.size() == 4);
  CHECK(std::set<Point>(asked.begin(), asked.end()).size() == 4);
  CHECK(trials[best].point == Point{1, 2});
}

TEST_CASE("under a bound the best one keeps it although what breaks it is worth more") {
  // Violations grow with x, and so does the value: the best legal one is near the bound.
  const Space line{{{"x", Kind::real, 0, 1, false}}, {}};
  const Function function = [](const Point& p) { return Score{p[0], 1000 * p[0]}; };
  std::size_t best = 0;
  const std::vector<Trial> trials = search_all(line, {0.1}, {100, 1, 400.0, false}, function, &best);
  CHECK(trials[best].score.violations <= 400);
  CHECK(trials[best].point[0] > 0.38);
}

TEST_CASE("without a bound the first point's violations are the bound") {
  const Space line{{{"x", Kind::real, 0, 1, false}}, {}};
  std::size_t best = 0;
  const std::vector<Trial> trials = search_all(
      line, {0.25}, {80, 1, {}, false},
      [](const Point& p) {
        return Score{p[0], 1000 * p[0]};
      },
      &best);
  CHECK(trials[best].point[0] <= 0.25);
}

TEST_CASE("where nothing keeps the bound the fewest violations win") {
  const Space line{{{"x", Kind::real, 0.5, 1, false}}, {}};
  std::size_t best = 0;
  const std::vector<Trial> trials = search_all(
      line, {1}, {60, 1, 100.0, false},
      [](const Point& p) {
        return Score{p[0], 1000 * p[0]};
      },
      &best);
  CHECK(trials[best].point[0] < 0.52);
}

TEST_CASE("bounds without a legal point are an error, not an endless search") {
  Space space = kBowl;
  space.legal = [](const Point&) { return false; };
  Search search(space, {0.9, 0.1, 12}, {10, 1, {}, false});
  REQUIRE(search.next());
  search.tell({{0, 0}});
  const Result<std::vector<Point>> next = search.next();
  REQUIRE_FALSE(next);
  CHECK(next.error().code == ErrorCode::bad_input);
}
