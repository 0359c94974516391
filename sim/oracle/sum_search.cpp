#include "sim/oracle/sum_search.h"

#include <algorithm>
#include <cmath>

#include "sim/oracle/walk.h"

namespace dcat::sim {
namespace {

// What a unit of depth costs against a unit of value where the least depth is not 0: any number bounds, a large one
// bounds well.
constexpr double kDepthPrice = 1e4;
constexpr int kMostPrices = 12;              // of the bus, in one interval
constexpr std::uint64_t kMostNodes = 20000;  // of one walk, before the interval is halved
constexpr double kLeastInterval = 1e-7;      // relative: not halved any more

constexpr double kUnbounded = -kForbidden;

struct Interval {
  double low = 1;
  double high = 1;
};

class SumSearch {
 public:
  // depth < 0: minimise the depth.
  SumSearch(const Problem& p, double depth)
      : p_(p),
        limit_(depth),
        sums_(p.space),
        least_traffic_(p.space),
        stride_(static_cast<std::size_t>(p.space.ways()) + 1) {}

  void consider(const Picks& picks) {
    const Merit merit = p_.judge.evaluate(p_.table, picks);
    if (scalar(merit) <= scalar_) return;
    scalar_ = scalar(merit);
    found_.picks = picks;
    found_.merit = merit;
  }

  // ---- What walk_choices asks.
  struct Sofar {
    double score = 0;
    double traffic = 0;
  };
  std::optional<Sofar> extend(const Sofar& sofar, Pick pick, const Place& next) const {
    const std::size_t at = pick.item * stride_ + static_cast<std::size_t>(pick.ways);
    const double score = sofar.score + priced_[at];
    if (!(score + sums_.best(next.layer, next.state, next.left) > scalar_ + kTie)) return std::nullopt;
    if (!constrained_) return Sofar{score, 0};
    const double traffic = sofar.traffic + traffic_[at];
    if (traffic - least_traffic_.best(next.layer, next.state, next.left) >
        p_.judge.bytes_per_sec() * (1 + kTrafficSlack))
      return std::nullopt;
    return Sofar{score, traffic};
  }
  bool tired() { return nodes_-- == 0 || p_.judge.spent(); }

  Found run() {
    std::vector<Interval> open{{1, 1}};
    if (p_.judge.ceiling())
      if (const double most = greatest_factor(p_); most > 1) open.insert(open.begin(), Interval{1, most});
    const double whole = std::log(open.front().high);
    double done = 0;
    double bound = kForbidden;
    while (!open.empty()) {
      const Interval interval = open.back();
      open.pop_back();
      const double here = relax(interval);
      if (cut_) {
        bound = kUnbounded;
        break;
      }
      if (here > scalar_ + kTie && !walked(interval)) {
        if (p_.judge.spent()) {
          bound = std::max(bound, here);
        } else {
          const double middle = std::sqrt(interval.low * interval.high);
          open.push_back({middle, interval.high});
          open.push_back({interval.low, middle});
          continue;
        }
      }
      done += std::log(interval.high / interval.low);
      if (whole > 0) p_.judge.patience().report(done / whole);
    }
    found_.exact = bound <= scalar_ + kTie;
    found_.bound = found_.exact ? scalar_ : bound;
    return found_;
  }

 private:
  bool for_depth() const { return limit_ < 0; }
  double scalar(const Merit& merit) const {
    if (for_depth()) return -merit.depth;
    if (merit.depth > limit_ + kTie) return kForbidden;
    return p_.judge.fair() ? merit.second : merit.value;
  }

  double score(std::span<const std::uint16_t> tenants, std::span<const Member> members, double factor) const {
    const double depth = depth_at(p_.judge, tenants, members, factor);
    if (for_depth()) return -depth;
    if (depth > limit_ + kTie) return kForbidden;
    double value = -kDepthPrice * depth;
    for (std::size_t k = 0; k < tenants.size(); ++k) value += p_.judge.value(tenants[k], ipc_at(members[k], factor));
    return value;
  }
  // What the relaxed constraints add to a sum of priced scores.
  double allowance() const {
    return price_ * p_.judge.bytes_per_sec() + (for_depth() ? 0 : kDepthPrice * (limit_ + kTie));
  }

  // An upper bound of the scalar with a factor in the interval; leaves the tables of the best price. Of no use where
  // cut_ says that a table is not whole.
  double relax(const Interval& interval) {
    const int least = p_.space.least();
    scores_ = scores_of(p_.table, least, [&](auto t, auto m) { return score(t, m, interval.low); });
    price_ = 0;
    bound_ = solve();
    constrained_ = false;
    if (cut_ || bound_ <= scalar_ + kTie) return bound_;
    Picks rich = priced_choice();
    if (!p_.judge.ceiling()) return bound_;
    traffic_ = scores_of(p_.table, least, [&](auto, auto m) { return traffic_at(m, interval.high); });
    if (interval.high >= kGreatestFactor || sum(traffic_, rich) <= p_.judge.bytes_per_sec()) return bound_;
    return price(rich);
  }

