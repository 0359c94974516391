// Which counter source a run on this machine uses: --counters cgroup, bpf or papi, or with auto the first that works.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/config/config.h"
#include "core/clock.h"
#include "core/result.h"
#include "perfmon/counter_source.h"
#include "perfmon/event_table.h"
#include "perfmon/linux/cgroup_mounts.h"
#include "perfmon/linux/perf_event.h"

namespace dcat::cli {

struct CounterSetup {
  CgroupMounts mounts;
  std::map<int, DomainId> domain_of_cpu;  // the online CPUs
  EventTable table;                       // with the configuration's events in it
  int max_events = 4;
  // Of a container's cgroup in the cgroup2 tree; 0 = not known.
  std::function<std::uint64_t(const ContainerId&)> inode_of{};
};

// The table for this machine's CPU, with the configuration's events in the place of its own.
Result<EventTable> events_of_this_machine(const CountingSettings& counting);

struct OpenedCounters {
  std::unique_ptr<CounterSource> source;
  std::vector<std::string> notes;  // why the sources before it were passed over, with auto
};

// auto tries bpf, whose cost does not grow with containers, then cgroup, then papi; each has to find known work of this
// process again. unsupported: none works; it says why each does not. REQUIRES: perf and clock outlive the source.
Result<OpenedCounters> open_counters(const std::string& choice, const CounterSetup& setup, PerfApi& perf, Clock& clock);

}  // namespace dcat::cli
