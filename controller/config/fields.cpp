#include "controller/config/fields.h"

#include <array>

namespace dcat {
namespace {

using P = Parameters;

// A threshold of 0 would call noise a change.
constexpr double kLeastStep = 0.001;

constexpr std::array kFields{
    Field{"policy", &P::policy},
    Field{"phase_change_ratio", &P::phase_change_ratio, kLeastStep, 1},
    Field{"phase_match_ratio", &P::phase_match_ratio, 0, 1},
    Field{"max_phases", &P::max_phases, 1, 1024, "phases"},
    Field{"ipc_gain_ratio", &P::ipc_gain_ratio, kLeastStep, 1},
    Field{"count_cumulative_gain", &P::count_cumulative_gain},
    Field{"miss_ratio", &P::miss_ratio, 0, 1},
    Field{"donor_band_ratio", &P::donor_band_ratio, 0, 1},
    Field{"miss_rise_ratio", &P::miss_rise_ratio, 0, 1},
    Field{"table_loss_ratio", &P::table_loss_ratio, 0, 1},
    Field{"probe_miss_ratio", &P::probe_miss_ratio, 0, 1},
    // Below 2 a container would be Streaming before it has had one way more than its contract.
    Field{"streaming_factor", &P::streaming_factor, 2, kMostWays, "x the contract"},
    Field{"max_perf_margin_ratio", &P::max_perf_margin_ratio, 0, 1},
    Field{"goal", &P::goal},
    Field{"caution", &P::caution, 0, 10, "standard errors"},
    Field{"move_cost", &P::move_cost, 0, 1},
    Field{"worth_moving", &P::worth_moving, 0, 1},
    Field{"change_risk", &P::change_risk, 0, 10},
    Field{"look_budget_ratio", &P::look_budget_ratio, 0, 0.1},
    Field{"min_ways", &P::min_ways, 1, kMostWays, "ways"},
    Field{"shared_ways", &P::shared_ways, 0, kMostWays, "ways"},
    // Many domains of 64 ways: a bound against slips of the keyboard only.
    Field{"max_moved_ways", &P::max_moved_ways, 0, 4096, "ways"},
    Field{"llc_idle_per_sec", &P::llc_idle_per_sec, 0, 1e12, "references a second"},
    Field{"min_running_ratio", &P::min_running_ratio, 0, 1},
    Field{"min_instructions", &P::min_instructions, 0, 1e15, "instructions"},
    Field{"domain_min_share_ratio", &P::domain_min_share_ratio, 0, 1},
    Field{"settle", &P::settle, 0, kLongestIntervalSeconds},
    Field{"stand_in_ipc_step_ratio", &P::stand_in_ipc_step_ratio, kLeastStep, 1},
    Field{"stand_in_min_refs_per_ki", &P::stand_in_min_refs_per_ki, 0, 1000, "references per 1,000 instructions"},
};

}  // namespace

std::span<const Field> parameter_fields() {
  return kFields;
}

}  // namespace dcat
