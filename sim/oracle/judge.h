// How good a configuration is: the question's order among allocations, and one evaluation with the bus.
//
// Order: first the depth (how far the tenants miss their floors, summed, in parts of the contract's IPC; 0 without a
// floor), then the value (greater is better; of fairness the unfairness with a minus), then, for fairness, the
// throughput. Depths and values within kTie are alike: what is below it is the rounding of roots.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/oracle/cluster_table.h"
#include "sim/oracle/oracle.h"
#include "sim/oracle/patience.h"
#include "sim/oracle/plan.h"

namespace dcat::sim {

inline constexpr double kTie = 1e-9;

struct Merit {
  double depth = 0;
  double value = 0;
  double second = 0;
};
bool better(const Merit& a, const Merit& b);

class Judge {
 public:
  Judge(const SteadyNode& node, const OracleQuestion& question);

  double depth(std::size_t tenant, double ipc) const {
    return floors_.empty() ? 0 : std::max(0.0, floor_ - ipc * floors_[tenant]);
  }
  // Of the sum; of fairness the throughput.
  double value(std::size_t tenant, double ipc) const { return ipc * per_ipc_[tenant]; }
  double slowdown(std::size_t tenant, double ipc) const { return 1 / (ipc * per_best_[tenant]); }

  bool fair() const { return fair_; }
  bool floors() const { return !floors_.empty(); }
  bool ceiling() const { return bytes_per_sec_ > 0; }
  double bytes_per_sec() const { return bytes_per_sec_; }
  std::uint64_t evaluations() const { return evaluations_; }
  bool spent() { return (budget_ > 0 && evaluations_ >= budget_) || patience_.over(); }
  Patience& patience() { return patience_; }

  // Counted. A configuration: add() its clusters after start(), then settle().
  void start();
  void add(std::span<const std::uint16_t> tenants, std::span<const Member> members);
  Merit settle();
  Merit evaluate(const ClusterTable& table, std::span<const Pick> picks);

 private:
  bool fair_;
  double bytes_per_sec_;
  std::uint64_t budget_;
  Patience patience_;
  std::uint64_t evaluations_ = 0;
  double floor_ = 0;
  std::vector<double> floors_;    // by tenant: 1 / IPC at the contract; empty: no floor
  std::vector<double> per_ipc_;   // by tenant: 1 / what its IPC is measured against
  std::vector<double> per_best_;  // by tenant: 1 / best IPC
  std::vector<std::uint16_t> who_;
  std::vector<double> ipc_;
  std::vector<BusLoad> loads_;
};

}  // namespace dcat::sim
