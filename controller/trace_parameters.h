// Every parameter by its name in the configuration file, for what writes and reads them. Private to the
// trace.
//
// A trace holds all of them, defaults too: a default that changes later must not change a replay.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "core/parameters.h"

namespace dcat::trace {

// Of traces of version 1, which know no policy that has them, these are not there.
inline constexpr std::array kSinceVersion2{"goal",         "caution",     "move_cost",
                                           "worth_moving", "change_risk", "look_budget_ratio"};
constexpr bool in_version(int version, std::string_view key) {
  return version >= 2 || std::ranges::find(kSinceVersion2, key) == kSinceVersion2.end();
}

// visit(key, member) for each member, in order. A member that is not listed here does not compile.
template <class P, class Visit>
void visit_parameters(P& parameters, Visit visit) {
  auto& [phase_change_ratio, phase_match_ratio, ipc_gain_ratio, miss_ratio, donor_band_ratio, streaming_factor,
         min_ways, shared_ways, llc_idle_per_sec, min_running_ratio, min_instructions, settle, count_cumulative_gain,
         miss_rise_ratio, stand_in_ipc_step_ratio, stand_in_min_refs_per_ki, probe_miss_ratio, table_loss_ratio,
         max_perf_margin_ratio, domain_min_share_ratio, max_phases, max_moved_ways, policy, goal, caution, move_cost,
         worth_moving, change_risk, look_budget_ratio] = parameters;
  visit("phase_change_ratio", phase_change_ratio);
  visit("phase_match_ratio", phase_match_ratio);
  visit("ipc_gain_ratio", ipc_gain_ratio);
  visit("miss_ratio", miss_ratio);
  visit("donor_band_ratio", donor_band_ratio);
  visit("streaming_factor", streaming_factor);
  visit("min_ways", min_ways);
  visit("shared_ways", shared_ways);
  visit("llc_idle_per_sec", llc_idle_per_sec);
  visit("min_running_ratio", min_running_ratio);
  visit("min_instructions", min_instructions);
  visit("settle_ns", settle);
  visit("count_cumulative_gain", count_cumulative_gain);
  visit("miss_rise_ratio", miss_rise_ratio);
  visit("stand_in_ipc_step_ratio", stand_in_ipc_step_ratio);
  visit("stand_in_min_refs_per_ki", stand_in_min_refs_per_ki);
  visit("probe_miss_ratio", probe_miss_ratio);
  visit("table_loss_ratio", table_loss_ratio);
  visit("max_perf_margin_ratio", max_perf_margin_ratio);
  visit("domain_min_share_ratio", domain_min_share_ratio);
  visit("max_phases", max_phases);
  visit("max_moved_ways", max_moved_ways);
  visit("policy", policy);
  visit("goal", goal);
  visit("caution", caution);
  visit("move_cost", move_cost);
  visit("worth_moving", worth_moving);
  visit("change_risk", change_risk);
  visit("look_budget_ratio", look_budget_ratio);
}

}  // namespace dcat::trace
