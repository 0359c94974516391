// The two policies that adapt to nothing.
//   shared  everybody may fill every way: a node without allocation
//   static  every tenant has its contract for itself, always. Ways that no contract covers go to the first tenants, one
//           each, so that `--contract equal` uses the whole cache; a tenant without a contract counts as one way.
#pragma once

#include "controller/policies/policy.h"

namespace dcat {

class SharedPolicy : public Policy {
 public:
  bool needs_curves() const override { return false; }
  Result<Allocation> allocate(const PolicyInput& input) override;
};

class StaticPolicy : public Policy {
 public:
  bool needs_curves() const override { return false; }
  bool keeps_floors() const override { return true; }
  bool counts_idle() const override { return true; }
  Result<Allocation> allocate(const PolicyInput& input) override;
};

}  // namespace dcat
