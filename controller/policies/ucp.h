// ucp: each tenant a partition, sized by lookahead on misses per 1,000 instructions.
// Source: M. K. Qureshi, Y. N. Patt, "Utility-Based Cache Partitioning", MICRO 2006.
// With floors everybody starts at the ways that its floor needs, and gets no number of ways that breaks it (ways may
// then stay unused).
// Simplified: the paper's utility monitors (sampled shadow tags) are replaced by curves that somebody else knows.
#pragma once

#include "controller/policies/policy.h"

namespace dcat {

class UcpPolicy : public Policy {
 public:
  bool needs_curves() const override { return true; }
  bool keeps_floors() const override { return true; }
  Result<Allocation> allocate(const PolicyInput& input) override;
};

}  // namespace dcat
