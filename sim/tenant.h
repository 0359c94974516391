// Tenant: one program on the simulated node, as a state machine over time: arrival, phases, slow intervals,
// masks that take effect late, departure. Rates are given from outside (sim/contention.h) and hold until its
// next event.
#pragma once

#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "sim/contention.h"
#include "sim/spec.h"
#include "sim/truth.h"

namespace dcat::sim {

// Cumulative since arrival. Real numbers; readers round.
struct Counts {
  double instructions = 0;
  double cycles = 0;
  double memory_accesses = 0;
  double references = 0;
  double misses = 0;
  double busy_sec = 0;  // summed over CPUs
};

class Tenant {
 public:
  // One domain that the tenant runs in.
  struct Place {
    PlacementSpec spec;
    Cbm mask;  // in effect
    Throttle throttle;
    std::deque<std::pair<TimePoint, Cbm>> pending;  // due times, ascending
    Rates rates;                                    // while awake
    double ipc_at_contract = 0;                     // in this phase; 0 without a contract
    double best_ipc = 0;                            // in this phase, at any size, alone
    double accesses_per_instruction = 0;
    Counts counts;
  };

  // REQUIRES: `spec` and `domains` outlive the tenant; node_cpus >= 1.
  Tenant(const TenantSpec& spec, const std::vector<DomainSpec>& domains, int node_cpus);

  const TenantSpec& spec() const { return spec_; }
  const std::vector<Place>& places() const { return places_; }
  bool present() const { return present_; }
  // Absent while asleep or not present.
  const Workload* workload() const;
  double load() const { return phase().load; }  // of its CPUs
  double slow_factor() const { return slow_factor_; }
  double cpu_share() const { return cpu_share_; }
  bool counts_memory_accesses() const { return counts_memory_accesses_; }  // in every phase
  TruthRow truth() const;

  // The next time at which a rate of this tenant may change by itself; later than `now`, or TimePoint::max().
  TimePoint next_event(TimePoint now) const;
  // Counts what the present rates give between two times. REQUIRES: no event of this tenant lies between
  // them.
  void accrue(TimePoint from, TimePoint to);
  // Takes the events that are due; true when rates may have changed.
  bool fire(TimePoint now);
  void set_rates(std::size_t place, const Rates& rates) { places_[place].rates = rates; }
  // The mask of the tenant's group is `mask` now; it takes effect at `due`. True when it does at once.
  bool set_mask(std::size_t place, Cbm mask, TimePoint due, TimePoint now);

  // Takes effect at once: a register of each core is written. True when it changes anything.
  bool set_throttle(std::size_t place, Throttle throttle);

 private:
  const PhaseSpec& phase() const { return spec_.phases[phase_]; }
  double instructions_per_sec() const;
  bool phase_stays() const;
  TimePoint phase_end(TimePoint now) const;
  bool phase_is_over(TimePoint now) const;
  void enter_phase(std::size_t index, TimePoint now);
  bool update_presence(TimePoint now);
  bool update_phase(TimePoint now);
  bool update_slow_factor(TimePoint now);
  bool update_masks(TimePoint now);
  double contract_ways(const DomainSpec& domain) const;

  const TenantSpec& spec_;
  std::vector<const DomainSpec*> domains_;  // by place
  std::vector<Place> places_;
  double cpu_share_ = 0;
  bool counts_memory_accesses_ = true;
  bool present_ = false;
  bool gone_ = false;
  std::size_t phase_ = 0;
  TimePoint phase_start_{};
  double phase_instructions_ = 0;  // retired in this phase
  double slow_factor_ = 1;
  double instructions_at_contract_ = 0;
  double instructions_at_best_ = 0;
};

}  // namespace dcat::sim
