// Short ways to write timed questions.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/experiment/timed_run.h"

namespace dcat::sim::test {

// IPC from `first` to `last` over the ways in a straight line, misses likewise from 30 to 2 per 1,000 instructions.
inline Workload gaining(double first, double last, int ways, double loads) {
  Curve curve;
  for (int w = 0; w < ways; ++w) {
    const double part = static_cast<double>(w) / (ways - 1);
    curve.points.push_back({first + (last - first) * part, 35, 30 - 28 * part, 0.3, {}});
  }
  Workload workload;
  workload.kind = CurveProgram{std::make_shared<const Curve>(std::move(curve))};
  workload.memory_accesses_per_instruction = loads;
  return workload;
}
// The same with any number of ways.
inline Workload flat(double ipc, double loads, double misses = 0.1) {
  Workload workload;
  workload.kind = CurveProgram{std::make_shared<const Curve>(Curve{{{ipc, misses + 10, misses, 0.1, {}}}})};
  workload.memory_accesses_per_instruction = loads;
  return workload;
}

inline PhaseSpec asleep(int periods) {
  return {std::nullopt, std::chrono::seconds(periods), std::nullopt};
}
inline PhaseSpec lasting(Workload workload, int periods) {
  return {std::move(workload), std::chrono::seconds(periods), std::nullopt};
}
inline PhaseSpec lasting(Workload workload) {
  return {std::move(workload), std::nullopt, std::nullopt};
}

inline TenantSpec tenant(const std::string& name, int contract, std::vector<PhaseSpec> phases) {
  TenantSpec spec;
  spec.id = ContainerId{name};
  spec.contract_kind = ContainerInfo::ContractKind::given;
  spec.contract = Ways(contract);
  spec.placements = {{DomainId{0}, 1}};
  spec.phases = std::move(phases);
  return spec;
}

// One domain, no ceiling of the bus, masks in effect at once.
inline TimedQuestion question(const std::string& policy, int ways, std::vector<TenantSpec> tenants, int periods) {
  TimedQuestion q;
  q.policy = policy;
  q.periods = periods;
  q.keep_series = true;
  DomainSpec& domain = q.scenario.domains.emplace_back();
  domain.ways = Ways(ways);
  domain.memory_bytes_per_sec = 0;
  q.scenario.refill = {};
  q.scenario.tenants = std::move(tenants);
  return q;
}

}  // namespace dcat::sim::test
