// The bound that a run over time is compared with: the sum of normalised IPC that an oracle gets from what runs, under
// the goal's floors. The strict one is the best partition, the other one the best masks at all.
#pragma once

#include <optional>

#include "core/result.h"
#include "sim/experiment/cast.h"
#include "sim/experiment/timed_run.h"

namespace dcat::sim {

class Bound {
 public:
  // REQUIRES: both outlive this.
  Bound(const TimedQuestion& question, const Cast& cast, bool clusters)
      : question_(question), cast_(cast), clusters_(clusters) {}

  // Absent: there is nothing to compare with (more tenants than ways or CLOSIDs). REQUIRES: question.oracle.
  Result<std::optional<double>> of(const Running& running);

 private:
  Result<std::optional<double>> ask(const Running& running) const;

  const TimedQuestion& question_;
  const Cast& cast_;
  bool clusters_;
  // The last answer, and for what: it changes with what runs, and seldom.
  std::optional<Running> running_;
  std::optional<double> answer_;
};

}  // namespace dcat::sim
