// What a change does to masks.
#include "cat/changes.h"

#include <algorithm>

#include "cat/diff.h"

namespace dcat {
namespace {

// The group's mask in a domain, made (empty) if it has none.
Cbm& mask_of(DomainMasks& domain, const GroupId& group) {
  if (group.is_shared_region()) return domain.shared;
  auto at = std::ranges::lower_bound(domain.groups, group, {}, &GroupMask::group);
  if (at == domain.groups.end() || at->group != group) at = domain.groups.insert(at, {group, Cbm()});
  return at->mask;
}

bool exists(const Masks& masks, const GroupId& group) {
  return std::ranges::any_of(masks.domains,
                             [&group](const DomainMasks& domain) { return find_mask(domain, group) != nullptr; });
}

struct Apply {
  Masks& masks;

  void operator()(const CreateGroup& create) const {
    for (DomainMasks& domain : masks.domains) mask_of(domain, create.group);
  }
  // A node refuses a write to a group that is not there.
  void operator()(const WriteMasks& write) const {
    if (!exists(masks, write.group)) return;
    for (const auto& [id, mask] : write.masks) {
      const auto domain = std::ranges::lower_bound(masks.domains, id, {}, &DomainMasks::id);
      if (domain != masks.domains.end() && domain->id == id) mask_of(*domain, write.group) = mask;
    }
  }
  void operator()(const MoveContainer& move) const {
    auto at = std::ranges::lower_bound(masks.members, move.container, {}, &Member::container);
    const bool listed = at != masks.members.end() && at->container == move.container;
    if (move.to.is_shared_region()) {
      if (listed) masks.members.erase(at);
    } else if (listed) {
      at->group = move.to;
    } else {
      masks.members.insert(at, {move.container, move.to});
    }
  }
  void operator()(const RemoveGroup& remove) const {
    for (DomainMasks& domain : masks.domains)
      std::erase_if(domain.groups, [&](const GroupMask& group) { return group.group == remove.group; });
    std::erase_if(masks.members, [&](const Member& member) { return member.group == remove.group; });
  }
};

}  // namespace

void apply_change(Masks& masks, const Change& change) {
  std::visit(Apply{masks}, change);
}

}  // namespace dcat
