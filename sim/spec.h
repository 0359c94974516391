// What a simulated node is made of: plain values, as a scenario file gives them (sim/scenario.h) or a test
// writes them. The model that reads them: sim/node.h. Defaults: the paper's machine, Intel Xeon E5-2697 v4
// (one socket: 18 cores at 2.3 GHz, 45 MB LLC in 20 ways of 2.25 MiB, 16 CLOSIDs, I/O in the top two ways
// left out).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cat/cbm.h"
#include "cat/throttle.h"
#include "core/ids.h"
#include "core/units.h"
#include "perfmon/container_source.h"
#include "perfmon/sample.h"
#include "sim/workload.h"

namespace dcat::sim {

struct DomainSpec {
  DomainId id;
  Ways ways{20};
  std::uint64_t way_bytes = 9 * 256 * 1024;
  Ways min_cbm_bits{1};
  Cbm shareable;
  std::vector<Cbm> tied;  // a write that covers a part of a set covers all of it
  bool shared_may_be_empty = true;
  int cpus = 18;
  std::optional<ThrottleSteps> throttles;  // absent: a machine without Memory Bandwidth Allocation
  double memory_bytes_per_sec = 60e9;  // 0: no ceiling. Four channels of DDR4-2400 give 77 GB/s, some 80 % are reached
};

struct PhaseSpec {
  std::optional<Workload> workload;  // absent: asleep, nothing retires
  // When it ends: at most one of these. Neither: it lasts. Both are counted from the phase's start,
  // instructions over all of the tenant's CPUs.
  std::optional<Duration> time;
  std::optional<std::uint64_t> instructions;
  // The part of its CPUs' time that it runs, above 0: fewer cycles a second of the same program, which is what fewer
  // requests a second look like.
  double load = 1;
};

// A busy sibling of the tenant's core, or whatever slows it without one miss more: CPI is `factor` times as
// high.
struct SlowInterval {
  TimePoint from;
  TimePoint until;
  double factor = 1;
};

struct PlacementSpec {
  DomainId domain;
  int cpus = 1;
};

struct TenantSpec {
  ContainerId id;
  ContainerInfo::ContractKind contract_kind = ContainerInfo::ContractKind::cpu_share;
  Ways contract;                          // with ContractKind::given
  std::vector<PlacementSpec> placements;  // ascending by domain, at least one
  double hertz = 2.3e9;
  std::vector<PhaseSpec> phases;  // at least one
  bool repeat = false;            // after the last phase the first again; else the last one stays
  TimePoint arrival{};
  std::optional<TimePoint> departure;
  std::vector<SlowInterval> slow;
  bool managed = true;    // false: only watched (ContainerInfo::managed)
  bool isolated = false;  // ContainerInfo::isolated
};

struct Scenario {
  std::string name;
  std::string description;
  std::vector<DomainSpec> domains;                  // ascending by id, at least one
  std::vector<TenantSpec> tenants;                  // ascending by id
  int closids = 16;                                 // the default group's included
  Duration refill = std::chrono::milliseconds(20);  // a mask change shows in the occupancy this much later
  std::vector<Event> absent_counters;
  double noise_ratio = 0;  // deviation of a counter's increment between two reads
  std::uint64_t seed = 1;
  int periods = 60;  // how long the scenario is worth watching, in control periods
};

}  // namespace dcat::sim
