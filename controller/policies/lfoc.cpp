#include "controller/policies/lfoc.h"

#include <algorithm>
#include <utility>

#include "controller/policies/clusters.h"
#include "controller/policies/lookahead.h"

namespace dcat {
namespace {

constexpr double kSensitiveSlowdown = 1.05;
constexpr double kStreamingMissesPerKc = 14;
constexpr std::size_t kStreamingPerWay = 5;
constexpr std::size_t kLightPerGap = 2;
constexpr std::size_t kMostStreamingPartitions = 2;

double best_ipc(const KnownCurve& curve) {
  return std::max_element(curve.at.begin(), curve.at.end(),
                          [](const SizeFigures& a, const SizeFigures& b) { return a.ipc < b.ipc; })
      ->ipc;
}

struct Classes {
  std::vector<std::size_t> streaming;
  std::vector<std::size_t> sensitive;
  std::vector<std::size_t> light;
};

Classes classify(const PolicyInput& input) {
  Classes classes;
  for (std::size_t i = 0; i < input.tenants.size(); ++i) {
    const std::vector<SizeFigures>& at = input.tenants[i].curve->at;
    const SizeFigures& two = at[std::min<std::size_t>(1, at.size() - 1)];
    if (best_ipc(*input.tenants[i].curve) / two.ipc >= kSensitiveSlowdown)
      classes.sensitive.push_back(i);
    else if (at.front().misses_per_ki * at.front().ipc >= kStreamingMissesPerKc)
      classes.streaming.push_back(i);
    else
      classes.light.push_back(i);
  }
  return classes;
}

std::vector<double> slowdowns(const KnownCurve& curve) {
  const double best = best_ipc(curve);
  std::vector<double> cost;
  for (const SizeFigures& size : curve.at) cost.push_back(best / size.ipc);
  return cost;
}

std::size_t streaming_partitions(const Classes& classes, const PolicyInput& input) {
  const std::size_t wanted = (classes.streaming.size() + kStreamingPerWay - 1) / kStreamingPerWay;
  const auto room = static_cast<std::size_t>(std::max(0, input.ways.count / input.least.count - 1));
  const auto classes_of_service = static_cast<std::size_t>(std::max(1, input.closids)) - 1;
  return std::min({wanted, kMostStreamingPartitions, room, classes_of_service});
}

}  // namespace

Result<Allocation> LfocPolicy::allocate(const PolicyInput& input) {
  if (Status known = curves_known(input, "lfoc"); !known) return std::move(known).error();
  const Classes classes = classify(input);
  const std::size_t streams = streaming_partitions(classes, input);
  const int least = input.least.count;
  const int left = input.ways.count - static_cast<int>(streams) * least;
  // Sensitive ones beyond the partitions that there can be double up, in turn.
  const auto room = std::min(static_cast<std::size_t>(std::max(0, left / least)),
                             static_cast<std::size_t>(std::max(1, input.closids)) - streams);
  const std::size_t own = std::min(classes.sensitive.size(), room);
  if (own == 0) return all_in_one(input);

  std::vector<std::size_t> cluster_of(input.tenants.size(), 0);
  std::vector<std::vector<double>> costs(own);
  for (std::size_t k = 0; k < classes.sensitive.size(); ++k) {
    const std::size_t tenant = classes.sensitive[k];
    cluster_of[tenant] = k % own;
    const std::vector<double> cost = slowdowns(*input.tenants[tenant].curve);
    std::vector<double>& sum = costs[k % own];
    sum.resize(cost.size(), 0);
    for (std::size_t w = 0; w < cost.size(); ++w) sum[w] += cost[w];
  }
  // Without room for a partition of their own, streaming ones join the others.
  for (std::size_t k = 0; k < classes.streaming.size(); ++k)
    cluster_of[classes.streaming[k]] = streams > 0 ? own + k % streams : k % own;
  const std::size_t capacity = streams * kStreamingPerWay;
  const std::size_t gaps =
      capacity > classes.streaming.size() ? (capacity - classes.streaming.size()) * kLightPerGap : 0;
  for (std::size_t k = 0; k < classes.light.size(); ++k)
    cluster_of[classes.light[k]] = k < gaps ? own + k % streams : (k - std::min(k, gaps)) % own;

  std::vector<int> sizes = look_ahead(costs, std::vector<int>(own, least), left);
  for (std::size_t k = 0; k < streams; ++k) sizes.push_back(least);
  return lay_out(sizes, std::move(cluster_of), input.ways);
}

}  // namespace dcat
