#include "sim/experiment/oracle_call.h"

#include <algorithm>

#include "sim/experiment/peer.h"

namespace dcat::sim {

OracleQuestion oracle_question(const Goal& goal, bool clusters, std::vector<Ways> contracts) {
  OracleQuestion question;
  question.objective = goal.objective;
  question.clusters = clusters;
  question.overlaps = clusters;
  question.contracts = std::move(contracts);
  if (goal.floors) question.floor_tolerance = goal.tolerance;
  return question;
}

Result<OracleAnswer> call_oracle(const SteadyNode& node, OracleQuestion question, const SearchLimits& limits) {
  question.stop = limits.stop;
  question.progress = limits.progress;
  if (limits.now_us != nullptr && limits.seconds > 0)
    question.enough = [now_us = limits.now_us, end = limits.now_us() + limits.seconds * 1e6] {
      return now_us() >= end;
    };
  if (question.overlaps && question.contracts.size() == node.programs.size()) {
    std::vector<Ways> told = question.contracts;  // as policies are told: who has none counts as one way
    for (Ways& ways : told) ways = std::max(ways, Ways(1));
    question.starts = peer_allocations(node, told, question.floor_tolerance);
  }
  return ask_oracle(node, question);
}

}  // namespace dcat::sim
