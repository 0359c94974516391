// classify: one container's state for the next period, what it demands and why.
//
// Order of precedence: phase change, guarantee, idle, then the state's own rules; one transition a period. The rules
// are those of docs/algorithm.md, row by row. Nothing here knows about other containers: that the pool is empty, or
// that a probe is due, is the plan's to say. Source: dCat (EuroSys 2018), section 4; thresholds in core/parameters.h.
#pragma once

#include <optional>

#include "classifier/phase.h"
#include "classifier/state.h"

namespace dcat {

struct SizePoint {
  Ways ways;
  double ipc = 0;
  bool operator==(const SizePoint&) const = default;
};

// What the controller remembers of one container in one L3 domain.
struct Profile {
  PhaseState phases;
  State state = State::reclaim;
  bool idle = false;                      // with State::donor: it gave because it was idle, not because its set fits
  std::optional<SizePoint> measured;      // the last valid period in this phase
  double last_gain = 0;                   // of the last way that was judged
  std::optional<SizePoint> before_probe;  // set while it is probed at min_ways
  bool operator==(const Profile&) const = default;
};

struct Standing {
  Ways ways;              // in force during the period
  bool exclusive = true;  // nobody else may fill them
  Ways contract;
  Ways least;                   // min_ways or the machine's minimum, whichever is greater
  bool keeps_contract = false;  // never gives below its contract (the shared region)
};

struct Classification {
  State state = State::reclaim;
  Demand demand;
  Reason reason;
  PhaseEvent event = PhaseEvent::none;
  bool operator==(const Classification&) const = default;
};

struct ClassifyResult {
  Profile profile;
  Classification classification;
};

// Both stages for one period: track, then classify. An absent period changes nothing and demands to hold (or, in
// Reclaim, the contract).
ClassifyResult track_and_classify(Profile profile, const Metrics& metrics, const Standing& standing,
                                  const Parameters& parameters);

}  // namespace dcat
