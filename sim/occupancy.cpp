#include "sim/occupancy.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <utility>

#include "sim/root.h"

namespace dcat::sim {
namespace {

// Inner roots are finer than outer ones, so that the outer function is smooth enough to be solved.
constexpr double kInnerTolerance = 1e-12;
constexpr double kOuterTolerance = 1e-9;

struct Region {
  double ways = 0;
  std::vector<std::size_t> fillers;
  double u = 0;               // 0: not solved yet
  std::vector<double> parts;  // ways, as `fillers`
};

class Solver {
 public:
  explicit Solver(const std::vector<Filler>& fillers)
      : fillers_(fillers), held_(fillers.size(), 0), own_(fillers.size(), 0), sum_u_(fillers.size(), 0) {
    build_regions();
  }

  std::vector<double> solve() {
    const int most = regions_.size() == 1 ? 1 : kMostSweeps;
    for (int sweep = 0; sweep < most && !regions_.empty(); ++sweep) {
      const std::vector<double> before = held_;
      for (Region& region : regions_) solve(region);
      double moved = 0;
      for (std::size_t i = 0; i < held_.size(); ++i) moved = std::max(moved, std::abs(held_[i] - before[i]));
      if (moved <= kOccupancyTolerance) break;
    }
    for (std::size_t i = 0; i < held_.size(); ++i) held_[i] = own_[i];
    for (Region& region : regions_) {
      fill_up(region);
      for (std::size_t k = 0; k < region.fillers.size(); ++k) held_[region.fillers[k]] += region.parts[k];
    }
    return held_;
  }

 private:
  void build_regions() {
    std::map<std::vector<std::size_t>, int> ways_of;
    for (int way = 0; way < 64; ++way) {
      std::vector<std::size_t> who;
      for (std::size_t i = 0; i < fillers_.size(); ++i)
        if ((fillers_[i].mask.bits >> way & 1) != 0) who.push_back(i);
      if (!who.empty()) ++ways_of[who];
    }
    for (const auto& [who, ways] : ways_of) {
      if (who.size() == 1)
        own_[who.front()] += ways;
      else
        regions_.push_back(Region{static_cast<double>(ways), who, 0, std::vector<double>(who.size(), 0)});
    }
    // A first guess for who is in several regions: nothing is held in those that are not solved yet.
    held_ = own_;
  }

  double rate(std::size_t i, double ways) const {
    return std::max(0.0, fillers_[i].insertions_per_sec(ways)) / fillers_[i].mask.size().count;
  }

  // The occupancy of tenant i when its regions' u add up to `sum_u`.
  double held_with(std::size_t i, double sum_u) const {
    const double most = fillers_[i].mask.size().count;
    if (fillers_[i].holds) return fillers_[i].holds(own_[i], sum_u / most, most);
    const auto excess = [&](double o) { return o - own_[i] - sum_u * rate(i, o); };
    const double at_most = excess(most);
    if (at_most <= 0) return most;
    return find_root(excess, own_[i], most, excess(own_[i]), at_most, kInnerTolerance, kInnerTolerance);
  }

  // Parts of the region for this u; their sum less the region's ways.
  double split(Region& region, double u) {
    double sum = 0;
    for (std::size_t k = 0; k < region.fillers.size(); ++k) {
      const std::size_t i = region.fillers[k];
      const double sum_u = sum_u_[i] - region.u + u;
      held_[i] = held_with(i, sum_u);
      region.parts[k] = (held_[i] - own_[i]) * u / sum_u;
      sum += region.parts[k];
    }
    return sum - region.ways;
  }

  // Of log u, from the rates that the fillers have with the most and the fewest ways they can come to.
  std::pair<double, double> bracket(const Region& region) const {
    double most = 0;
    double fewest = 0;
    for (const std::size_t i : region.fillers) {
      most += rate(i, own_[i]);
      fewest += rate(i, fillers_[i].mask.size().count);
    }
    const auto log_u = [&](double rate_sum) {
      return std::clamp(std::log(region.ways) - std::log(rate_sum), kLeastLogU, kMostLogU);
    };
    return {log_u(most), log_u(fewest)};
  }

  void solve(Region& region) {
    const auto excess = [&](double log_u) { return split(region, std::exp(log_u)); };
    auto [low, high] = bracket(region);
    double at_low = excess(low);
    // A measured curve need not fall everywhere: then the bracket may be wrong, and the widest one is right.
    if (at_low > 0) at_low = excess(low = kLeastLogU);
    double at_high = excess(high);
    if (at_high < 0) at_high = excess(high = kMostLogU);
    const double u = std::exp(find_root(excess, low, high, at_low, at_high, kInnerTolerance, kOuterTolerance));
    split(region, u);
    for (const std::size_t i : region.fillers) sum_u_[i] += u - region.u;
    region.u = u;
  }

  // What is left of a region where everybody fits, and what the tolerance left.
  static void fill_up(Region& region) {
    double sum = 0;
    for (const double part : region.parts) sum += part;
    const auto count = static_cast<double>(region.parts.size());
    for (double& part : region.parts) {
      if (sum > region.ways)
        part *= region.ways / sum;
      else
        part += (region.ways - sum) / count;
    }
  }

  const std::vector<Filler>& fillers_;
  std::vector<double> held_;
  std::vector<double> own_;    // ways that nobody else may fill
  std::vector<double> sum_u_;  // over the tenant's solved regions
  std::vector<Region> regions_;
};

}  // namespace

std::vector<double> share_ways(const std::vector<Filler>& fillers) {
  return Solver(fillers).solve();
}

}  // namespace dcat::sim
