#include "perfmon/linux/turns.h"

#include <algorithm>
#include <chrono>

namespace dcat {

namespace {

constexpr std::uint64_t kImpossibleCount = std::uint64_t{1} << 46;
constexpr double kMostInstructionsPerCycle = 8;
constexpr double kMostCyclesPerNanosecond = 8;
// Shorter windows may really have next to nothing in them.
constexpr Duration kLongEnoughToCount = std::chrono::milliseconds(1);

bool has(const std::vector<Event>& events, Event event) {
  return std::find(events.begin(), events.end(), event) != events.end();
}

// How long an event of the turn that counted `own` is taken to have been counted, of the interval's windows
// `all`.
Duration credit_of(const Window& own, const Window& all) {
  if (own[Event::instructions] == 0) return own.running;
  const double share = static_cast<double>(own[Event::instructions]) / static_cast<double>(all[Event::instructions]);
  return Duration(static_cast<Duration::rep>(share * static_cast<double>(all.running.count())));
}

}  // namespace

std::vector<Turn> plan_turns(const std::vector<Event>& available) {
  Turn common;
  for (const Event event : {Event::cycles, Event::instructions})
    if (has(available, event)) common.push_back(event);

  std::vector<Turn> turns;
  for (const Event event : {Event::llc_references, Event::llc_misses, Event::memory_accesses}) {
    if (!has(available, event)) continue;
    if (turns.empty() || turns.back().size() == kMostEventsAtOnce) turns.push_back(common);
    turns.back().push_back(event);
  }
  if (turns.empty() && !common.empty()) turns.push_back(common);
  return turns;
}

Window window_between(const Turn& turn, const GroupReading& from, const GroupReading& to) {
  Window window;
  for (std::size_t i = 0; i < turn.size(); ++i) window[turn[i]] = to.values[i] - from.values[i];
  window.enabled = to.enabled - from.enabled;
  window.running = to.running - from.running;
  return window;
}

void operator+=(Window& sum, const Window& more) {
  for (std::size_t i = 0; i < kEventCount; ++i) sum.counts[i] += more.counts[i];
  sum.enabled += more.enabled;
  sum.running += more.running;
}

std::optional<std::string_view> window_fault(const Turn& turn, const Window& window, bool hardware) {
  for (const Event event : turn)
    if (window[event] >= kImpossibleCount) return "a count of 2^46 or more";
  if (window.running < Duration(0) || window.enabled < Duration(0)) return "time ran backwards";
  if (!hardware) return std::nullopt;

  const bool has_cycles = has(turn, Event::cycles), has_instructions = has(turn, Event::instructions);
  const double cycles = static_cast<double>(window[Event::cycles]);
  const double instructions = static_cast<double>(window[Event::instructions]);
  if (window.running >= kLongEnoughToCount) {
    if (has_cycles && cycles == 0) return "not one cycle in the time it ran";
    if (has_instructions && instructions == 0) return "not one instruction in the time it ran";
    if (cycles > kMostCyclesPerNanosecond * static_cast<double>(window.running.count()))
      return "more cycles than 8 GHz has";
  }
  if (has_cycles && cycles > 0 && instructions > kMostInstructionsPerCycle * cycles)
    return "more than 8 instructions a cycle";
  return std::nullopt;
}

bool DomainTotals::in_every_turn(Event event) const {
  return std::all_of(turns_.begin(), turns_.end(), [event](const Turn& turn) { return has(turn, event); });
}

void DomainTotals::end_interval() {
  Window all;
  for (const Window& window : pending_) all += window;
  enabled_ += all.enabled;
  for (std::size_t i = 0; i < turns_.size(); ++i) {
    const Duration credit = credit_of(pending_[i], all);
    for (const Event event : turns_[i]) {
      Reading& total = totals_[static_cast<std::size_t>(event)];
      total.value += pending_[i][event];
      total.running += in_every_turn(event) ? pending_[i].running : credit;
    }
    pending_[i] = Window{};
  }
}

Sample DomainTotals::sample(TimePoint at) const {
  Sample sample;
  sample.at = at;
  sample.enabled = enabled_;
  for (const Event event : kAllEvents) {
    const Reading& total = totals_[static_cast<std::size_t>(event)];
    if (total.running > Duration(0)) sample[event] = total;
  }
  return sample;
}

}  // namespace dcat
