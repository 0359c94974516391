#include "controller/policies/clusters.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace dcat {
namespace {

double ipc_at(const PolicyInput& input, std::size_t tenant, int ways) {
  return input.tenants[tenant].curve->at[static_cast<std::size_t>(ways) - 1].ipc;
}

// Absent: no floor is asked for, or the tenant has nothing to be measured against.
std::optional<double> floor_of(const PolicyInput& input, std::size_t tenant) {
  const PolicyTenant& t = input.tenants[tenant];
  if (!input.floor_tolerance || t.curve == nullptr || t.contract.count < 1) return std::nullopt;
  return (1 - *input.floor_tolerance) * ipc_at(input, tenant, std::min(t.contract.count, input.ways.count));
}

}  // namespace

Allocation lay_out(const std::vector<int>& sizes, std::vector<std::size_t> cluster_of, Ways ways) {
  Allocation allocation;
  allocation.cluster_of = std::move(cluster_of);
  int top = ways.count;
  for (const int size : sizes) {
    top -= size;
    allocation.masks.push_back(Cbm::run(WayIndex(top), Ways(size)));
  }
  return allocation;
}

Allocation all_in_one(const PolicyInput& input) {
  return lay_out({input.ways.count}, std::vector<std::size_t>(input.tenants.size(), 0), input.ways);
}

Allocation partitions(const std::vector<int>& sizes, Ways ways) {
  std::vector<std::size_t> own(sizes.size());
  for (std::size_t i = 0; i < own.size(); ++i) own[i] = i;
  return lay_out(sizes, std::move(own), ways);
}

Status partitions_fit(const PolicyInput& input, std::string_view policy) {
  const auto count = static_cast<int>(input.tenants.size());
  const std::string what = "policy " + std::string(policy);
  if (count * input.least.count > input.ways.count)
    return Error{ErrorCode::bad_input, what,
                 std::to_string(count) + " tenants of at least " + std::to_string(input.least.count) +
                     " ways each need " + std::to_string(count * input.least.count) + " ways, and there are " +
                     std::to_string(input.ways.count),
                 "give the cache more ways, or use a policy that lets tenants share", 0};
  if (count > input.closids)
    return Error{
        ErrorCode::bad_input, what,
        std::to_string(count) + " tenants need a CLOSID each, and " + std::to_string(input.closids) + " are free",
        "use a policy that lets tenants share", 0};
  return {};
}

Status curves_known(const PolicyInput& input, std::string_view policy) {
  for (std::size_t i = 0; i < input.tenants.size(); ++i)
    if (input.tenants[i].curve == nullptr ||
        input.tenants[i].curve->at.size() < static_cast<std::size_t>(input.ways.count))
      return Error{
          ErrorCode::bad_input, "policy " + std::string(policy),
          "tenant " + std::to_string(i + 1) + " has no curve over all " + std::to_string(input.ways.count) + " ways",
          "name a curve file, or use a policy that needs measurements only (shared, static, dunn, cacheman, aimd)", 0};
  return {};
}

int floor_ways(const PolicyInput& input, std::size_t tenant) {
  const int least = input.least.count;
  const std::optional<double> floor = floor_of(input, tenant);
  const int contract = std::min(input.tenants[tenant].contract.count, input.ways.count);
  if (!floor || contract <= least) return least;
  for (int w = least; w < contract; ++w)
    if (ipc_at(input, tenant, w) >= *floor) return w;
  return contract;
}

int most_ways_above_floor(const PolicyInput& input, std::size_t tenant, int ways) {
  const std::optional<double> floor = floor_of(input, tenant);
  if (!floor) return ways;
  int most = ways;
  while (most > input.least.count && ipc_at(input, tenant, most) < *floor) --most;
  return most;
}

}  // namespace dcat
