// grant: how many ways each claimant of one L3 domain gets. The heart of plan; policies differ here and only here.
//
// Problem: `total` ways, claims with what they hold and demand. Order (dCat, EuroSys 2018, section 4.4):
//   1. Reclaim and the guarantee: contracts come from the free pool, then from whoever holds more than its contract,
//      one way at a time from the largest excess.
//   2. Donors and Streaming give to the pool; a restored size beyond the contract comes from the pool.
//   3. The pool goes to Unknown before Receiver, one way each: fair, to who has least beyond its contract first;
//      max performance, Keepers and Receivers are split so that the sum of normalised IPC over their tables is greatest
//      (the next, unmeasured size of a Receiver counts with its last gain).
//   4. What is left stays free: the shared region has it until someone earns it.
// Properties: sum(ways) + free == total; nobody ends below min(contract, what it holds) unless it gives or is probed;
// ties break by position, which is the order of container ids; the same claims give the same grants.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "classifier/classify.h"
#include "core/parameters.h"
#include "core/units.h"

namespace dcat {

struct Claim {
  Ways held;      // granted in the period before; 0 for a newcomer
  Ways contract;  // the shared region's is its floor
  Ways least;     // never less than this
  State state = State::reclaim;
  Demand demand;
  bool rides = false;                       // shares a group whose ways another member claims: gets none of its own
  bool being_probed = false;                // keeps the domain's one probe
  std::optional<double> probe_miss_ratio;   // it may be probed; its miss ratio
  const PerformanceTable* table = nullptr;  // with a baseline, for max performance
  // Max performance gives it no more than this: what a Keeper is known to need. Else it would be given ways for a gain
  // too small to stop it from giving them back, for ever. Absent: the largest size of the table.
  std::optional<Ways> most;
  double last_gain = 0;
};

struct Grants {
  std::vector<Ways> ways;            // by claim
  std::optional<std::size_t> probe;  // this claim was brought to `least` to see whether that hurts
  Ways free;
};

// REQUIRES: the contracts of all claims, riders apart, add up to at most `total`, and least <= contract.
Grants grant(const std::vector<Claim>& claims, Ways total, const Parameters& parameters);

}  // namespace dcat
