// cacheman: classes with nested masks, all ways, all but one, and so on; who holds more than its share while somebody
// else is short of his is moved a class down, who is short himself a class up.
// Source: X. Hu et al., "Cacheman: A Comprehensive Last-Level Cache Management System for Multi-tenant Clouds", PPoPP
// 2026 (gradient-based sharing).
//
// A tenant's share is its contract's part of all contracts. Short: it holds less than 95 % of its share though it
// misses (at least 1 % of its references). Over: more than 105 %. Nothing moves while nobody is short; then the one
// furthest over its share goes down a class, and those who are short go up one. Simplified: a decision every period
// instead of every six seconds, no upper bounds for single tenants. Needs occupancy.
#pragma once

#include <cstddef>
#include <map>

#include "controller/policies/policy.h"

namespace dcat {

class CachemanPolicy : public Policy {
 public:
  bool needs_curves() const override { return false; }
  Result<Allocation> allocate(const PolicyInput& input) override;
  PolicyMemory memory() const override { return {0, levels_}; }
  void remember(const PolicyMemory& memory) override { levels_ = memory.by_number; }

 private:
  std::map<std::size_t, int> levels_;  // by tenant: ways that it may not fill
};

}  // namespace dcat
