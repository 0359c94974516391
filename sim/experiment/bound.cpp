#include "sim/experiment/bound.h"

#include <utility>

namespace dcat::sim {

Result<std::optional<double>> Bound::of(const Running& running) {
  if (running_ == running) return answer_;
  Result<std::optional<double>> answer = ask(running);
  if (!answer) return answer;
  running_ = running;
  answer_ = *answer;
  return answer;
}

Result<std::optional<double>> Bound::ask(const Running& running) const {
  double sum = 0;
  for (std::size_t d = 0; d < question_.scenario.domains.size(); ++d) {
    const Cast::Scene scene = cast_.scene(d, running);
    if (scene.tenants.empty()) continue;
    Goal goal = question_.goal;
    goal.objective = Objective::normalised;
    OracleQuestion question = oracle_question(goal, clusters_, scene.contracts);
    // Masks that overlap would be widened to whole tied sets, and might then be worse than clusters.
    if (!question_.scenario.domains[d].tied.empty()) question.overlaps = false;
    const Result<OracleAnswer> answer =
        question_.oracle->ask(scene.key, question_.scenario.domains[d].id, scene.node, question, question_.search);
    if (!answer && answer.error().code == ErrorCode::bad_input) return std::optional<double>();
    if (!answer) return answer.error();
    sum += answer->value;
  }
  return std::optional(sum);
}

}  // namespace dcat::sim
