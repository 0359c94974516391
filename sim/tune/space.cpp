#include "sim/tune/space.h"

#include <algorithm>
#include <cmath>

namespace dcat::sim {
namespace {

constexpr int kDigits = 4;  // significant ones of a real value

double rounded(double value) {
  if (value == 0) return 0;
  const int places = kDigits - 1 - static_cast<int>(std::floor(std::log10(std::abs(value))));
  // Powers of ten that are whole are exact, so that 0.0123 is the double nearest to it.
  if (places >= 0) return std::round(value * std::pow(10.0, places)) / std::pow(10.0, places);
  return std::round(value / std::pow(10.0, -places)) * std::pow(10.0, -places);
}

// Where the unit scale begins and ends. Whole numbers get half a step more at both ends, so that the outermost are as
// likely as the others.
struct Ends {
  double low = 0;
  double high = 0;
};
Ends ends_of(const Dimension& d) {
  const double half = d.kind == Kind::real ? 0 : 0.5;
  const Ends ends{d.from - half, d.to + half};
  return d.logarithmic ? Ends{std::log(ends.low), std::log(ends.high)} : ends;
}

}  // namespace

double value_at(const Dimension& d, double unit) {
  const Ends ends = ends_of(d);
  const double place = ends.low + std::clamp(unit, 0.0, 1.0) * (ends.high - ends.low);
  const double value = d.logarithmic ? std::exp(place) : place;
  return std::clamp(d.kind == Kind::real ? rounded(value) : std::round(value), d.from, d.to);
}

double unit_of(const Dimension& d, double value) {
  const Ends ends = ends_of(d);
  if (ends.high <= ends.low) return 0;
  const double within = std::clamp(value, d.from, d.to);
  return ((d.logarithmic ? std::log(within) : within) - ends.low) / (ends.high - ends.low);
}

}  // namespace dcat::sim
