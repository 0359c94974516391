#include "controller/policies/aimd.h"

#include <algorithm>

#include "controller/policies/clusters.h"

namespace dcat {
namespace {

constexpr double kMuch = 0.20;
constexpr double kLittle = 0.10;
constexpr int kFewestPart = 10;  // a tenth
constexpr int kMostPart = 2;     // half

}  // namespace

Result<Allocation> AimdPolicy::allocate(const PolicyInput& input) {
  const std::size_t count = input.tenants.size();
  const bool ranked =
      std::any_of(input.tenants.begin(), input.tenants.end(), [](const PolicyTenant& t) { return t.priority > 0; });
  // By the tenant's own number, so that nobody changes class because somebody else sleeps.
  const auto critical = [&](std::size_t i) {
    return ranked ? input.tenants[i].priority > 0 : input.tenants[i].number.value_or(i) % 2 == 0;
  };
  const int fewest = std::min(input.ways.count, std::max(input.least.count, input.ways.count / kFewestPart));
  const int most = std::max(fewest, input.ways.count / kMostPart);
  double worst = 0;
  for (std::size_t i = 0; i < count; ++i)
    if (const auto& m = input.tenants[i].measured; critical(i) && m && m->references_per_sec > 0)
      worst = std::max(worst, m->misses_per_sec / m->references_per_sec);
  if (offline_ways_ == 0)
    offline_ways_ = fewest;
  else if (worst >= kMuch)
    offline_ways_ = std::max(fewest, offline_ways_ / 2);
  else if (worst < kLittle)
    offline_ways_ = std::min(most, offline_ways_ + 1);

  if (input.closids < 2) return all_in_one(input);
  Allocation allocation;
  allocation.masks = {Cbm::run(WayIndex(0), input.ways), Cbm::run(WayIndex(0), Ways(offline_ways_))};
  for (std::size_t i = 0; i < count; ++i) allocation.cluster_of.push_back(critical(i) ? 0 : 1);
  return allocation;
}

}  // namespace dcat
