// Which events this node really counts: asked at start, on our own thread, by counting work whose least
// counts are known.
//
// A kernel takes events that the machine then does not count: more events than it has counters read 0 with no
// error, a virtual machine may pass an event on that stays 0, and misread counters jump by 2^47. A counter
// that lies is worse than one that is missing, so it is left out and the reason is kept for people.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "perfmon/event_table.h"
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

CheckedEvents check_events(PerfApi& api, const EventTable& table, const KnownWork& work);

}  // namespace dcat
