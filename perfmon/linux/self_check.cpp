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

// Opens each event alone and keeps those that the kernel takes.
void probe(PerfApi& api, const EventTable& table, CheckedEvents& out) {
  for (const Event event : kAllEvents) {
    const PerfCode code = row_of(table, event).code;
    Result<PerfGroup> opened = PerfGroup::open(api, {&code, 1}, PerfTarget{});
    if (opened) {
      out.available.push_back(event);
      continue;
    }
    out.fatal = fatal_refusal(opened.error());
    if (out.fatal) return;
    out.notes[static_cast<std::size_t>(event)] = refusal_note(opened.error());
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

Result<Window> count_work(PerfApi& api, const EventTable& table, const Turn& turn, const KnownWork& work,
                          LeastCounts& least) {
  Result<PerfGroup> group = PerfGroup::open(api, codes_of(table, turn), PerfTarget{});
  if (!group) return std::move(group).error();
  if (Status enabled = group->enable(); !enabled) return std::move(enabled).error();
  least = work();
  if (Status disabled = group->disable(); !disabled) return std::move(disabled).error();
  Result<GroupReading> reading = group->read();
  if (!reading) return std::move(reading).error();
  return window_between(turn, GroupReading{}, *reading);
}

// A group that the kernel does not take though it took each event alone: its last event is given up.
void give_up_last(const Turn& turn, const Error& error, CheckedEvents& out) {
  const Event event = turn.back();
  out.notes[static_cast<std::size_t>(event)] = "does not count together with the others: " + error.why;
  std::erase(out.available, event);
}

}  // namespace

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

CheckedEvents check_events(PerfApi& api, const EventTable& table, const KnownWork& work) {
  CheckedEvents out;
  probe(api, table, out);
  if (out.fatal) return out;
  // Leaving an event out changes the turns; what is in use at the end has been checked as it will be used.
  // Ends, for each further pass has one event less.
  for (bool changed = true; changed && !out.available.empty();) {
    const std::vector<Event> before = out.available;
    for (const Turn& turn : plan_turns(before)) {
      LeastCounts least{};
      Result<Window> counted = count_work(api, table, turn, work, least);
      if (counted)
        judge(turn, table, *counted, least, out);
      else
        give_up_last(turn, counted.error(), out);
    }
    changed = out.available != before;
  }
  return out;
}

}  // namespace dcat
