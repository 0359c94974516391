// sharing: who holds how much of ways that several may fill.
//
// In the steady state a way belongs to its fillers in proportion to what each inserts, and inserts again what it loses:
// whoever misses more holds more. That is random replacement's steady state, and what real machines come near to; where
// they do not, what is measured in the cluster corrects what is expected (docs/decisions/0025).
#pragma once

#include <vector>

#include "classifier/model/curve.h"

namespace dcat {

struct Sharer {
  const Curve* curve = nullptr;  // null: it inserts nothing
  double cycles_per_sec = 0;     // of all its CPUs
};

// The ways that each holds of `ways`; they add up to it. Relative error some 2 % near a knee, else less.
std::vector<double> share_out(const std::vector<Sharer>& sharers, double ways);

}  // namespace dcat
