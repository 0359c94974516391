// Decision: what one step decided, with a reason per container, and the changes that carry it out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cat/changes.h"
#include "cat/masks.h"
#include "classifier/classify.h"
#include "perfmon/metrics.h"

namespace dcat {

struct ContainerDecision {
  std::uint32_t container = 0;  // index into Observation::containers; kSharedRegion for the shared region itself
  bool dedicated = false;       // it has a partition of its own, or its part of a cluster's
  State before = State::reclaim;
  State after = State::reclaim;
  DemandKind demand = DemandKind::hold;
  Reason reason;
  PhaseEvent event = PhaseEvent::none;
  int phase = 0;  // 0 = none yet
  Ways contract;
  Ways ways_before;  // in force during the period
  Ways ways_after;   // granted for the next
  Metrics metrics;
  bool operator==(const ContainerDecision&) const = default;
};
inline constexpr std::uint32_t kSharedRegion = 0xffffffff;

struct DomainDecision {
  DomainId id;
  std::vector<ContainerDecision> containers;  // those that count here, ascending; the shared region first
  Ways shared;                                // the shared region's size, free ways included
  Ways free;                                  // of these, ways that nobody has earned
  bool operator==(const DomainDecision&) const = default;
};

struct Decision {
  std::uint64_t tick = 0;
  TimePoint at;
  std::vector<DomainDecision> domains;
  Plan plan;
  Masks masks;                         // desired
  Changes changes;                     // from observed to desired
  std::optional<std::string> refused;  // why guard (or layout, or diff) kept the observed masks
  bool operator==(const Decision&) const = default;
};

}  // namespace dcat
