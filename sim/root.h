// Where an increasing function crosses zero.
#pragma once

#include <cmath>

namespace dcat::sim {

// REQUIRES: f(low) <= 0 <= f(high), f continuous. Stops when |f| <= f_tolerance, the bracket is narrower than
// x_tolerance, or after `steps` evaluations: then the middle of what is left. Regula falsi with the Illinois
// halving, and a bisection every third step, which bounds the number of steps whatever f looks like.
template <class F>
double find_root(F&& f, double low, double high, double f_low, double f_high, double x_tolerance, double f_tolerance,
                 int steps = 120) {
  if (f_low >= 0) return low;
  if (f_high <= 0) return high;
  for (int i = 0; i < steps && high - low > x_tolerance; ++i) {
    double x = i % 3 == 2 ? (low + high) / 2 : (low * f_high - high * f_low) / (f_high - f_low);
    if (!(x > low && x < high)) x = (low + high) / 2;
    const double fx = f(x);
    if (std::abs(fx) <= f_tolerance) return x;
    if (fx < 0) {
      low = x;
      f_low = fx;
      f_high /= 2;
    } else {
      high = x;
      f_high = fx;
      f_low /= 2;
    }
  }
  return (low + high) / 2;
}

}  // namespace dcat::sim
