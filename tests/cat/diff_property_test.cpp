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
