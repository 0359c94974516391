// Which events this node really counts: asked at start, on our own thread, by counting work whose least
// counts are known.
//
// A kernel takes events that the machine then does not count: more events than it has counters read 0 with no
// error, a virtual machine may pass an event on that stays 0, and misread counters jump by 2^47. A counter
// that lies is worse than one that is missing, so it is left out and the reason is kept for people.
//
// LLC misses are also held against a most, for some CPUs' cache-misses are misses of the L2. Lines that the L2 cannot
// keep and the last level can are walked again and again; an event that counts more than half of these loads has missed
// something else. Where the last level does not keep them either (a small share of it, a busy neighbour) they really
// are misses, and the clock tells: t = (1 - m) t_llc + m t_memory for a share m of misses, with t_llc >= 0, so that m
// <= t / t_memory, and t_memory is the time of the same lines just flushed. A prefetcher may fetch one line beside each
// that missed, never more, so that no event can truly count more than 2 t / t_memory of the loads.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "perfmon/counter_source.h"
#include "perfmon/event_table.h"
#include "perfmon/linux/cache_walk.h"
#include "perfmon/linux/perf_event.h"
#include "perfmon/linux/turns.h"

namespace dcat {

// The least that each Event must have counted after the work was done; 0 = nothing is expected.
using LeastCounts = std::array<std::uint64_t, kEventCount>;

// Does known work on this thread and says what it must have counted. About 20 ms.
using KnownWork = std::function<LeastCounts()>;

// Loads from lines that were just flushed from every cache, so that each goes to memory.
LeastCounts load_flushed_lines();

struct CheckedEvents {
  std::vector<Event> available;
  // By event: why it is not available, or what else is to be said of an available one; may be empty.
  std::array<std::string, kEventCount> notes;
  // Set when counting is not possible at all (no permission, no such system call).
  std::optional<Error> fatal;
};

// Why a machine that counts nothing does not: said once where it is the same for all events.
Error no_events(const CheckedEvents& checked);
// What is said of each event at the start of a run.
std::vector<EventChoice> choices_of(const EventTable& table, const CheckedEvents& checked,
                                    const std::vector<Turn>& turns);

// How work is counted on our own thread: by the kernel, or through a library.
class EventTrial {
 public:
  virtual ~EventTrial() = default;
  // Counts the calling thread with all of `codes` at once while `work` runs. The error's sys_errno: as
  // perf_event_open(2) gives them. REQUIRES: 1 to kMostEventsAtOnce codes.
  virtual Result<GroupReading> count(const std::vector<PerfCode>& codes, const std::function<void()>& work) = 0;
};

class PerfTrial : public EventTrial {
 public:
  explicit PerfTrial(PerfApi& api) : api_(api) {}
  Result<GroupReading> count(const std::vector<PerfCode>& codes, const std::function<void()>& work) override;

 private:
  PerfApi& api_;
};

// Tries each event alone, then in the turns of plan_turns(available, most_events) with the known work, then LLC misses
// with the walks. Events of kPerfTypeNone are left out, as they should be.
CheckedEvents check_events(EventTrial& trial, const EventTable& table, const KnownWork& work,
                           std::size_t most_events = kMostEventsAtOnce, const CacheWalks& walks = cache_walks());
CheckedEvents check_events(PerfApi& api, const EventTable& table, const KnownWork& work,
                           std::size_t most_events = kMostEventsAtOnce, const CacheWalks& walks = cache_walks());

}  // namespace dcat
