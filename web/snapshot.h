// Snapshot: one decision as metrics and page show it. Made by the loop's thread after each decision, never changed
// afterwards, read by the server's thread for as long as it likes.
//
// Bounded: of more than kMostWorkloads containers the rest is only counted (`left_out`).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/decision.h"
#include "core/mode.h"
#include "perfmon/counting_fault.h"

namespace dcat::web {

inline constexpr std::size_t kMostWorkloads = 4096;

// What stays the same for a run.
struct NodeFacts {
  std::string version;
  std::string node, policy, backend, counters;
  bool simulated = false;
  Duration interval = std::chrono::seconds(1);
};

// Who a container is; the labels of its series.
struct Workload {
  std::string id;  // its cgroup below the root, or a tenant of a scenario
  std::string kind, name_space, pod, name;
  bool operator==(const Workload&) const = default;
};

// Since the container came: what was counted, scaled to the time that it ran (perfmon/metrics.h).
struct Totals {
  std::array<std::optional<double>, kEventCount> events{};
  std::optional<std::uint64_t> memory_bytes;  // as the node counts it
  std::uint64_t guarantee_violations = 0;
};

// A container in a domain in which it counts.
struct Row {
  std::uint32_t workload = 0;  // index into Snapshot::workloads
  DomainId domain;
  ContainerDecision decided;
  Totals totals;
  std::string group;  // "": the default group
  Cbm mask;           // of that group
};

// The node's counts since the start.
struct NodeTotals {
  std::uint64_t decisions = 0, guarantee_violations = 0, foreign_writes = 0, refused = 0, ways_moved = 0;
  std::map<ReasonCode, std::uint64_t> reallocations;
  bool operator==(const NodeTotals&) const = default;
};

// The machine's CLOSIDs. `total` 0: the back end does not know who else has some.
struct Closids {
  int used = 0, free = 0, foreign = 0;
  int foreign_groups = 0;
  bool foreign_known = false;
};

struct Snapshot {
  std::shared_ptr<const NodeFacts> facts;
  Mode mode = Mode::observe;
  std::uint64_t tick = 0;
  TimePoint at;             // by the node's clock
  double unix_seconds = 0;  // when it was decided, by the machine's
  struct Domain {
    DomainId id;
    Ways ways, shared, free;
  };
  std::vector<Domain> domains;
  std::vector<std::shared_ptr<const Workload>> workloads;  // ascending by id
  std::size_t left_out = 0;
  std::vector<Row> rows;  // ascending by domain, then workload
  NodeTotals totals;
  Closids closids;
  FaultCounts faults;
};

}  // namespace dcat::web
