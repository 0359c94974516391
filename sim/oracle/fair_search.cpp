#include "sim/oracle/fair_search.h"

#include <algorithm>
#include <cmath>

#include "sim/oracle/walk.h"

namespace dcat::sim {
namespace {

constexpr std::size_t kSamples = 16;  // of the candidates, before they are gone through
constexpr double kStep = 1.1;         // between the ends of an interval of the stall factor

double most_slowed(const Judge& judge, std::span<const std::uint16_t> tenants, std::span<const Member> members,
                   double factor) {
  double most = 0;
  for (std::size_t k = 0; k < tenants.size(); ++k)
    most = std::max(most, judge.slowdown(tenants[k], ipc_at(members[k], factor)));
  return most;
}

double least_slowed(const Judge& judge, std::span<const std::uint16_t> tenants, std::span<const Member> members,
                    double factor) {
  double least = -kForbidden;
  for (std::size_t k = 0; k < tenants.size(); ++k)
    least = std::min(least, judge.slowdown(tenants[k], ipc_at(members[k], factor)));
  return least;
}

// By slowdowns on an idle bus.
class Window {
 public:
  Window(const Problem& p, double depth)
      : p_(p), limit_(depth), stride_(static_cast<std::size_t>(p.space.ways()) + 1), fewest_(p.space), sums_(p.space) {
    const int least = p.space.least();
    const Judge& judge = p.judge;
    low_ = scores_of(p.table, least, [&](auto t, auto m) { return least_slowed(judge, t, m, 1); });
    high_ = scores_of(p.table, least, [&](auto t, auto m) { return most_slowed(judge, t, m, 1); });
    depth_ = scores_of(p.table, least, [&](auto t, auto m) { return depth_at(judge, t, m, 1); });
    need_.resize(p.table.items());
    for (std::size_t i = 0; i < low_.size(); ++i) {
      // An item without tenants has no slowdown.
      if (high_[i] <= 0 || depth_[i] > limit_ + kTie) low_[i] = kForbidden, high_[i] = -kForbidden;
      if (low_[i] == kForbidden) continue;
      lows_.push_back(low_[i]);
      highs_.push_back(high_[i]);
    }
    for (std::vector<double>* values : {&lows_, &highs_}) {
      std::sort(values->begin(), values->end());
      values->erase(std::unique(values->begin(), values->end()), values->end());
    }
  }

  // Nothing: cut.
  Picks best() {
    least_high_ = least_feasible_high(0, highs_.back());
    // A few, for a good ratio to begin with.
    for (std::size_t i = 0; i < kSamples; ++i) try_low(lows_[i * lows_.size() / kSamples]);
    try_block(0, lows_.size());
    std::sort(tied_.begin(), tied_.end());
    tied_.erase(std::unique(tied_.begin(), tied_.end()), tied_.end());
    Picks picks;
    Merit merit;
    for (const double low : tied_) {
      if (p_.judge.patience().over_now()) return {};
      const Picks candidate = richest(low, low * (ratio_ + kTie));
      if (candidate.empty()) continue;
      const Merit theirs = p_.judge.evaluate(p_.table, candidate);
      if (!picks.empty() && !better(theirs, merit)) continue;
      picks = candidate;
      merit = theirs;
    }
    return picks;
  }

 private:
  // The greatest slowdown that still does, beside such a least one.
  double most_for(double low) const { return ratio_ == -kForbidden ? highs_.back() : low * (ratio_ + kTie); }

  void try_low(double low) {
    if (p_.judge.patience().over_now()) return;
    const double most = most_for(low);
    if (least_high_ > most || !feasible(low, most)) return;
    const double mine = least_feasible_high(low, most) / low;
    if (mine < ratio_ - kTie) tied_.clear();
    ratio_ = std::min(ratio_, mine);
    tied_.push_back(low);
  }

  // Least slowdowns lows_[first, last).
  void try_block(std::size_t first, std::size_t last) {
    if (last - first == 1) return try_low(lows_[first]);
    if (p_.judge.patience().over_now()) return;
    const double most = most_for(lows_[last - 1]);
    if (least_high_ > most || !feasible(lows_[first], most)) return;
    const std::size_t middle = first + (last - first) / 2;
    try_block(first, middle);
    try_block(middle, last);
  }

