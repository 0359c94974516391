#include "sim/groups.h"

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>
#include <utility>

#include "cat/schemata.h"

namespace dcat::sim {
namespace {

Error refused(std::string what, const char* errno_name, const std::string& why, int number, std::string todo = "") {
  return {ErrorCode::failed, std::move(what), std::string(errno_name) + ": " + why, std::move(todo), number};
}

std::string quoted(const GroupId& group) {
  return group.is_shared_region() ? "the default group" : "group \"" + group.value + "\"";
}

// Why the kernel would not take this mask; empty when it does.
std::string fault_of(Cbm mask, const DomainGeometry& domain) {
  if (mask.empty() && domain.shared_may_be_empty) return "";
  if (mask.empty() || !domain.available.contains(mask)) return "Mask out of range";
  if (!mask.contiguous()) return "The mask " + format_cbm(mask) + " has non-consecutive 1-bits";
  if (mask.size() < domain.min_cbm_bits)
    return "Need at least " + std::to_string(domain.min_cbm_bits.count) + " bits in the mask";
  return "";
}

Cbm with_tied_ways(Cbm mask, const DomainGeometry& domain) {
  for (const Cbm tied : domain.tied)
    if (mask.overlaps(tied)) mask = mask | tied;
  return mask;
}

}  // namespace

Groups::Groups(const Scenario& scenario) {
  geometry_.closids = scenario.closids;
  for (const DomainSpec& d : scenario.domains) {
    const Cbm all = Cbm::run(WayIndex(0), d.ways);
    geometry_.domains.push_back(
        {d.id, all, d.shareable, d.min_cbm_bits, d.tied, d.shared_may_be_empty, d.way_bytes, d.throttles});
    settings_[GroupId{}][d.id] = {all, kUnthrottled};
  }
}

Masks Groups::masks() const {
  Masks masks;
  for (const DomainGeometry& d : geometry_.domains) {
    DomainMasks& domain = masks.domains.emplace_back();
    domain.id = d.id;
    for (const auto& [group, settings] : settings_) {
      const auto& [mask, throttle] = settings.at(d.id);
      if (group.is_shared_region())
        domain.shared = mask;
      else
        domain.groups.push_back({group, mask, throttle});
    }
  }
  for (const auto& [container, group] : members_) masks.members.push_back({container, group});
  return masks;
}

const Groups::Setting& Groups::setting_of(const ContainerId& container, DomainId domain) const {
  const auto member = members_.find(container);
  return settings_.at(member == members_.end() ? GroupId{} : member->second).at(domain);
}

Cbm Groups::mask_of(const ContainerId& container, DomainId domain) const {
  return setting_of(container, domain).mask;
}

Throttle Groups::throttle_of(const ContainerId& container, DomainId domain) const {
  return setting_of(container, domain).throttle;
}

Status Groups::apply(const Change& change, const std::function<bool(const ContainerId&)>& exists) {
  if (const auto* c = std::get_if<CreateGroup>(&change)) return create(*c);
  if (const auto* w = std::get_if<WriteMasks>(&change)) return write(*w);
  if (const auto* m = std::get_if<MoveContainer>(&change)) return move(*m, exists);
  return remove(std::get<RemoveGroup>(change));
}

void Groups::replace(const Masks& masks) {
  settings_.clear();
  members_.clear();
  const auto group_of_id = [this](const GroupId& id) -> Settings& {
    Settings& group = settings_[id];
    if (group.empty())
      for (const DomainGeometry& d : geometry_.domains) group[d.id] = {d.available, kUnthrottled};
    return group;
  };
  group_of_id(GroupId{});
  for (const DomainMasks& domain : masks.domains) {
    if (geometry_.find(domain.id) == nullptr) continue;
    group_of_id(GroupId{})[domain.id] = {domain.shared, kUnthrottled};
    for (const GroupMask& g : domain.groups) group_of_id(g.group)[domain.id] = {g.mask, g.throttle};
  }
  for (const Member& member : masks.members)
    if (settings_.contains(member.group) && !member.group.is_shared_region()) members_[member.container] = member.group;
}

void Groups::forget(const ContainerId& container) {
  members_.erase(container);
}

Status Groups::create(const CreateGroup& change) {
  const std::string what = "create " + quoted(change.group);
  if (settings_.contains(change.group)) return refused(what, "EEXIST", "File exists", EEXIST);
  if (std::cmp_greater_equal(settings_.size(), geometry_.closids))
    return refused(what, "ENOSPC", "Out of CLOSIDs", ENOSPC,
                   "remove a group: this node has " + std::to_string(geometry_.closids) +
                       " CLOSIDs, the default group's included");
  for (const DomainGeometry& d : geometry_.domains) settings_[change.group][d.id] = {d.available, kUnthrottled};
  return {};
}

Status Groups::write(const WriteMasks& change) {
  std::string lines = format_schemata(change);
  std::ranges::replace(lines, '\n', ' ');
  const std::string what = "write \"" + lines + "\" to " + quoted(change.group);
  const auto group = settings_.find(change.group);
  if (group == settings_.end()) return refused(what, "ENOENT", "No such file or directory", ENOENT);
  Settings written = group->second;
  std::set<DomainId> seen;
  for (const auto& [id, mask] : change.masks) {
    const DomainGeometry* domain = geometry_.find(id);
    if (domain == nullptr) return refused(what, "EINVAL", "no cache domain " + std::to_string(id.value), EINVAL);
    const std::string fault = fault_of(mask, *domain);
    if (!fault.empty()) return refused(what, "EINVAL", fault, EINVAL);
    if (!seen.insert(id).second) return refused(what, "EINVAL", "Duplicate domain " + std::to_string(id.value), EINVAL);
    written[id].mask = with_tied_ways(mask, *domain);
  }
  for (const auto& [id, throttle] : change.throttles) {
    const DomainGeometry* domain = geometry_.find(id);
    if (domain == nullptr || !domain->throttles || change.group.is_shared_region())
      return refused(what, "EINVAL", "Unknown or unsupported resource name 'MB'", EINVAL);
    const auto& [least, step] = *domain->throttles;
    if (throttle < least || throttle > kUnthrottled)
      return refused(
          what, "EINVAL",
          "MB value " + std::to_string(throttle.percent) + " out of range [" + std::to_string(least.percent) + ",100]",
          EINVAL);
    // The kernel rounds up to what the machine takes.
    written[id].throttle = Throttle(std::min((throttle.percent + step - 1) / step * step, kUnthrottled.percent));
  }
  group->second = std::move(written);
  return {};
}

Status Groups::move(const MoveContainer& change, const std::function<bool(const ContainerId&)>& exists) {
  const std::string what = "move \"" + change.container.value + "\" to " + quoted(change.to);
  if (!settings_.contains(change.to)) return refused(what, "ENOENT", "No such file or directory", ENOENT);
  if (!exists(change.container)) return refused(what, "ESRCH", "No task of this container", ESRCH);
  if (change.to.is_shared_region())
    members_.erase(change.container);
  else
    members_[change.container] = change.to;
  return {};
}

Status Groups::remove(const RemoveGroup& change) {
  const std::string what = "remove " + quoted(change.group);
  if (change.group.is_shared_region()) return refused(what, "EPERM", "Operation not permitted", EPERM);
  if (settings_.erase(change.group) == 0) return refused(what, "ENOENT", "No such file or directory", ENOENT);
  std::erase_if(members_, [&](const auto& member) { return member.second == change.group; });
  return {};
}

}  // namespace dcat::sim
