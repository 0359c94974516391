// What every cluster that could be would do with every number of ways, worked out once: the split of a cluster depends
// on the cluster alone (sim/steady/steady.h), so that a search only adds up.
//
// Items are the clusters: with partitions only, item i is tenant i alone; else an item is the bit set of its tenants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/oracle/patience.h"
#include "sim/steady/steady.h"

namespace dcat::sim {

struct Member {
  double ipc = 0;  // on an idle bus
  BusLoad load;
};

inline double ipc_at(const Member& m, double stall_factor) {
  return stall_factor == 1 ? m.ipc : 1 / (m.load.core_cpi + stall_factor * m.load.stall_cpi);
}

// How the given tenants fare in `ways` that they share.
void members_of(const SteadyNode& node, std::span<const std::uint16_t> tenants, int ways, std::span<Member> out);

class ClusterTable {
 public:
  // REQUIRES: `node` outlives this; with clusters, at most kMostClusteredTenants programs.
  ClusterTable(const SteadyNode& node, bool clusters, Patience& patience);
  bool complete() const { return complete_; }  // else cut, and of no use

  std::size_t items() const { return first_.size() - 1; }
  int ways() const { return ways_; }
  std::span<const std::uint16_t> tenants(std::size_t item) const {
    return {tenants_.data() + first_[item], first_[item + 1] - first_[item]};
  }
  // REQUIRES: least <= ways <= ways(). In the order of tenants(item).
  std::span<const Member> members(std::size_t item, int ways) const {
    const std::size_t size = first_[item + 1] - first_[item];
    const auto ways_before = static_cast<std::size_t>(ways - 1);
    return {members_.data() + first_[item] * static_cast<std::size_t>(ways_) + ways_before * size, size};
  }

 private:
  int ways_;
  bool complete_ = false;
  std::vector<std::size_t> first_;  // by item, into tenants_
  std::vector<std::uint16_t> tenants_;
  std::vector<Member> members_;
};

}  // namespace dcat::sim
