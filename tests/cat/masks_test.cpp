#include "cat/masks.h"

#include "tests/cat/builders.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::testing;

TEST_CASE("a domain is found by its id, whatever gaps the ids have") {
  Masks masks;
  for (const int id : {0, 3, 8}) masks.domains.push_back(domain_masks({{"", 1}}, id));
  for (const int id : {0, 3, 8}) {
    REQUIRE(find_domain(masks, DomainId{id}) != nullptr);
    CHECK(find_domain(masks, DomainId{id})->id == DomainId{id});
  }
  for (const int id : {-1, 1, 4, 9}) CHECK(find_domain(masks, DomainId{id}) == nullptr);
  CHECK(find_domain(Masks{}, DomainId{0}) == nullptr);
}

TEST_CASE("a group's mask is found by its name and the shared region's by the empty name") {
  const DomainMasks domain = domain_masks({{"", 0xc0}, {"b", 0x3}, {"d", 0x1c}});
  REQUIRE(find_mask(domain, GroupId{"b"}) != nullptr);
  CHECK(*find_mask(domain, GroupId{"b"}) == Cbm(0x3));
  REQUIRE(find_mask(domain, GroupId{"d"}) != nullptr);
  CHECK(*find_mask(domain, GroupId{"d"}) == Cbm(0x1c));
  REQUIRE(find_mask(domain, GroupId{}) != nullptr);
  CHECK(*find_mask(domain, GroupId{}) == Cbm(0xc0));
  for (const char* name : {"a", "c", "e", "bb"}) CHECK(find_mask(domain, GroupId{name}) == nullptr);
}

TEST_CASE("a container that is not listed is in the default group") {
  const std::vector<Member> members = members_of({{"one", "a"}, {"three", "b"}});
  CHECK(group_of(members, ContainerId{"one"}) == GroupId{"a"});
  CHECK(group_of(members, ContainerId{"three"}) == GroupId{"b"});
  for (const char* name : {"", "four", "one.more", "two"}) CHECK(group_of(members, ContainerId{name}) == GroupId{});
}
