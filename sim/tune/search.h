// The search: which points to try next, given what came of the others. It runs nothing itself: next() says what to try,
// tell() what came of it.
//
// Method: the first trial is what the caller starts from. Of all trials a third is drawn evenly; the rest by a
// tree-structured Parzen estimator (Bergstra, Bardenet, Bengio, Kegl, "Algorithms for Hyper-Parameter Optimization",
// NIPS 2011, section 4): the trials so far are split into the best quarter (ours: ten at most; on a bowl in eight
// dimensions 100 trials then came 40 % nearer to its bottom) and the rest, each becomes a density a
// dimension (parzen.h), 24 values are drawn from the good one, and the value with the greatest ratio good / rest is
// taken, for every dimension by itself. What breaks the bound on violations ranks behind everything that keeps it, and
// by its violations.
//   Properties: the points depend on the space, the first point, the options and what was told alone (batches have a
//   fixed size, whatever the number of workers); every point but the first is within the bounds and legal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/result.h"
#include "sim/random.h"
#include "sim/tune/space.h"

namespace dcat::sim {

struct Score {
  double value = 0;       // greater is better
  double violations = 0;  // of the bound; fewer is better
  bool operator==(const Score&) const = default;
};

// A strict order: a ranks before b.
bool ranks_before(const Score& a, const Score& b, double violation_bound);

struct SearchOptions {
  int trials = 100;  // at least 1, the first point's included
  std::uint64_t seed = 1;
  std::optional<double> violation_bound;  // absent: what the first point has
  bool random_only = false;               // for comparison
};

struct Trial {
  Point point;
  Score score;
  bool operator==(const Trial&) const = default;
};

class Search {
 public:
  // REQUIRES: `first` has a value a dimension; at least one dimension. It need not lie within the bounds.
  Search(Space space, Point first, SearchOptions options);

  // What to try now; empty: no trials are left. Points that were tried before are not among them, their score is known:
  // those count as trials at once. Error (bad_input): the bounds have next to no legal point.
  Result<std::vector<Point>> next();
  // REQUIRES: a score for each point of the last next(), in its order.
  void tell(const std::vector<Score>& scores);

  // In the order in which they were tried.
  const std::vector<Trial>& trials() const { return trials_; }
  // The trial that ranks first, the earlier one of equals. REQUIRES: the first was told.
  std::size_t best() const;
  double violation_bound() const;  // REQUIRES: the first was told.

 private:
  Result<Point> random_point(std::size_t number) const;
  Result<Point> estimated_point(std::size_t number) const;
  std::vector<std::size_t> by_rank() const;
  std::optional<Score> known(const Point& point) const;

  Space space_;
  Point first_;
  SearchOptions options_;
  std::vector<Trial> trials_;
  std::vector<Point> planned_;  // of this batch, in order, those with a known score too
  std::vector<Point> asked_;    // what next() said
};

}  // namespace dcat::sim
