// A policy over time on the simulated node (sim/model.h), and what came of it.
//
// dcat-fair, dcat-max and adaptive run as the daemon runs them: the core behind the ports, with noisy counters. Every
// other policy is asked once a period and its masks take effect as anybody's would. What it is told: the curves of the
// programs that ran in the middle of the last period (so that it learns of a change one period late and of nothing
// ahead), and that period's measurements, with the scenario's noise. The oracles are told what will run in the
// coming period. Tenants without a contract count as one way; who sleeps gets whatever its last mask was. No mask
// splits ways that are tied (sim/experiment/tied.h).
//
// Figures are means over periods and the tenants that ran in them, from the model's truth, never from noisy counters.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "classifier/state.h"
#include "core/parameters.h"
#include "core/result.h"
#include "sim/experiment/convergence.h"
#include "sim/experiment/oracle_memo.h"
#include "sim/experiment/question.h"

namespace dcat::sim {

struct TimedQuestion {
  Scenario scenario;
  std::string policy;
  Parameters parameters;  // of the core's own policies
  Duration period = std::chrono::seconds(1);
  Duration sample_interval = std::chrono::milliseconds(200);
  int periods = 300;
  Goal goal;
  bool keep_series = false;
  int rest = 0;  // ends earlier, once nobody's mask has changed for so many periods; 0: never
  const std::atomic<bool>* stop = nullptr;  // set: the run ends with an error; null: never
  // The bound that the run is compared with (bound.h): the best strict partition for the sum of normalised IPC. Shared
  // by runs of one scenario. Null: no comparison.
  OracleMemo* oracle = nullptr;
  bool compare_clusters = false;  // with the best masks at all, too
  SearchLimits search{};          // of the oracles; `stop` is the one above
};

// One tenant in one period.
struct TimedTenant {
  bool ran = false;
  std::size_t phase = 0;
  Cbm mask;  // at the period's end, in its first domain
  double ways_held = 0;
  double ipc = 0;
  double normalised_ipc = 0;  // 0 without a contract
  double speedup = 0;
  std::optional<State> state{};  // of dCat
  bool operator==(const TimedTenant&) const = default;
};

struct TimedPeriod {
  std::vector<TimedTenant> tenants;         // ascending by id
  double normalised_ipc = 0;                // sum over those that ran
  std::optional<double> oracle_normalised;  // the bound, under the goal's floors
  bool changed = false;                     // somebody's phase changed, or somebody came or went, at its start
};

inline constexpr int kChangesPer = 100;  // periods

struct TimedResult {
  double stp = 0;  // means over periods
  double antt = 0;
  double unfairness = 1;
  double normalised_ipc = 0;
  std::vector<double> tenant_normalised;  // by tenant: mean over the periods it ran in
  std::vector<double> tenant_speedup;
  std::uint64_t contract_periods = 0;  // tenant-periods in which somebody with a contract ran
  std::uint64_t violations = 0;        // of those: below 1 - the goal's tolerance
  double violation_depth_periods = 0;  // summed depth x periods
  int violations_in_a_row = 0;         // of one tenant, of the periods that it ran in
  std::uint64_t moved_ways = 0;        // ways that tenants got which they had not, their first masks aside
  std::uint64_t mask_changes = 0;      // of a tenant's mask, in its first domain
  std::vector<int> changed_periods;    // of each kChangesPer: at whose start somebody's mask changed
  // Times that a tenant had its contract back, for a new phase or a broken guarantee: of the core's own policies.
  std::optional<std::uint64_t> reclaims;
  int closids = 0;                          // most at a time, the default group's included where somebody is in it
  std::optional<double> oracle_normalised;  // mean over periods
  std::optional<double> clusters_normalised;
  std::vector<CaughtUp> caught_up;           // with the strict bound
  std::vector<CaughtUp> caught_up_clusters;  // with the other one
  // Of the first: medians of the periods until the sum is at least that part of the bound. Absent: never.
  std::optional<double> periods_to_95;
  std::optional<double> periods_to_98;
  int changes = 0;                 // that the medians are of
  std::uint64_t refused = 0;       // periods in which the policy could not allocate, and what stood stayed
  std::uint64_t searches_cut = 0;  // answers of the oracle, of the policy's own periods, that SearchLimits cut short
  std::vector<std::string> tenants;
  std::vector<Cbm> last_masks;      // by tenant, in force at the end
  std::vector<TimedPeriod> series;  // with keep_series
};

// Errors: bad_input, where the policy cannot allocate in the first period already.
Result<TimedResult> run_over_time(TimedQuestion question);

}  // namespace dcat::sim
