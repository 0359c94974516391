// The oracle: the best that could be done at all, knowing every program's curve. Not a policy that a node could run;
// the bound that policies are measured against.
//
// partition: every tenant has ways of its own (the bound of partition policies). clusters: tenants may share, masks
// being equal or disjoint. overlaps: masks may overlap in part as well (the bound of all policies, with what they
// arrive at as `starts`). Ways may stay unused, since curves are not monotone.
// Objectives: throughput (sum of speedups), normalised (sum of IPC against the contract), fairness (least unfairness,
// then the greater throughput). With a floor: only among allocations in which every tenant's IPC is at least
// (1 - floor_tolerance) x its IPC at the contract alone; where there is none, those that miss it least come first.
//
// Methods. No ceiling of the bus: exact, by dynamic programming over ways (partition) and over subsets and ways
// (clusters). With one: branch and bound over the stall factor and the configurations (sum_search.h, fair_search.h);
// exact unless `budget` ends first, then the best found, with the bound that is left. Clusters of more than
// kMostClusteredTenants: the best found by climbing (local_search.h), with a loose bound. Masks that overlap in part: a
// local search from the best clustering and from `starts` (overlap_search.h), no worse than any of them; exact is then
// said of the clustering, and an allocation that beats it is the best found, with a loose bound. Exact means within
// 1e-9.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "controller/policies/policy.h"
#include "core/result.h"
#include "sim/steady/steady.h"

namespace dcat::sim {

enum class Objective { throughput, normalised, fairness };

struct OracleQuestion {
  Objective objective = Objective::throughput;
  bool clusters = false;
  std::vector<Ways> contracts;  // by program; 0: none, so no floor and nothing to be normalised by
  std::optional<double> floor_tolerance;
  // Evaluations of whole configurations after which a search gives up; 0: never.
  std::uint64_t budget = 0;
  // Is told now and then how far a long search is, 0..1. May be empty.
  std::function<void(double done)> progress;
  bool overlaps = false;  // with clusters
  // With overlaps: allocations that the answer must not be worse than. Legal ones for the node.
  std::vector<Allocation> starts{};
  // Is asked now and then: yes ends the search with the best found. May be empty.
  std::function<bool()> enough{};
  const std::atomic<bool>* stop = nullptr;  // set: the search ends with an error
};

struct OracleAnswer {
  Allocation allocation;
  double value = 0;  // of the objective at this allocation
  double bound = 0;  // nothing is better than this; equals `value` when exact
  bool exact = true;
  bool floors_hold = true;
  bool cut = false;  // ended by `budget` or `enough`
  std::uint64_t evaluations = 0;
};

// Errors: bad_input, no tenants, a contract missing or beyond the ways, or (partition) more tenants than ways or
// CLOSIDs; failed, stopped.
Result<OracleAnswer> ask_oracle(const SteadyNode& node, const OracleQuestion& question);

inline constexpr std::size_t kMostClusteredTenants = 14;  // by exact methods; 2^n subsets, 3^n choices

}  // namespace dcat::sim
