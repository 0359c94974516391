#include "controller/policies/kpart.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "controller/policies/clusters.h"
#include "controller/policies/lookahead.h"

namespace dcat {
namespace {

constexpr double kLeastIpc = 1e-6;  // of a line that goes on below one way
constexpr double kTie = 1e-9;       // relative: sums of the same speedups in another order

// Straight lines between whole ways; below one way the first line goes on.
double line_at(const std::vector<SizeFigures>& at, double ways, double SizeFigures::*figure) {
  const std::size_t last = at.size() - 1;
  if (last == 0 || ways >= static_cast<double>(at.size())) return at[last].*figure;
  const std::size_t below = ways < 1 ? 0 : std::min(last - 1, static_cast<std::size_t>(ways) - 1);
  const double part = ways - static_cast<double>(below + 1);
  return at[below].*figure + part * (at[below + 1].*figure - at[below].*figure);
}

struct Cluster {
  std::vector<std::size_t> members;
  std::vector<double> misses;                // by ways - 1, all members together
  std::vector<std::vector<double>> holding;  // by ways - 1, then member: the ways it holds
};

// Whirlpool: the ways are given one by one, each split in proportion to what its takers miss with what they have and
// one way more: with no way at all a curve says nothing. What they then miss together is read at what each holds, so
// that sharing is compared with splitting at the same sizes; below one way no line goes below no misses.
Cluster combine(const PolicyInput& input, std::vector<std::size_t> members) {
  Cluster cluster;
  const auto ways = static_cast<std::size_t>(input.ways.count);
  std::vector<double> held(members.size(), 0);
  const auto misses_at = [&](std::size_t k, double size) {
    return std::max(0.0, line_at(input.tenants[members[k]].curve->at, size, &SizeFigures::misses_per_ki));
  };
  for (std::size_t w = 0; w < ways; ++w) {
    std::vector<double> misses;
    double sum = 0;
    for (std::size_t k = 0; k < members.size(); ++k) sum += misses.emplace_back(misses_at(k, held[k] + 1));
    double after = 0;
    for (std::size_t k = 0; k < members.size(); ++k) {
      held[k] += sum > 0 ? misses[k] / sum : 1 / static_cast<double>(members.size());
      after += misses_at(k, held[k]);
    }
    cluster.holding.push_back(held);
    cluster.misses.push_back(after);
  }
  cluster.members = std::move(members);
  return cluster;
}

Cluster alone(const PolicyInput& input, std::size_t tenant) {
  Cluster cluster{{tenant}, {}, {}};
  for (int w = 1; w <= input.ways.count; ++w) {
    cluster.misses.push_back(input.tenants[tenant].curve->at[static_cast<std::size_t>(w) - 1].misses_per_ki);
    cluster.holding.push_back({static_cast<double>(w)});
  }
  return cluster;
}

// With one way there is nothing to split.
double distance(const Cluster& first, const Cluster& second, const Cluster& together) {
  const std::vector<std::vector<double>> curves{first.misses, second.misses};
  double area = 0;
  for (int w = 2; w <= static_cast<int>(together.misses.size()); ++w) {
    const std::vector<int> split = look_ahead(curves, {1, 1}, w);
    const double apart =
        first.misses[static_cast<std::size_t>(split[0]) - 1] + second.misses[static_cast<std::size_t>(split[1]) - 1];
    area += std::abs(together.misses[static_cast<std::size_t>(w) - 1] - apart);
  }
  return area;
}

struct Candidate {
  std::vector<Cluster> clusters;
  std::vector<int> sizes;
  double speedup = 0;
};

Candidate size_up(const PolicyInput& input, std::vector<Cluster> clusters) {
  const auto even = static_cast<std::size_t>(
      std::max(1L, std::lround(static_cast<double>(input.ways.count) / static_cast<double>(input.tenants.size()))));
  std::vector<std::vector<double>> speedups;
  std::vector<std::vector<double>> costs;
  for (const Cluster& cluster : clusters) {
    std::vector<double>& speedup = speedups.emplace_back();
    std::vector<double>& cost = costs.emplace_back();
    for (const std::vector<double>& holding : cluster.holding) {
      double sum = 0;
      for (std::size_t k = 0; k < cluster.members.size(); ++k) {
        const std::vector<SizeFigures>& at = input.tenants[cluster.members[k]].curve->at;
        sum += std::max(kLeastIpc, line_at(at, holding[k], &SizeFigures::ipc)) / at[even - 1].ipc;
      }
      speedup.push_back(sum);
      cost.push_back(1 / sum);
    }
  }
  Candidate candidate;
  candidate.sizes = look_ahead(costs, std::vector<int>(clusters.size(), input.least.count), input.ways.count);
  candidate.clusters = std::move(clusters);
  for (std::size_t c = 0; c < candidate.clusters.size(); ++c)
    candidate.speedup += speedups[c][static_cast<std::size_t>(candidate.sizes[c]) - 1];
  return candidate;
}

// What two clusters would be as one, and how much worse.
struct Pair {
  double far = 0;
  Cluster together;
};

// Clusters by a number that stays theirs, so that a pair is computed once: most outlive a merge. The youngest first.
struct Dendrogram {
  std::vector<std::pair<std::size_t, Cluster>> clusters;
  std::map<std::pair<std::size_t, std::size_t>, Pair> pairs;
  std::size_t next = 0;

