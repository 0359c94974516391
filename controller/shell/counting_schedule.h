// When, within a control period, counting goes on and off, events take turns and counters are read. Pure.
//
// Without windows counting is always on and the counters are read every `sample_interval`. With windows it is on for
// the last `window` of every `every`, so that nobody pays for it in between, and read every `sample_interval` within.
// Where a source counts so many containers that reading them is most of the cost (CounterSource::one_read_a_period),
// they are read once, at the end, and counting stays on: switching it costs more than it saves then.
// Whoever comes or goes is looked for every `sample_interval` all the same, and at least every half second.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/units.h"

namespace dcat {

struct CountingWindows {
  Duration window{};  // up to `every`
  Duration every{};   // divides the control period
  bool operator==(const CountingWindows&) const = default;
};

// look: has anybody come or gone? Also goes with every read.
enum class CountingAct { look, resume, change_turns, read, pause };

struct CountingStep {
  TimePoint at;
  CountingAct act = CountingAct::read;
  bool operator==(const CountingStep&) const = default;
};

struct CountingRules {
  Duration interval{};         // the control period
  Duration sample_interval{};  // divides it
  std::optional<CountingWindows> windows;
  std::size_t turns = 1;  // CounterSource::turns
  bool one_read = false;
};

// The steps of the period that ends at `due`, ascending; the last read is at `due`.
std::vector<CountingStep> counting_steps(TimePoint due, const CountingRules& rules);

}  // namespace dcat
