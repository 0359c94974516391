// One period in the making: what step has worked out so far, passed from stage to stage. Private to controller/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controller/decision.h"
#include "controller/observation.h"
#include "controller/sight.h"
#include "controller/step.h"
#include "perfmon/metrics.h"

namespace dcat {

struct DomainPeriod {
  const DomainGeometry* geometry = nullptr;
  const DomainObservation* observation = nullptr;  // nullptr: nothing was read here
  Ways least;                                      // of a partition
  Ways floor;                                      // of the shared region
  std::vector<IntervalCounts> counts;              // by series of the observation
  std::vector<std::int32_t> row;                   // by container: its row in the decision, -1 = none
};

struct Period {
  const Observation& observation;
  const Parameters& parameters;
  ControllerState state;
  Decision decision;
  Sight sight;
  std::vector<DomainPeriod> domains;         // by domain index
  std::vector<std::vector<Demand>> demands;  // by domain index and row of the decision
  std::optional<std::string> no_plan{};      // why there is none: the node stays as it is

  DeriveRules rules(const TenantState& tenant) const {
    return {parameters.min_running_ratio, parameters.min_instructions, tenant.settled_at};
  }
};

// The stages, in order. Each reads what the ones before it wrote.
void align(Period& period);           // containers and domains that came and went
void measure(Period& period);         // Sample -> counts; who runs where
void admit(Period& period);           // whose contract fits
void judge(Period& period);           // Metrics -> Phase -> State; fills the decision's rows
void make_plan(Period& period);       // Plan: dCat's own, or
void plan_by_policy(Period& period);  // that of one of controller/policies, or
void adapt(Period& period);           // adaptive's, which learns first (controller/adaptive)
void carry_out(Period& period);       // Masks, guard, Changes

// Nobody else decides about it, and its ways are to be its own.
inline bool wants_isolation(const ContainerInfo& info) {
  return info.managed && info.isolated;
}

// Rows of the decision for `--mode observe`.
void judge_by_counters_alone(Period& period);

}  // namespace dcat
