// Dynamic programming over who is left and how many ways are left.
//
// A state is a set of tenants without ways yet: with partitions the last so many, with clusters any set. An option of a
// state is the next cluster (it holds the state's first tenant, so that every clustering is met once) and the state
// behind it. Ways may stay unused. Where there are fewer CLOSIDs than tenants, the clusters left are a third dimension.
// Scores of clusters add up; -infinity forbids one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace dcat::sim {

class Patience;

struct Pick {
  std::uint32_t item = 0;
  int ways = 0;
};
using Picks = std::vector<Pick>;

inline constexpr double kForbidden = -std::numeric_limits<double>::infinity();

struct Option {
  std::uint32_t item = 0;
  std::uint32_t next = 0;  // always smaller than the state
};

class StateSpace {
 public:
  StateSpace(std::size_t tenants, bool clusters, int ways, int least, int closids);

  std::uint32_t start() const { return static_cast<std::uint32_t>(first_.size() - 2); }
  std::span<const Option> options(std::uint32_t state) const {
    return {options_.data() + first_[state], first_[state + 1] - first_[state]};
  }
  int ways() const { return ways_; }
  int least() const { return least_; }
  // 1 layer where CLOSIDs do not bind; else layer k: at most k clusters more.
  std::size_t layers() const { return layers_; }
  std::size_t top() const { return layers_ - 1; }
  std::size_t below(std::size_t layer) const { return layers_ == 1 ? 0 : layer - 1; }
  bool exhausted(std::size_t layer) const { return layers_ > 1 && layer == 0; }
  std::size_t states() const { return first_.size() - 1; }

 private:
  int ways_;
  int least_;
  std::size_t layers_;
  std::vector<std::size_t> first_;  // by state, into options_
  std::vector<Option> options_;
};

// score[item * (ways + 1) + w]
using Scores = std::vector<double>;

// The greatest sum of scores of a state's tenants in so many ways; or the greatest least score.
class BestSums {
 public:
  enum class Kind { sum, least };
  explicit BestSums(const StateSpace& space, Kind kind = Kind::sum);
  // False: cut, and what best() says is worth nothing.
  bool solve(const Scores& scores, Patience& patience);
  double best(std::size_t layer, std::uint32_t state, int ways) const {
    return best_[(layer * space_->states() + state) * stride_ + static_cast<std::size_t>(ways)];
  }
  double best() const { return best(space_->top(), space_->start(), space_->ways()); }
  // One choice with best(). REQUIRES: sums; best() is not forbidden; `scores` as solved.
  Picks choice(const Scores& scores) const;

 private:
  template <class Combine>
  bool solve(const Scores& scores, Patience& patience, Combine combine);

  const StateSpace* space_;
  Kind kind_;
  std::size_t stride_;
  std::vector<double> best_;
};

// The fewest ways in which a state's tenants find places, each cluster with need[item] ways (more than all: never).
class FewestWays {
 public:
  explicit FewestWays(const StateSpace& space);
  int solve(std::span<const int> need);
  int fewest(std::size_t layer, std::uint32_t state) const { return fewest_[layer * space_->states() + state]; }

 private:
  const StateSpace* space_;
  std::vector<int> fewest_;
};

}  // namespace dcat::sim
