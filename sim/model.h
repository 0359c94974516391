// Model: the simulated node's state and its passage through time.
//
// Between two events (a phase's end, a mask that takes effect, arrival, departure, a slow interval's edge,
// the time that a caller asks for) all rates are constant. So time moves from event to event, whatever lies
// between them, and what was counted is rate x time: the cost of a run depends on its events, not on its
// length. The rates of a domain are solved (sim/contention.h) only when something in it changed.
//
// The same scenario and the same calls give the same bits.
#pragma once

#include <memory>
#include <vector>

#include "sim/groups.h"
#include "sim/spec.h"
#include "sim/tenant.h"
#include "sim/truth.h"

namespace dcat::sim {

class Model {
 public:
  // Time starts at TimePoint{}; who arrives then is there. Tenants and domains are sorted by id.
  // REQUIRES: the scenario's domains, placements and phases are as sim/spec.h wants them.
  explicit Model(Scenario scenario);
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  const Scenario& scenario() const { return scenario_; }
  const Groups& groups() const { return groups_; }
  const std::vector<Tenant>& tenants() const { return tenants_; }  // ascending by id
  const Tenant* find(const ContainerId& id) const;                 // nullptr: no such tenant in the scenario
  TimePoint now() const { return now_; }

  // Does nothing when `until` is not later than now().
  void advance_to(TimePoint until);
  Status apply(const Change& change);
  // What somebody else's groups give the tenants (sim/groups.h: replace). It takes effect as an applied change would;
  // where the tenants' masks are what they were, nothing changes.
  void replace_masks(const Masks& masks);
  std::vector<ContainerInfo> containers() const;  // who is present, ascending
  std::vector<TruthRow> truth() const;            // ascending by tenant; present or not
  // Ascending by tenant, then domain; who is present.
  std::vector<Standing> standings();

 private:
  void solve_changed_domains();
  void solve(std::size_t domain);
  void fire_events();
  void follow_masks();
  void mark_changed(const Tenant& tenant);

  Scenario scenario_;
  Groups groups_;
  std::vector<Tenant> tenants_;
  TimePoint now_{};
  std::vector<bool> changed_;          // by domain: its rates are to be solved anew
  std::vector<double> stall_factors_;  // by domain
};

}  // namespace dcat::sim
