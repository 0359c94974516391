// Fallback: when a run that enforces stops doing so by itself. What fails again and again is not helped by more of it,
// and a guarantee that is broken again and again is worse than none: the node is given back and the run goes on in
// advise, until somebody orders enforce again or a set time has passed.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "controller/config/fallback.h"
#include "controller/decision.h"
#include "controller/observation.h"
#include "core/units.h"

namespace dcat {

class Fallback {
 public:
  explicit Fallback(const FallbackSettings& settings) : settings_(settings) {}

  // From now on; what was counted so far counts.
  void use(const FallbackSettings& settings) { settings_ = settings; }
  // A period failed; once a period.
  void failed(TimePoint at, const Error& error);
  // What a period decided. A violation: below its contract a container was slower than its baseline allows, and misses
  // more (ReasonCode::guarantee).
  void look(TimePoint at, const Observation& observation, const Decision& decision);

  // Why to give up, in words; nullopt: go on.
  std::optional<std::string> reason() const { return reason_; }
  // The run has given up, or enforces again: what was counted is over.
  void gave_up(TimePoint at);
  void reset();
  // It gave up by itself, and the set time has passed since.
  bool may_return(TimePoint at) const;

 private:
  void forget_until(TimePoint at);

  FallbackSettings settings_;
  std::deque<TimePoint> failures_;
  std::map<ContainerId, std::deque<TimePoint>> violations_;
  std::optional<std::string> reason_;
  std::optional<TimePoint> gave_up_at_;
};

}  // namespace dcat
