#include "perfmon/linux/self_check.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace dcat {

namespace {

constexpr std::size_t kLineBytes = 64;
constexpr std::size_t kLines = 1 << 15;
// Lines are loaded in an order that no prefetcher follows: an odd stride permutes a power of two of lines.
constexpr std::size_t kStride = 12'289;

constexpr const char* kHowToPermit = "run as root or with CAP_PERFMON, or set kernel.perf_event_paranoid to 0 or less";

bool is_hardware(const PerfCode& code) {
  return code.type != kPerfTypeSoftware;
}

std::vector<PerfCode> codes_of(const EventTable& table, const Turn& turn) {
  std::vector<PerfCode> codes;
  for (const Event event : turn) codes.push_back(row_of(table, event).code);
  return codes;
}

// An errno that makes every event fail alike, not just this one.
std::optional<Error> fatal_refusal(const Error& error) {
  switch (error.sys_errno) {
    case EACCES:
    case EPERM:
      return Error{ErrorCode::unsupported, "count events", std::strerror(error.sys_errno), kHowToPermit,
                   error.sys_errno};
    case ENOSYS:
      return Error{ErrorCode::unsupported, "count events", "the kernel has no perf_event_open",
                   "use a kernel with CONFIG_PERF_EVENTS, and allow the call in the sandbox if there is one", ENOSYS};
    case EMFILE:
    case ENFILE:
      return Error{ErrorCode::failed, "count events", std::strerror(error.sys_errno),
                   "raise the limit of open files (LimitNOFILE=)", error.sys_errno};
    default: return std::nullopt;
  }
}

std::string refusal_note(const Error& error) {
  switch (error.sys_errno) {
    case ENOENT:
    case EOPNOTSUPP:
    case EINVAL:
    case ENODEV: return std::string("this machine does not count it (") + std::strerror(error.sys_errno) + ")";
    default: return error.why;
  }
}

// Opens each event alone and keeps those that can be opened.
void probe(EventTrial& trial, const EventTable& table, CheckedEvents& out) {
  for (const Event event : kAllEvents) {
    const EventRow& row = row_of(table, event);
    if (row.code.type == kPerfTypeNone) {
      out.notes[static_cast<std::size_t>(event)] = row.note;
      continue;
    }
    const Result<GroupReading> counted = trial.count({row.code}, [] {});
    if (counted) {
      out.available.push_back(event);
      continue;
    }
    out.fatal = fatal_refusal(counted.error());
    if (out.fatal) return;
    out.notes[static_cast<std::size_t>(event)] = refusal_note(counted.error());
  }
}

// What is wrong with one event's count after the known work; empty when nothing is.
std::string lie_in(Event event, const Window& counted, const Turn& turn, const LeastCounts& least) {
  const std::uint64_t count = counted[event], due = least[static_cast<std::size_t>(event)];
  if (count >= (std::uint64_t{1} << 46)) return "it counted " + std::to_string(count) + " in a moment";
  if (count < due)
    return "it counted " + std::to_string(count) + " where at least " + std::to_string(due) + " were due";
  const bool has_cycles = std::find(turn.begin(), turn.end(), Event::cycles) != turn.end();
  if (event == Event::instructions && has_cycles && counted[Event::cycles] > 0 && count / 8 > counted[Event::cycles])
    return "it counted more than 8 instructions a cycle";
  return {};
}

void judge(const Turn& turn, const EventTable& table, const Window& counted, const LeastCounts& least,
           CheckedEvents& out) {
  for (const Event event : turn) {
    if (!is_hardware(row_of(table, event).code)) continue;
    std::string& note = out.notes[static_cast<std::size_t>(event)];
    if (counted.running == Duration(0)) {
      note = "not checked: other users held the counters";
      continue;
    }
    const std::string lie = lie_in(event, counted, turn, least);
    if (lie.empty()) continue;
    note = "left out, for it does not count truly: " + lie;
    std::erase(out.available, event);
  }
}

Result<Window> count_work(EventTrial& trial, const EventTable& table, const Turn& turn, const KnownWork& work,
                          LeastCounts& least) {
  Result<GroupReading> reading = trial.count(codes_of(table, turn), [&] { least = work(); });
  if (!reading) return std::move(reading).error();
  return window_between(turn, GroupReading{}, *reading);
}

// A group that the kernel does not take though it took each event alone: its last event is given up.
void give_up_last(const Turn& turn, const Error& error, CheckedEvents& out) {
  const Event event = turn.back();
  out.notes[static_cast<std::size_t>(event)] = "does not count together with the others: " + error.why;
  std::erase(out.available, event);
}

std::string percent(double ratio) {
  return std::to_string(static_cast<int>(ratio * 100)) + " %";
}

enum class Verdict { counts_true, lies, cannot_tell };

// Holds the event of LLC misses against one size of walk; the header of self_check.h says why so.
Verdict judge_walk(std::uint64_t count, const Walk& again, const Walk& memory, std::string& lie) {
  constexpr double kMostMissed = 0.5;  // of loads that the last level is to serve
  if (again.loads == 0 || memory.loads == 0 || memory.time <= Duration(0)) return Verdict::cannot_tell;
  const double counted = static_cast<double>(count) / static_cast<double>(again.loads);
  const double time = seconds(again.time) / static_cast<double>(again.loads);
  const double memory_time = seconds(memory.time) / static_cast<double>(memory.loads);
  if (counted <= kMostMissed) return Verdict::counts_true;
  if (counted <= 2 * time / memory_time) return Verdict::cannot_tell;
  lie = "it counted " + percent(counted) + " of loads that took " + percent(time / memory_time) +
        " of the time of memory, so it counts misses of another cache than the last level";
  return Verdict::lies;
}

// Sizes to walk: where the last level cannot keep the greater, it may keep the smaller.
constexpr double kWalkSizes[] = {2.0, 1.5};

void check_llc_misses(EventTrial& trial, const EventTable& table, const CacheWalks& walks, CheckedEvents& out) {
  const PerfCode code = row_of(table, Event::llc_misses).code;
  const bool counted = std::count(out.available.begin(), out.available.end(), Event::llc_misses) > 0;
  if (!counted || !is_hardware(code)) return;
  std::string& note = out.notes[static_cast<std::size_t>(Event::llc_misses)];
  for (const double l2_sizes : kWalkSizes) {
    const std::optional<Walk> memory = walks.from_memory(l2_sizes);
    if (!memory) return;
    Walk again;
    const Result<GroupReading> reading = trial.count({code}, [&] { again = walks.again(); });
    // Not on a counter now: the turns are checked next, and say so.
    if (!reading || reading->running == Duration(0)) return;
    std::string lie;
    switch (judge_walk(reading->values[0], again, *memory, lie)) {
      case Verdict::counts_true: return;
      case Verdict::cannot_tell: break;
      case Verdict::lies:
        note = "left out, for it does not count truly: " + lie;
        std::erase(out.available, Event::llc_misses);
        return;
    }
  }
  note = "not checked whether it counts misses of the L2: the last level cache did not keep the work";
}

}  // namespace

