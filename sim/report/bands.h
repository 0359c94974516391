// The cache as a stack of bands, one a tenant, by what it holds; below them what nobody holds.
#pragma once

#include <string>
#include <vector>

#include "sim/experiment/timed_run.h"

namespace dcat::sim::page {

struct Band {
  // By period, in ways from the top of the stack.
  std::vector<double> top;
  std::vector<double> bottom;
  std::vector<bool> shared;  // the tenant holds less than its mask: others fill the rest
  double thickness(std::size_t period) const { return bottom[period] - top[period]; }
};

// A band a tenant, in their order, and one more for what nobody holds. In every period they touch, do not overlap and
// add up to stack_height().
std::vector<Band> stack_bands(const std::vector<TimedPeriod>& series, std::size_t tenants, int ways);

// `ways`, or more where more is held at a time.
double stack_height(const std::vector<TimedPeriod>& series, int ways);

}  // namespace dcat::sim::page