  const Pair& pair(const PolicyInput& input, std::size_t a, std::size_t b) {
    const auto& [first, one] = clusters[a];
    const auto& [second, other] = clusters[b];
    const auto [at, is_new] = pairs.try_emplace({first, second});
    if (is_new) {
      std::vector<std::size_t> members = one.members;
      members.insert(members.end(), other.members.begin(), other.members.end());
      at->second.together = combine(input, std::move(members));
      at->second.far = distance(one, other, at->second.together);
    }
    return at->second;
  }

  // The nearest two become one, in front of the others.
  void merge_nearest(const PolicyInput& input) {
    double nearest = std::numeric_limits<double>::infinity();
    std::size_t first = 0;
    std::size_t second = 1;
    for (std::size_t a = 0; a < clusters.size(); ++a)
      for (std::size_t b = a + 1; b < clusters.size(); ++b) {
        const double far = pair(input, a, b).far;
        if (far >= nearest) continue;
        nearest = far;
        first = a;
        second = b;
      }
    Cluster merged = pair(input, first, second).together;
    clusters.erase(clusters.begin() + static_cast<std::ptrdiff_t>(second));
    clusters.erase(clusters.begin() + static_cast<std::ptrdiff_t>(first));
    clusters.insert(clusters.begin(), {next++, std::move(merged)});
  }
};

}  // namespace

Result<Allocation> KpartPolicy::allocate(const PolicyInput& input) {
  if (Status known = curves_known(input, "kpart"); !known) return std::move(known).error();
  Asked asked{input.ways, input.least, input.closids, {}};
  for (const PolicyTenant& tenant : input.tenants) asked.curves.push_back(*tenant.curve);
  if (asked == asked_) return answer_;
  asked_ = std::move(asked);
  Dendrogram dendrogram;
  for (std::size_t i = 0; i < input.tenants.size(); ++i)
    dendrogram.clusters.emplace_back(dendrogram.next++, alone(input, i));
  const auto most =
      static_cast<std::size_t>(std::max(1, std::min(input.ways.count / input.least.count, input.closids)));
  Candidate best;
  for (;; dendrogram.merge_nearest(input)) {
    if (dendrogram.clusters.size() <= most) {
      std::vector<Cluster> clusters;
      for (const auto& [number, cluster] : dendrogram.clusters) clusters.push_back(cluster);
      Candidate candidate = size_up(input, std::move(clusters));
      if (candidate.speedup >= best.speedup * (1 - kTie)) best = std::move(candidate);
    }
    if (dendrogram.clusters.size() == 1) break;
  }
  std::vector<std::size_t> cluster_of(input.tenants.size(), 0);
  for (std::size_t c = 0; c < best.clusters.size(); ++c)
    for (const std::size_t member : best.clusters[c].members) cluster_of[member] = c;
  return answer_ = lay_out(best.sizes, std::move(cluster_of), input.ways);
}

}  // namespace dcat
