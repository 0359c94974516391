#include "sim/tune/search.h"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "sim/tune/parzen.h"

namespace dcat::sim {
namespace {

constexpr std::size_t kBatch = 4;        // trials that do not know of each other
constexpr double kRandomPart = 1.0 / 3;  // of the trials
constexpr double kGoodPart = 0.25;
constexpr std::size_t kMostGood = 10;  // more of them blur the place of the best
constexpr int kCandidates = 24;
constexpr int kTries = 1000;  // for a legal point

bool is_legal(const Space& space, const Point& point) {
  return !space.legal || space.legal(point);
}

}  // namespace

bool ranks_before(const Score& a, const Score& b, double violation_bound) {
  const bool a_keeps = a.violations <= violation_bound;
  const bool b_keeps = b.violations <= violation_bound;
  if (a_keeps != b_keeps) return a_keeps;
  if (!a_keeps && a.violations != b.violations) return a.violations < b.violations;
  return a.value > b.value;
}

Search::Search(Space space, Point first, SearchOptions options)
    : space_(std::move(space)), first_(std::move(first)), options_(options) {
  assert(!space_.dimensions.empty() && first_.size() == space_.dimensions.size());
}

double Search::violation_bound() const {
  assert(options_.violation_bound || !trials_.empty());
  return options_.violation_bound ? *options_.violation_bound : trials_.front().score.violations;
}

std::vector<std::size_t> Search::by_rank() const {
  std::vector<std::size_t> order(trials_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const double bound = violation_bound();
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return ranks_before(trials_[a].score, trials_[b].score, bound);
  });
  return order;
}

std::size_t Search::best() const {
  return by_rank().front();
}

std::optional<Score> Search::known(const Point& point) const {
  for (const Trial& trial : trials_)
    if (trial.point == point) return trial.score;
  return std::nullopt;
}

Result<Point> Search::random_point(std::size_t number) const {
  Random random(options_.seed, "tune", number);
  for (int i = 0; i < kTries; ++i) {
    Point point;
    for (const Dimension& d : space_.dimensions) point.push_back(value_at(d, random.uniform()));
    if (is_legal(space_, point)) return point;
  }
  return Error{ErrorCode::bad_input, "--parameter", "hardly any combination of these values is a valid configuration",
               "give other ranges", 0};
}

Result<Point> Search::estimated_point(std::size_t number) const {
  const std::vector<std::size_t> order = by_rank();
  const std::size_t quarter = static_cast<std::size_t>(kGoodPart * static_cast<double>(order.size())) + 1;
  const std::size_t good_count = std::min(quarter, kMostGood);
  std::vector<Parzen> good, rest;
  for (std::size_t d = 0; d < space_.dimensions.size(); ++d) {
    std::vector<double> units[2];
    for (std::size_t i = 0; i < order.size(); ++i)
      units[i < good_count ? 0 : 1].push_back(unit_of(space_.dimensions[d], trials_[order[i]].point[d]));
    good.emplace_back(space_.dimensions[d], std::move(units[0]));
    rest.emplace_back(space_.dimensions[d], std::move(units[1]));
  }
  Random random(options_.seed, "tune", number);
  for (int i = 0; i < kTries; ++i) {
    Point point;
    for (std::size_t d = 0; d < space_.dimensions.size(); ++d)
      point.push_back(value_at(space_.dimensions[d], most_promising(good[d], rest[d], kCandidates, random)));
    if (is_legal(space_, point)) return point;
  }
  return random_point(number);
}

Result<std::vector<Point>> Search::next() {
  const auto all = static_cast<std::size_t>(std::max(1, options_.trials));
  asked_.clear();
  planned_.clear();
  if (trials_.empty()) {
    planned_ = asked_ = {first_};
    return asked_;
  }
  const auto random_trials = static_cast<std::size_t>(kRandomPart * static_cast<double>(all));
  while (asked_.empty() && trials_.size() < all) {
    planned_.clear();
    // Batches end at the same numbers whatever came of them.
    const std::size_t end = std::min(all, trials_.size() + kBatch);
    for (std::size_t number = trials_.size(); number < end; ++number) {
      Result<Point> point =
          options_.random_only || number <= random_trials ? random_point(number) : estimated_point(number);
      if (!point) return std::move(point).error();
      if (!known(*point) && std::find(asked_.begin(), asked_.end(), *point) == asked_.end()) asked_.push_back(*point);
      planned_.push_back(*std::move(point));
    }
    if (asked_.empty()) tell({});
  }
  return asked_;
}

void Search::tell(const std::vector<Score>& scores) {
  assert(scores.size() == asked_.size());
  std::vector<Trial> told;
  for (Point& point : planned_) {
    const auto at = std::find(asked_.begin(), asked_.end(), point);
    const Score score = at != asked_.end() ? scores[static_cast<std::size_t>(at - asked_.begin())] : *known(point);
    told.push_back({std::move(point), score});
  }
  trials_.insert(trials_.end(), told.begin(), told.end());
  planned_.clear();
}

}  // namespace dcat::sim
