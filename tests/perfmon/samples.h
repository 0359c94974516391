// Builders of samples for the tests of derive. Counters in millions and times in milliseconds, so that the
// arithmetic of a test stays readable.
#pragma once

#include <cmath>
#include <optional>
#include <vector>

#include "perfmon/metrics.h"

namespace dcat::test {

inline Duration ms(double n) {
  return Duration(static_cast<Duration::rep>(std::llround(n * 1e6)));
}
inline TimePoint at_ms(double n) {
  return TimePoint(ms(n));
}
constexpr std::uint64_t kMillion = 1'000'000;

// Cumulative counts in millions; all events ran all the time that the container did.
struct Counts {
  double instructions = 0, cycles = 0, accesses = 0, references = 0, misses = 0;
};

inline Reading reading(double millions, Duration running) {
  return {static_cast<std::uint64_t>(std::llround(millions * 1e6)), running};
}

// Read at `at`, after the container ran for `ran` in all.
inline Sample sample(double at, double ran, const Counts& c) {
  Sample s{at_ms(at), ms(ran), {}};
  s[Event::instructions] = reading(c.instructions, ms(ran));
  s[Event::cycles] = reading(c.cycles, ms(ran));
  s[Event::memory_accesses] = reading(c.accesses, ms(ran));
  s[Event::llc_references] = reading(c.references, ms(ran));
  s[Event::llc_misses] = reading(c.misses, ms(ran));
  return s;
}
inline Sample sample(double at, const Counts& c) {
  return sample(at, at, c);
}

inline bool near(double got, double want) {
  return std::abs(got - want) <= 1e-9 * std::max(1.0, std::abs(want));
}
inline bool near(const std::optional<double>& got, double want) {
  return got && near(*got, want);
}

}  // namespace dcat::test
