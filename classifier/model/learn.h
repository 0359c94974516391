// learn: one period of one container goes into what is known of it: its noise, which phase it is in, and what it did at
// the size that it had. The policy `adaptive` (controller/adaptive) lives on this; dCat's own classifier does not.
#pragma once

#include <optional>

#include "classifier/model/change.h"
#include "classifier/phase.h"
#include "core/parameters.h"
#include "core/units.h"
#include "perfmon/metrics.h"

namespace dcat {

// What was expected of it when its ways were last arranged.
struct Outlook {
  bool alone = true;          // nobody else may fill them
  double ways = 0;            // that it holds of them
  double normalised_ipc = 1;  // against the contract
  bool operator==(const Outlook&) const = default;
};

// What is remembered of one container in one L3 domain beside its phases.
struct Mind {
  Noise noise;
  ChangeTest change;
  int changes = 0;         // of phase
  int slower = 0;          // periods of this phase below its guarantee, by the cache's doing
  double look_budget = 0;  // what it may still lose by being looked at: depth x periods
  Outlook expected{};
  bool looked_at = false;  // it is below its contract without being known to be safe there
  bool operator==(const Mind&) const = default;
};

struct Lesson {
  PhaseEvent event = PhaseEvent::none;
  bool interference = false;  // slower than this size is known to be, without a miss more: nothing was learned
};

// `ways`: that it held, nullopt: nobody knows; `most`: of the domain. REQUIRES: metrics.valid().
Lesson learn(PhaseState& phases, Mind& mind, const Metrics& metrics, std::optional<double> ways, Ways most,
             const Parameters& parameters);

}  // namespace dcat
