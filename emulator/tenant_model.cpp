#include "emulator/tenant_model.h"

#include <algorithm>
#include <cmath>

#include "sim/contention.h"

namespace dcat::emulator {
namespace {

// The most frequent number, the lowest of equals. REQUIRES: counts is not empty.
int most_frequent(const std::map<int, int>& counts) {
  const auto most =
      std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most->first;
}

Throttle throttle_of(const GroupView& group, DomainId domain) {
  const auto at = std::ranges::find(group.bandwidth_percent, domain, [](const auto& p) { return p.first; });
  return at == group.bandwidth_percent.end() ? kUnthrottled : Throttle(static_cast<int>(at->second));
}

// The groups in the simulated node's words. A tenant's group is found by its CLOSID.
Masks masks_of(const std::vector<GroupView>& groups, const std::map<ContainerId, TaskClass>& classes) {
  std::map<DomainId, DomainMasks> domains;
  std::map<int, GroupId> by_closid;
  for (const GroupView& group : groups) {
    by_closid[group.closid] = GroupId{group.name};
    for (const auto& [id, mask] : group.masks) {
      domains[id].id = id;
      if (group.name.empty())
        domains[id].shared = mask;
      else
        domains[id].groups.push_back({GroupId{group.name}, mask, throttle_of(group, id)});
    }
  }
  Masks masks;
  for (auto& [id, domain] : domains) masks.domains.push_back(std::move(domain));
  for (const auto& [tenant, task_class] : classes)
    if (const auto group = by_closid.find(task_class.closid); group != by_closid.end())
      masks.members.push_back({tenant, group->second});
  return masks;
}

}  // namespace

TaskClass class_of_most(const std::vector<TaskClass>& threads) {
  if (threads.empty()) return {};
  std::map<int, int> closids, rmids;
  for (const TaskClass& thread : threads) ++closids[thread.closid];
  const int closid = most_frequent(closids);
  for (const TaskClass& thread : threads)
    if (thread.closid == closid) ++rmids[thread.rmid];
  return {closid, most_frequent(rmids)};
}

TenantModel::TenantModel(sim::Scenario scenario) : model_(std::move(scenario)), counters_(model_) {
  for (const sim::Tenant& tenant : model_.tenants()) charged_misses_.emplace_back(tenant.places().size(), 0.0);
}

void TenantModel::follow(const std::vector<GroupView>& groups, const std::map<ContainerId, TaskClass>& classes) {
  std::map<ContainerId, TaskClass> present;
  for (const auto& [id, task_class] : classes)
    if (const sim::Tenant* tenant = model_.find(id); tenant != nullptr && tenant->present()) present[id] = task_class;
  model_.replace_masks(masks_of(groups, present));
  classes_ = std::move(present);
  occupancy_.reset();
}

void TenantModel::advance_to(TimePoint until) {
  model_.advance_to(until);
  charge_traffic();
  occupancy_.reset();
}

void TenantModel::charge_traffic() {
  for (std::size_t t = 0; t < model_.tenants().size(); ++t) {
    const sim::Tenant& tenant = model_.tenants()[t];
    const auto carried = classes_.find(tenant.spec().id);
    const int rmid = carried == classes_.end() ? 0 : carried->second.rmid;
    for (std::size_t p = 0; p < tenant.places().size(); ++p) {
      const sim::Tenant::Place& place = tenant.places()[p];
      const double misses = place.counts.misses - charged_misses_[t][p];
      if (misses <= 0) continue;
      traffic_[{rmid, place.spec.domain}] += misses * sim::kLineBytes;
      charged_misses_[t][p] = place.counts.misses;
    }
  }
}

std::map<TenantModel::RmidInDomain, double> TenantModel::occupancies() {
  std::map<RmidInDomain, double> held;
  for (const sim::Standing& standing : model_.standings()) {
    const auto carried = classes_.find(standing.tenant);
    const int rmid = carried == classes_.end() ? 0 : carried->second.rmid;
    for (const sim::DomainSpec& domain : model_.scenario().domains)
      if (domain.id == standing.domain)
        held[{rmid, domain.id}] += standing.ways_held * static_cast<double>(domain.way_bytes);
  }
  return held;
}

std::uint64_t TenantModel::occupancy_bytes(int rmid, DomainId domain) {
  if (!occupancy_) occupancy_ = occupancies();
  const auto held = occupancy_->find({rmid, domain});
  return held == occupancy_->end() ? 0 : static_cast<std::uint64_t>(held->second);
}

std::uint64_t TenantModel::traffic_bytes(int rmid, DomainId domain) const {
  const auto moved = traffic_.find({rmid, domain});
  return moved == traffic_.end() ? 0 : static_cast<std::uint64_t>(moved->second);
}

}  // namespace dcat::emulator
