// dunn: programs are clustered by how many of their cycles wait for data, and clusters that wait more get more ways;
// masks overlap. For fairness.
// Source: V. Selfa, J. Sahuquillo, L. Eeckhout, S. Petit, M. E. Gomez, "Application Clustering Policies to Address
// System Fairness with Intel's Cache Allocation Technology", PACT 2017.
//
// Stalls are scaled to 0..1 over the tenants and clustered by k-means (in one dimension, solved exactly by dynamic
// programming), k from 2 up, the k with the greatest Dunn index. A cluster's ways grow exponentially with its centre,
// with the exponent that the paper found on 20 ways, scaled to this cache. Masks are laid from the two ends in turn,
// the widest first, and widened over ways that nobody would use.
// Simplified: stalls on memory stand for stalls on L2 misses.
#pragma once

#include <vector>

#include "controller/policies/policy.h"

namespace dcat {

class DunnPolicy : public Policy {
 public:
  bool needs_curves() const override { return false; }
  Result<Allocation> allocate(const PolicyInput& input) override;
};

// The clusters of least summed squared distance to their centres, by value ascending: for each value (as given) its
// cluster. REQUIRES: 1 <= k <= values.size().
std::vector<std::size_t> k_means_in_one_dimension(const std::vector<double>& values, std::size_t k);
// Least distance between two clusters / greatest extent of one; with extents of 0 a very great number.
double dunn_index(const std::vector<double>& values, const std::vector<std::size_t>& cluster_of, std::size_t k);

}  // namespace dcat
