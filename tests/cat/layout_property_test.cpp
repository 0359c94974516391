#include "cat/layout.h"
#include "tests/cat/random_masks.h"

using namespace dcat;
using namespace dcat::testing;

namespace {

struct Case {
  Geometry geometry;
  Plan plan;
  Masks previous;
};

// Previous masks are those of a plan for other groups, some of them the same, in any order.
Case random_case() {
  Case c;
  c.geometry = random_geometry();
  c.previous = random_layout(c.geometry, random_groups(12));
  c.plan = random_plan(c.geometry, random_groups(12));
  return c;
}

Masks laid_out(const Case& c) {
  Result<Masks> masks = layout(c.plan, c.geometry, c.previous);
  if (!masks) RC_FAIL(masks.error().to_string());
  return std::move(masks).value();
}

// The greatest number of shareable ways under any run of the size; they lie at one end of the domain.
Ways most_covered(Ways size, const DomainGeometry& domain) {
  return std::min(size, domain.shareable.size());
}

const PartitionSize* find_size(const DomainPlan& plan, const GroupId& group) {
  for (const PartitionSize& partition : plan.dedicated)
    if (partition.group == group) return &partition;
  return nullptr;
}

void check_domain(const DomainMasks& masks, const DomainPlan& plan, const DomainGeometry& domain) {
  Cbm used = masks.shared;
  RC_ASSERT(masks.shared.contiguous());
  RC_ASSERT(masks.shared.size().count == plan.shared.count);
  RC_ASSERT((masks.shared & domain.shareable).size().count == most_covered(plan.shared, domain).count);
  for (const Cbm& set : domain.tied) RC_ASSERT(masks.shared.contains(set));
  for (const GroupMask& group : masks.groups) {
    const PartitionSize* partition = find_size(plan, group.group);
    if (partition == nullptr) {
      RC_ASSERT(group.mask.bits == masks.shared.bits);
      continue;
    }
    RC_ASSERT(group.mask.contiguous());
    RC_ASSERT(group.mask.size().count == partition->ways.count);
    RC_ASSERT(!group.mask.overlaps(used));
    used = used | group.mask;
  }
  RC_ASSERT(used.bits == domain.available.bits);
}

// The ways that move in one order of the pieces, if it keeps the shared region where layout put it.
Ways moved_in_some_order(const Case& c, const Masks& chosen) {
  Masks other = chosen;
  for (std::size_t i = 0; i < c.plan.domains.size(); ++i) {
    std::vector<GroupId> groups;
    for (const GroupMask& group : chosen.domains[i].groups) groups.push_back(group.group);
    const DomainMasks shuffled = random_order(c.plan.domains[i], c.geometry.domains[i], groups);
    if (shuffled.shared == chosen.domains[i].shared) other.domains[i] = shuffled;
  }
  return moved_ways(c.previous, other);
}

}  // namespace

TEST_CASE("every layout is legal, fills the domain and lays the shared region over the I/O ways") {
  require_for_all("legal layouts", [] {
    const Case c = random_case();
    const Masks masks = laid_out(c);
    RC_ASSERT(masks.domains.size() == c.geometry.domains.size());
    RC_ASSERT(masks.members == c.plan.members);
    for (std::size_t i = 0; i < masks.domains.size(); ++i)
      check_domain(masks.domains[i], c.plan.domains[i], c.geometry.domains[i]);
  });
}

TEST_CASE("no other order moves fewer ways") {
  require_for_all("fewest ways", [] {
    const Case c = random_case();
    const Masks masks = laid_out(c);
    RC_ASSERT(moved_ways(c.previous, masks).count <= moved_in_some_order(c, masks).count);
  });
}

TEST_CASE("the same arguments give the same layout") {
  require_for_all("deterministic layouts", [] {
    const Case c = random_case();
    RC_ASSERT(laid_out(c) == laid_out(c));
  });
}

TEST_CASE("laying an unchanged plan again moves nothing") {
  require_for_all("stable layouts", [] {
    Case c = random_case();
    const Masks masks = laid_out(c);
    c.previous = masks;
    RC_ASSERT(laid_out(c) == masks);
    RC_ASSERT(moved_ways(masks, masks).count == 0);
  });
}
