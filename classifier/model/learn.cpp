#include "classifier/model/learn.h"

#include <algorithm>
#include <cmath>

namespace dcat {

namespace {

// Periods after which what a phase showed is worth keeping when it is left: one may be a mixture of two.
constexpr double kWorthKeeping = 2;
constexpr double kInterferenceErrors = 4;  // standard errors

std::size_t begin_phase(PhaseState& s, const Parameters& p) {
  const bool keep = !s.phases.empty() && s.now().evidence.features().weight >= kWorthKeeping;
  if (s.phases.empty() || keep) {
    const auto most = static_cast<std::size_t>(std::max(1, p.max_phases));
    while (s.phases.size() >= most) s.phases.erase(std::ranges::min_element(s.phases, {}, &Phase::last_seen));
    s.phases.emplace_back();
    s.present = s.phases.size() - 1;
  } else {
    s.now() = Phase{};
  }
  s.now().id = s.next_id++;
  return s.present;
}

void return_to(PhaseState& s, std::size_t index) {
  const bool drop = s.now().evidence.features().weight < kWorthKeeping;
  const std::size_t left = s.present;
  s.present = index;
  if (!drop || left == index) return;
  s.phases.erase(s.phases.begin() + static_cast<std::ptrdiff_t>(left));
  if (left < s.present) --s.present;
}

std::optional<std::size_t> find_match(const PhaseState& s, const Seen& seen, double noise, Ways most,
                                      const Parameters& p, bool with_present) {
  std::optional<std::size_t> best;
  double nearest = 0;
  for (std::size_t i = 0; i < s.phases.size(); ++i) {
    if (i == s.present && !with_present) continue;
    if (s.phases[i].evidence.empty()) continue;
    const auto d = matches(seen, s.phases[i].evidence, noise, most, p);
    if (!d || (best && *d >= nearest)) continue;
    best = i;
    nearest = *d;
  }
  return best;
}

PhaseEvent find_phase(PhaseState& s, Mind& mind, const Seen& seen, Ways most, const Parameters& p) {
  const double noise = mind.noise.deviation();
  if (s.phases.empty()) {
    begin_phase(s, p);
    s.reference_due = false;
    return PhaseEvent::none;
  }
  if (s.reference_due) {  // of an earlier life: which of its phases is this?
    s.reference_due = false;
    if (const auto known = find_match(s, seen, noise, most, p, true)) {
      s.present = *known;
      return PhaseEvent::known_phase;
    }
    begin_phase(s, p);
    return PhaseEvent::none;
  }
  if (!changes(mind.change, seen, s.now().evidence, noise, most, p)) return PhaseEvent::none;
  if (const auto known = find_match(s, seen, noise, most, p, false)) {
    return_to(s, *known);
    return PhaseEvent::known_phase;
  }
  begin_phase(s, p);
  return PhaseEvent::new_phase;
}

// Slower than this size was seen to be, by more than noise, without a miss more: not the cache's doing.
bool is_interference(const Measurement& known, const Seen& seen, double noise, const Parameters& p) {
  const double slower = seen.cpi / known.cpi - 1;
  if (known.weight < 2 || slower <= std::max(p.ipc_gain_ratio, kInterferenceErrors * noise)) return false;
  return seen.mpki <= known.mpki * (1 + p.miss_rise_ratio + 2 * noise) + 0.05;
}

}  // namespace

Lesson learn(PhaseState& s, Mind& mind, const Metrics& metrics, std::optional<double> ways, Ways most,
             const Parameters& parameters) {
  if (metrics.ipc_standard_error) mind.noise.learn(*metrics.ipc_standard_error / metrics.ipc);
  const Seen seen{metrics.memory_accesses_per_instruction, metrics.llc_refs_per_ki.value_or(0),
                  metrics.mpki.value_or(0), metrics.cpi(), ways};
  Lesson lesson;
  ++s.periods;
  lesson.event = find_phase(s, mind, seen, most, parameters);
  if (lesson.event != PhaseEvent::none) {
    mind.slower = 0;
    ++mind.changes;
  }
  Phase& phase = s.now();
  phase.last_seen = s.periods;
  if (!ways) {
    phase.evidence.record_features(seen.accesses_per_instruction, seen.refs_per_ki, phase.evidence.features().ways);
    return lesson;
  }
  const Measurement* const known = phase.evidence.find(*ways);
  if (known != nullptr && is_interference(*known, seen, mind.noise.deviation(), parameters)) {
    lesson.interference = true;
    return lesson;
  }
  phase.evidence.record_features(seen.accesses_per_instruction, seen.refs_per_ki, *ways);
  phase.evidence.record(*ways, seen.mpki, seen.cpi);
  return lesson;
}

}  // namespace dcat
