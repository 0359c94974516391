#include "classifier/model/change.h"

#include <algorithm>
#include <cmath>

namespace dcat {

namespace {

// What features of the same code differ by from period to period, whatever the counters' noise: relative.
constexpr double kOwnAccesses = 0.01, kOwnReferences = 0.02, kOwnMisses = 0.04, kOwnSpeed = 0.01;
// LLC references move with the size (by 46 % from 1 to 11 ways for one of 28 programs): relative, per e-fold of ways.
constexpr double kReferencesBySize = 0.15;
// References and misses below this per 1,000 instructions tell nothing.
constexpr double kFew = 0.3;
// Evidence in one period, and added up, that is a change: chances of less than one in 10,000 periods with two or three
// features; drift per feature that the sum loses in a period.
constexpr double kAtOnce = 22, kAddedUp = 30, kDrift = 2.5;
constexpr double kNear = 14;  // evidence below which a phase may have come back
constexpr double kLeastDeviation = 0.002, kMostPeriods = 30;

double log_ratio(double now, double before) {
  return std::log((now + kFew) / (before + kFew));
}

void add(Distance& d, double moved, double variance, double matters) {
  d.evidence += moved * moved / variance;
  ++d.features;
  if (std::abs(moved) > matters) d.matters = true;
}

}  // namespace

Distance distance(const Seen& seen, const Evidence& phase, double noise, double matters, Ways most, bool with_speed) {
  Distance d;
  const Features& f = phase.features();
  if (f.weight <= 0) return d;
  const double counted = noise * noise * (1 + 1 / f.weight);
  if (seen.accesses_per_instruction && f.accesses_per_instruction && *f.accesses_per_instruction > 0 &&
      *seen.accesses_per_instruction > 0)
    add(d, std::log(*seen.accesses_per_instruction / *f.accesses_per_instruction),
        counted + kOwnAccesses * kOwnAccesses, matters);
  const double by_size =
      seen.ways && f.ways > 0 ? kReferencesBySize * std::log(*seen.ways / f.ways) : kReferencesBySize;
  add(d, log_ratio(seen.refs_per_ki, f.refs_per_ki), counted + kOwnReferences * kOwnReferences + by_size * by_size,
      2 * matters);
  if (!seen.ways) return d;
  const Measurement* const here = with_speed ? nullptr : phase.find(*seen.ways);
  // What a size that was not seen shows is news of the curve, and of no other phase: a knee would be one for ever.
  if (here == nullptr && (!with_speed || phase.empty())) return d;
  std::optional<Curve> curve;
  if (here == nullptr) curve.emplace(phase, noise, most.count);
  const double misses = here != nullptr ? here->mpki : curve->mpki(*seen.ways);
  const double level = kFew + std::max(misses, seen.mpki);
  const double unsure = here != nullptr ? 0 : curve->mpki_deviation(*seen.ways) / level;
  const double few = kFew / level;
  add(d, log_ratio(seen.mpki, misses), 2 * noise * noise + kOwnMisses * kOwnMisses + unsure * unsure + 0.04 * few * few,
      3 * matters);
  if (!with_speed) return d;
  const double speed = curve->cpi_deviation(*seen.ways) / seen.cpi;
  add(d, std::log(seen.cpi / curve->cpi(*seen.ways)), noise * noise + kOwnSpeed * kOwnSpeed + speed * speed, matters);
  return d;
}

bool changes(ChangeTest& test, const Seen& seen, const Evidence& phase, double noise, Ways most,
             const Parameters& parameters) {
  const Distance d = distance(seen, phase, noise, parameters.phase_match_ratio, most, false);
  if (!d.matters) {
    test.sum = std::max(0.0, test.sum - kDrift);
    return false;
  }
  test.sum = std::max(0.0, test.sum + d.evidence - kDrift * d.features);
  if (d.evidence < kAtOnce && test.sum < kAddedUp) return false;
  test.sum = 0;
  return true;
}

std::optional<double> matches(const Seen& seen, const Evidence& phase, double noise, Ways most,
                              const Parameters& parameters) {
  const double near = std::max(parameters.phase_match_ratio, 2.5 * noise);
  const Distance d = distance(seen, phase, noise, near, most, true);
  if (d.features == 0 || d.matters || d.evidence > kNear) return std::nullopt;
  return d.evidence / d.features;
}

void Noise::learn(double relative_standard_error) {
  periods = std::min(periods + 1, kMostPeriods);
  variance += (relative_standard_error * relative_standard_error - variance) / periods;
}

double Noise::deviation() const {
  return std::max(kLeastDeviation, std::sqrt(variance));
}

}  // namespace dcat
