#include <cmath>

#include "perfmon/metrics.h"

namespace dcat {

namespace {

// A 48-bit counter that was misread jumps by 2^47 or more; nothing real counts this much in one period.
constexpr std::uint64_t kImpossibleDelta = std::uint64_t{1} << 46;
// No core retires more than this many instructions a cycle for a whole period.
constexpr double kMostInstructionsPerCycle = 8;

struct Delta {
  double scaled = 0;
  Duration running{};
};

struct DeltaResult {
  std::optional<Delta> delta;    // absent when the event is not there or was not counted
  std::optional<Absence> fault;  // the period cannot be trusted
  bool uncounted = false;        // there, the container ran, but it was never on a counter
};

DeltaResult delta_of(const Sample& from, const Sample& to, Event event) {
  const std::optional<Reading>& a = from[event];
  const std::optional<Reading>& b = to[event];
  if (!b) return {};
  const Reading start = a.value_or(Reading{});
  if (b->value < start.value || b->running < start.running) return {std::nullopt, Absence::counter_fell, false};
  const std::uint64_t raw = b->value - start.value;
  if (raw >= kImpossibleDelta) return {std::nullopt, Absence::impossible, false};
  const Duration enabled = to.enabled - from.enabled;
  const Duration running = b->running - start.running;
  if (running.count() == 0) {
    if (enabled.count() == 0 && raw == 0) return {Delta{}, std::nullopt, false};
    return {std::nullopt, std::nullopt, true};
  }
  const double scale = static_cast<double>(enabled.count()) / static_cast<double>(running.count());
  // Where a counter ran longer than the group was enabled by rounding, the count is not made smaller.
  return {Delta{static_cast<double>(raw) * (scale > 1 ? scale : 1), running}, std::nullopt, false};
}

// IPC of each sub-sample, for the standard error of their mean.
std::optional<double> standard_error(const Sample* base, std::span<const Sample> samples) {
  double sum = 0, squares = 0;
  int n = 0;
  const Sample* from = base;
  for (const Sample& to : samples) {
    if (from != nullptr) {
      const DeltaResult ins = delta_of(*from, to, Event::instructions);
      const DeltaResult cyc = delta_of(*from, to, Event::cycles);
      if (ins.delta && cyc.delta && cyc.delta->scaled > 0) {
        const double ipc = ins.delta->scaled / cyc.delta->scaled;
        sum += ipc;
        squares += ipc * ipc;
        ++n;
      }
    }
    from = &to;
  }
  if (n < 2) return std::nullopt;
  const double mean = sum / n;
  const double variance = std::max(0.0, (squares - n * mean * mean) / (n - 1));
  return std::sqrt(variance / n);
}

bool fell(const Sample& from, const Sample& to) {
  if (to.enabled < from.enabled || to.counting.value_or(Duration(0)) < from.counting.value_or(Duration(0))) return true;
  for (const Event event : kAllEvents)
    if (from[event] && to[event] &&
        (to[event]->value < from[event]->value || to[event]->running < from[event]->running))
      return true;
  return false;
}

std::optional<Absence> check_order(const Sample* previous, std::span<const Sample> samples) {
  const Sample* before = previous;
  for (const Sample& sample : samples) {
    if (before != nullptr && sample.at <= before->at) return Absence::zero_interval;
    // A single window is looked at again when it is counted; what falls between several and rises again is seen only
    // here.
    if (before != nullptr && samples.size() > 1 && fell(*before, sample)) return Absence::counter_fell;
    before = &sample;
  }
  return std::nullopt;
}

// A source that begins to count in windows has counted all the time so far.
Duration counting_between(const Sample& from, const Sample& to) {
  if (!to.counting || !from.counting) return to.at - from.at;
  return *to.counting - *from.counting;
}

IntervalCounts absent(Absence why) {
  IntervalCounts counts;
  counts.absent = why;
  return counts;
}

// Fills the scaled counts between two samples; a fault makes the whole interval absent.
void fill_counts(IntervalCounts& out, const Sample& from, const Sample& to) {
  for (const Event event : kAllEvents) {
    const DeltaResult result = delta_of(from, to, event);
    if (result.fault) {
      out.absent = result.fault;
      return;
    }
    const bool needed = event == Event::instructions || event == Event::cycles;
    if (needed && result.uncounted) out.absent = Absence::never_counted;
    if (needed && !to[event]) out.absent = Absence::event_missing;
    if (!result.delta) continue;
    out[event] = result.delta->scaled;
    if (event == Event::instructions) out.running = result.delta->running;
  }
  out.enabled = to.enabled - from.enabled;
  out.interval = counting_between(from, to);
}

// What a whole period had, of which only windows were counted.
double over_the_period(const IntervalCounts& whole, const Sample& from, const Sample& to) {
  const double instructions = whole[Event::instructions].value_or(0);
  if (whole.interval <= Duration(0)) return instructions;
  return instructions * (seconds(to.at - from.at) / seconds(whole.interval));
}

std::optional<Absence> plausible(const IntervalCounts& c) {
  const double instructions = c[Event::instructions].value_or(0);
  const double cycles = c[Event::cycles].value_or(0);
  if (c.running.count() > 0 && cycles == 0 && instructions == 0) return Absence::counted_nothing;
  if (instructions > kMostInstructionsPerCycle * cycles) return Absence::impossible;
  return std::nullopt;
}

IntervalCounts count_events(const Sample* previous, std::span<const Sample> samples, const DeriveRules& rules) {
  if (const auto fault = check_order(previous, samples)) return absent(*fault);
  const Sample* start = previous != nullptr ? previous : &samples.front();
  if (start == &samples.back()) {
    IntervalCounts counts = absent(Absence::first_sample);
    counts.ran = samples.back().enabled.count() > 0;
    return counts;
  }
  const bool ran = samples.back().enabled > start->enabled;

  // The first window that ends after the ways have settled gives the base.
  const Sample* base = start;
  std::size_t next = previous != nullptr ? 0 : 1;
  while (next < samples.size() && samples[next].at <= rules.settled_at) base = &samples[next++];

  IntervalCounts counts;
  counts.ran = ran;
  if (base != start) {
    IntervalCounts whole;
    fill_counts(whole, *start, samples.back());
    counts.period_instructions = over_the_period(whole, *start, samples.back());
    if (next == samples.size()) {
      counts.absent = whole.absent ? whole.absent : Absence::settling;
      return counts;
    }
  }
  fill_counts(counts, *base, samples.back());
  if (base == start) counts.period_instructions = over_the_period(counts, *start, samples.back());
  if (!counts.absent && counts.interval <= Duration(0))
    counts.absent = counts.interval < Duration(0) ? Absence::counter_fell : Absence::between_windows;
  if (!counts.absent) counts.absent = plausible(counts);
  counts.sub_samples = static_cast<int>(samples.size() - next);
  if (!counts.absent && counts.sub_samples > 1) counts.ipc_standard_error = standard_error(base, samples.subspan(next));
  return counts;
}

}  // namespace

std::string_view name_of(Absence absence) {
  switch (absence) {
    case Absence::no_samples: return "no_samples";
    case Absence::first_sample: return "first_sample";
    case Absence::zero_interval: return "zero_interval";
    case Absence::counter_fell: return "counter_fell";
    case Absence::impossible: return "impossible";
    case Absence::counted_nothing: return "counted_nothing";
    case Absence::event_missing: return "event_missing";
    case Absence::never_counted: return "never_counted";
    case Absence::too_little_counted: return "too_little_counted";
    case Absence::too_few_instructions: return "too_few_instructions";
    case Absence::settling: return "settling";
    case Absence::between_windows: return "between_windows";
    case Absence::ways_changed: return "ways_changed";
  }
  return "";
}

IntervalCounts count_interval(const Sample* previous, std::span<const Sample> samples, const DeriveRules& rules) {
  if (samples.empty()) return absent(Absence::no_samples);
  IntervalCounts counts = count_events(previous, samples, rules);
  const Sample& last = samples.back();
  counts.llc_occupancy_bytes = last.llc_occupancy_bytes;
  // A counter that fell was another group's: the first reading only starts the counting.
  if (previous != nullptr && previous->memory_bytes && last.memory_bytes &&
      *last.memory_bytes >= *previous->memory_bytes && last.at > previous->at)
    counts.memory_bytes_per_sec =
        static_cast<double>(*last.memory_bytes - *previous->memory_bytes) / seconds(last.at - previous->at);
  return counts;
}

void add_counts(IntervalCounts& sum, const IntervalCounts& more) {
  sum.ran = sum.ran || more.ran;
  sum.period_instructions += more.period_instructions;
  if (more.absent) return;
  const bool first = sum.sub_samples == 0;
  if (first) {
    const double instructions = sum.period_instructions;
    const bool ran = sum.ran;
    sum = more;
    sum.period_instructions = instructions;
    sum.ran = ran;
    sum.ipc_standard_error.reset();  // a sum over containers has none
    sum.llc_occupancy_bytes.reset();
    sum.memory_bytes_per_sec.reset();
    return;
  }
  sum.interval = std::max(sum.interval, more.interval);
  sum.enabled += more.enabled;
  sum.running += more.running;
  sum.sub_samples = std::min(sum.sub_samples, more.sub_samples);
  for (std::size_t i = 0; i < kEventCount; ++i) {
    if (sum.counts[i] && more.counts[i])
      *sum.counts[i] += *more.counts[i];
    else
      sum.counts[i].reset();  // a part that is not counted makes the sum unknown
  }
}

Metrics to_metrics(const IntervalCounts& c, const DeriveRules& rules) {
  Metrics m;
  m.instructions = c.period_instructions;
  m.sub_samples = c.sub_samples;
  m.llc_occupancy_bytes = c.llc_occupancy_bytes;
  m.memory_bytes_per_sec = c.memory_bytes_per_sec;
  m.absent = c.absent;
  if (m.absent) return m;
  if (c.interval.count() <= 0) {
    m.absent = Absence::zero_interval;
    return m;
  }
  m.running_ratio =
      c.enabled.count() > 0 ? static_cast<double>(c.running.count()) / static_cast<double>(c.enabled.count()) : 0;
  if (c[Event::llc_references]) m.llc_refs_per_sec = *c[Event::llc_references] / seconds(c.interval);
  if (c.period_instructions < static_cast<double>(rules.min_instructions)) {
    m.absent = Absence::too_few_instructions;
    return m;
  }
  const double instructions = *c[Event::instructions];
  if (instructions <= 0 || *c[Event::cycles] <= 0) {
    m.absent = Absence::too_few_instructions;  // all of them fell into the settling part
    return m;
  }
  if (m.running_ratio < rules.min_running_ratio) {
    m.absent = Absence::too_little_counted;
    return m;
  }
  m.ipc = instructions / *c[Event::cycles];
  m.ipc_standard_error = c.ipc_standard_error;
  const auto& refs = c[Event::llc_references];
  const auto& misses = c[Event::llc_misses];
  if (c[Event::memory_accesses]) m.memory_accesses_per_instruction = *c[Event::memory_accesses] / instructions;
  if (refs) m.llc_refs_per_ki = 1000 * *refs / instructions;
  if (misses) m.mpki = 1000 * *misses / instructions;
  if (refs && misses && *refs > 0) m.miss_ratio = std::min(1.0, *misses / *refs);
  return m;
}

}  // namespace dcat