  bool inside(std::size_t at, double low, double high) const { return low_[at] >= low && high_[at] <= high; }

  bool feasible(double low, double high) {
    if (limit_ > kTie) return least_depth_inside(low, high) <= limit_ + kTie;
    for (std::size_t item = 0; item < need_.size(); ++item) {
      std::size_t w = static_cast<std::size_t>(p_.space.least());
      while (w < stride_ && !inside(item * stride_ + w, low, high)) ++w;
      need_[item] = w < stride_ ? static_cast<int>(w) : 2 * p_.space.ways() + 1;
    }
    return fewest_.solve(need_) <= p_.space.ways();
  }

  double least_depth_inside(double low, double high) {
    scores_.assign(low_.size(), kForbidden);
    for (std::size_t i = 0; i < low_.size(); ++i)
      if (inside(i, low, high)) scores_[i] = -depth_[i];
    return sums_.solve(scores_, p_.judge.patience()) ? -sums_.best() : -kForbidden;
  }

  // REQUIRES: feasible(low, most).
  double least_feasible_high(double low, double most) {
    auto first = std::lower_bound(highs_.begin(), highs_.end(), low);
    auto last = std::upper_bound(highs_.begin(), highs_.end(), most) - 1;
    while (first < last) {
      const auto middle = first + (last - first) / 2;
      if (feasible(low, *middle))
        last = middle;
      else
        first = middle + 1;
    }
    return *last;
  }

  // The greatest throughput inside; with a depth to keep, whatever keeps it.
  Picks richest(double low, double high) {
    constexpr double kPrice = 1e9;  // of depth: it comes first
    const Judge& judge = p_.judge;
    scores_ = scores_of(p_.table, p_.space.least(), [&](auto t, auto m) {
      double value = -kPrice * depth_at(judge, t, m, 1);
      for (std::size_t k = 0; k < t.size(); ++k) value += judge.value(t[k], m[k].ipc);
      return value;
    });
    for (std::size_t i = 0; i < scores_.size(); ++i)
      if (!inside(i, low, high)) scores_[i] = kForbidden;
    if (!sums_.solve(scores_, p_.judge.patience()) || sums_.best() == kForbidden) return {};
    Picks picks = sums_.choice(scores_);
    if (p_.judge.evaluate(p_.table, picks).depth <= limit_ + kTie) return picks;
    if (least_depth_inside(low, high) == -kForbidden) return {};
    return sums_.choice(scores_);
  }

  const Problem& p_;
  double limit_;
  std::size_t stride_;
  FewestWays fewest_;
  BestSums sums_;
  Scores low_;
  Scores high_;
  Scores depth_;
  Scores scores_;
  std::vector<double> lows_;
  std::vector<double> highs_;
  double least_high_ = 0;
  double ratio_ = -kForbidden;
  std::vector<double> tied_;  // least slowdowns with that ratio
  std::vector<int> need_;
};

// With a ceiling.
class FairWalk {
 public:
  FairWalk(const Problem& p, double depth)
      : p_(p),
        limit_(depth),
        stride_(static_cast<std::size_t>(p.space.ways()) + 1),
        least_high_(p.space, BestSums::Kind::least),
        most_low_(p.space, BestSums::Kind::least),
        least_traffic_(p.space),
        most_traffic_(p.space),
        least_depth_(p.space) {}

  void consider(const Picks& picks) {
    const Merit merit = p_.judge.evaluate(p_.table, picks);
    if (merit.depth > limit_ + kTie || (!found_.picks.empty() && !better(merit, found_.merit))) return;
    found_.picks = picks;
    found_.merit = merit;
  }

  // ---- What walk_choices asks.
  struct Sofar {
    double high = 0;
    double low = -kForbidden;
    double traffic_at_low = 0;
    double traffic_at_high = 0;
    double depth = 0;
  };
  std::optional<Sofar> extend(const Sofar& s, Pick pick, const Place& next) const {
    const std::size_t at = pick.item * stride_ + static_cast<std::size_t>(pick.ways);
    const Sofar with{std::max(s.high, -high_[at]), std::min(s.low, lows_[at]), s.traffic_at_low + traffic_low_[at],
                     s.traffic_at_high - traffic_high_[at], s.depth - depth_[at]};
    return hopeless(with, next) ? std::nullopt : std::optional(with);
  }
  bool tired() { return p_.judge.spent(); }

