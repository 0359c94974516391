#include "classifier/phase.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace dcat {

namespace {

// Periods that an entry's average remembers; more would keep a program's old behaviour for ever.
constexpr double kMostWeight = 8;
// Restored baselines are dropped after this many contradicting periods in a row: one may be refill or a neighbour.
constexpr int kContradictions = 2;

double relative_change(double now, double reference) {
  if (reference == now) return 0;
  if (reference == 0) return 1e9;  // from nothing to something: any threshold is passed
  return std::abs(now / reference - 1);
}

bool complete(const Phase& phase) {
  return phase.baseline_ipc && phase.record;
}

// The oldest go until there are at most `most`.
void forget_oldest(std::vector<Phase>& phases, std::size_t most) {
  while (phases.size() > most) phases.erase(std::ranges::min_element(phases, {}, &Phase::last_seen));
}

std::size_t most_phases(const Parameters& p) {
  return static_cast<std::size_t>(std::max(1, p.max_phases));
}

// Starts a phase that nobody has seen. One that never got a baseline is not worth keeping: it is overwritten.
void begin_phase(PhaseState& s, const Parameters& p) {
  if (s.phases.empty() || complete(s.now())) {
    forget_oldest(s.phases, most_phases(p) - 1);
    s.phases.emplace_back();
    s.present = s.phases.size() - 1;
  } else {
    s.now() = Phase{};
  }
  s.now().id = s.next_id++;
  s.reference_due = true;
  s.on_trial = false;
  s.contradictions = 0;
  s.last_ways = Ways(0);
}

void return_to(PhaseState& s, std::size_t index) {
  const bool drop = !complete(s.now()) && index != s.present;
  const std::size_t left = s.present;
  s.present = index;
  if (drop) {
    s.phases.erase(s.phases.begin() + static_cast<std::ptrdiff_t>(left));
    if (left < s.present) --s.present;
  }
  s.reference_due = false;
  s.on_trial = true;
  s.contradictions = 0;
  s.last_ways = Ways(0);
}

// The complete phase that `distance` says is nearest, if it is within the limit; the newest of equals.
template <class Distance>
std::optional<std::size_t> nearest_phase(const PhaseState& s, double limit, Distance distance) {
  std::optional<std::size_t> best;
  double least = limit;
  for (std::size_t i = 0; i < s.phases.size(); ++i) {
    if (i == s.present || !complete(s.phases[i])) continue;
    const std::optional<double> d = distance(s.phases[i]);
    if (d && *d <= least) {
      least = *d;
      best = i;
    }
  }
  return best;
}

PhaseEvent change_phase(PhaseState& s, std::optional<std::size_t> known, const Parameters& p) {
  if (known) {
    return_to(s, *known);
    return PhaseEvent::known_phase;
  }
  begin_phase(s, p);
  return PhaseEvent::new_phase;
}

PhaseEvent track_reference(PhaseState& s, double accesses, const Parameters& p) {
  const auto match = [&] {
    return nearest_phase(s, p.phase_match_ratio, [&](const Phase& phase) -> std::optional<double> {
      if (!phase.reference) return std::nullopt;
      return relative_change(accesses, *phase.reference);
    });
  };
  if (s.reference_due || !s.now().reference) {
    if (const auto known = match()) return change_phase(s, known, p);
    s.now().reference = accesses;
    s.reference_due = false;
    return PhaseEvent::none;
  }
  if (relative_change(accesses, *s.now().reference) <= p.phase_change_ratio) return PhaseEvent::none;
  return change_phase(s, match(), p);
}

struct StandIn {
  double ipc = 0;
  double refs_per_ki = 0;
};

// What this phase showed at this size before: its table, or else the period before.
std::optional<StandIn> seen_at(const PhaseState& s, const Phase& phase, Ways ways) {
  const TableEntry* entry = phase.table.find(ways);
  if (entry != nullptr && entry->llc_refs_per_ki && phase.baseline_ipc)
    return StandIn{entry->normalised_ipc * *phase.baseline_ipc, *entry->llc_refs_per_ki};
  if (&phase == &s.now() && s.last_ways == ways && s.last_ipc && s.last_llc_refs_per_ki)
    return StandIn{*s.last_ipc, *s.last_llc_refs_per_ki};
  return std::nullopt;
}

PhaseEvent track_stand_in(PhaseState& s, const StandIn& now, Ways ways, const Parameters& p) {
  const auto match = [&] {
    return nearest_phase(s, p.phase_match_ratio, [&](const Phase& phase) -> std::optional<double> {
      const auto seen = seen_at(s, phase, ways);
      if (!seen || relative_change(now.ipc, seen->ipc) > p.ipc_gain_ratio) return std::nullopt;
      return relative_change(now.refs_per_ki, seen->refs_per_ki);
    });
  };
  if (s.reference_due) {
    if (const auto known = match()) return change_phase(s, known, p);
    s.reference_due = false;
    return PhaseEvent::none;
  }
  const auto seen = seen_at(s, s.now(), ways);
  if (!seen) return PhaseEvent::none;
  const bool tells = std::max(seen->refs_per_ki, now.refs_per_ki) >= p.stand_in_min_refs_per_ki;
  const bool moved = relative_change(now.refs_per_ki, seen->refs_per_ki) > p.phase_change_ratio;
  const bool stepped = relative_change(now.ipc, seen->ipc) > p.stand_in_ipc_step_ratio;
  if (!(tells && moved && stepped)) return PhaseEvent::none;
  return change_phase(s, match(), p);
}

// A restored baseline must agree with what is measured at a size that the table knows.
PhaseEvent check_trial(PhaseState& s, double ipc, Ways ways, const Parameters& p) {
  const Phase& phase = s.now();
  const TableEntry* entry = phase.table.find(ways);
  if (entry == nullptr || !phase.baseline_ipc) return PhaseEvent::none;
  const double expected = entry->normalised_ipc * *phase.baseline_ipc;
  if (relative_change(ipc, expected) <= p.ipc_gain_ratio) {
    s.on_trial = false;
    s.contradictions = 0;
    return PhaseEvent::none;
  }
  if (++s.contradictions < kContradictions) return PhaseEvent::none;
  const std::optional<double> reference = phase.reference;
  s.now() = Phase{};
  begin_phase(s, p);
  s.now().reference = reference;
  s.reference_due = !reference.has_value();
  return PhaseEvent::contradicted;
}

}  // namespace

