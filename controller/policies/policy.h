// A policy says who shares which ways of one L3 domain. One interface for the daemon and the simulator; what a policy
// may look at is what PolicyInput holds, so that nobody knows more than it says: curves (which a daemon has from
// tables that it learned or from files, the simulator from its programs) and last period's measurements.
//
// dCat itself (dcat-fair, dcat-max) is not here: it is the core's own plan (controller/step.h), with its states and its
// guarantee. `oracle` and `oracle-clusters` know the future and live in the simulator (sim/oracle).
//
// Properties of an Allocation: every mask is contiguous, within the ways, at least `least` wide; at most `closids`
// masks; the same calls in the same order give the same bytes (ties break by position).
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cat/cbm.h"
#include "core/result.h"
#include "core/units.h"

namespace dcat {

// A program with a given number of ways for itself.
struct SizeFigures {
  double ipc = 0;  // above 0
  double references_per_ki = 0;
  double misses_per_ki = 0;
  double stall_ratio = 0;  // of the cycles, waiting for memory
  bool operator==(const SizeFigures&) const = default;
};

// at[w - 1] with w ways, for every w up to the domain's ways.
struct KnownCurve {
  std::vector<SizeFigures> at;
  bool operator==(const KnownCurve&) const = default;
};

// What was counted in the last period, with the ways that the tenant had then.
struct Measured {
  double ipc = 0;
  double misses_per_sec = 0;
  double references_per_sec = 0;
  double stall_ratio = 0;
  double ways_held = 0;  // occupancy
  bool operator==(const Measured&) const = default;
};

struct PolicyTenant {
  Ways contract;
  int priority = 0;                   // above 0: latency-critical, where a policy knows classes
  const KnownCurve* curve = nullptr;  // null: not known
  std::optional<Measured> measured;   // absent: not counted
  // Who it is from call to call, where tenants come and go; absent: its position.
  std::optional<std::size_t> number{};
};

struct PolicyInput {
  Ways ways;
  Ways least{1};    // of a mask
  int closids = 0;  // that may be used
  // With a number: no tenant's IPC may be below (1 - tolerance) x its IPC at the contract. Policies that know no floor
  // ignore it (Policy::keeps_floors).
  std::optional<double> floor_tolerance;
  std::vector<PolicyTenant> tenants;  // at least one
};

struct Allocation {
  std::vector<Cbm> masks;               // by cluster; tenants of one cluster share one class of service
  std::vector<std::size_t> cluster_of;  // by tenant
  bool operator==(const Allocation&) const = default;
};

// What a policy carries from period to period, so that whoever asks it can keep it as a value.
struct PolicyMemory {
  int common = 0;
  std::map<std::size_t, int> by_number;  // of tenants
  bool operator==(const PolicyMemory&) const = default;
};

class Policy {
 public:
  virtual ~Policy() = default;
  virtual PolicyMemory memory() const { return {}; }
  virtual void remember(const PolicyMemory& memory) { (void)memory; }
  virtual bool needs_curves() const = 0;  // otherwise measurements are enough
  virtual bool keeps_floors() const { return false; }
  // Whether tenants that do not run now are to be in the input too (without curve and measurements): of policies that
  // give every tenant something whether it runs or not.
  virtual bool counts_idle() const { return false; }
  // Once a period. Errors: bad_input, where the tenants do not fit (more partitions than ways or CLOSIDs), or a curve
  // that the policy needs is not known.
  virtual Result<Allocation> allocate(const PolicyInput& input) = 0;
};

// shared, static, ucp, dunn, lfoc, kpart, cacheman, aimd: in this order.
std::vector<std::string_view> policy_names();
// Null: no such policy here.
std::unique_ptr<Policy> make_policy(std::string_view name);

}  // namespace dcat
