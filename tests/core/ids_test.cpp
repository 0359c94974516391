#include "core/ids.h"

#include "tests/support/catch.h"

using namespace dcat;

TEST_CASE("ids are ordered by their value, bytes for names and numbers for domains") {
  REQUIRE(ContainerId{"a"} < ContainerId{"b"});
  REQUIRE(ContainerId{"a"} < ContainerId{"a0"});
  REQUIRE(ContainerId{"B"} < ContainerId{"a"});
  REQUIRE(ContainerId{"t10"} < ContainerId{"t9"});
  REQUIRE(DomainId{2} < DomainId{10});
  REQUIRE(GroupId{} < GroupId{"a"});
}

TEST_CASE("only the empty group is the shared region") {
  REQUIRE(GroupId{}.is_shared_region());
  REQUIRE_FALSE(GroupId{"web"}.is_shared_region());
}
