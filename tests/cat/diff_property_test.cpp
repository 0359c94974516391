#include "cat/diff.h"
#include "tests/cat/random_masks.h"
#include "tests/cat/step_rules.h"

using namespace dcat;
using namespace dcat::testing;

namespace {

Masks after(const Masks& observed, const Changes& changes) {
  Masks masks = observed;
  for (const Change& change : changes) apply_change(masks, change);
  return masks;
}

// In every domain one mask of the least size is free when the shared region and all partitions are at theirs.
bool ways_to_spare(const Masks& desired, const Geometry& geometry) {
  return std::ranges::all_of(geometry.domains, [&](const DomainGeometry& domain) {
    const DomainMasks& masks = *find_domain(desired, domain.id);
    const auto partitions =
        std::ranges::count_if(masks.groups, [&](const GroupMask& group) { return !group.mask.overlaps(masks.shared); });
    return (static_cast<int>(partitions) + 2) * domain.min_cbm_bits.count <= domain.ways().count;
  });
}

// All that meets an isolated partition in `masks`, once it has come to be there.
bool anybody_meets(const Masks& masks, const Masks& desired, const std::vector<GroupId>& isolated) {
  for (const DomainMasks& domain : masks.domains)
    for (const GroupMask& mine : domain.groups) {
      const DomainMasks& wanted = *find_domain(desired, domain.id);
      const Cbm* target = find_mask(wanted, mine.group);
      if (!std::ranges::binary_search(isolated, mine.group) || target == nullptr || target->overlaps(wanted.shared))
        continue;
      const auto meets = [&](const GroupMask& other) {
        return other.group != mine.group && other.mask.overlaps(mine.mask);
      };
      if (mine.mask.overlaps(domain.shared) || std::ranges::any_of(domain.groups, meets)) return true;
    }
  return false;
}

// With isolated groups a change may be impossible where no way is to spare.
void check_isolated(const Masks& observed, const Masks& desired, const Geometry& geometry,
                    const std::vector<GroupId>& isolated) {
  const Result<Changes> changes = diff(observed, desired, geometry, isolated);
  RC_CLASSIFY(!changes.ok(), "impossible");
  if (!changes) return RC_ASSERT_FALSE(ways_to_spare(desired, geometry));
  StepRules rules(observed, desired, geometry, isolated);
  if (const std::optional<std::string> broken = rules.check(*changes)) RC_FAIL(*broken);
  Masks masks = observed;
  bool meets = anybody_meets(masks, desired, isolated);
  for (const Change& change : *changes) {
    apply_change(masks, change);
    const bool now = anybody_meets(masks, desired, isolated);
    RC_ASSERT(meets || !now);
    meets = now;
  }
  RC_ASSERT_FALSE(meets);
  RC_ASSERT(diff(masks, desired, geometry, isolated)->empty());
}

void check(const Masks& observed, const Masks& desired, const Geometry& geometry) {
  const Result<Changes> changes = diff(observed, desired, geometry);
  if (!changes) RC_FAIL(changes.error().to_string() + "\n" + text_of(observed) + "\n" + text_of(desired));
  StepRules rules(observed, desired, geometry);
  const std::optional<std::string> broken = rules.check(*changes);
  if (broken) RC_FAIL(*broken);
  RC_CLASSIFY(changes->empty(), "nothing to do");
  RC_CLASSIFY(rules.used_last_resort(), "last resort");
  if (ways_to_spare(desired, geometry)) RC_ASSERT(!rules.used_last_resort());
  const Result<Changes> again = diff(after(observed, *changes), desired, geometry);
  RC_ASSERT(again.ok());
  RC_ASSERT(again->empty());
}

}  // namespace

TEST_CASE("every state between two layouts keeps partitions apart and masks legal") {
  require_for_all("between layouts", [] {
    const Geometry geometry = random_geometry();
    check(random_layout(geometry, random_groups(10)), random_layout(geometry, random_groups(10)), geometry);
  });
}

TEST_CASE("every state between layouts of the same plan in another order keeps the rules") {
  // Nothing shrinks or widens: everybody has to jump.
  require_for_all("another order", [] {
    const Geometry geometry = random_geometry();
    const std::vector<GroupId> groups = random_groups(10);
    const Plan plan = random_plan(geometry, groups);
    Masks observed;
    Masks desired;
    for (std::size_t i = 0; i < plan.domains.size(); ++i) {
      observed.domains.push_back(random_order(plan.domains[i], geometry.domains[i], groups));
      desired.domains.push_back(random_order(plan.domains[i], geometry.domains[i], groups));
    }
    check(observed, desired, geometry);
  });
}

