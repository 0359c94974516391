#include "controller/policies/cacheman.h"

#include <algorithm>
#include <map>
#include <vector>

namespace dcat {
namespace {

constexpr double kShort = 0.95;
constexpr double kOver = 1.05;
constexpr double kMissesAtAll = 0.01;

// Masks nest from the top way down: everybody's mask begins at way 0.
Allocation nested(const std::vector<int>& levels, const PolicyInput& input) {
  Allocation allocation;
  std::map<int, std::size_t> cluster_at;
  for (const int level : levels) {
    const auto [at, is_new] = cluster_at.try_emplace(level, allocation.masks.size());
    if (is_new) allocation.masks.push_back(Cbm::run(WayIndex(0), Ways(input.ways.count - level)));
    allocation.cluster_of.push_back(at->second);
  }
  return allocation;
}

}  // namespace

Result<Allocation> CachemanPolicy::allocate(const PolicyInput& input) {
  const std::size_t count = input.tenants.size();
  std::vector<int*> levels;
  for (std::size_t i = 0; i < count; ++i) levels.push_back(&levels_[input.tenants[i].number.value_or(i)]);
  const int deepest = std::max(0, std::min(input.ways.count - input.least.count, std::max(1, input.closids) - 1));
  double contracts = 0;
  for (const PolicyTenant& t : input.tenants) contracts += std::max(1, t.contract.count);
  std::vector<double> filled(count, 1);  // of its share
  bool anybody_short = false;
  std::vector<bool> is_short(count, false);
  for (std::size_t i = 0; i < count; ++i) {
    const PolicyTenant& t = input.tenants[i];
    if (!t.measured) continue;
    const double share = input.ways.count * std::max(1, t.contract.count) / contracts;
    filled[i] = t.measured->ways_held / share;
    is_short[i] = filled[i] < kShort && t.measured->misses_per_sec > kMissesAtAll * t.measured->references_per_sec;
    anybody_short = anybody_short || is_short[i];
  }
  if (anybody_short) {
    std::size_t over = count;
    for (std::size_t i = 0; i < count; ++i)
      if (filled[i] > kOver && *levels[i] < deepest && (over == count || filled[i] > filled[over])) over = i;
    if (over < count) ++*levels[over];
    for (std::size_t i = 0; i < count; ++i)
      if (is_short[i]) *levels[i] = std::max(0, *levels[i] - 1);
  }
  std::vector<int> now;
  for (const int* level : levels) now.push_back(std::min(*level, deepest));
  return nested(now, input);
}

}  // namespace dcat