Result<GroupReading> PerfTrial::count(const std::vector<PerfCode>& codes, const std::function<void()>& work) {
  Result<PerfGroup> group = PerfGroup::open(api_, codes, PerfTarget{});
  if (!group) return std::move(group).error();
  if (Status enabled = group->enable(); !enabled) return std::move(enabled).error();
  work();
  if (Status disabled = group->disable(); !disabled) return std::move(disabled).error();
  return group->read();
}

LeastCounts load_flushed_lines() {
  LeastCounts least{};
  std::vector<unsigned char> lines(kLines * kLineBytes, 1);
  volatile unsigned char* data = lines.data();
#if defined(__x86_64__)
  for (std::size_t i = 0; i < kLines; ++i) _mm_clflush(lines.data() + i * kLineBytes);
  _mm_mfence();
  least[static_cast<std::size_t>(Event::llc_references)] = 1;
  least[static_cast<std::size_t>(Event::llc_misses)] = 1;
#endif
  unsigned sum = 0;
  for (std::size_t i = 0, at = 0; i < kLines; ++i, at = (at + kStride) % kLines) sum += data[at * kLineBytes];
  data[0] = static_cast<unsigned char>(sum);
  for (const Event event : {Event::instructions, Event::cycles, Event::memory_accesses})
    least[static_cast<std::size_t>(event)] = kLines;
  return least;
}

CheckedEvents check_events(EventTrial& trial, const EventTable& table, const KnownWork& work, std::size_t most_events,
                           const CacheWalks& walks) {
  CheckedEvents out;
  probe(trial, table, out);
  if (out.fatal) return out;
  check_llc_misses(trial, table, walks, out);
  // Leaving an event out changes the turns; what is in use at the end has been checked as it will be used.
  // Ends, for each further pass has one event less.
  for (bool changed = true; changed && !out.available.empty();) {
    const std::vector<Event> before = out.available;
    for (const Turn& turn : plan_turns(before, most_events)) {
      LeastCounts least{};
      Result<Window> counted = count_work(trial, table, turn, work, least);
      if (counted)
        judge(turn, table, *counted, least, out);
      else
        give_up_last(turn, counted.error(), out);
    }
    changed = out.available != before;
  }
  return out;
}

CheckedEvents check_events(PerfApi& api, const EventTable& table, const KnownWork& work, std::size_t most_events,
                           const CacheWalks& walks) {
  PerfTrial trial(api);
  return check_events(trial, table, work, most_events, walks);
}

Error no_events(const CheckedEvents& checked) {
  std::string each;
  for (const Event event : kAllEvents)
    each += std::string(each.empty() ? " (" : ", ") + std::string(name_of(event)) + ": " +
            checked.notes[static_cast<std::size_t>(event)];
  const bool alike = std::ranges::all_of(checked.notes, [&](const std::string& n) { return n == checked.notes[0]; });
  return {ErrorCode::unsupported, "count events",
          "this machine counts none of the events" + (alike ? ": " + checked.notes[0] : each + ")"),
          "in a virtual machine, ask for a virtual PMU; on bare metal, see that no other tool or the NMI watchdog "
          "(kernel.nmi_watchdog) holds the counters"};
}

std::vector<EventChoice> choices_of(const EventTable& table, const CheckedEvents& checked,
                                    const std::vector<Turn>& turns) {
  std::vector<EventChoice> choices;
  for (const Event event : kAllEvents) {
    const EventRow& row = row_of(table, event);
    EventChoice choice{event, std::ranges::find(checked.available, event) != checked.available.end(), row.name,
                       checked.notes[static_cast<std::size_t>(event)]};
    if (choice.available) {
      const bool waits = std::ranges::any_of(
          turns, [event](const Turn& turn) { return std::ranges::find(turn, event) == turn.end(); });
      for (const std::string& more : {row.note, std::string(waits ? "counted in turn with others" : "")})
        if (!more.empty()) choice.note += (choice.note.empty() ? "" : "; ") + more;
    }
    choices.push_back(std::move(choice));
  }
  return choices;
}

}  // namespace dcat
