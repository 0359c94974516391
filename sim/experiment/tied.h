// Tied ways: sets of ways that the machine only takes together (cat/geometry.h). Policies and oracles divide a domain
// as if there were none; what they answer is laid out here so that no mask has a part of a set, as the core's guard
// demands of dCat (controller/guard.cpp).
//   Disjoint masks are put in another order, with the same sizes: so a partition is worth what it was, and the best
//   one stays the best. Masks that overlap are widened to whole sets, as the machine would read them back.
//   Properties: where nothing was split nothing changes; partitions stay disjoint, contiguous and of their sizes; the
//   first partition stays at the low end and the last at the high one where that is possible.
#pragma once

#include <string>
#include <vector>

#include "controller/policies/policy.h"
#include "core/result.h"
#include "sim/spec.h"

namespace dcat::sim {

// REQUIRES: the allocation is legal for the domain but for its tied sets, each of which lies at an end of the ways.
// Error (bad_input): in no order of the partitions are all sets kept together.
Result<Allocation> keep_tied_together(Allocation allocation, const DomainSpec& domain, const std::string& policy);

}  // namespace dcat::sim
