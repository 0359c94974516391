#include "sim/report/scale.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/report/markup.h"

namespace dcat::sim::page {
namespace {

constexpr double kMinute = 60;
constexpr double kHour = 3600;
// Runs longer than this are told in minutes, in hours.
constexpr double kLongInSeconds = 10 * kMinute;
constexpr double kLongInMinutes = 5 * kHour;

double round_step(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double digit : {1.0, 2.0, 5.0})
    if (digit * power >= least * (1 - 1e-9)) return digit * power;
  return 10 * power;
}

double clock_step(double least) {
  constexpr std::array<double, 17> kSteps{1,       2,           5,           10,           15,        30,
                                          kMinute, 2 * kMinute, 5 * kMinute, 10 * kMinute, 900,       1800,
                                          kHour,   2 * kHour,   3 * kHour,   6 * kHour,    12 * kHour};
  if (least < kSteps.front()) return round_step(least);
  for (const double step : kSteps)
    if (step >= least * (1 - 1e-9)) return step;
  return 24 * kHour * round_step(least / (24 * kHour));
}

std::vector<double> multiples(double from, double until, double step) {
  std::vector<double> values;
  if (!(step > 0)) return values;  // no range
  // Counted, not added up: sums of steps drift.
  for (double n = std::ceil(from / step - 1e-9); n * step <= until + step * 1e-9; ++n) values.push_back(n * step);
  return values;
}

}  // namespace

std::vector<double> ticks(double from, double until, std::size_t most) {
  return multiples(from, until, round_step((until - from) / static_cast<double>(most - 1)));
}

std::vector<double> time_ticks(double seconds, std::size_t most) {
  return multiples(0, seconds, clock_step(seconds / static_cast<double>(most - 1)));
}

std::string time_label(double seconds, double run_seconds) {
  if (run_seconds <= kLongInSeconds) return number(seconds, 2) + " s";
  if (run_seconds <= kLongInMinutes) return number(seconds / kMinute, 2) + " min";
  return number(seconds / kHour, 2) + " h";
}

std::vector<double> spread_labels(std::vector<double> places, double gap, double low, double high) {
  double least = low;
  for (double& place : places) {
    place = std::max(place, least);
    least = place + gap;
  }
  double most = high;
  for (std::size_t i = places.size(); i-- > 0;) {
    places[i] = std::min(places[i], most);
    most = places[i] - gap;
  }
  return places;
}

}  // namespace dcat::sim::page
