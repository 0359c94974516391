#include "classifier/classify.h"

#include <algorithm>

namespace dcat {

namespace {

// Least rise in misses per 1,000 instructions that can cost 5 % of a program's speed: at some 200 cycles of DRAM
// latency, 0.05 MPKI is 10 cycles per 1,000 instructions, 1 % at a CPI of 1. Below it, a rise is noise around zero.
constexpr double kLeastMpkiRise = 0.05;

// One period of one container: everything that the rules look at, so that each rule is a short function.
class Judge {
 public:
  Judge(Profile profile, const Metrics& metrics, const Standing& standing, const Parameters& parameters)
      : profile_(std::move(profile)), m_(metrics), s_(standing), p_(parameters) {}

  ClassifyResult run();

 private:
  Phase& phase() { return profile_.phases.now(); }
  bool mapped() { return phase().preferred.has_value(); }
  // The least size it may be brought to.
  Ways floor() { return s_.keeps_contract || phase().keeps_contract ? std::max(s_.contract, s_.least) : s_.least; }
  bool below_contract() const { return s_.ways < s_.contract || !s_.exclusive; }
  bool misses_gone() const { return m_.miss_ratio && *m_.miss_ratio < p_.miss_ratio; }
  bool misses_much() const { return m_.miss_ratio && *m_.miss_ratio > p_.miss_ratio; }
  bool fits() const { return m_.miss_ratio && *m_.miss_ratio < p_.donor_band_ratio * p_.miss_ratio; }

  void decide(State state, Demand demand, ReasonCode code);
  void compare(std::optional<double> value, double threshold) {
    out_.reason.value = value;
    out_.reason.threshold = threshold;
  }
  void measure();
  void remember();
  Ways recorded_size();

  bool phase_rules();
  void reclaim_rules();
  bool probe_rules();
  bool guarantee_rules();
  bool idle_rules();
  void state_rules();
  void keeper_rules();
  void donor_rules();
  void unknown_rules();
  void receiver_rules();
  void end_of_search();
  void stop_here(ReasonCode code);
  bool can_give();
  bool misses_more_than_baseline();
  bool rises(double mpki, double base) const {
    return mpki > base + std::max(base * p_.miss_rise_ratio, kLeastMpkiRise);
  }

