#include "cat/linux/no_cache_control.h"

#include "tests/cat_linux/sysfs_tree.h"
#include "tests/support/catch.h"

using namespace dcat;
using dcat::test::SysfsTree;

namespace {
void two_caches(const SysfsTree& tree) {
  tree.online("0-1");
  tree.l3(0, 0, 16, "32768K", "0");
  tree.l3(1, 4, 12, "12288K", "1");
}
}  // namespace

TEST_CASE("without allocation everybody fills all ways and there are no groups") {
  const SysfsTree tree;
  two_caches(tree);
  NoCacheControl control(tree.root());
  CHECK(control.name() == "none");
  const Result<Masks> masks = control.read_masks();
  REQUIRE(masks.ok());
  CHECK(*masks == Masks{{{DomainId{0}, Cbm(0xffff), {}}, {DomainId{4}, Cbm(0xfff), {}}}, {}});
  CHECK(control.read_geometry()->closids == 17);
}

TEST_CASE("a CPU that goes offline takes its domain along at the next reading") {
  const SysfsTree tree;
  two_caches(tree);
  NoCacheControl control(tree.root());
  CHECK(control.read_geometry()->domains.size() == 2);
  tree.online("0");
  CHECK(control.read_geometry()->domains.size() == 1);
  CHECK(control.read_masks()->domains.size() == 1);
  tree.remove("online");
  CHECK(!control.read_geometry().ok());
  CHECK(!control.read_masks().ok());
}

TEST_CASE("every change is refused with what it was, why, and what to do") {
  NoCacheControl control("/nonexistent", "no L3 CAT in this CPU");
  const std::pair<Change, std::string> rows[] = {
      {CreateGroup{GroupId{"p0"}}, "create group \"p0\""},
      {WriteMasks{GroupId{}, {{DomainId{0}, Cbm(1)}}}, "write the masks of group \"\""},
      {MoveContainer{ContainerId{"web"}, GroupId{"p0"}}, "move web to group \"p0\""},
      {RemoveGroup{GroupId{"p0"}}, "remove group \"p0\""},
  };
  for (const auto& [change, what] : rows) {
    Status applied = control.apply(change);
    REQUIRE(!applied.ok());
    CHECK(exit_code(applied.error().code) == 3);
    CHECK(applied.error().to_string() == what + ": no L3 CAT in this CPU; use --mode observe or --mode advise here");
  }
}
