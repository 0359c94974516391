#include "controller/shell/repairs.h"

#include <fmt/format.h>

#include <set>

#include "cat/diff.h"

namespace dcat {

namespace {

std::string words(const GroupId& group) {
  return group.is_shared_region() ? std::string("the default group") : "group " + group.value;
}

}  // namespace

std::string damage(const Masks& expected, const Geometry& before, const Masks& observed, const Geometry& now) {
  std::string text;
  std::set<GroupId> gone;  // said once, not for each domain
  const auto compare = [&text](const GroupId& group, Cbm wanted, Cbm found, DomainId domain) {
    if (wanted == found) return;
    text += fmt::format("{}{} has {} instead of {} in domain {}", text.empty() ? "" : ", ", words(group),
                        format_cbm(found), format_cbm(wanted), domain.value);
  };
  const auto compare_throttle = [&text](const GroupMask& wanted, Throttle found, DomainId domain) {
    if (wanted.throttle == found) return;
    text += fmt::format("{}{} has {} % of its memory bandwidth instead of {} % in domain {}", text.empty() ? "" : ", ",
                        words(wanted.group), found.percent, wanted.throttle.percent, domain.value);
  };
  for (const DomainMasks& domain : expected.domains) {
    const DomainMasks* there = find_domain(observed, domain.id);
    const DomainGeometry* then_ways = before.find(domain.id);
    const DomainGeometry* now_ways = now.find(domain.id);
    if (there == nullptr || then_ways == nullptr || now_ways == nullptr) continue;
    const Cbm ways = then_ways->available & now_ways->available;
    compare(GroupId{}, domain.shared & ways, there->shared & ways, domain.id);
    for (const GroupMask& group : domain.groups) {
      const Cbm* mask = find_mask(*there, group.group);
      if (mask != nullptr) {
        compare(group.group, group.mask, *mask, domain.id);
        compare_throttle(group, throttle_of(there, group.group), domain.id);
      } else if (gone.insert(group.group).second) {
        text += fmt::format("{}{} is gone", text.empty() ? "" : ", ", words(group.group));
      }
    }
  }
  return text;
}

std::optional<std::string> Repairs::look(TimePoint at, const Geometry& geometry, const Masks& observed) {
  while (!times_.empty() && at - times_.front() > kWithin) times_.pop_front();
  std::string what = expected_ ? damage(*expected_, geometry_, observed, geometry) : std::string();
  expected_ = observed;
  geometry_ = geometry;
  if (what.empty()) return std::nullopt;
  times_.push_back(at);
  if (times_.size() > 1) return std::nullopt;
  return what;
}

void Repairs::applied(const Change& change) {
  if (expected_) apply_change(*expected_, change);
}

}  // namespace dcat
