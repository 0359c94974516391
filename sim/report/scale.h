// From values to places on the page, and round numbers to write beside them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace dcat::sim::page {

// The straight line that takes `from` to `low` and `until` to `high`; where there is no range, everything is at `low`.
struct Scale {
  double from = 0;
  double until = 1;
  double low = 0;
  double high = 1;
  double operator()(double value) const {
    return until == from ? low : low + (value - from) / (until - from) * (high - low);
  }
};

// Multiples of 1, 2 or 5 x 10^k from `from` to `until`, at least one step apart, at most `most` of them;
// none where there is no range. REQUIRES: from <= until, most >= 2.
std::vector<double> ticks(double from, double until, std::size_t most);

// The same for seconds since the start: steps that a clock has.
std::vector<double> time_ticks(double seconds, std::size_t most);
// In the unit that fits a run of `run_seconds`: "90 s", "15 min", "2.5 h".
std::string time_label(double seconds, double run_seconds);

// Places for labels that are wanted at `places` (ascending): in the same order, at least `gap` apart as long as there
// is room between `low` and `high`, and no further from where they are wanted than that needs.
std::vector<double> spread_labels(std::vector<double> places, double gap, double low, double high);

}  // namespace dcat::sim::page
