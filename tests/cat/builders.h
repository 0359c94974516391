// Short ways to write masks, plans and changes in the tests of cat/.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cat/diff.h"
#include "cat/layout.h"
#include "cat/schemata.h"

namespace dcat::testing {

using Named = std::map<std::string, std::uint64_t>;  // group -> mask; "" is the shared region
using Sizes = std::map<std::string, int>;            // group -> ways; "" is the shared region
using Placed = std::map<std::string, std::string>;   // container -> group

inline DomainMasks domain_masks(const Named& named, int id = 0) {
  DomainMasks domain{DomainId{id}, Cbm(), {}};
  for (const auto& [name, bits] : named) {
    if (name.empty())
      domain.shared = Cbm(bits);
    else
      domain.groups.push_back({GroupId{name}, Cbm(bits)});
  }
  return domain;
}
inline std::vector<Member> members_of(const Placed& placed) {
  std::vector<Member> members;
  for (const auto& [container, group] : placed) members.push_back({ContainerId{container}, GroupId{group}});
  return members;
}
inline Masks masks_of(const Named& named, const Placed& placed = {}) {
  return Masks{{domain_masks(named)}, members_of(placed)};
}

inline DomainPlan domain_plan(const Sizes& sizes, int id = 0) {
  DomainPlan plan{DomainId{id}, {}, Ways(0)};
  for (const auto& [name, ways] : sizes) {
    if (name.empty())
      plan.shared = Ways(ways);
    else
      plan.dedicated.push_back({GroupId{name}, Ways(ways)});
  }
  return plan;
}
inline Plan plan_of(const Sizes& sizes, const Placed& placed = {}) {
  return Plan{{domain_plan(sizes)}, members_of(placed)};
}

// One domain of `ways` ways from way 0 up.
inline Geometry geometry_of(int ways, std::uint64_t shareable = 0, std::vector<Cbm> tied = {}, int min_cbm_bits = 1) {
  DomainGeometry domain;
  domain.available = Cbm::run(WayIndex(0), Ways(ways));
  domain.shareable = Cbm(shareable);
  domain.tied = std::move(tied);
  domain.min_cbm_bits = Ways(min_cbm_bits);
  return Geometry{{domain}, 16};
}

// `L3:0=f` after the group's name, `+web` and `-web` for groups that come and go, `c1>web` for a move.
inline std::string text_of(const Change& change) {
  struct Visitor {
    std::string operator()(const CreateGroup& c) const { return "+" + c.group.value; }
    std::string operator()(const RemoveGroup& c) const { return "-" + c.group.value; }
    std::string operator()(const MoveContainer& c) const { return c.container.value + ">" + c.to.value; }
    std::string operator()(const WriteMasks& c) const { return c.group.value + " " + format_schemata(c); }
  };
  return std::visit(Visitor{}, change);
}
inline std::vector<std::string> texts_of(const Changes& changes) {
  std::vector<std::string> texts;
  for (const Change& change : changes) texts.push_back(text_of(change));
  return texts;
}

// "a=3 =fc": groups and masks in order, for messages.
inline std::string text_of(const DomainMasks& domain) {
  std::string text = "shared=" + format_cbm(domain.shared);
  for (const GroupMask& group : domain.groups) text += " " + group.group.value + "=" + format_cbm(group.mask);
  return text;
}
inline std::string text_of(const Masks& masks) {
  std::string text;
  for (const DomainMasks& domain : masks.domains)
    text += "[" + std::to_string(domain.id.value) + "] " + text_of(domain) + " ";
  for (const Member& member : masks.members) text += member.container.value + ":" + member.group.value + " ";
  return text;
}

// What diff does, step by step; the text of an error.
inline std::vector<std::string> diff_texts(const Masks& observed, const Masks& desired, const Geometry& geometry) {
  const Result<Changes> changes = diff(observed, desired, geometry);
  return changes ? texts_of(*changes) : std::vector<std::string>{changes.error().to_string()};
}
// The first domain that layout makes, as text; the text of an error.
inline std::string laid(const Plan& plan, const Geometry& geometry, const Masks& previous = {}) {
  const Result<Masks> masks = layout(plan, geometry, previous);
  return masks ? text_of(masks->domains.at(0)) : masks.error().to_string();
}

}  // namespace dcat::testing
