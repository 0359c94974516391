#include "sim/tune/outcome.h"

#include <fmt/format.h>

#include <cmath>

namespace dcat::sim {
namespace {

constexpr double kPercent = 100;

std::string change_text(double from, double to) {
  if (from == 0) return fmt::format("{:.4g} -> {:.4g}", from, to);
  return fmt::format("{:.4g} -> {:.4g} ({:+.2f} %)", from, to, kPercent * (to - from) / std::abs(from));
}

}  // namespace

double violation_bound_of(const Outcome& outcome, const Part& part) {
  return outcome.violation_bound ? *outcome.violation_bound : together(part.present).violations_per_1000();
}

Verdict verdict_of(const Outcome& outcome) {
  if (outcome.found_at == 1) return outcome.interrupted ? Verdict::unchecked : Verdict::nothing_better;
  if (!outcome.held_back) return Verdict::unchecked;
  const Part& part = *outcome.held_back;
  const bool better =
      ranks_before(score_of(together(part.tuned), outcome.objective),
                   score_of(together(part.present), outcome.objective), violation_bound_of(outcome, part));
  return better ? Verdict::confirmed : Verdict::not_confirmed;
}

std::size_t better_cases(const Outcome& outcome, const Part& part) {
  std::size_t better = 0;
  for (std::size_t i = 0; i < part.cases.size(); ++i) {
    const double bound = outcome.violation_bound.value_or(part.present[i].violations_per_1000());
    if (ranks_before(score_of(part.tuned[i], outcome.objective), score_of(part.present[i], outcome.objective), bound))
      ++better;
  }
  return better;
}

std::string verdict_text(const Outcome& outcome) {
  const Verdict verdict = verdict_of(outcome);
  if (verdict == Verdict::nothing_better)
    return fmt::format("nothing better than the present configuration was found in {} trials: keep it", outcome.trials);
  if (verdict == Verdict::unchecked)
    return outcome.interrupted ? "not checked: the search was interrupted before the held-back part was looked at"
                               : "not checked: nothing was held back";
  const Part& part = *outcome.held_back;
  const Measure present = together(part.present), tuned = together(part.tuned);
  const std::string figures = fmt::format(
      "on the held-back part the objective went {}, violations per 1,000 went {:.4g} -> {:.4g} (bound {:.4g}); better "
      "in "
      "{} of {} runs",
      change_text(objective_value(present, outcome.objective), objective_value(tuned, outcome.objective)),
      present.violations_per_1000(), tuned.violations_per_1000(), violation_bound_of(outcome, part),
      better_cases(outcome, part), part.cases.size());
  if (verdict == Verdict::confirmed) return "confirmed: " + figures;
  return "not confirmed: keep the present configuration; " + figures;
}

Config tuned_config(const Config& base, const Outcome& outcome) {
  Config config = base;
  config.parameters.policy = outcome.policy == "dcat-max" ? PolicyKind::max_performance : PolicyKind::fair;
  put(outcome.searched, outcome.tuned, config.parameters);
  return config;
}

}  // namespace dcat::sim
