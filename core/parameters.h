// The algorithm's parameters. Source: C. Xu et al., "dCat: Dynamic Cache Management for Efficient,
// Performance-sensitive Infrastructure-as-a-Service", EuroSys 2018; "ours" marks what the paper leaves open. Every key
// has the same name in the configuration file, where its unit, range and effect are described (configs/dcat.yaml).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/units.h"

namespace dcat {

// Who decides on ways: dCat itself (fair, max_performance), adaptive (controller/adaptive), or one of
// controller/policies, by the name it has there.
enum class PolicyKind {
  fair,
  max_performance,
  adaptive,
  shared,
  contracts_alone,
  ucp,
  dunn,
  lfoc,
  kpart,
  cacheman,
  aimd
};
inline constexpr std::array kPolicyKinds{PolicyKind::fair,
                                         PolicyKind::max_performance,
                                         PolicyKind::adaptive,
                                         PolicyKind::shared,
                                         PolicyKind::contracts_alone,
                                         PolicyKind::ucp,
                                         PolicyKind::dunn,
                                         PolicyKind::lfoc,
                                         PolicyKind::kpart,
                                         PolicyKind::cacheman,
                                         PolicyKind::aimd};

constexpr std::string_view name_of(PolicyKind policy) {
  switch (policy) {
    case PolicyKind::fair: return "fair";
    case PolicyKind::max_performance: return "max_performance";
    case PolicyKind::adaptive: return "adaptive";
    case PolicyKind::shared: return "shared";
    case PolicyKind::contracts_alone: return "static";
    case PolicyKind::ucp: return "ucp";
    case PolicyKind::dunn: return "dunn";
    case PolicyKind::lfoc: return "lfoc";
    case PolicyKind::kpart: return "kpart";
    case PolicyKind::cacheman: return "cacheman";
    case PolicyKind::aimd: return "aimd";
  }
  return "";
}
// fair may be written dcat-fair too, max_performance dcat-max. nullopt: another word.
constexpr std::optional<PolicyKind> parse_policy(std::string_view word) {
  if (word == "dcat-fair") return PolicyKind::fair;
  if (word == "dcat-max") return PolicyKind::max_performance;
  for (const PolicyKind policy : kPolicyKinds)
    if (name_of(policy) == word) return policy;
  return std::nullopt;
}
// With states, phases and the guarantee; the others see counters and tables and know no guarantee.
constexpr bool is_dcat(PolicyKind policy) {
  return policy == PolicyKind::fair || policy == PolicyKind::max_performance;
}

// What adaptive makes the most of.
enum class AdaptiveGoal {
  throughput,  // the sum of normalised IPC
  fairness,    // the same, but a loss counts more the deeper it is
  priority,    // the sum, each weighted by 1 + the container's priority
};
inline constexpr std::array kAdaptiveGoals{AdaptiveGoal::throughput, AdaptiveGoal::fairness, AdaptiveGoal::priority};
constexpr std::string_view name_of(AdaptiveGoal goal) {
  switch (goal) {
    case AdaptiveGoal::throughput: return "throughput";
    case AdaptiveGoal::fairness: return "fairness";
    case AdaptiveGoal::priority: return "priority";
  }
  return "";
}

struct Parameters {
  double phase_change_ratio = 0.10;  // change of memory accesses per instruction that makes a new phase
  double phase_match_ratio = 0.05;   // ours: closer than this to a known phase's reference is that phase come back
  double ipc_gain_ratio = 0.05;      // least IPC gain that counts; also the guarantee's tolerance (paper sweeps 3-40 %)
  double miss_ratio = 0.03;          // LLC misses / references above which a container may want more (sweeps 1-30 %)
  double donor_band_ratio = 0.5;     // ours: gives ways below donor_band x miss_ratio
  int streaming_factor = 3;          // x contract: this many ways without a gain is Streaming
  Ways min_ways{1};                  // least ways of a dedicated partition
  Ways shared_ways{1};               // floor and guarantee of the shared region
  double llc_idle_per_sec = 1.5e6;   // ours: LLC references a second at or below which a container is idle
  double min_running_ratio = 0.3;    // counted / enabled time below which a period is absent
  std::uint64_t min_instructions = 10'000'000;       // ours: fewer in a period: absent
  Duration settle = std::chrono::milliseconds(200);  // ours: sub-samples this soon after a change of ways do not count
  bool count_cumulative_gain = false;     // ours: an Unknown whose gains add up to ipc_gain becomes a Receiver
  double miss_rise_ratio = 0.02;          // ours: rise of misses per instruction over the baseline's that makes an IPC
                                          // loss the cache's fault
  double stand_in_ipc_step_ratio = 0.20;  // ours: second witness of a phase change where LLC references stand in for
                                          // memory accesses
  double stand_in_min_refs_per_ki = 0.5;  // ours: fewer LLC references per 1,000 instructions tell nothing
  double probe_miss_ratio = 0.5;          // ours: an Unknown that cannot grow is probed at 1 way above this miss ratio
  double table_loss_ratio = 0.01;         // ours: a Donor gives no way whose loss the table knows to exceed this
  double max_perf_margin_ratio = 0.01;    // ours: max performance moves ways only for a greater gain in summed IPC
  double domain_min_share_ratio = 0.05;  // ours: a container counts in a domain that retires at least this share of its
                                         // instructions; less is the scheduler passing by
  int max_phases = 16;                   // ours: phases remembered per container and domain, the oldest goes first
  Ways max_moved_ways{0};                // ours: change budget of one tick over all domains, 0 = none; what restores a
                                         // contract is not bounded
  PolicyKind policy = PolicyKind::fair;
  // Of adaptive, all ours:
  AdaptiveGoal goal = AdaptiveGoal::throughput;
  double caution = 1.3;        // standard errors by which a guarantee must be kept where less than the contract is held
  double move_cost = 0.003;    // of one way to one tenant: normalised IPC over one period
  double worth_moving = 0.01;  // expected rise of the objective below which everything stays
  double change_risk = 0.8;    // what a change of phase costs who holds nothing of its contract then: normalised IPC
  double look_budget_ratio = 0.001;  // of its guaranteed work that a tenant may lose by being looked at

  bool operator==(const Parameters&) const = default;
};

}  // namespace dcat
