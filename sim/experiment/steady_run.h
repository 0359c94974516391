// A policy on a mix as it stands, without time. Policies that read curves are asked once. Those that live by
// measurements (dunn, cacheman, aimd) are asked again with what their last answer led to, until they rest; one that
// does not within kMostRounds is judged by the mean over the second half of them. The core's own run over time on a
// noiseless node until their masks rest for kRest periods, or kMostPeriods.
#pragma once

#include <string>
#include <vector>

#include "core/parameters.h"
#include "core/result.h"
#include "sim/experiment/oracle_call.h"
#include "sim/experiment/peer.h"
#include "sim/experiment/question.h"
#include "sim/steady/figures.h"

namespace dcat::sim {

struct SteadyQuestion {
  Mix mix;
  MixNode node;
  std::string policy;
  Parameters parameters;
  Goal goal;
  SearchLimits search{};         // of the oracles
  double (*now_us)() = nullptr;  // a clock, for solve_us; null: none
};

struct SteadyResult {
  Allocation allocation;
  MixFigures figures;
  double stall_factor = 1;
  // Of the answer alone: one call of a policy that reads curves, or of an oracle; all rounds or periods of the others.
  double solve_us = 0;
  bool settled = true;  // false: the masks never rested
  // Of the oracles: nothing is better than this; present where the search was cut short.
  std::optional<double> bound{};
  std::optional<bool> floors_hold{};  // of the oracles, where floors were asked for
};

inline constexpr int kRest = 20;
inline constexpr int kMostPeriods = 400;

// REQUIRES: every program of the mix is in `curves`. Errors: bad_input, where the policy cannot allocate.
Result<SteadyResult> run_steady(const SteadyQuestion& question, const CurveTable& curves);

}  // namespace dcat::sim
