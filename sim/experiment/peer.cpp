#include "sim/experiment/peer.h"

#include <algorithm>
#include <utility>

namespace dcat::sim {
namespace {

// What allocations lead to. A policy that goes round comes by the same ones again and again.
class Seen {
 public:
  explicit Seen(const SteadyNode& node) : node_(node) {}

  const std::vector<Measured>& after(const Allocation& allocation);

 private:
  const SteadyNode& node_;
  std::vector<std::pair<Allocation, std::vector<Measured>>> seen_;
};

Measured measured_of(const SteadyTenant& tenant, const SteadyProgram& program, double stall_factor) {
  const double stall = tenant.point.stall_ratio * stall_factor;
  const double instructions = tenant.ipc * program.cycles_per_sec();
  return {tenant.ipc, instructions * tenant.point.misses_per_ki / 1000,
          instructions * tenant.point.references_per_ki / 1000, stall / (1 - tenant.point.stall_ratio + stall),
          tenant.ways_held};
}

const std::vector<Measured>& Seen::after(const Allocation& allocation) {
  const auto at = std::ranges::find(seen_, allocation, &decltype(seen_)::value_type::first);
  if (at != seen_.end()) return at->second;
  const SteadyState state = settle(node_, allocation);
  std::vector<Measured> measured;
  for (std::size_t i = 0; i < node_.programs.size(); ++i)
    measured.push_back(measured_of(state.tenants[i], node_.programs[i], state.stall_factor));
  return seen_.emplace_back(allocation, std::move(measured)).second;
}

}  // namespace

Result<PeerAnswers> ask_peer(std::string_view name, const SteadyNode& node, std::span<const Ways> contracts,
                             std::optional<double> floor_tolerance, double (*now_us)()) {
  std::vector<KnownCurve> curves;
  for (const SteadyProgram& program : node.programs) curves.push_back(program.known());
  PolicyInput input{node.ways, node.least, node.closids, floor_tolerance, {}};
  for (std::size_t i = 0; i < curves.size(); ++i) input.tenants.push_back({contracts[i], 0, &curves[i], {}});
  const std::unique_ptr<Policy> policy = make_policy(name);
  const double start = now_us != nullptr ? now_us() : 0;
  Result<Allocation> allocation = policy->allocate(input);
  if (!allocation) return std::move(allocation).error();
  PeerAnswers answers{{*std::move(allocation)}};
  if (policy->needs_curves()) {
    if (now_us != nullptr) answers.one_call_us = now_us() - start;
    return answers;
  }
  Seen seen(node);
  for (int round = 0; round < kMostRounds; ++round) {
    const std::vector<Measured>& measured = seen.after(answers.allocations.back());
    for (std::size_t i = 0; i < curves.size(); ++i) input.tenants[i].measured = measured[i];
    Result<Allocation> next = policy->allocate(input);
    if (!next) return std::move(next).error();
    if (*next == answers.allocations.back()) {
      answers.allocations = {*std::move(next)};
      return answers;
    }
    answers.allocations.push_back(*std::move(next));
  }
  // One that never rests is judged by all that it goes through in the second half of the rounds.
  answers.settled = false;
  answers.allocations.erase(answers.allocations.begin(), answers.allocations.begin() + kMostRounds / 2);
  return answers;
}

std::vector<Allocation> peer_allocations(const SteadyNode& node, std::span<const Ways> contracts,
                                         std::optional<double> floor_tolerance) {
  std::vector<Allocation> all;
  for (const std::string_view name : policy_names()) {
    const Result<PeerAnswers> answers = ask_peer(name, node, contracts, floor_tolerance);
    if (!answers) continue;
    for (const Allocation& allocation : answers->allocations)
      if (std::ranges::find(all, allocation) == all.end()) all.push_back(allocation);
  }
  return all;
}

}  // namespace dcat::sim
