#include "controller/policies/ucp.h"

#include <numeric>
#include <string>
#include <utility>

#include "controller/policies/clusters.h"
#include "controller/policies/lookahead.h"

namespace dcat {

Result<Allocation> UcpPolicy::allocate(const PolicyInput& input) {
  if (Status fit = partitions_fit(input, "ucp"); !fit) return std::move(fit).error();
  if (Status known = curves_known(input, "ucp"); !known) return std::move(known).error();
  std::vector<std::vector<double>> misses;
  std::vector<int> least;
  for (std::size_t i = 0; i < input.tenants.size(); ++i) {
    std::vector<double>& cost = misses.emplace_back();
    for (int w = 0; w < input.ways.count; ++w)
      cost.push_back(input.tenants[i].curve->at[static_cast<std::size_t>(w)].misses_per_ki);
    least.push_back(floor_ways(input, i));
  }
  if (const int sum = std::accumulate(least.begin(), least.end(), 0); sum > input.ways.count)
    return Error{ErrorCode::bad_input, "policy ucp",
                 "the floors need " + std::to_string(sum) + " ways, and there are " + std::to_string(input.ways.count),
                 "lower the contracts", 0};
  std::vector<int> sizes = look_ahead(misses, std::move(least), input.ways.count);
  for (std::size_t i = 0; i < sizes.size(); ++i) sizes[i] = most_ways_above_floor(input, i, sizes[i]);
  return partitions(sizes, input.ways);
}

}  // namespace dcat
