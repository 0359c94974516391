#include "sim/oracle/judge.h"

#include <cmath>
#include <limits>

namespace dcat::sim {

bool better(const Merit& a, const Merit& b) {
  if (std::abs(a.depth - b.depth) > kTie) return a.depth < b.depth;
  if (std::abs(a.value - b.value) > kTie) return a.value > b.value;
  return a.second > b.second + kTie;
}

Judge::Judge(const SteadyNode& node, const OracleQuestion& question)
    : fair_(question.objective == Objective::fairness),
      bytes_per_sec_(node.memory_bytes_per_sec),
      budget_(question.budget),
      patience_(question) {
  if (question.floor_tolerance) floor_ = 1 - *question.floor_tolerance;
  for (std::size_t i = 0; i < node.programs.size(); ++i) {
    const SteadyProgram& program = node.programs[i];
    const bool contract = question.contracts[i] > Ways(0);
    const double at_contract = program.at(std::max(1, question.contracts[i].count)).ipc;
    per_best_.push_back(1 / program.best_ipc());
    per_ipc_.push_back(question.objective != Objective::normalised ? per_best_.back() : contract ? 1 / at_contract : 0);
    // Who has no contract is above any floor.
    if (question.floor_tolerance)
      floors_.push_back(contract ? 1 / at_contract : std::numeric_limits<double>::infinity());
  }
}

void Judge::start() {
  who_.clear();
  ipc_.clear();
  loads_.clear();
}

void Judge::add(std::span<const std::uint16_t> tenants, std::span<const Member> members) {
  for (std::size_t k = 0; k < tenants.size(); ++k) {
    who_.push_back(tenants[k]);
    ipc_.push_back(members[k].ipc);
    loads_.push_back(members[k].load);
  }
}

Merit Judge::settle() {
  ++evaluations_;
  const double factor = stall_factor(loads_, bytes_per_sec_);
  if (factor != 1)
    for (std::size_t k = 0; k < who_.size(); ++k) ipc_[k] = 1 / (loads_[k].core_cpi + factor * loads_[k].stall_cpi);
  Merit merit;
  double least = 1e300;
  double greatest = 0;
  for (std::size_t k = 0; k < who_.size(); ++k) {
    merit.depth += depth(who_[k], ipc_[k]);
    merit.value += value(who_[k], ipc_[k]);
    if (!fair_) continue;
    const double speedup = ipc_[k] * per_best_[who_[k]];
    least = std::min(least, speedup);
    greatest = std::max(greatest, speedup);
  }
  if (fair_) {
    merit.second = merit.value;
    merit.value = -greatest / least;
  }
  return merit;
}

Merit Judge::evaluate(const ClusterTable& table, std::span<const Pick> picks) {
  start();
  for (const Pick& pick : picks) add(table.tenants(pick.item), table.members(pick.item, pick.ways));
  return settle();
}

}  // namespace dcat::sim
