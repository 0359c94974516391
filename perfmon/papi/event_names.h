// What events are called, and which codes the names have: the configuration's `counting: events:`.
//
// An event is written as `none` (not counted), `rHEX` (a raw code, event | umask << 8 on x86),
// `cpu/event=0x44,umask=0x48/` as perf writes it, a libpfm4 name (LONGEST_LAT_CACHE:MISS, perf::CACHE-MISSES) or a PAPI
// preset (PAPI_L3_TCM). The first three are read here, the others are asked of EventNames. An event that needs more
// than perf_event_attr's type and config (an offcore response, a latency threshold) or counts a part of the time (:u,
// :k) is refused, for the sources take one code and count all of a container.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/result.h"
#include "perfmon/event_table.h"

namespace dcat {

// Port: the libraries that know this machine's events.
class EventNames {
 public:
  virtual ~EventNames() = default;
  // bad_input: no such event here, or one that cannot be used; `why` says which.
  virtual Result<PerfCode> code_of(const std::string& name) = 0;
  // Every name that code_of() may know, for suggestions; may be long, may be empty.
  virtual std::vector<std::string> all() = 0;
};

// libpfm4's table of this CPU and PAPI's presets. Where this was built without them nothing has a name (unsupported).
class InstalledEventNames : public EventNames {
 public:
  Result<PerfCode> code_of(const std::string& name) override;
  std::vector<std::string> all() override;
};

// `table` with other events in the place of some of its rows; the others stay. bad_input: what is wrong with every
// one of `events` that cannot be used, joined with "; ", and what to do. Two events of the same code are refused:
// one of them is a mistake. `none` becomes a row whose code's type is kPerfTypeNone.
Result<EventTable> with_overrides(EventTable table, const std::map<Event, std::string>& events, EventNames& names);

// Up to three of `candidates` that a misspelt `name` is nearest to, the nearest first; case is no difference.
std::vector<std::string> near_names(const std::string& name, const std::vector<std::string>& candidates);

}  // namespace dcat
