// Which task (thread) made which, and which ended, all over the machine, in the order in which it happened.
//
// The tracepoint sched:sched_process_fork names the creating thread; it fires after the child can be seen in /proc and
// before it runs for the first time, so whatever a child does itself is later than its record. An end
// (sched:sched_process_exit) is recorded before the id can be used again. The proc connector, for kernels without the
// tracepoint, does not name the creator of a thread: new threads are then taken for their leader's. Task ids are those
// of the initial pid namespace in both. Sources: perf_event_open(2), "MMAP layout"; Linux
// Documentation/trace/events.rst; Documentation/driver-api/connector.rst.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/units.h"

namespace dcat::emulator {

struct TaskEvent {
  TimePoint time;   // CLOCK_MONOTONIC
  int tid = 0;      // who was made, or ends
  int creator = 0;  // 0: it ends
  bool is_end() const { return creator == 0; }
  bool operator==(const TaskEvent&) const = default;
};

class ForkEvents {
 public:
  virtual ~ForkEvents() = default;
  // All that happened since the last call and is recorded, ascending by time; what is recorded while it runs may be in
  // it or not. Sets `lost` where records were dropped.
  virtual std::vector<TaskEvent> drain(bool& lost) = 0;
  // Readable when it is time to drain, so that nothing has to be dropped.
  virtual std::vector<int> wake_up_descriptors() const = 0;
  virtual std::string name() const = 0;
};

// From a trace event's `format` file: its number, and where the fields of these names are, which must have four bytes.
struct RecordLayout {
  std::uint64_t event_id = 0;
  std::vector<std::size_t> offsets;  // as many as names were asked for
  bool operator==(const RecordLayout&) const = default;
};
Result<RecordLayout> parse_trace_format(const std::string& format, const std::vector<std::string>& fields);

// `tracefs` is a directory where tracefs is mounted; it may be unmounted afterwards. `cpus`: those that are online.
Result<std::unique_ptr<ForkEvents>> follow_forks_by_tracepoint(const std::string& tracefs,
                                                               const std::vector<int>& cpus);
Result<std::unique_ptr<ForkEvents>> follow_forks_by_connector();

}  // namespace dcat::emulator
