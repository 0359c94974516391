#include "controller/shell/contracts.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/linux/descriptor.h"
#include "hooks/wish_values.h"

namespace dcat {

namespace {

using Kind = ContainerInfo::ContractKind;

// One of the ascending list is this cgroup, above or below it.
bool overlaps_listed(const std::vector<ContainerInfo>& listed, const std::string& cgroup) {
  const auto has = [&listed](const std::string& id) {
    return std::ranges::binary_search(listed, ContainerId{id}, {}, &ContainerInfo::id);
  };
  if (has(cgroup) || any_above(cgroup, has)) return true;
  const auto below = std::ranges::lower_bound(listed, ContainerId{cgroup + "/"}, {}, &ContainerInfo::id);
  return below != listed.end() && below->id.value.starts_with(cgroup + "/");
}

Kind kind_of(Wishes::Contract contract) {
  switch (contract) {
    case Wishes::Contract::ways: return Kind::given;
    case Wishes::Contract::cpu_share: return Kind::cpu_share;
    case Wishes::Contract::none: break;
  }
  return Kind::none;
}

}  // namespace

bool ContractedContainers::has_news() const {
  return source_.has_news() || is_readable(news_fd());
}

ContainerId prepared_id(const std::string& name) {
  return ContainerId{"prepared:" + name};
}

Result<std::vector<ContainerInfo>> ContractedContainers::list() {
  // First, so that a cgroup that was made for what is announced is found.
  if (hooks_) take_announcements();
  Result<std::vector<ContainerInfo>> found = source_.list();
  if (!found) return found;
  if (config_.tenants.empty() && !hooks_) {
    apply_modes(*found);
    return found;
  }
  if (hooks_) {
    add_announced(*found);
    std::vector<ContainerId> there;
    there.reserve(found->size());
    for (const ContainerInfo& info : *found) there.push_back(info.id);
    announcements_.look(there, hooks_->clock.now());
    std::erase_if(*found, [this](const ContainerInfo& info) { return announcements_.leaving(info.id); });
  }
  if (known_generation_ != announcements_.generation()) known_.clear();
  known_generation_ = announcements_.generation();

  std::vector<Ruled> ruled;
  ruled.reserve(found->size());
  auto known = known_.begin();
  for (ContainerInfo& info : *found) {
    while (known != known_.end() && known->id < info.id) ++known;
    const bool seen = known != known_.end() && known->id == info.id;
    ruled.push_back(seen ? std::move(*known) : rule_for(info.id));
    apply(ruled.back(), info);
  }
  known_ = std::move(ruled);
  apply_modes(*found);
  if (hooks_) add_prepared(*found);
  return found;
}

// Observe and advise alike leave it where it is. Enforce goes over an owner who asks to be observed, not over somebody
// else who decides about its cache.
void ContractedContainers::apply_modes(std::vector<ContainerInfo>& found) {
  const ContainerModes::Map modes = modes_.all();
  if (modes.empty()) return;
  const auto at = [&found](const ContainerId& id) {
    return std::ranges::lower_bound(found, id, {}, &ContainerInfo::id);
  };
  const auto is_there = [&](const ContainerId& id) { return at(id) != found.end() && at(id)->id == id; };
  for (const auto& [id, mode] : modes) {
    if (!is_there(id)) continue;
    const Announcement* const announced = announcements_.of(id);
    const bool foreign = announced != nullptr && !announced->wishes.foreign.empty();
    at(id)->managed = mode == Mode::enforce && !foreign;
  }
  modes_.forget([&](const ContainerId& id) { return !is_there(id); });
}

void ContractedContainers::take_announcements() {
  const TimePoint now = hooks_->clock.now();
  const HookSettings& allowed = config_.hooks;
  for (Announcement& announcement : hooks_->source.take()) {
    const Wishes& wishes = announcement.wishes;
    const std::string who = printable_text(announcement.name.empty() ? announcement.id : announcement.name);
    if (wishes.contract == Wishes::Contract::ways && wishes.ways > allowed.most_ways)
      hooks_->note(who + " asks for " + std::to_string(wishes.ways.count) + " ways, hooks.most_ways allows " +
                   std::to_string(allowed.most_ways.count));
    if (wishes.priority && *wishes.priority > allowed.most_priority)
      hooks_->note(who + " asks for priority " + std::to_string(*wishes.priority) + ", hooks.most_priority allows " +
                   std::to_string(allowed.most_priority));
    announcements_.take(std::move(announcement), now);
  }
}

// No rule and no announcement is for them.
void ContractedContainers::add_prepared(std::vector<ContainerInfo>& found) const {
  for (const PreparedGroup& group : config_.hooks.prepared) {
    ContainerInfo info;
    info.id = prepared_id(group.name);
    info.contract_kind = Kind::given;
    info.contract = group.contract;
    info.counted = false;
    info.starting = true;
    found.insert(std::ranges::upper_bound(found, info.id, {}, &ContainerInfo::id), info);
  }
}

// Whoever is in a listed container, or around one, is no container beside it.
void ContractedContainers::add_announced(std::vector<ContainerInfo>& found) const {
  if (!config_.containers.empty()) return;
  std::vector<ContainerInfo> more;
  for (const std::string& cgroup : announcements_.cgroups()) {
    if (overlaps_listed(found, cgroup) || overlaps_listed(more, cgroup) || !hooks_->exists(cgroup)) continue;
    more.emplace_back().id = ContainerId{cgroup};
  }
  if (more.empty()) return;
  std::ranges::move(more, std::back_inserter(found));
  std::ranges::sort(found, {}, &ContainerInfo::id);
}

ContractedContainers::Ruled ContractedContainers::rule_for(const ContainerId& id) {
  const Announcement* const announced = announcements_.of(id);
  Ruled ruled{id, nullptr, {}};
  if (announced != nullptr) ruled.wishes = announced->wishes;
  if (!config_.tenants.empty()) ruled.tenant = find_tenant(config_, id, identity_of(id, announced));
  return ruled;
}

void ContractedContainers::apply(const Ruled& ruled, ContainerInfo& info) const {
  if (ruled.tenant != nullptr) {
    info.contract_kind = ruled.tenant->contract_kind;
    info.contract = ruled.tenant->contract;
    info.priority = ruled.tenant->priority;
    info.counted = ruled.tenant->counted;
  }
  const Wishes& wishes = ruled.wishes;
  if (!wishes.foreign.empty()) info.managed = false;
  if (!config_.hooks.wishes) return;
  if (wishes.contract) info.contract_kind = kind_of(*wishes.contract);
  if (wishes.contract)
    info.contract =
        wishes.contract == Wishes::Contract::ways ? std::min(wishes.ways, config_.hooks.most_ways) : Ways(0);
  info.starting = wishes.contract == Wishes::Contract::ways;
  if (wishes.priority) info.priority = std::min(*wishes.priority, config_.hooks.most_priority);
  if (wishes.managed && !*wishes.managed) info.managed = false;
  if (wishes.isolated) info.isolated = *wishes.isolated;
}

}  // namespace dcat
