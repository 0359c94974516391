// What every back end does when it does nothing of its own: giving the node back by changes.
#include "cat/cache_control.h"

#include "tests/cat/builders.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

using testing::geometry_of;
using testing::masks_of;
using testing::text_of;
using testing::texts_of;

Error broken(const std::string& what) {
  return {ErrorCode::failed, what, "broken", ""};
}

class MaskedNode : public CacheControl {
 public:
  explicit MaskedNode(Masks start) : masks(std::move(start)) {}
  std::string name() const override { return "test"; }
  Result<Geometry> read_geometry() override { return geometry_fails ? Result<Geometry>(broken("geometry")) : geometry; }
  Result<Masks> read_masks() override { return masks_fail ? Result<Masks>(broken("masks")) : masks; }
  Status apply(const Change& change) override {
    if (applied.size() == refuse_after) return broken("apply");
    applied.push_back(change);
    apply_change(masks, change);
    return {};
  }

  Geometry geometry = geometry_of(8);
  Masks masks;
  bool geometry_fails = false, masks_fail = false;
  std::size_t refuse_after = 1'000;
  Changes applied;
};

TEST_CASE("an unmanaged node has nobody in a group and every available way in the default group") {
  Geometry geometry = geometry_of(8);
  geometry.domains.push_back(geometry.domains[0]);
  geometry.domains[1].id = DomainId{3};
  geometry.domains[1].available = Cbm(0x3c);
  const Masks masks = unmanaged(geometry);
  CHECK(text_of(masks) == "[0] shared=ff [3] shared=3c ");
  CHECK(masks.members.empty());
  CHECK(unmanaged(Geometry{}) == Masks{});
}

TEST_CASE("release removes all groups, and the default group has every way again") {
  MaskedNode node(masks_of({{"", 0xc0}, {"a", 0x0f}, {"b", 0x30}}, {{"c1", "a"}, {"c2", "b"}}));
  REQUIRE(node.release().ok());
  CHECK(node.masks == unmanaged(node.geometry));
  CHECK(node.applied.size() > 3);
}

TEST_CASE("released twice, the second time writes nothing") {
  MaskedNode node(masks_of({{"", 0xf0}, {"a", 0x0f}}, {{"c1", "a"}}));
  REQUIRE(node.release().ok());
  node.applied.clear();
  REQUIRE(node.release().ok());
  CHECK(node.applied.empty());
}

TEST_CASE("release tells what could not be read or written, and goes no further") {
  const Masks start = masks_of({{"", 0xf0}, {"a", 0x0f}}, {{"c1", "a"}});
  MaskedNode no_geometry(start), no_masks(start), refusing(start);
  no_geometry.geometry_fails = true;
  no_masks.masks_fail = true;
  refusing.refuse_after = 1;
  CHECK(no_geometry.release().error().what == "geometry");
  CHECK(no_masks.release().error().what == "masks");
  CHECK(refusing.release().error().what == "apply");
  CHECK(no_geometry.masks == start);
  CHECK(no_masks.masks == start);
  CHECK(refusing.applied.size() == 1);
}

TEST_CASE("the other calls of the port do nothing where a back end does not have them") {
  MaskedNode node(masks_of({{"", 0xff}}));
  CHECK(node.enter(std::chrono::seconds(1)).ok());
  node.leave();
  const Result<Census> census = node.take_census({ContainerId{"c1"}});
  REQUIRE(census.ok());
  CHECK(*census == Census{});
  CHECK(node.gather().ok());
  CHECK(node.applied.empty());
}

}  // namespace
}  // namespace dcat
