// Comparisons: the same scenario under masks that nobody adapts, for the figures that a controller has to
// beat.
//
// shared_cache    no partition: everybody may fill every way
// static_contracts the contracts alone: each tenant has its contract's ways for itself, contiguous, from the
// end away
//                 from the shareable ways on; the ways left over are the shared region. A tenant has its
//                 partition in all of its domains or in none: whoever comes when too few ways, or no CLOSID,
//                 are left lives in the shared region, and so does who has no contract. Where somebody does,
//                 or the node demands it, that region keeps at least one legal mask's ways.
#pragma once

#include <optional>
#include <vector>

#include "cat/geometry.h"
#include "cat/masks.h"
#include "core/result.h"
#include "perfmon/container_source.h"
#include "sim/spec.h"

namespace dcat::sim {

enum class FixedMasks { shared_cache, static_contracts };

// Where a tenant runs, for the static partition.
struct Claim {
  ContainerId tenant;
  std::vector<std::pair<DomainId, Ways>> ways;  // its contract in each domain it runs in; empty: no contract
};

// The masks and members of the static partition. Claims are served in their order; groups are named after
// tenants.
Masks static_masks(const Geometry& geometry, const std::vector<Claim>& claims);

struct FixedResult {
  ContainerId tenant;
  // Over the periods it was there for; absent when it never ran in them, and the first also without a
  // contract.
  std::optional<double> normalised_ipc;
  std::optional<double> ipc;
};

// Runs a fresh node for `periods` periods and averages over those from `first_period` on (0 = all). Who
// arrives gets its masks at the next period's start, as a controller would give them; the others' partitions
// move up when one leaves. Ascending by tenant. Error: the node refused a mask (the scenario's geometry is
// contradictory).
Result<std::vector<FixedResult>> run_fixed(const Scenario& scenario, FixedMasks masks, Duration period, int periods,
                                           int first_period = 0);

}  // namespace dcat::sim
