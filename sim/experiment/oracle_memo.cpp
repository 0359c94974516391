#include "sim/experiment/oracle_memo.h"

namespace dcat::sim {

Result<OracleAnswer> OracleMemo::ask(const Key& key, DomainId domain, const SteadyNode& node,
                                     const OracleQuestion& question, const SearchLimits& limits) {
  const Id id{key, domain, question.objective, question.clusters, question.overlaps, question.floor_tolerance};
  {
    const std::lock_guard lock(mutex_);
    if (const auto at = answers_.find(id); at != answers_.end()) return at->second;
  }
  Result<OracleAnswer> answer = call_oracle(node, question, limits);
  if (!answer) return answer;
  const std::lock_guard lock(mutex_);
  return answers_.try_emplace(id, *answer).first->second;
}

}  // namespace dcat::sim
