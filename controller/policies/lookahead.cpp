#include "controller/policies/lookahead.h"

#include <algorithm>
#include <cstddef>

namespace dcat {
namespace {

struct Stretch {
  double gain_per_way = 0;
  int ways = 0;
};

Stretch best_stretch(const std::vector<double>& cost, int from, int available) {
  Stretch best;
  const int most = std::min(available, static_cast<int>(cost.size()) - from);
  for (int n = 1; n <= most; ++n) {
    const double gain = (cost[static_cast<std::size_t>(from) - 1] - cost[static_cast<std::size_t>(from + n) - 1]) / n;
    if (gain > best.gain_per_way) best = {gain, n};
  }
  return best;
}

}  // namespace

std::vector<int> look_ahead(std::span<const std::vector<double>> costs, std::vector<int> least, int ways) {
  std::vector<int> sizes = std::move(least);
  int left = ways;
  for (const int size : sizes) left -= size;
  // Only who got ways, or whose best stretch is longer than what is left, has a new best stretch.
  std::vector<Stretch> stretches;
  for (std::size_t i = 0; i < costs.size(); ++i) stretches.push_back(best_stretch(costs[i], sizes[i], left));
  while (left > 0) {
    std::size_t who = 0;
    for (std::size_t i = 1; i < stretches.size(); ++i)
      if (stretches[i].gain_per_way > stretches[who].gain_per_way) who = i;
    if (stretches[who].gain_per_way <= 0) break;
    sizes[who] += stretches[who].ways;
    left -= stretches[who].ways;
    for (std::size_t i = 0; i < costs.size(); ++i)
      if (i == who || stretches[i].ways > left) stretches[i] = best_stretch(costs[i], sizes[i], left);
  }
  const int count = static_cast<int>(sizes.size());
  for (int i = 0; i < count; ++i) sizes[static_cast<std::size_t>(i)] += left / count + (i < left % count ? 1 : 0);
  return sizes;
}

}  // namespace dcat
