#include "sim/report/thinning.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace dcat::sim::page {
namespace {

std::vector<std::size_t> all_of(std::size_t count) {
  std::vector<std::size_t> all(count);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

}  // namespace

std::vector<Stretch> stretches_of(std::size_t count, std::size_t stretches) {
  const std::size_t parts = std::min(count, stretches);
  std::vector<Stretch> out;
  for (std::size_t i = 0; i < parts; ++i) out.push_back({i * count / parts, (i + 1) * count / parts});
  return out;
}

std::vector<std::size_t> keep_extremes(const std::vector<std::optional<double>>& values, std::size_t most) {
  if (values.size() <= most) return all_of(values.size());
  std::set<std::size_t> kept{0, values.size() - 1};
  for (const Stretch& stretch : stretches_of(values.size(), (most - 2) / 3)) {
    std::optional<std::size_t> least;
    std::optional<std::size_t> greatest;
    std::optional<std::size_t> absent;
    for (std::size_t i = stretch.from; i < stretch.until; ++i) {
      if (!values[i]) {
        if (!absent) absent = i;
        continue;
      }
      if (!least || *values[i] < *values[*least]) least = i;
      if (!greatest || *values[i] > *values[*greatest]) greatest = i;
    }
    for (const std::optional<std::size_t>& i : {least, greatest, absent})
      if (i) kept.insert(*i);
  }
  return {kept.begin(), kept.end()};
}

std::vector<std::size_t> keep_changes(const std::vector<std::vector<double>>& periods, std::size_t most) {
  if (periods.size() <= most) return all_of(periods.size());
  std::vector<std::size_t> kept;
  for (const Stretch& stretch : stretches_of(periods.size(), most / 2)) {
    std::size_t farthest = stretch.from;
    double distance = 0;
    for (std::size_t i = stretch.from + 1; i < stretch.until; ++i) {
      double sum = 0;
      for (std::size_t k = 0; k < periods[i].size(); ++k) sum += std::abs(periods[i][k] - periods[stretch.from][k]);
      if (sum > distance) {
        distance = sum;
        farthest = i;
      }
    }
    kept.push_back(stretch.from);
    if (farthest != stretch.from) kept.push_back(farthest);
  }
  return kept;
}

}  // namespace dcat::sim::page
