#include "cli/explain.h"

#include <fmt/format.h>

#include <cmath>

namespace dcat::cli {

namespace {

std::string pct(std::optional<double> ratio) {
  if (!ratio) return "?";
  // Adding zero takes the sign from what rounds to zero: no "-0.0 %".
  return fmt::format("{:.1f} %", std::round(*ratio * 1000) / 10 + 0.0);
}

std::string not_fitting(Ways ways) {
  return ways == Ways(1) ? "1 way does not fit" : fmt::format("{} ways do not fit", ways.count);
}

std::string refs(std::optional<double> per_sec) {
  return per_sec ? fmt::format("{:.2f} M LLC refs/s", *per_sec / 1e6) : "no LLC refs";
}

std::string absent_text(const Metrics& metrics) {
  if (!metrics.absent) return "nothing to judge";
  switch (*metrics.absent) {
    case Absence::no_samples: return "no samples";
    case Absence::first_sample: return "first sample";
    case Absence::zero_interval: return "two samples of the same time";
    case Absence::counter_fell: return "a counter fell";
    case Absence::impossible: return "impossible counts";
    case Absence::counted_nothing: return "it ran and nothing was counted";
    case Absence::event_missing: return "no instructions or cycles counter";
    case Absence::never_counted: return "never on a counter";
    case Absence::too_little_counted: return "counted for too little of its time";
    case Absence::too_few_instructions: return "asleep";
    case Absence::settling: return "ways still settling";
    case Absence::between_windows: return "no window of counting in this period";
    case Absence::ways_changed: return "somebody else changed its ways";
  }
  return "nothing to judge";
}

}  // namespace

std::string subject(const ContainerDecision& d, const Observation& o) {
  return d.container == kSharedRegion ? "(shared region)" : printable(o.containers[d.container].id.value);
}

std::string state_text(const ContainerDecision& d) {
  const bool refused = d.reason.code == ReasonCode::refused || d.reason.code == ReasonCode::no_closid ||
                       d.reason.code == ReasonCode::away || d.reason.code == ReasonCode::shared_by_choice ||
                       d.reason.code == ReasonCode::isolation_no_contract ||
                       d.reason.code == ReasonCode::isolation_no_room ||
                       (d.reason.code == ReasonCode::isolation_no_closid && !d.dedicated);
  if (refused) return "-";
  return std::string(name_of(d.after));
}

std::string explain(const ContainerDecision& d) {
  const Reason& r = d.reason;
  switch (r.code) {
    case ReasonCode::admitted: return fmt::format("admitted with {} ways", d.contract.count);
    case ReasonCode::refused: return fmt::format("its {} beside the other contracts", not_fitting(d.contract));
    case ReasonCode::no_closid: return "no CLOSID is free for a partition";
    case ReasonCode::taken: return "ways went to whom they are owed, or who gains more";
    case ReasonCode::shared_by_choice: return "has no contract";
    case ReasonCode::absent: return absent_text(d.metrics) + ": holds";
    case ReasonCode::away: return "runs in other domains";
    case ReasonCode::new_phase: return fmt::format("new phase {}: contract back", d.phase);
    case ReasonCode::known_phase: return fmt::format("phase {} is back: its known size", d.phase);
    case ReasonCode::baseline_contradicted: return "old baseline does not hold any more: contract back";
    case ReasonCode::waiting_for_contract: return "measuring once it has exactly its contract";
    case ReasonCode::baseline_stored: return fmt::format("baseline {:.3f} IPC", d.metrics.ipc);
    case ReasonCode::contract_restored: return "back at its contract";
    case ReasonCode::guarantee:
      return fmt::format("at {} of its baseline and missing more: contract back", pct(r.value));
    case ReasonCode::non_cache_interference:
      return fmt::format("at {} of its baseline without a miss more: not the cache", pct(r.normalised_ipc));
    case ReasonCode::idle: return fmt::format("idle: {} (limit {})", refs(r.value), refs(r.threshold));
    case ReasonCode::woke: return fmt::format("woke: {}: contract back", refs(r.value));
    case ReasonCode::fits: return fmt::format("miss ratio {} below {}: gives a way", pct(r.value), pct(r.threshold));
    case ReasonCode::fits_held: return "fits, and needs what it has";
    case ReasonCode::above_band: return fmt::format("miss ratio {}: keeps what it has", pct(r.value));
    case ReasonCode::wants_more: return fmt::format("miss ratio {} above {}", pct(r.value), pct(r.threshold));
    case ReasonCode::gained: return fmt::format("the last way gained {} (limit {})", pct(r.value), pct(r.threshold));
    case ReasonCode::gained_cumulative:
      return fmt::format("gained {} over its contract (limit {})", pct(r.value), pct(r.threshold));
    case ReasonCode::searching: return fmt::format("the last way gained {}: looks further", pct(r.value));
    case ReasonCode::gain_too_small: return fmt::format("the last way gained {}: stops here", pct(r.value));
    case ReasonCode::misses_gone: return fmt::format("miss ratio {}: it fits, stops here", pct(r.value));
    case ReasonCode::no_gain_streaming:
      return fmt::format("{} gained at {} ways: streaming", pct(r.value), d.ways_before.count);
    case ReasonCode::cumulative_keeper: return fmt::format("gained {} over its contract: stops here", pct(r.value));
    case ReasonCode::waiting_for_way: return "wants a way";
    case ReasonCode::probing: return "no way is free: tried at the least size";
    case ReasonCode::probe_unhurt: return "the trial cost nothing: streaming";
    case ReasonCode::probe_hurt: return "the trial hurt: contract back";
    case ReasonCode::taken_back: return "has less than it is known to need";
    case ReasonCode::streams: return "streams";
    case ReasonCode::holds: return "holds";
    case ReasonCode::shares_group: return "shares a CLOS: holds";
    case ReasonCode::by_policy: return "what the policy gives it";
    case ReasonCode::looked_at: return "looked at with a size of its own";
    case ReasonCode::others_looked_at: return "shares what is left while another is looked at";
    case ReasonCode::observed_only: return "only observed";
    case ReasonCode::isolated: return "isolated: its contract";
    case ReasonCode::isolation_no_contract: return "isolation is not possible without a contract";
    case ReasonCode::isolation_no_room:
      return fmt::format("not isolated: its {} beside the other contracts", not_fitting(d.contract));
    case ReasonCode::isolation_no_closid: return "not isolated: too few CLOSIDs";
    case ReasonCode::contract_first: return fmt::format("phase {} is to be seen at its contract first", d.phase);
    case ReasonCode::keeps_contract: return "less has hurt it in this phase: its contract";
    case ReasonCode::gains_by_more: return fmt::format("{} of its contract's IPC expected with more", pct(r.value));
    case ReasonCode::needs_less:
      return fmt::format("{} of its contract's IPC expected with less (limit {})", pct(r.value), pct(r.threshold));
    case ReasonCode::streams_apart:
      return fmt::format("has no contract and streams, {} of its references miss: apart with its like", pct(r.value));
    case ReasonCode::fits_with_others:
      return fmt::format("{} of its contract's IPC expected with {:.1f} of the ways it shares (limit {})", pct(r.value),
                         r.ways.value_or(0), pct(r.threshold));
  }
  return "";
}

}  // namespace dcat::cli
