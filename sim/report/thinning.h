// Which periods of a long run are drawn. Only real periods are, never averages: a run is cut into equal stretches and
// of each those are kept that show its extremes. A run of no more than kMostPoints periods is drawn whole.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace dcat::sim::page {

inline constexpr std::size_t kMostPoints = 600;

// For a curve: of each stretch the least and the greatest value and, where some are absent, one of those; and the first
// and the last period. Ascending, at most `most`. REQUIRES: most >= 5.
std::vector<std::size_t> keep_extremes(const std::vector<std::optional<double>>& values,
                                       std::size_t most = kMostPoints);

// For things that are drawn together: of each stretch the first period and the one that is farthest from it, by the sum
// of absolute differences. Ascending, at most `most`. REQUIRES: all of one length, most >= 2.
std::vector<std::size_t> keep_changes(const std::vector<std::vector<double>>& periods, std::size_t most = kMostPoints);

// `stretches` equal parts of 0 .. count - 1, as [from, until); every period its own where there are no more than that.
struct Stretch {
  std::size_t from = 0;
  std::size_t until = 0;
};
std::vector<Stretch> stretches_of(std::size_t count, std::size_t stretches);

}  // namespace dcat::sim::page