  // Lowers the bound by the constraint on the traffic: the line through a configuration that is rich but moves too
  // much and one that is frugal gives the next price, until no configuration lies above the line.
  double price(Picks rich) {
    constrained_ = true;
    Scores frugal_scores = scores_;
    for (std::size_t i = 0; i < scores_.size(); ++i)
      if (scores_[i] != kForbidden) frugal_scores[i] = -traffic_[i];
    cut_ = !least_traffic_.solve(frugal_scores, p_.judge.patience());
    if (cut_) return bound_;
    if (-least_traffic_.best() > p_.judge.bytes_per_sec() * (1 + kTrafficSlack)) return kForbidden;
    Picks frugal = least_traffic_.choice(frugal_scores);
    consider(frugal);
    double best_price = 0;
    for (int i = 0; i < kMostPrices && bound_ > scalar_ + kTie; ++i) {
      const double apart = sum(traffic_, rich) - sum(traffic_, frugal);
      if (apart <= 0) break;
      price_ = std::max(0.0, (sum(scores_, rich) - sum(scores_, frugal)) / apart);
      const double line = sum(scores_, rich) - price_ * (sum(traffic_, rich) - p_.judge.bytes_per_sec());
      const double bound = solve();
      if (cut_) return bound_;
      if (bound < bound_) best_price = price_, bound_ = bound;
      const Picks next = priced_choice();
      if (sum(scores_, next) - price_ * (sum(traffic_, next) - p_.judge.bytes_per_sec()) <= line + kTie) break;
      (sum(traffic_, next) > p_.judge.bytes_per_sec() ? rich : frugal) = next;
    }
    if (price_ != best_price && bound_ > scalar_ + kTie) {
      price_ = best_price;
      solve();
    }
    return bound_;
  }

  double solve() {
    priced_ = scores_;
    if (price_ > 0)
      for (std::size_t i = 0; i < priced_.size(); ++i) priced_[i] -= price_ * traffic_[i];
    cut_ = !sums_.solve(priced_, p_.judge.patience());
    return sums_.best() + allowance();
  }

  Picks priced_choice() {
    Picks picks = sums_.choice(priced_);
    if (!p_.judge.spent() || found_.picks.empty()) consider(picks);
    return picks;
  }

  double sum(const Scores& scores, const Picks& picks) const {
    double total = 0;
    for (const Pick& pick : picks) total += scores[pick.item * stride_ + static_cast<std::size_t>(pick.ways)];
    return total;
  }

  // Whether every configuration that the tables leave above the best found has been looked at.
  bool walked(const Interval& interval) {
    if (p_.judge.spent()) return false;
    nodes_ = interval.high / interval.low - 1 <= kLeastInterval ? ~std::uint64_t{0} : kMostNodes;
    Picks path;
    return walk_choices(p_.space, *this, whole(p_.space), Sofar{allowance(), 0}, path);
  }

  const Problem& p_;
  double limit_;
  BestSums sums_;
  BestSums least_traffic_;
  std::size_t stride_;
  Found found_;
  bool cut_ = false;
  double scalar_ = kForbidden;
  Scores scores_;
  Scores traffic_;
  Scores priced_;
  double price_ = 0;
  double bound_ = 0;
  bool constrained_ = false;
  std::uint64_t nodes_ = 0;
};

}  // namespace

double traffic_at(std::span<const Member> members, double stall_factor) {
  double traffic = 0;
  for (const Member& m : members)
    traffic += m.load.bytes_per_sec_cpi / (m.load.core_cpi + stall_factor * m.load.stall_cpi);
  return traffic;
}

double depth_at(const Judge& judge, std::span<const std::uint16_t> tenants, std::span<const Member> members,
                double stall_factor) {
  if (!judge.floors()) return 0;
  double depth = 0;
  for (std::size_t k = 0; k < tenants.size(); ++k) depth += judge.depth(tenants[k], ipc_at(members[k], stall_factor));
  return depth;
}

double greatest_factor(const Problem& problem) {
  BestSums most(problem.space);
  for (double factor = 1; factor < kGreatestFactor; factor *= 2) {
    const Scores scores =
        scores_of(problem.table, problem.space.least(), [&](auto, auto m) { return traffic_at(m, factor); });
    if (!most.solve(scores, problem.judge.patience())) break;
    if (most.best() < problem.judge.bytes_per_sec()) return factor;
  }
  return kGreatestFactor;
}

Found least_depth(const Problem& problem) {
  return SumSearch(problem, -1).run();
}

Found greatest_value(const Problem& problem, double depth, const Picks& known) {
  SumSearch search(problem, depth);
  if (!known.empty()) search.consider(known);
  return search.run();
}

}  // namespace dcat::sim