TEST_CASE("every state of layout's own steps keeps partitions apart and masks legal") {
  require_for_all("layout's steps", [] {
    const Geometry geometry = random_geometry();
    const Masks observed = random_layout(geometry, random_groups(10));
    const Result<Masks> desired = layout(random_plan(geometry, random_groups(10)), geometry, observed);
    RC_ASSERT(desired.ok());
    check(observed, *desired, geometry);
  });
}

TEST_CASE("legal masks that overlap at will are put right and nothing else comes to overlap") {
  require_for_all("overlapping masks", [] {
    const Geometry geometry = random_geometry();
    check(random_mess(geometry, random_groups(8), true), random_layout(geometry, random_groups(8)), geometry);
  });
}

TEST_CASE("masks of any bits are put right and nothing else comes to overlap") {
  require_for_all("any masks", [] {
    const Geometry geometry = random_geometry();
    check(random_mess(geometry, random_groups(8), false), random_layout(geometry, random_groups(8)), geometry);
  });
}

TEST_CASE("nothing is done where observed and desired are the same, whatever they are") {
  require_for_all("diff(x, x)", [] {
    const Geometry geometry = random_geometry();
    const std::vector<GroupId> groups = random_groups(10);
    const Masks masks = one_in(2) ? random_layout(geometry, groups) : random_mess(geometry, groups, false);
    const Result<Changes> changes = diff(masks, Masks(masks), geometry);
    RC_ASSERT(changes.ok());
    RC_ASSERT(changes->empty());
  });
}

TEST_CASE("at no step between two layouts does anybody's mask overlap an isolated partition") {
  require_for_all("isolated between layouts", [] {
    const Geometry geometry = random_geometry();
    const std::vector<GroupId> before = random_groups(8);
    const std::vector<GroupId> after = random_groups(8);
    check_isolated(random_layout(geometry, before), random_layout(geometry, after), geometry, some_of(after));
  });
}

TEST_CASE("at no step that layout asks for does anybody's mask overlap an isolated partition") {
  require_for_all("isolated in layout's steps", [] {
    const Geometry geometry = random_geometry();
    const std::vector<GroupId> groups = random_groups(10);
    const Masks observed = random_layout(geometry, random_groups(10));
    const Result<Masks> desired = layout(random_plan(geometry, groups), geometry, observed);
    RC_ASSERT(desired.ok());
    check_isolated(observed, *desired, geometry, some_of(groups));
  });
}

TEST_CASE("at no step between two orders of the same sizes does anybody's mask overlap an isolated partition") {
  require_for_all("isolated in another order", [] {
    const Geometry geometry = random_geometry();
    const std::vector<GroupId> groups = random_groups(8);
    const Plan plan = random_plan(geometry, groups);
    Masks observed, desired;
    for (std::size_t i = 0; i < plan.domains.size(); ++i) {
      observed.domains.push_back(random_order(plan.domains[i], geometry.domains[i], groups));
      desired.domains.push_back(random_order(plan.domains[i], geometry.domains[i], groups));
    }
    check_isolated(observed, desired, geometry, some_of(groups));
  });
}

TEST_CASE("masks of a policy that overlap each other never overlap an isolated partition on their way") {
  require_for_all("isolated beside overlapping masks", [] {
    const Geometry geometry = random_geometry();
    const std::vector<GroupId> groups = random_groups(8);
    const std::vector<GroupId> isolated = some_of(groups);
    const auto overlapping = [&] {
      const Plan plan = random_plan(geometry, groups);
      Masks masks;
      for (std::size_t i = 0; i < plan.domains.size(); ++i)
        masks.domains.push_back(random_overlap(plan.domains[i], geometry.domains[i], groups, isolated));
      return masks;
    };
    const Masks observed = one_in(3) ? random_layout(geometry, groups) : overlapping();
    check_isolated(observed, overlapping(), geometry, isolated);
  });
}

TEST_CASE("whatever somebody else wrote is put right and nobody comes to overlap an isolated partition") {
  require_for_all("isolated among overlapping masks", [] {
    const Geometry geometry = random_geometry();
    const std::vector<GroupId> groups = random_groups(8);
    check_isolated(random_mess(geometry, random_groups(8), true), random_layout(geometry, groups), geometry,
                   some_of(groups));
  });
}
