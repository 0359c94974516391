// Short ways to write scenarios in tests.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "sim/node.h"
#include "sim/spec.h"

namespace dcat::sim::test {

using namespace std::chrono_literals;

// The paper's LLC: 20 ways of 2.25 MiB.
inline const LlcShape kPaper{20, 9 * 256 * 1024};

inline Workload mlr(double set_ways) {
  return {Mlr{{set_ways, 0}}, {}, {}};
}
inline Workload mload() {
  return {Mload{}, {}, {}};
}
inline Workload lookbusy() {
  return {Lookbusy{}, {}, {}};
}
inline Workload zipf(double set_ways, std::uint64_t items, double theta) {
  return {Zipf({set_ways, 0}, items, theta), {}, {}};
}
inline Workload curve(std::vector<CurvePoint> points) {
  return {CurveProgram{std::make_shared<const Curve>(Curve{std::move(points)})}, {}, {}};
}

inline TimePoint at(Duration d) {
  return TimePoint(d);
}

// One CPU in domain 0, there from the start.
inline TenantSpec tenant(const std::string& name, int contract, std::vector<PhaseSpec> phases) {
  TenantSpec t;
  t.id = {name};
  t.contract_kind = ContainerInfo::ContractKind::given;
  t.contract = Ways(contract);
  t.placements = {{DomainId{0}, 1}};
  t.phases = std::move(phases);
  return t;
}
inline TenantSpec tenant(const std::string& name, int contract, Workload workload) {
  return tenant(name, contract, {PhaseSpec{std::move(workload), {}, {}}});
}

// One domain, 20 ways, no bus ceiling, masks in effect at once.
inline Scenario scenario(std::vector<TenantSpec> tenants) {
  Scenario s;
  s.domains.emplace_back().memory_bytes_per_sec = 0;
  s.refill = 0s;
  s.tenants = std::move(tenants);
  return s;
}

// Gives a tenant a group of its own, named after it, with this mask in domain 0.
inline void give(SimulatedNode& node, const std::string& tenant_name, Cbm mask) {
  const GroupId group{tenant_name};
  Result<Masks> masks = node.cache().read_masks();
  bool is_new = true;
  for (const GroupMask& g : masks->domains.front().groups) is_new = is_new && g.group != group;
  if (is_new && !node.cache().apply(CreateGroup{group}).ok()) throw std::runtime_error("no group");
  if (!node.cache().apply(WriteMasks{group, {{DomainId{0}, mask}}}).ok()) throw std::runtime_error("no mask");
  if (!node.cache().apply(MoveContainer{{tenant_name}, group}).ok()) throw std::runtime_error("no move");
}

}  // namespace dcat::sim::test
