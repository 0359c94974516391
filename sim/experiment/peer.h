// A policy of controller/policies on a mix as it stands, without time. One that reads curves is asked once; one that
// lives by measurements is asked again with what its last answer led to, until it rests.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "controller/policies/policy.h"
#include "core/result.h"
#include "sim/steady/steady.h"

namespace dcat::sim {

inline constexpr int kMostRounds = 200;

struct PeerAnswers {
  // One where it rests; else all that it goes through in the second half of kMostRounds.
  std::vector<Allocation> allocations;
  bool settled = true;
  std::optional<double> one_call_us{};  // of a policy that reads curves, with a clock
};

// `contracts`: by program, at least 1. Errors: bad_input, where the policy cannot allocate.
Result<PeerAnswers> ask_peer(std::string_view policy, const SteadyNode& node, std::span<const Ways> contracts,
                             std::optional<double> floor_tolerance, double (*now_us)() = nullptr);

// What all of them arrive at, each allocation once; who cannot allocate is left out.
std::vector<Allocation> peer_allocations(const SteadyNode& node, std::span<const Ways> contracts,
                                         std::optional<double> floor_tolerance);

}  // namespace dcat::sim
