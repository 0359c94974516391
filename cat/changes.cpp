// What a change does to masks.
#include "cat/changes.h"

#include <algorithm>

#include "cat/diff.h"

namespace dcat {
namespace {

// The group's row in a domain, made (with an empty mask) if it has none. REQUIRES: not the default group.
GroupMask& row_of(DomainMasks& domain, const GroupId& group) {
  auto at = std::ranges::lower_bound(domain.groups, group, {}, &GroupMask::group);
  if (at == domain.groups.end() || at->group != group) at = domain.groups.insert(at, {group, Cbm()});
  return *at;
}

bool exists(const Masks& masks, const GroupId& group) {
  return std::ranges::any_of(masks.domains,
                             [&group](const DomainMasks& domain) { return find_mask(domain, group) != nullptr; });
}

class Apply {
 public:
  explicit Apply(Masks& masks) : masks_(masks) {}

  void operator()(const CreateGroup& create) const {
    for (DomainMasks& domain : masks_.domains) row_of(domain, create.group);
  }
  // A node refuses a write to a group that is not there.
  void operator()(const WriteMasks& write) const {
    if (!exists(masks_, write.group)) return;
    const bool is_default = write.group.is_shared_region();
    for (const auto& [id, mask] : write.masks)
      if (DomainMasks* domain = find(id)) (is_default ? domain->shared : row_of(*domain, write.group).mask) = mask;
    if (is_default) return;
    for (const auto& [id, throttle] : write.throttles)
      if (DomainMasks* domain = find(id)) row_of(*domain, write.group).throttle = throttle;
  }
  void operator()(const MoveContainer& move) const {
    auto at = std::ranges::lower_bound(masks_.members, move.container, {}, &Member::container);
    const bool listed = at != masks_.members.end() && at->container == move.container;
    if (move.to.is_shared_region()) {
      if (listed) masks_.members.erase(at);
    } else if (listed) {
      at->group = move.to;
    } else {
      masks_.members.insert(at, {move.container, move.to});
    }
  }
  void operator()(const RemoveGroup& remove) const {
    for (DomainMasks& domain : masks_.domains)
      std::erase_if(domain.groups, [&](const GroupMask& group) { return group.group == remove.group; });
    std::erase_if(masks_.members, [&](const Member& member) { return member.group == remove.group; });
  }

 private:
  DomainMasks* find(DomainId id) const {
    const auto domain = std::ranges::lower_bound(masks_.domains, id, {}, &DomainMasks::id);
    return domain != masks_.domains.end() && domain->id == id ? &*domain : nullptr;
  }

  Masks& masks_;
};

}  // namespace

void apply_change(Masks& masks, const Change& change) {
  std::visit(Apply(masks), change);
}

}  // namespace dcat
