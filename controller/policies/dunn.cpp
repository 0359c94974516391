#include "controller/policies/dunn.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "controller/policies/clusters.h"

namespace dcat {
namespace {

constexpr double kExponent = 0.67431637;  // the paper's fit on 20 ways: 19.27 e^(0.674 x) - 17.72
constexpr double kFewestWays = 1.55;      // of that fit, at x = 0
constexpr double kNoExtent = 1e-12;

int ways_of(double centre, const PolicyInput& input) {
  const double part = std::expm1(kExponent * centre) / std::expm1(kExponent);
  const long ways = std::lround(kFewestWays + (input.ways.count - kFewestWays) * part);
  return std::clamp(static_cast<int>(ways), std::min(input.least.count, input.ways.count), input.ways.count);
}

// Of the sorted values from..to: squared distance to their mean, from sums.
struct Spread {
  std::vector<double> sum{0};
  std::vector<double> squares{0};
  explicit Spread(const std::vector<double>& sorted) {
    for (const double v : sorted) {
      sum.push_back(sum.back() + v);
      squares.push_back(squares.back() + v * v);
    }
  }
  double of(std::size_t from, std::size_t to) const {  // [from, to)
    const double s = sum[to] - sum[from];
    return std::max(0.0, squares[to] - squares[from] - s * s / static_cast<double>(to - from));
  }
};

struct Extent {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
};

std::vector<double> scaled_stalls(const PolicyInput& input) {
  std::vector<double> stalls;
  for (const PolicyTenant& tenant : input.tenants) stalls.push_back(tenant.measured ? tenant.measured->stall_ratio : 0);
  const auto [low, high] = std::minmax_element(stalls.begin(), stalls.end());
  const double least = *low;
  const double range = *high - least;
  for (double& s : stalls) s = range > kNoExtent ? (s - least) / range : 0;
  return stalls;
}

// Whatever no mask covers is given to the mask that ends below it.
void cover(std::vector<Cbm>& masks, Ways ways) {
  Cbm used;
  for (const Cbm mask : masks) used = used | mask;
  for (int way = 1; way < ways.count; ++way) {
    if (used.overlaps(Cbm::run(WayIndex(way), Ways(1)))) continue;
    for (Cbm& mask : masks) {
      if (!mask.overlaps(Cbm::run(WayIndex(way - 1), Ways(1)))) continue;
      mask = mask | Cbm::run(WayIndex(way), Ways(1));
      used = used | mask;
      break;
    }
  }
}

}  // namespace

std::vector<std::size_t> k_means_in_one_dimension(const std::vector<double>& values, std::size_t k) {
  const std::size_t count = values.size();
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> sorted;
  for (const std::size_t i : order) sorted.push_back(values[i]);
  const Spread spread(sorted);
  // best[c][n]: the first n values in c + 1 clusters; cut[c][n]: where the last of them starts.
  std::vector<std::vector<double>> best(k, std::vector<double>(count + 1, std::numeric_limits<double>::infinity()));
  std::vector<std::vector<std::size_t>> cut(k, std::vector<std::size_t>(count + 1, 0));
  for (std::size_t n = 1; n <= count; ++n) best[0][n] = spread.of(0, n);
  for (std::size_t c = 1; c < k; ++c)
    for (std::size_t n = c + 1; n <= count; ++n)
      for (std::size_t from = c; from < n; ++from)
        if (const double cost = best[c - 1][from] + spread.of(from, n); cost < best[c][n]) {
          best[c][n] = cost;
          cut[c][n] = from;
        }
  std::vector<std::size_t> cluster_of(count, 0);
  std::size_t end = count;
  for (std::size_t c = k; c-- > 0;) {
    const std::size_t from = cut[c][end];
    for (std::size_t i = from; i < end; ++i) cluster_of[order[i]] = c;
    end = from;
  }
  return cluster_of;
}

double dunn_index(const std::vector<double>& values, const std::vector<std::size_t>& cluster_of, std::size_t k) {
  std::vector<Extent> extents(k);
  for (std::size_t i = 0; i < values.size(); ++i) {
    Extent& e = extents[cluster_of[i]];
    e.low = std::min(e.low, values[i]);
    e.high = std::max(e.high, values[i]);
  }
  double widest = 0;
  double nearest = std::numeric_limits<double>::infinity();
  for (std::size_t c = 0; c < k; ++c) {
    widest = std::max(widest, extents[c].high - extents[c].low);
    if (c + 1 < k) nearest = std::min(nearest, extents[c + 1].low - extents[c].high);
  }
  return nearest / std::max(widest, kNoExtent);
}

Result<Allocation> DunnPolicy::allocate(const PolicyInput& input) {
  const std::size_t count = input.tenants.size();
  const std::vector<double> stalls = scaled_stalls(input);
  const std::size_t most =
      std::min(count > 2 ? count - 1 : count, static_cast<std::size_t>(std::max(1, input.closids)));
  // Alike, or not yet measured: nothing tells them apart.
  if (most < 2 || *std::max_element(stalls.begin(), stalls.end()) <= kNoExtent) return all_in_one(input);
  std::size_t best_k = 0;
  double best_index = -1;
  std::vector<std::size_t> cluster_of;
  for (std::size_t k = 2; k <= most; ++k) {
    std::vector<std::size_t> candidate = k_means_in_one_dimension(stalls, k);
    const double index = dunn_index(stalls, candidate, k);
    if (index <= best_index) continue;
    best_index = index;
    best_k = k;
    cluster_of = std::move(candidate);
  }
  std::vector<double> sums(best_k, 0);
  std::vector<double> members(best_k, 0);
  for (std::size_t i = 0; i < count; ++i) {
    sums[cluster_of[i]] += stalls[i];
    ++members[cluster_of[i]];
  }
  Allocation allocation;
  allocation.masks.resize(best_k);
  bool low_end = true;
  for (std::size_t c = best_k; c-- > 0; low_end = !low_end) {
    const int ways = ways_of(sums[c] / members[c], input);
    allocation.masks[c] = Cbm::run(WayIndex(low_end ? 0 : input.ways.count - ways), Ways(ways));
  }
  cover(allocation.masks, input.ways);
  allocation.cluster_of = std::move(cluster_of);
  return allocation;
}

}  // namespace dcat
