#include "classifier/state.h"

namespace dcat {

std::string_view name_of(State state) {
  switch (state) {
    case State::reclaim: return "Reclaim";
    case State::keeper: return "Keeper";
    case State::unknown: return "Unknown";
    case State::receiver: return "Receiver";
    case State::donor: return "Donor";
    case State::streaming: return "Streaming";
  }
  return "";
}

std::string_view name_of(DemandKind kind) {
  switch (kind) {
    case DemandKind::hold: return "hold";
    case DemandKind::contract: return "contract";
    case DemandKind::restore: return "restore";
    case DemandKind::give: return "give";
    case DemandKind::grow: return "grow";
  }
  return "";
}

std::string_view name_of(ReasonCode code) {
  switch (code) {
    case ReasonCode::admitted: return "admitted";
    case ReasonCode::refused: return "refused";
    case ReasonCode::no_closid: return "no_closid";
    case ReasonCode::taken: return "taken";
    case ReasonCode::shared_by_choice: return "shared_by_choice";
    case ReasonCode::absent: return "absent";
    case ReasonCode::away: return "away";
    case ReasonCode::new_phase: return "new_phase";
    case ReasonCode::known_phase: return "known_phase";
    case ReasonCode::baseline_contradicted: return "baseline_contradicted";
    case ReasonCode::waiting_for_contract: return "waiting_for_contract";
    case ReasonCode::baseline_stored: return "baseline_stored";
    case ReasonCode::contract_restored: return "contract_restored";
    case ReasonCode::guarantee: return "guarantee";
    case ReasonCode::non_cache_interference: return "non_cache_interference";
    case ReasonCode::idle: return "idle";
    case ReasonCode::woke: return "woke";
    case ReasonCode::fits: return "fits";
    case ReasonCode::fits_held: return "fits_held";
    case ReasonCode::above_band: return "above_band";
    case ReasonCode::wants_more: return "wants_more";
    case ReasonCode::gained: return "gained";
    case ReasonCode::gained_cumulative: return "gained_cumulative";
    case ReasonCode::searching: return "searching";
    case ReasonCode::gain_too_small: return "gain_too_small";
    case ReasonCode::misses_gone: return "misses_gone";
    case ReasonCode::no_gain_streaming: return "no_gain_streaming";
    case ReasonCode::cumulative_keeper: return "cumulative_keeper";
    case ReasonCode::waiting_for_way: return "waiting_for_way";
    case ReasonCode::probing: return "probing";
    case ReasonCode::probe_unhurt: return "probe_unhurt";
    case ReasonCode::probe_hurt: return "probe_hurt";
    case ReasonCode::taken_back: return "taken_back";
    case ReasonCode::streams: return "streams";
    case ReasonCode::holds: return "holds";
    case ReasonCode::shares_group: return "shares_group";
    case ReasonCode::by_policy: return "by_policy";
    case ReasonCode::looked_at: return "looked_at";
    case ReasonCode::others_looked_at: return "others_looked_at";
    case ReasonCode::observed_only: return "observed_only";
    case ReasonCode::isolated: return "isolated";
    case ReasonCode::isolation_no_contract: return "isolation_no_contract";
    case ReasonCode::isolation_no_room: return "isolation_no_room";
    case ReasonCode::isolation_no_closid: return "isolation_no_closid";
    case ReasonCode::contract_first: return "contract_first";
    case ReasonCode::keeps_contract: return "keeps_contract";
    case ReasonCode::gains_by_more: return "gains_by_more";
    case ReasonCode::needs_less: return "needs_less";
    case ReasonCode::streams_apart: return "streams_apart";
    case ReasonCode::fits_with_others: return "fits_with_others";
  }
  return "";
}

}  // namespace dcat
