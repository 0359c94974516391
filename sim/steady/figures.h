// Figures of a mix under one allocation, as the literature defines them.
//   speedup_i     IPC / the greatest IPC that the program has at any number of ways, alone; slowdown is its inverse
//   STP           sum of speedups (Eyerman and Eeckhout, IEEE Micro 2008): at most the number of tenants
//   ANTT          mean slowdown
//   unfairness    greatest / least slowdown
//   normalised_i  IPC / IPC at exactly the contract's ways, alone, on an idle bus
// A violation: a normalised IPC below 1 - tolerance.
#pragma once

#include <span>
#include <vector>

#include "core/units.h"
#include "sim/steady/steady.h"

namespace dcat::sim {

struct TenantFigures {
  double ipc = 0;
  double speedup = 0;
  double slowdown = 1;
  double normalised_ipc = 0;
  double ways_held = 0;
};

struct MixFigures {
  std::vector<TenantFigures> tenants;
  double stp = 0;
  double antt = 0;
  double unfairness = 1;
  double normalised_ipc = 0;   // the sum
  double violation_depth = 0;  // sum over tenants of what is missing to 1 - tolerance
  int violations = 0;          // tenants below it
};

// contracts[i]: the i-th program's; 0: none, then its normalised IPC is 0 and it has nothing to violate.
MixFigures figures_of(const SteadyNode& node, std::span<const Ways> contracts, const SteadyState& state,
                      double tolerance);

// `ways` over `tenants`, rounded down, the rest to the first ones. REQUIRES: 1 <= tenants <= ways.
std::vector<Ways> equal_contracts(Ways ways, std::size_t tenants);

}  // namespace dcat::sim
