// How the simulator asks an oracle: with what the peers arrive at (oracle-clusters is the bound of them all), for as
// long as somebody is willing to wait.
#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "core/result.h"
#include "sim/experiment/question.h"
#include "sim/oracle/oracle.h"

namespace dcat::sim {

struct SearchLimits {
  double seconds = 0;                       // after which a search gives the best found; 0: never. Wants a clock
  double (*now_us)() = nullptr;             // a clock
  const std::atomic<bool>* stop = nullptr;  // set: a search ends with an error
  std::function<void(double done)> progress{};
};

// What oracle and oracle-clusters are asked. `contracts`: by program; 0: none.
OracleQuestion oracle_question(const Goal& goal, bool clusters, std::vector<Ways> contracts);

// The question with its limits and, where masks may overlap, the peers' allocations to start from.
Result<OracleAnswer> call_oracle(const SteadyNode& node, OracleQuestion question, const SearchLimits& limits);

}  // namespace dcat::sim
