#include "controller/shell/counting_schedule.h"

#include <algorithm>

namespace dcat {

namespace {

constexpr Duration kLongestBetweenLooks = std::chrono::milliseconds(500);

// Reads at equal distances up to `end`, every one of them with all turns before it.
void add_reads(TimePoint end, Duration length, Duration distance, std::size_t turns, std::vector<CountingStep>& steps) {
  const auto reads = std::max<Duration::rep>(1, length / distance);
  const Duration part = reads == 1 ? length : distance;
  for (auto left = reads; left-- > 0;) {
    const TimePoint read_at = end - left * part;
    for (auto turn = static_cast<Duration::rep>(turns); --turn > 0;)
      steps.push_back({read_at - turn * part / static_cast<Duration::rep>(turns), CountingAct::change_turns});
    steps.push_back({read_at, CountingAct::read});
  }
}

void add_looks(TimePoint due, const CountingRules& rules, std::vector<CountingStep>& steps) {
  // Whoever goes is let go within a second, however rarely counters are read.
  const Duration distance = std::min<Duration>(rules.sample_interval, kLongestBetweenLooks);
  for (auto left = (rules.interval + distance - Duration(1)) / distance; --left > 0;)
    steps.push_back({due - left * distance, CountingAct::look});
  std::ranges::stable_sort(steps, {}, &CountingStep::at);
}

}  // namespace

std::vector<CountingStep> counting_steps(TimePoint due, const CountingRules& rules) {
  std::vector<CountingStep> steps;
  if (rules.one_read) {
    add_reads(due, rules.interval, rules.interval, rules.turns, steps);
    add_looks(due, rules, steps);
    return steps;
  }
  if (!rules.windows || rules.windows->window >= rules.windows->every) {
    add_reads(due, rules.interval, rules.sample_interval, rules.turns, steps);
    if (rules.sample_interval > kLongestBetweenLooks) add_looks(due, rules, steps);
    return steps;
  }
  const auto& [window, every] = *rules.windows;
  for (auto left = std::max<Duration::rep>(1, rules.interval / every); left-- > 0;) {
    const TimePoint end = due - left * every;
    steps.push_back({end - window, CountingAct::resume});
    add_reads(end, window, rules.sample_interval, rules.turns, steps);
    steps.push_back({end, CountingAct::pause});
  }
  add_looks(due, rules, steps);
  return steps;
}

}  // namespace dcat
