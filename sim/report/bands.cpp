#include "sim/report/bands.h"

#include <algorithm>

namespace dcat::sim::page {
namespace {

constexpr double kRounding = 1e-6;  // ways; the model's split is no finer

double held(const TimedTenant& tenant) {
  return std::max(0.0, tenant.ways_held);
}

}  // namespace

double stack_height(const std::vector<TimedPeriod>& series, int ways) {
  double height = ways;
  for (const TimedPeriod& period : series) {
    double sum = 0;
    for (const TimedTenant& tenant : period.tenants) sum += held(tenant);
    height = sum > height + kRounding ? sum : height;
  }
  return height;
}

std::vector<Band> stack_bands(const std::vector<TimedPeriod>& series, std::size_t tenants, int ways) {
  const double height = stack_height(series, ways);
  std::vector<Band> bands(tenants + 1);
  for (const TimedPeriod& period : series) {
    double at = 0;
    for (std::size_t t = 0; t < tenants; ++t) {
      const TimedTenant tenant = t < period.tenants.size() ? period.tenants[t] : TimedTenant();
      bands[t].top.push_back(at);
      at = std::min(height, at + held(tenant));
      bands[t].bottom.push_back(at);
      bands[t].shared.push_back(held(tenant) + kRounding < tenant.mask.size().count);
    }
    bands[tenants].top.push_back(at);
    bands[tenants].bottom.push_back(height);
    bands[tenants].shared.push_back(false);
  }
  return bands;
}

}  // namespace dcat::sim::page