  Found run() {
    const double most = greatest_factor(p_);
    found_.bound = kForbidden;
    for (double low = 1, next = 1;;) {
      if (!load(low, next)) {
        found_.bound = -kForbidden;
        break;
      }
      Picks path;
      if (!hopeless({}, whole(p_.space)) && !walk_choices(p_.space, *this, whole(p_.space), Sofar{}, path))
        found_.bound = std::max(found_.bound, least_high_.best() / most_low_.best());
      if (most > 1) p_.judge.patience().report(std::log(next) / std::log(most));
      if (next >= most) break;
      low = next;
      next = std::min(most, next * kStep);
    }
    found_.exact = found_.bound <= found_.merit.value + kTie;
    if (found_.exact) found_.bound = found_.merit.value;
    return found_;
  }

 private:
  // False: cut.
  bool load(double low, double high) {
    const int least = p_.space.least();
    const Judge& judge = p_.judge;
    first_ = low;
    last_ = high;
    high_ = scores_of(p_.table, least, [&](auto t, auto m) { return -most_slowed(judge, t, m, low); });
    lows_ = scores_of(p_.table, least, [&](auto t, auto m) { return least_slowed(judge, t, m, high); });
    traffic_low_ = scores_of(p_.table, least, [&](auto, auto m) { return traffic_at(m, low); });
    traffic_high_ = scores_of(p_.table, least, [&](auto, auto m) { return -traffic_at(m, high); });
    depth_ = scores_of(p_.table, least, [&](auto t, auto m) { return -depth_at(judge, t, m, low); });
    Patience& patience = p_.judge.patience();
    return least_high_.solve(high_, patience) && most_low_.solve(lows_, patience) &&
           most_traffic_.solve(traffic_low_, patience) && least_traffic_.solve(traffic_high_, patience) &&
           least_depth_.solve(depth_, patience);
  }

  bool hopeless(const Sofar& s, const Place& place) const {
    const auto [layer, state, left] = place;
    const double ceiling = p_.judge.bytes_per_sec();
    const double high = std::max(s.high, -least_high_.best(layer, state, left));
    const double low = std::min(s.low, most_low_.best(layer, state, left));
    if (!found_.picks.empty() && high / low > -found_.merit.value + kTie) return true;
    if (s.depth - least_depth_.best(layer, state, left) > limit_ + kTie) return true;
    if (last_ < kGreatestFactor &&
        s.traffic_at_high - least_traffic_.best(layer, state, left) > ceiling * (1 + kTrafficSlack))
      return true;
    return first_ > 1 && s.traffic_at_low + most_traffic_.best(layer, state, left) < ceiling * (1 - kTrafficSlack);
  }

  const Problem& p_;
  double limit_;
  std::size_t stride_;
  BestSums least_high_;
  BestSums most_low_;
  BestSums least_traffic_;
  BestSums most_traffic_;
  BestSums least_depth_;
  Scores high_;
  Scores lows_;
  Scores traffic_low_;
  Scores traffic_high_;
  Scores depth_;
  double first_ = 1;
  double last_ = 1;
  Found found_;
};

}  // namespace

Found least_unfairness(const Problem& problem, double depth, const Picks& known) {
  if (!problem.judge.ceiling()) {
    Found found;
    found.picks = Window(problem, depth).best();
    found.exact = !found.picks.empty();
    if (!found.exact) found.picks = known;
    if (!found.picks.empty()) found.merit = problem.judge.evaluate(problem.table, found.picks);
    found.bound = found.exact ? found.merit.value : -kForbidden;
    return found;
  }
  FairWalk walk(problem, depth);
  if (!known.empty()) walk.consider(known);
  // The best of an idle bus is a good start for a busy one.
  if (depth <= kTie)
    if (const Picks idle = Window(problem, depth).best(); !idle.empty()) walk.consider(idle);
  return walk.run();
}

}  // namespace dcat::sim
