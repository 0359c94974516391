// Metrics: what one container did in one control period and L3 domain. derive makes them from Samples.
//
// Nothing that is not known is 0 or NaN: a period that cannot be judged is absent with a reason, and each rate that
// needs a missing counter is absent by itself.
//
// Scaling: an event's count over the interval is delta(value) x delta(enabled) / delta(running), perf's usual estimate
// where counters are shared in time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/units.h"
#include "perfmon/sample.h"

namespace dcat {

enum class Absence : std::uint8_t {
  no_samples,            // nothing was read in this period
  first_sample,          // the container is new: nothing to compare with
  zero_interval,         // two samples of the same time, or time ran backwards
  counter_fell,          // a cumulative value is lower than before
  impossible,            // a delta no machine can count: 2^46 and more, or more than 8 instructions a cycle
  counted_nothing,       // it was counted while it ran, and the counter stayed 0
  event_missing,         // no instructions or cycles on this node
  never_counted,         // it ran and was never on a counter
  too_little_counted,    // running / enabled below min_running_ratio
  too_few_instructions,  // below min_instructions: asleep, or nearly
  settling,              // every sub-sample lies within `settle` after a change of its ways
  between_windows,       // counting was off: no window fell into this period
  ways_changed,          // somebody else changed its ways within the period
};
std::string_view name_of(Absence absence);

// What was counted over one interval, scaled. Adds up over containers (the shared region is a sum).
struct IntervalCounts {
  std::optional<Absence> absent;  // why there is nothing to judge
  Duration interval{};            // wall time while counting was on, without the part that was settling
  Duration enabled{};
  Duration running{};              // of instructions
  double period_instructions = 0;  // over the whole period, the settling part included; estimated from its windows
  bool ran = false;                // it ran in this domain in this period, whether or not it can be judged
  std::array<std::optional<double>, kEventCount> counts{};
  std::optional<double> ipc_standard_error;
  int sub_samples = 0;
  std::optional<std::uint64_t> llc_occupancy_bytes;
  std::optional<double> memory_bytes_per_sec;

  const std::optional<double>& operator[](Event e) const { return counts[static_cast<std::size_t>(e)]; }
  std::optional<double>& operator[](Event e) { return counts[static_cast<std::size_t>(e)]; }
};

struct Metrics {
  std::optional<Absence> absent;  // set: nothing below is meaningful but `instructions` and `llc_refs_per_sec`
  double instructions = 0;        // in the whole period
  double ipc = 0;                 // retired instructions per unhalted cycle
  std::optional<double> ipc_standard_error;  // between sub-samples; absent with fewer than two
  std::optional<double> memory_accesses_per_instruction;
  std::optional<double> llc_refs_per_sec;
  std::optional<double> llc_refs_per_ki;  // per 1,000 instructions
  std::optional<double> miss_ratio;       // misses / references, 0..1; absent without references
  std::optional<double> mpki;             // misses per 1,000 instructions
  double running_ratio = 0;               // counted / enabled time
  int sub_samples = 0;
  std::optional<std::uint64_t> llc_occupancy_bytes;  // at the period's end; these two also where the rest is absent
  std::optional<double> memory_bytes_per_sec;
  bool operator==(const Metrics&) const = default;

  bool valid() const { return !absent.has_value(); }
  double cpi() const { return ipc > 0 ? 1 / ipc : 0; }
};

struct DeriveRules {
  double min_running_ratio = 0.3;
  std::uint64_t min_instructions = 10'000'000;
  TimePoint settled_at{};  // sub-samples that end at or before it do not count
};

// The counts between `previous` (the last sample of the period before; nullptr for a new container, whose first sample
// then only starts the counting) and the last of `samples`, oldest first.
IntervalCounts count_interval(const Sample* previous, std::span<const Sample> samples, const DeriveRules& rules);

// Adds `more` to `sum`. Occupancy and bandwidth are not summed. Absent parts are left out of the sum; the sum is absent
// only while nothing was added.
void add_counts(IntervalCounts& sum, const IntervalCounts& more);

Metrics to_metrics(const IntervalCounts& counts, const DeriveRules& rules);

// The whole stage for one container.
inline Metrics derive(const Sample* previous, std::span<const Sample> samples, const DeriveRules& rules) {
  return to_metrics(count_interval(previous, samples, rules), rules);
}

}  // namespace dcat
