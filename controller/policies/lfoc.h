// lfoc: streaming programs share one small partition (two when there are many), light ones fill its gaps, sensitive
// ones get partitions sized by lookahead on their slowdown. For fairness.
// Source: A. Garcia-Garcia, J. C. Saez, F. Castro, M. Prieto-Matias, "LFOC: A Lightweight Fairness-Oriented Cache
// Clustering Policy for Commodity Multicores", ICPP 2019.
//
// Classes, from the curve: sensitive, a slowdown of at least 5 % with two ways; streaming, not sensitive and at least
// 14 misses per 1,000 cycles with one way; light, the rest. A streaming partition is one way, takes five streaming
// programs, and two light ones for each that it lacks; lights beyond that join the sensitive ones' partitions in
// turn. Without sensitive programs everybody shares all ways.
// Simplified: the paper samples curves at run time, looks at how the last two ways' misses fall, and bounds the length
// of its steps; here curves are known. The numbers are those with which its published clusters come out.
#pragma once

#include "controller/policies/policy.h"

namespace dcat {

class LfocPolicy : public Policy {
 public:
  bool needs_curves() const override { return true; }
  Result<Allocation> allocate(const PolicyInput& input) override;
};

}  // namespace dcat
