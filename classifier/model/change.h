// change: is this period of the same program phase as those before? A sequential test over what belongs to the code:
// memory accesses per instruction, LLC references per instruction, and misses per instruction at a size seen before.
//
// Per period, each feature's distance from the phase's is measured in its standard errors (of the sub-samples, and of
// what the phase knows), and their squares add up: a change that stands far out of the noise is seen in one period, a
// smaller one when it has added up over several (CUSUM). Whatever the evidence, features that moved by less than
// phase_match_ratio are the same code. Rates per second play no part: a load that swings is no phase. Nor does IPC: a
// busy sibling thread or a lower frequency is none either.
#pragma once

#include <optional>

#include "classifier/model/curve.h"
#include "classifier/model/evidence.h"
#include "core/parameters.h"
#include "core/units.h"

namespace dcat {

// What one period showed.
struct Seen {
  std::optional<double> accesses_per_instruction;
  double refs_per_ki = 0;
  double mpki = 0;
  double cpi = 0;
  std::optional<double> ways;  // that it held; absent: nobody knows
  bool operator==(const Seen&) const = default;
};

struct Distance {
  double evidence = 0;  // sum of squares in standard errors; 1 a feature is expected without a change
  int features = 0;
  bool matters = false;  // some feature moved by more than `matters`
};

// `noise`: relative standard error of a period's figures. `matters`: relative change of a feature. `most`: ways of the
// domain. `with_speed`: cycles per instruction count as a feature too.
Distance distance(const Seen& seen, const Evidence& phase, double noise, double matters, Ways most, bool with_speed);

// Evidence that adds up over periods.
struct ChangeTest {
  double sum = 0;
  bool operator==(const ChangeTest&) const = default;
};
// True: another phase; the test has begun anew.
bool changes(ChangeTest& test, const Seen& seen, const Evidence& phase, double noise, Ways most,
             const Parameters& parameters);

// Whether it may be that phase come back, and how near it is; nullopt: it is not. Speed counts here: what looks like a
// phase and runs at another speed than that one would is not taken for it, since its guarantee would be another's.
std::optional<double> matches(const Seen& seen, const Evidence& phase, double noise, Ways most,
                              const Parameters& parameters);

// The relative standard error of a period, learned over periods.
struct Noise {
  double variance = 1e-4;  // of one period, relative
  double periods = 2;      // that the guess above counts for
  void learn(double relative_standard_error);
  double deviation() const;
  bool operator==(const Noise&) const = default;
};

}  // namespace dcat
