// The oracle: the best that could be done at all, knowing every program's curve. Not a policy that a node could run;
// the bound that policies are measured against.
//
// partition: every tenant has ways of its own (the bound of partition policies). clusters: tenants may share (the
// bound of all policies whose masks are equal or disjoint). Ways may stay unused, since curves are not monotone.
// Objectives: throughput (sum of speedups), normalised (sum of IPC against the contract), fairness (least unfairness,
// then the greater throughput). With a floor: only among allocations in which every tenant's IPC is at least
// (1 - floor_tolerance) x its IPC at the contract alone; where there is none, those that miss it least come first.
//
// Methods. No ceiling of the bus: exact, by dynamic programming over ways (partition) and over subsets and ways
// (clusters). With one: branch and bound over the stall factor and the configurations (sum_search.h, fair_search.h);
// exact unless `budget` ends first, then the best found, with the bound that is left. Clusters of more than
// kMostClusteredTenants: the best found by climbing (local_search.h), with a loose bound. Exact means within 1e-9.
#pragma once

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
  std::vector<Ways> contracts;  // by program
  std::optional<double> floor_tolerance;
  // Evaluations of whole configurations after which a search gives up; 0: never.
  std::uint64_t budget = 0;
  // Is told now and then how far a long search is, 0..1. May be empty.
  std::function<void(double done)> progress;
};

struct OracleAnswer {
  Allocation allocation;
  double value = 0;  // of the objective at this allocation
  double bound = 0;  // nothing is better than this; equals `value` when exact
  bool exact = true;
  bool floors_hold = true;
  std::uint64_t evaluations = 0;
};

// Errors: bad_input, no tenants, a contract missing or beyond the ways, or (partition) more tenants than ways or
// CLOSIDs.
Result<OracleAnswer> ask_oracle(const SteadyNode& node, const OracleQuestion& question);

inline constexpr std::size_t kMostClusteredTenants = 14;  // by exact methods; 2^n subsets, 3^n choices

}  // namespace dcat::sim
