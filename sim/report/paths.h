// Steps over time as SVG path data. A value lasts from its period to the next one that is drawn.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/report/scale.h"

namespace dcat::sim::page {

struct Step {
  double from = 0;  // in periods
  double until = 0;
  double low = 0;
  double high = 0;
};

// `at(period)`: low and high, or nothing. `picks`: the periods that are drawn, ascending; `count`: how many there are.
// Neighbours that are alike become one.
template <class At>
std::vector<Step> steps_of(const std::vector<std::size_t>& picks, std::size_t count, const At& at) {
  std::vector<Step> steps;
  for (std::size_t k = 0; k < picks.size(); ++k) {
    const std::optional<std::pair<double, double>> values = at(picks[k]);
    if (!values) continue;
    const auto from = static_cast<double>(picks[k]);
    const auto until = static_cast<double>(k + 1 < picks.size() ? picks[k + 1] : count);
    if (!steps.empty() && steps.back().until == from && steps.back().low == values->first &&
        steps.back().high == values->second)
      steps.back().until = until;
    else
      steps.push_back({from, until, values->first, values->second});
  }
  return steps;
}

// The area between low and high, a closed figure for every stretch without a gap.
std::string area_path(const std::vector<Step>& steps, const Scale& x, const Scale& y);
// The line along high.
std::string line_path(const std::vector<Step>& steps, const Scale& x, const Scale& y);

}  // namespace dcat::sim::page