const TableEntry* PerformanceTable::find(Ways ways) const {
  const auto it =
      std::lower_bound(entries_.begin(), entries_.end(), ways, [](const TableEntry& e, Ways w) { return e.ways < w; });
  return it != entries_.end() && it->ways == ways ? &*it : nullptr;
}

void PerformanceTable::record(Ways ways, double normalised_ipc, std::optional<double> llc_refs_per_ki,
                              std::optional<double> mpki) {
  const auto it =
      std::lower_bound(entries_.begin(), entries_.end(), ways, [](const TableEntry& e, Ways w) { return e.ways < w; });
  if (it == entries_.end() || it->ways != ways) {
    entries_.insert(it, TableEntry{ways, normalised_ipc, 1, llc_refs_per_ki, mpki});
    return;
  }
  it->weight = std::min(it->weight + 1, kMostWeight);
  it->normalised_ipc += (normalised_ipc - it->normalised_ipc) / it->weight;
  if (it->llc_refs_per_ki && llc_refs_per_ki)
    *it->llc_refs_per_ki += (*llc_refs_per_ki - *it->llc_refs_per_ki) / it->weight;
  else
    it->llc_refs_per_ki = llc_refs_per_ki;
  if (it->mpki && mpki)
    *it->mpki += (*mpki - *it->mpki) / it->weight;
  else
    it->mpki = mpki;
}

double PerformanceTable::at(Ways ways) const {
  assert(!entries_.empty());
  if (ways <= entries_.front().ways) return entries_.front().normalised_ipc;
  if (ways >= entries_.back().ways) return entries_.back().normalised_ipc;
  const auto hi =
      std::lower_bound(entries_.begin(), entries_.end(), ways, [](const TableEntry& e, Ways w) { return e.ways < w; });
  if (hi->ways == ways) return hi->normalised_ipc;
  const auto lo = hi - 1;
  const double part = static_cast<double>((ways - lo->ways).count) / (hi->ways - lo->ways).count;
  return lo->normalised_ipc + part * (hi->normalised_ipc - lo->normalised_ipc);
}

std::string_view name_of(PhaseEvent event) {
  switch (event) {
    case PhaseEvent::none: return "none";
    case PhaseEvent::new_phase: return "new_phase";
    case PhaseEvent::known_phase: return "known_phase";
    case PhaseEvent::contradicted: return "contradicted";
  }
  return "";
}

PhaseState recall_phases(std::vector<Phase> known, int next_id, std::uint64_t periods, const Parameters& p) {
  PhaseState s;
  // Room for the one that is there now, if none of them is; where only one may be kept, the one that is known counts.
  forget_oldest(known, std::max<std::size_t>(1, most_phases(p) - 1));
  s.phases = std::move(known);
  s.next_id = next_id;
  s.periods = periods;
  s.present = s.phases.size();
  s.phases.emplace_back();
  s.now().id = s.next_id++;
  return s;
}

TrackResult track(PhaseState s, const Metrics& metrics, Ways ways, bool exclusive, const Parameters& p) {
  assert(metrics.valid());
  ++s.periods;
  if (s.phases.empty()) begin_phase(s, p);
  PhaseEvent event = PhaseEvent::none;
  if (metrics.memory_accesses_per_instruction) {
    event = track_reference(s, *metrics.memory_accesses_per_instruction, p);
  } else if (metrics.llc_refs_per_ki && exclusive && !s.now().reference) {
    event = track_stand_in(s, {metrics.ipc, *metrics.llc_refs_per_ki}, ways, p);
  }
  if (event == PhaseEvent::none && s.on_trial && exclusive) event = check_trial(s, metrics.ipc, ways, p);
  s.now().last_seen = s.periods;
  if (exclusive && event == PhaseEvent::none) {
    s.last_ways = ways;
    s.last_ipc = metrics.ipc;
    s.last_llc_refs_per_ki = metrics.llc_refs_per_ki;
  }
  return {std::move(s), event};
}

}  // namespace dcat
