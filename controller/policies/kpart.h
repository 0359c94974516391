// kpart: programs whose misses add up to hardly more when they share than when they are partitioned are clustered,
// bottom-up; of all numbers of clusters the one with the greatest predicted speedup is taken. For throughput.
// Source: N. El-Sayed et al., "KPart: A Hybrid Cache Partitioning-Sharing Technique for Commodity Multicores", HPCA
// 2018; combined curves: A. Mukkara, N. Beckmann, D. Sanchez, "Whirlpool", ASPLOS 2016.
//
// Distance of two clusters: the area between their combined misses when they share w ways and when w ways are split
// between them by lookahead, over all w from 2 up. Ways among clusters: lookahead on the inverse of the cluster's
// summed speedup, against an even share; of as good numbers of clusters the least, which leaves CLOSIDs free.
// Simplified: no online profiling (DynaWay), no correction for a saturated bus.
#pragma once

#include <vector>

#include "controller/policies/policy.h"

namespace dcat {

class KpartPolicy : public Policy {
 public:
  bool needs_curves() const override { return true; }
  Result<Allocation> allocate(const PolicyInput& input) override;

 private:
  // What was asked last and its answer: most periods bring nothing new.
  struct Asked {
    Ways ways;
    Ways least;
    int closids = 0;
    std::vector<KnownCurve> curves;
    bool operator==(const Asked&) const = default;
  };
  Asked asked_;
  Allocation answer_;
};

}  // namespace dcat
