#include "perfmon/linux/turns.h"

#include <algorithm>
#include <chrono>

namespace dcat {

namespace {

constexpr std::uint64_t kImpossibleCount = std::uint64_t{1} << 46;
constexpr double kMostInstructionsPerCycle = 8;
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

std::vector<Turn> plan_turns(const std::vector<Event>& available, std::size_t most_at_once) {
  Turn common;
  std::vector<Event> shared_out{Event::llc_references, Event::llc_misses, Event::memory_accesses};
  for (const Event event : {Event::cycles, Event::instructions})
    if (has(available, event)) common.push_back(event);
  if (common.size() >= most_at_once) {
    shared_out.insert(shared_out.begin(), common.front());
    common.erase(common.begin());
  }

  std::vector<Turn> turns;
  for (const Event event : shared_out) {
    if (!has(available, event)) continue;
    if (turns.empty() || turns.back().size() >= most_at_once) turns.push_back(common);
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

std::optional<CountingFault> window_fault(const Turn& turn, const Window& window, const CountBounds& bounds) {
  if (window.running < Duration(0) || window.enabled < Duration(0)) return CountingFault::fell;
  for (const Event event : turn) {
    // What fell shows as a count of nearly 2^64: the difference is taken without sign.
    if (window[event] >> 63 != 0) return CountingFault::fell;
    if (window[event] >= kImpossibleCount) return CountingFault::jumped;
  }
  if (window.enabled >= kLongEnoughToCount && window.running == Duration(0)) return CountingFault::never_scheduled;
  if (!bounds.hardware) return std::nullopt;

  const bool has_cycles = has(turn, Event::cycles), has_instructions = has(turn, Event::instructions);
  const double cycles = static_cast<double>(window[Event::cycles]);
  const double instructions = static_cast<double>(window[Event::instructions]);
  if (window.running >= kLongEnoughToCount) {
    if ((has_cycles && cycles == 0) || (has_instructions && instructions == 0)) return CountingFault::counted_nothing;
    if (cycles > bounds.most_hz * seconds(window.running)) return CountingFault::too_many_cycles;
  }
  if (has_cycles && cycles > 0 && instructions > kMostInstructionsPerCycle * cycles)
    return CountingFault::too_many_instructions;
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

void DomainTotals::change_plan(const std::vector<Turn>& turns) {
  end_interval();
  turns_ = turns;
  pending_.assign(turns.size(), Window{});
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
