#include "controller/policies/fixed.h"

#include <algorithm>
#include <string>

#include "controller/policies/clusters.h"

namespace dcat {

Result<Allocation> SharedPolicy::allocate(const PolicyInput& input) {
  return all_in_one(input);
}

Result<Allocation> StaticPolicy::allocate(const PolicyInput& input) {
  if (Status fit = partitions_fit(input, "static"); !fit) return std::move(fit).error();
  std::vector<int> sizes;
  int left = input.ways.count;
  for (const PolicyTenant& tenant : input.tenants) {
    sizes.push_back(std::max(tenant.contract.count, input.least.count));
    left -= sizes.back();
  }
  if (left < 0)
    return Error{ErrorCode::bad_input, "policy static",
                 "the contracts add up to " + std::to_string(input.ways.count - left) + " ways, and there are " +
                     std::to_string(input.ways.count),
                 "lower the contracts", 0};
  const int count = static_cast<int>(sizes.size());
  for (int i = 0; left >= count; left -= count, ++i)
    for (int& size : sizes) ++size;
  for (int i = 0; i < left; ++i) ++sizes[static_cast<std::size_t>(i)];
  return partitions(sizes, input.ways);
}

}  // namespace dcat
