// An allocation's merit by settle() and figures_of(), which know nothing of the oracle's tables.
#pragma once

#include <vector>

#include "sim/oracle/oracle.h"
#include "sim/steady/figures.h"
#include "tests/support/random_node.h"

namespace dcat::sim::test {

struct Measure {
  double depth = 0;
  double value = 0;  // greater is better; of fairness minus the unfairness
  double stp = 0;
};

inline Measure measure(const SteadyNode& node, const OracleQuestion& question, const Allocation& allocation) {
  const double tolerance = question.floor_tolerance.value_or(1);
  const MixFigures figures = figures_of(node, question.contracts, settle(node, allocation), tolerance);
  Measure m{figures.violation_depth, 0, figures.stp};
  switch (question.objective) {
    case Objective::throughput: m.value = figures.stp; break;
    case Objective::normalised: m.value = figures.normalised_ipc; break;
    case Objective::fairness: m.value = -figures.unfairness; break;
  }
  return m;
}

// a before b by more than rounding: depth, then value, then (fairness) throughput.
inline bool beats(const Measure& a, const Measure& b, const OracleQuestion& question, double tie = 1e-7) {
  if (std::abs(a.depth - b.depth) > tie) return a.depth < b.depth;
  if (std::abs(a.value - b.value) > tie) return a.value > b.value;
  return question.objective == Objective::fairness && a.stp > b.stp + tie;
}

inline bool legal(const SteadyNode& node, const Allocation& a) {
  if (a.cluster_of.size() != node.programs.size() || a.masks.size() > static_cast<std::size_t>(node.closids))
    return false;
  for (const std::size_t c : a.cluster_of)
    if (c >= a.masks.size()) return false;
  for (std::size_t i = 0; i < a.masks.size(); ++i) {
    if (!a.masks[i].contiguous() || a.masks[i].size() < node.least) return false;
    if ((a.masks[i].bits >> node.ways.count) != 0) return false;
    for (std::size_t k = 0; k < i; ++k)
      if (a.masks[i].overlaps(a.masks[k])) return false;
  }
  return true;
}

}  // namespace dcat::sim::test