  Profile profile_;
  const Metrics& m_;
  const Standing& s_;
  const Parameters& p_;
  Classification out_;
  std::optional<double> normalised_;  // IPC against the baseline
  std::optional<double> gain_;        // of the ways added since the last valid period
  bool slowed_ = false;               // slower than at this size before, without a miss more
};

void Judge::decide(State state, Demand demand, ReasonCode code) {
  out_.state = state;
  out_.demand = demand;
  out_.reason.code = code;
}

ClassifyResult Judge::run() {
  if (!m_.valid()) {
    const bool waits = profile_.state == State::reclaim;
    decide(profile_.state, waits ? Demand{DemandKind::contract, s_.contract} : Demand{}, ReasonCode::absent);
    return {std::move(profile_), out_};
  }
  TrackResult tracked = track(std::move(profile_.phases), m_, s_.ways, s_.exclusive, p_);
  profile_.phases = std::move(tracked.phases);
  out_.event = tracked.event;
  if (!phase_rules()) {
    measure();
    if (profile_.state == State::reclaim)
      reclaim_rules();
    else if (!probe_rules() && !guarantee_rules() && !idle_rules())
      state_rules();
    const bool rests = out_.demand.kind == DemandKind::hold;
    if (slowed_ && rests && out_.state == profile_.state) out_.reason.code = ReasonCode::non_cache_interference;
  }
  out_.reason.normalised_ipc = normalised_;
  out_.reason.gain = gain_;
  if (normalised_) out_.reason.cumulative_gain = *normalised_ - 1;
  profile_.state = out_.state;
  if (out_.state != State::donor) profile_.idle = false;
  remember();
  return {std::move(profile_), out_};
}

// The table learns from periods in which the container alone could fill its ways.
void Judge::measure() {
  Phase& now = phase();
  if (!now.baseline_ipc) return;
  normalised_ = m_.ipc / *now.baseline_ipc;
  if (!s_.exclusive) return;
  // While the table itself is on trial and contradicted, it must not learn from what contradicts it.
  if (profile_.phases.on_trial && profile_.phases.contradictions > 0) return;
  // Nor from a period that something else slowed: the ways are not to blame, and plans are made of the table.
  const TableEntry* seen = now.table.find(s_.ways);
  slowed_ = seen != nullptr && *normalised_ < seen->normalised_ipc * (1 - p_.ipc_gain_ratio) && seen->mpki && m_.mpki &&
            !rises(*m_.mpki, *seen->mpki);
  if (slowed_) return;
  now.table.record(s_.ways, *normalised_, m_.llc_refs_per_ki, m_.mpki);
  const auto& before = profile_.measured;
  if (before && s_.ways > before->ways && before->ipc > 0) {
    gain_ = m_.ipc / before->ipc - 1;
    profile_.last_gain = *gain_;
  }
}

Ways Judge::recorded_size() {
  switch (out_.state) {
    case State::keeper: return phase().preferred.value_or(s_.ways);
    case State::unknown:
    case State::receiver: return std::max(phase().table.largest(), s_.contract);
    case State::donor: return profile_.idle ? floor() : s_.ways;
    case State::streaming: return floor();
    case State::reclaim: return s_.contract;
  }
  return s_.contract;
}

void Judge::remember() {
  if (out_.event == PhaseEvent::none && s_.exclusive && !slowed_) profile_.measured = SizePoint{s_.ways, m_.ipc};
  if (out_.event != PhaseEvent::none) {
    profile_.measured.reset();
    profile_.before_probe.reset();
    profile_.last_gain = 0;
    return;
  }
  if (!phase().baseline_ipc || !s_.exclusive) return;
  const State state = out_.state == State::reclaim ? State::keeper : out_.state;
  phase().record = PhaseRecord{state, profile_.idle, recorded_size()};
}

// any -> Reclaim, or -> the state and size it had.
bool Judge::phase_rules() {
  switch (out_.event) {
    case PhaseEvent::none: return false;
    case PhaseEvent::new_phase:
      decide(State::reclaim, {DemandKind::contract, s_.contract}, ReasonCode::new_phase);
      return true;
    case PhaseEvent::contradicted:
      decide(State::reclaim, {DemandKind::contract, s_.contract}, ReasonCode::baseline_contradicted);
      return true;
    case PhaseEvent::known_phase: {
      const PhaseRecord record = phase().record.value_or(PhaseRecord{State::keeper, false, s_.contract});
      profile_.idle = record.idle;
      decide(record.state, {DemandKind::restore, record.ways}, ReasonCode::known_phase);
      if (phase().baseline_ipc) normalised_ = m_.ipc / *phase().baseline_ipc;
      return true;
    }
  }
  return false;
}

// Reclaim -> Keeper: one full valid period at exactly the contract.
void Judge::reclaim_rules() {
  if (!s_.exclusive || s_.ways != s_.contract) {
    decide(State::reclaim, {DemandKind::contract, s_.contract}, ReasonCode::waiting_for_contract);
    return;
  }
  if (phase().baseline_ipc) {
    decide(State::keeper, {}, ReasonCode::contract_restored);
    return;
  }
  phase().baseline_ipc = m_.ipc;
  phase().baseline_mpki = m_.mpki;
  normalised_ = 1.0;
  phase().table.record(s_.ways, 1.0, m_.llc_refs_per_ki, m_.mpki);
  decide(State::keeper, {}, ReasonCode::baseline_stored);
}

// The end of an Unknown's one period at the least size: no loss makes it Streaming.
bool Judge::probe_rules() {
  if (!profile_.before_probe) return false;
  const SizePoint before = *profile_.before_probe;
  profile_.before_probe.reset();
  if (s_.ways >= before.ways) return false;  // it never came to the probe (nothing is enforced)
  const double least = (1 - p_.ipc_gain_ratio) * before.ipc;
  compare(m_.ipc, least);
  if (m_.ipc >= least && normalised_.value_or(1) >= 1 - p_.ipc_gain_ratio) {
    decide(State::streaming, {DemandKind::give, floor()}, ReasonCode::probe_unhurt);
    return true;
  }
  phase().probed = true;
  decide(State::reclaim, {DemandKind::contract, s_.contract}, ReasonCode::probe_hurt);
  return true;
}

bool Judge::misses_more_than_baseline() {
  // Without a miss counter nobody can say that it is not the cache; the tenant is believed.
  if (!m_.mpki || !phase().baseline_mpki) return true;
  return rises(*m_.mpki, *phase().baseline_mpki);
}

// Below contract it must not be slower than its baseline, unless the cache is not to blame.
bool Judge::guarantee_rules() {
  if (!below_contract() || !normalised_ || *normalised_ >= 1 - p_.ipc_gain_ratio) return false;
  if (misses_more_than_baseline()) {
    compare(normalised_, 1 - p_.ipc_gain_ratio);
    // Sharing as many ways as its contract says nothing about what fewer of its own would do.
    if (s_.ways < s_.contract) phase().keeps_contract = true;
    if (!s_.exclusive) phase().suffered_sharing = true;
    phase().preferred.reset();
    decide(State::reclaim, {DemandKind::contract, s_.contract}, ReasonCode::guarantee);
    return true;
  }
  const bool wakes = profile_.idle && m_.llc_refs_per_sec && *m_.llc_refs_per_sec > 2 * p_.llc_idle_per_sec;
  if (wakes) return false;
  compare(normalised_, 1 - p_.ipc_gain_ratio);
  decide(profile_.state, {}, ReasonCode::non_cache_interference);
  return true;
}

// any but Reclaim -> Donor, and back when references return.
bool Judge::idle_rules() {
  const bool was_idle = profile_.state == State::donor && profile_.idle;
  if (!m_.llc_refs_per_sec) {  // not counted in this period: nothing says that it woke
    if (was_idle) decide(State::donor, {DemandKind::give, floor()}, ReasonCode::idle);
    return was_idle;
  }
  const double refs = *m_.llc_refs_per_sec;
  const double limit = was_idle ? 2 * p_.llc_idle_per_sec : p_.llc_idle_per_sec;
  if (refs <= limit) {
    compare(refs, limit);
    decide(State::donor, {DemandKind::give, floor()}, ReasonCode::idle);
    profile_.idle = true;
    return true;
  }
  if (!was_idle) return false;
  compare(refs, limit);
  decide(State::reclaim, {DemandKind::contract, s_.contract}, ReasonCode::woke);
  return true;
}

void Judge::state_rules() {
  if (!s_.exclusive) {
    const bool streams = profile_.state == State::streaming;
    decide(profile_.state, streams ? Demand{DemandKind::give, floor()} : Demand{}, ReasonCode::shares_group);
    return;
  }
  switch (profile_.state) {
    case State::keeper: return keeper_rules();
    case State::donor: return donor_rules();
    case State::unknown: return unknown_rules();
    case State::receiver: return receiver_rules();
    case State::streaming: return decide(State::streaming, {DemandKind::give, floor()}, ReasonCode::streams);
    case State::reclaim: return reclaim_rules();
  }
}

// Whether the next way down may go: not below `preferred`, not where the table knows a loss.
bool Judge::can_give() {
  const Ways target = s_.ways - Ways(1);
  if (target < floor()) return false;
  if (mapped() && target < *phase().preferred) return false;
  const TableEntry* here = phase().table.find(s_.ways);
  const TableEntry* there = phase().table.find(target);
  if (here == nullptr || there == nullptr) return true;
  return there->normalised_ipc >= here->normalised_ipc * (1 - p_.table_loss_ratio);
}

void Judge::keeper_rules() {
  if (mapped() && s_.ways < *phase().preferred && misses_much())
    return decide(State::receiver, {DemandKind::grow, {}}, ReasonCode::taken_back);
  if (misses_much() && !mapped()) {
    compare(m_.miss_ratio, p_.miss_ratio);
    return decide(State::unknown, {DemandKind::grow, {}}, ReasonCode::wants_more);
  }
  if (!fits()) return decide(State::keeper, {}, ReasonCode::holds);
  compare(m_.miss_ratio, p_.donor_band_ratio * p_.miss_ratio);
  if (!can_give()) return decide(State::keeper, {}, ReasonCode::fits_held);
  decide(State::donor, {DemandKind::give, s_.ways - Ways(1)}, ReasonCode::fits);
}

void Judge::donor_rules() {
  if (!m_.miss_ratio) return decide(State::donor, {}, ReasonCode::fits_held);
  compare(m_.miss_ratio, p_.donor_band_ratio * p_.miss_ratio);
  if (!fits()) return decide(State::keeper, {}, ReasonCode::above_band);
  if (!can_give()) return decide(State::donor, {}, ReasonCode::fits_held);
  decide(State::donor, {DemandKind::give, s_.ways - Ways(1)}, ReasonCode::fits);
}

void Judge::stop_here(ReasonCode code) {
  phase().preferred = s_.ways;
  decide(State::keeper, {}, code);
}

void Judge::end_of_search() {
  const double cumulative = normalised_.value_or(1) - 1;
  compare(cumulative, p_.ipc_gain_ratio);
  if (cumulative >= p_.ipc_gain_ratio) return stop_here(ReasonCode::cumulative_keeper);
  decide(State::streaming, {DemandKind::give, floor()}, ReasonCode::no_gain_streaming);
}

void Judge::unknown_rules() {
  if (misses_gone()) {
    compare(m_.miss_ratio, p_.miss_ratio);
    // Nothing has grown yet: a quiet period maps nothing.
    if (s_.ways <= s_.contract) return decide(State::keeper, {}, ReasonCode::misses_gone);
    return stop_here(ReasonCode::misses_gone);
  }
  const Demand grow{DemandKind::grow, {}};
  if (gain_ && *gain_ >= p_.ipc_gain_ratio) {
    compare(gain_, p_.ipc_gain_ratio);
    return decide(State::receiver, grow, ReasonCode::gained);
  }
  const double cumulative = normalised_.value_or(1) - 1;
  if (gain_ && p_.count_cumulative_gain && cumulative >= p_.ipc_gain_ratio) {
    compare(cumulative, p_.ipc_gain_ratio);
    return decide(State::receiver, grow, ReasonCode::gained_cumulative);
  }
  if (s_.ways.count >= p_.streaming_factor * s_.contract.count) return end_of_search();
  compare(gain_, p_.ipc_gain_ratio);
  decide(State::unknown, grow, gain_ ? ReasonCode::searching : ReasonCode::waiting_for_way);
}

void Judge::receiver_rules() {
  if (misses_gone()) {
    compare(m_.miss_ratio, p_.miss_ratio);
    return stop_here(ReasonCode::misses_gone);
  }
  const Demand grow{DemandKind::grow, {}};
  if (mapped()) {  // it lost ways that it is known to need: back up to them without judging each again
    if (s_.ways < *phase().preferred) return decide(State::receiver, grow, ReasonCode::taken_back);
    return decide(State::keeper, {}, ReasonCode::holds);
  }
  compare(gain_, p_.ipc_gain_ratio);
  if (!gain_) return decide(State::receiver, grow, ReasonCode::waiting_for_way);
  if (*gain_ < p_.ipc_gain_ratio) return stop_here(ReasonCode::gain_too_small);
  decide(State::receiver, grow, ReasonCode::gained);
}

}  // namespace

ClassifyResult track_and_classify(Profile profile, const Metrics& metrics, const Standing& standing,
                                  const Parameters& parameters) {
  return Judge(std::move(profile), metrics, standing, parameters).run();
}

}  // namespace dcat
