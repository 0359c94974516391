// aimd: two classes. Latency-critical tenants may fill every way; the others share a mask that grows by a way a period
// while the critical ones miss little, and is halved when they miss much.
// Source: openEuler rubik, dynamic LLC control of offline pods (documentation of its cache limits); additive increase,
// multiplicative decrease after D.-M. Chiu and R. Jain, 1989.
//
// Much: a critical tenant misses at least 20 % of its references; little: all below 10 %; in between the mask stays.
// The mask has at least a tenth of the ways and at most half. Critical is who has a priority above 0; where nobody has
// one, every other tenant, beginning with the first. Simplified: ways only, no memory bandwidth, thresholds fixed.
#pragma once

#include "controller/policies/policy.h"

namespace dcat {

class AimdPolicy : public Policy {
 public:
  bool needs_curves() const override { return false; }
  Result<Allocation> allocate(const PolicyInput& input) override;
  PolicyMemory memory() const override { return {offline_ways_, {}}; }
  void remember(const PolicyMemory& memory) override { offline_ways_ = memory.common; }

 private:
  int offline_ways_ = 0;  // 0: not started
};

}  // namespace dcat
