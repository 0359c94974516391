// curve: what a container would do with any number of ways, from the few sizes at which it has been seen, with how sure
// that is.
//
// Misses. With no cache at all every reference misses; with more they fall, and never rise. Between these facts a few
// hundred shapes are possible a priori: exponential and hyperbolic falls to a floor, straight falls that end in a knee
// (a set that is read at random), and cliffs (a set that is read in order). Each is weighed by how well it agrees with
// what was seen (Bayes); the curve is their mean, drawn through what was measured, and their spread is its uncertainty.
// Speed. Cycles per instruction rise with misses per instruction, by a price per miss that is fitted to what was seen
// at different sizes, around a usual price where nothing was. Out-of-order machines hide many misses, so the price
// falls where misses are many: what was measured bends the line.
//
// Ours; Bayesian model averaging in the plain sense. Nothing here is fitted to a benchmark: the shapes' parameters are
// a coarse grid over everything that a cache of up to 64 ways can show.
#pragma once

#include <vector>

#include "classifier/model/evidence.h"

namespace dcat {

inline constexpr int kMostModelWays = 64;

struct Spread {
  double mean = 0;
  double deviation = 0;
  bool operator==(const Spread&) const = default;
};

class Curve {
 public:
  // `noise`: relative standard error of one period's figures. REQUIRES: evidence is not empty; 1 <= ways <=
  // kMostModelWays.
  Curve(const Evidence& evidence, double noise, int ways);

  // Fractions of a way are allowed; beyond the largest size it stays what it is there.
  double mpki(double ways) const { return read(mpki_, ways); }
  double cpi(double ways) const { return read(cpi_, ways); }
  // How far what is measured may be from the two, but for that period's own noise.
  double mpki_deviation(double ways) const;
  double cpi_deviation(double ways) const;
  // IPC at `ways` over IPC at `contract`.
  Spread relative_ipc(double ways, double contract) const;
  double refs_per_ki() const { return refs_; }
  // Cycles that one miss costs.
  Spread price() const { return price_; }

 private:
  void weigh_shapes(const Evidence& evidence, double noise);
  void pass_through(const Evidence& evidence, double noise);
  void fit_price(const Evidence& evidence, double noise);
  void bend(const Evidence& evidence, double noise);
  double read(const std::vector<double>& values, double ways) const;

  double refs_ = 0;
  std::vector<double> mpki_;       // by node
  std::vector<double> deviation_;  // of mpki
  std::vector<double> cpi_;
  std::vector<double> seen_;      // by node: relative variance of the CPI that measurements leave
  std::vector<double> measured_;  // misses per 1,000 instructions
  Spread price_;                  // cycles per miss per instruction x 1,000
  double noise_ = 0;
};

}  // namespace dcat
