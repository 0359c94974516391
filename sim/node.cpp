#include "sim/node.h"

#include <utility>

namespace dcat::sim {

SimulatedNode::SimulatedNode(Scenario scenario, Pace pace)
    : model_(std::move(scenario)),
      clock_(model_, std::move(pace)),
      counters_(model_),
      containers_(model_),
      cache_(model_) {}

std::vector<TruthRow> SimulatedNode::truth() const {
  std::vector<TruthRow> rows;
  for (const Tenant& tenant : model_.tenants()) rows.push_back(tenant.truth());
  return rows;
}

void SimulatedNode::Clock::sleep_until(TimePoint until) {
  if (until <= model_.now()) return;
  if (pace_.factor > 0) {
    const double simulated_ns = static_cast<double>((until - model_.now()).count());
    pace_.wait(Duration(static_cast<Duration::rep>(simulated_ns / pace_.factor)));
  }
  model_.advance_to(until);
}

Result<std::vector<ContainerInfo>> SimulatedNode::Containers::list() {
  std::vector<ContainerInfo> infos;
  for (const Tenant& tenant : model_.tenants()) {
    if (!tenant.present()) continue;
    ContainerInfo& info = infos.emplace_back();
    info.id = tenant.spec().id;
    info.contract_kind = tenant.spec().contract_kind;
    if (info.contract_kind == ContainerInfo::ContractKind::given) info.contract = tenant.spec().contract;
    if (info.contract_kind == ContainerInfo::ContractKind::cpu_share) info.cpu_share = tenant.cpu_share();
  }
  return infos;
}

}  // namespace dcat::sim
