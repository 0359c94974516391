// step: one control period of the whole core.
//
//   Sample -> Metrics -> Phase -> State -> Plan -> Masks -> Changes
//
// Pure: the same state, observation and parameters give the same bytes. The loop closes only through the node: what was
// changed is seen in the next Observation, and desired masks are compared with observed ones every time, so a foreign
// write, a vanished group, a half-applied change and a restart are one case.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "classifier/classify.h"
#include "classifier/model/learn.h"
#include "controller/adaptive/crowd.h"
#include "controller/decision.h"
#include "controller/memory/memory.h"
#include "controller/observation.h"
#include "core/parameters.h"

namespace dcat {

// What is remembered of one container in one L3 domain.
struct TenantState {
  Profile profile;
  std::optional<Sample> last;  // the last sample of the period before
  Ways contract;
  Ways granted;            // by the last plan; 0 without a partition of its own
  bool counts = false;     // it runs in this domain
  bool admitted = false;   // its contract fits; implies counts
  TimePoint settled_at{};  // sub-samples up to here show the ways it had before
  int policy_memory = 0;   // PolicyMemory::by_number
  Mind mind{};             // of the policy `adaptive` (controller/adaptive)
  CrowdMind crowd{};       // the same, while it has no contract
  int looks_in_vain = 0;   // periods of looking at it that taught nothing (controller/look.h)
  bool operator==(const TenantState&) const = default;
};

struct DomainState {
  DomainId id;
  std::vector<TenantState> tenants;  // one per container, in the order of ControllerState::containers
  TenantState shared;                // the shared region, a tenant with the contract `shared_ways`
  int policy_memory = 0;             // PolicyMemory::common
  Ways ways{};                       // of the geometry, at the last step
  std::uint64_t way_bytes = 0;
  bool operator==(const DomainState&) const = default;
};

struct ControllerState {
  std::uint64_t tick = 0;
  std::vector<ContainerId> containers;  // ascending
  std::vector<DomainState> domains;     // ascending by id
  Masks desired;                        // by the last step
  Masks observed;                       // at the last step
  Memory memory;                        // of who is not here, and of who was here before this run
  bool operator==(const ControllerState&) const = default;
};

struct StepResult {
  ControllerState state;
  Decision decision;
};

// REQUIRES: every vector of the observation is ordered as its header says.
StepResult step(ControllerState state, const Observation& observation, const Parameters& parameters);

// Derives and tells what counters alone can: idle, else Unknown. Plans nothing (`--mode observe`).
StepResult observe(ControllerState state, const Observation& observation, const Parameters& parameters);

// The least size of the shared region in this domain: shared_ways, or more where the machine demands it.
Ways shared_floor(const DomainGeometry& geometry, const Parameters& parameters);

// The contract of a container in a domain of `ways`; nullopt: it lives in the shared region by choice, or is not ours
// to manage.
std::optional<Ways> resolve_contract(const ContainerInfo& info, Ways ways, Ways least);

}  // namespace dcat
