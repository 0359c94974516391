#include "cli/counters.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/config/text_file.h"
#include "perfmon/bpf/bpf_counters.h"
#include "perfmon/linux/cgroup_counters.h"
#include "perfmon/linux/cgroup_v1.h"
#include "perfmon/linux/source_check.h"
#include "perfmon/papi/container_places.h"
#include "perfmon/papi/event_names.h"
#include "perfmon/papi/papi_counters.h"

namespace dcat::cli {

namespace {

using Opened = Result<std::unique_ptr<CounterSource>>;

// Where cpusets are, the cgroup2 tree's first.
std::vector<std::string> cpuset_roots(const CounterSetup& setup) {
  std::vector<std::string> roots{setup.mounts.unified};
  if (const std::string v1 = find_cgroup_v1().cpuset; !v1.empty()) roots.push_back(v1);
  return roots;
}

template <class Source>
Opened as_source(Result<std::unique_ptr<Source>> opened) {
  if (!opened) return std::move(opened).error();
  return std::unique_ptr<CounterSource>(std::move(*opened));
}

Opened open_cgroup(const CounterSetup& setup, PerfApi& perf, Clock& clock) {
  CgroupCounters::Options options;
  options.cgroup_root = setup.mounts.perf_root();
  options.domain_of_cpu = setup.domain_of_cpu;
  options.table = setup.table;
  options.most_events = static_cast<std::size_t>(setup.max_events);
  options.cpus_of = [roots = cpuset_roots(setup)](const ContainerId& container) {
    const auto cpus = read_cpuset(roots, container);
    return cpus ? std::vector<int>(cpus->begin(), cpus->end()) : std::vector<int>();
  };
  options.incarnation_of = setup.inode_of;
  return as_source(CgroupCounters::open(std::move(options), perf, clock));
}

Opened open_bpf(const CounterSetup& setup, PerfApi& perf, Clock& clock) {
  const auto events =
      std::ranges::count_if(setup.table.rows, [](const EventRow& r) { return r.code.type != kPerfTypeNone; });
  if (setup.max_events < static_cast<int>(kMostEventsAtOnce) && events > setup.max_events)
    return Error{ErrorCode::unsupported, "count by bpf", "it takes four counters at once, and max_events is less",
                 "leave max_events out, or use --counters cgroup"};
  BpfCounters::Options options;
  options.cgroup_root = setup.mounts.unified;
  options.domain_of_cpu = setup.domain_of_cpu;
  options.table = setup.table;
  options.inode_of = setup.inode_of;
  return as_source(BpfCounters::open(std::move(options), perf, clock));
}

Opened open_papi(const CounterSetup& setup, Clock& clock) {
  Result<std::unique_ptr<PapiApi>> api = open_installed_papi();
  if (!api) return std::move(api).error();
  PapiCounters::Options options;
  options.cgroup_root = setup.mounts.unified;
  options.cpuset_roots = cpuset_roots(setup);
  options.domain_of_cpu = setup.domain_of_cpu;
  options.table = setup.table;
  options.most_events = static_cast<std::size_t>(setup.max_events);
  return as_source(PapiCounters::open(std::move(options), std::move(*api), clock));
}

Opened open_checked(const std::string& choice, const CounterSetup& setup, PerfApi& perf, Clock& clock) {
  Opened opened = choice == "bpf"    ? open_bpf(setup, perf, clock)
                  : choice == "papi" ? open_papi(setup, clock)
                                     : open_cgroup(setup, perf, clock);
  if (!opened) return opened;
  const Result<std::string> own = read_text_file("/proc/self/cgroup");
  // Only perf's cgroup mode goes by the v1 hierarchy, where there is one.
  const char* const controller = choice == "cgroup" && setup.mounts.perf_event_v1 ? "perf_event" : "";
  const ContainerId self = own ? own_container(*own, controller) : ContainerId();
  Status checked = check_source(**opened, setup.table, self, load_flushed_lines);
  if (!checked) return std::move(checked).error();
  return opened;
}

// Without instructions and cycles no period can be judged.
Status has_ipc(const CounterSource& source) {
  for (const EventChoice& choice : source.events())
    if ((choice.event == Event::instructions || choice.event == Event::cycles) && !choice.available)
      return Error{ErrorCode::unsupported, "count events",
                   fmt::format("it does not count {}: {}", name_of(choice.event), choice.note), ""};
  return {};
}

}  // namespace

Result<EventTable> events_of_this_machine(const CountingSettings& counting) {
  Result<std::string> cpuinfo = read_text_file("/proc/cpuinfo");
  if (!cpuinfo) return std::move(cpuinfo).error();
  Result<CpuModel> model = parse_cpuinfo(*cpuinfo);
  if (!model) return std::move(model).error();
  EventTable table = event_table_for(*model);
  if (counting.events.empty()) return table;
  InstalledEventNames names;
  return with_overrides(std::move(table), counting.events, names);
}

Result<OpenedCounters> open_counters(const std::string& choice, const CounterSetup& setup, PerfApi& perf,
                                     Clock& clock) {
  if (choice != "auto") {
    Opened opened = open_checked(choice, setup, perf, clock);
    if (!opened) return std::move(opened).error();
    return OpenedCounters{std::move(*opened), {}};
  }
  OpenedCounters result;
  std::vector<std::pair<std::string, std::string>> reasons;  // sources and why
  std::string todo;
  for (const char* source : {"bpf", "cgroup", "papi"}) {
    Opened opened = open_checked(source, setup, perf, clock);
    if (opened)
      if (Status useful = has_ipc(**opened); !useful) opened = std::move(useful).error();
    if (opened) {
      result.source = std::move(*opened);
      return result;
    }
    const Error& error = opened.error();
    result.notes.push_back(fmt::format("counters: not {}: {}", source, error.to_string()));
    auto same = std::ranges::find(reasons, error.why, [](const auto& r) { return r.second; });
    if (same == reasons.end())
      reasons.emplace_back(source, error.why);
    else
      same->first += fmt::format(", {}", source);
    // Of the source that needs least: what helps there helps all.
    if (std::string_view(source) == "cgroup") todo = error.todo;
  }
  std::string why;
  for (const auto& [sources, reason] : reasons)
    why += fmt::format("{}{}: {}", why.empty() ? "" : "; ", sources, reason);
  return Error{ErrorCode::unsupported, "count events", why, todo};
}

}  // namespace dcat::cli
