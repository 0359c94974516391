#include "cat/changes.h"

#include "tests/cat/builders.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::testing;

namespace {

Masks two_domains() {
  Masks masks = masks_of({{"", 0xf0}, {"a", 0x3}, {"b", 0xc}}, {{"one", "a"}, {"two", "b"}});
  masks.domains.push_back(domain_masks({{"", 0xc0}, {"a", 0x3f}, {"b", 0xc0}}, 3));
  return masks;
}
std::string after(const Change& change) {
  Masks masks = two_domains();
  apply_change(masks, change);
  return text_of(masks);
}

}  // namespace

TEST_CASE("a write is one line with a mask per domain, in hexadecimal") {
  CHECK(format_schemata({GroupId{"a"}, {{DomainId{0}, Cbm(0xff)}, {DomainId{1}, Cbm(0xf)}}}) == "L3:0=ff;1=f");
  CHECK(format_schemata({GroupId{}, {{DomainId{12}, Cbm(0xc0000)}}}) == "L3:12=c0000");
  CHECK(format_schemata({GroupId{"a"}, {{DomainId{0}, Cbm()}}}) == "L3:0=0");
}

TEST_CASE("a new group has an empty mask in every domain until it is written") {
  CHECK(after(CreateGroup{GroupId{"ab"}}) == "[0] shared=f0 a=3 ab=0 b=c [3] shared=c0 a=3f ab=0 b=c0 one:a two:b ");
  CHECK(after(CreateGroup{GroupId{"a"}}) == text_of(two_domains()));  // it is there already
}

TEST_CASE("a write changes the domains that it lists and no others") {
  CHECK(after(WriteMasks{GroupId{"a"}, {{DomainId{3}, Cbm(0x1f)}}}) ==
        "[0] shared=f0 a=3 b=c [3] shared=c0 a=1f b=c0 one:a two:b ");
  CHECK(after(WriteMasks{GroupId{}, {{DomainId{0}, Cbm(0xe0)}, {DomainId{3}, Cbm(0x80)}}}) ==
        "[0] shared=e0 a=3 b=c [3] shared=80 a=3f b=c0 one:a two:b ");
}

TEST_CASE("what is not there is not written") {
  const Change changes[] = {WriteMasks{GroupId{"a"}, {{DomainId{1}, Cbm(0x1)}}},
                            WriteMasks{GroupId{"c"}, {{DomainId{0}, Cbm(0x1)}}}, WriteMasks{GroupId{"a"}, {}},
                            RemoveGroup{GroupId{"c"}}};
  for (const Change& change : changes) CHECK(after(change) == text_of(two_domains()));
}

TEST_CASE("a group that is in one domain only can be written in the others") {
  Masks masks = two_domains();
  masks.domains[0].groups.erase(masks.domains[0].groups.begin());  // a
  apply_change(masks, WriteMasks{GroupId{"a"}, {{DomainId{0}, Cbm(0x3)}}});
  CHECK(masks == two_domains());
}

TEST_CASE("a moved container is in its new group, and not listed in the default group") {
  const std::string domains = "[0] shared=f0 a=3 b=c [3] shared=c0 a=3f b=c0 ";
  CHECK(after(MoveContainer{ContainerId{"one"}, GroupId{"b"}}) == domains + "one:b two:b ");
  CHECK(after(MoveContainer{ContainerId{"one"}, GroupId{}}) == domains + "two:b ");
  CHECK(after(MoveContainer{ContainerId{"oneself"}, GroupId{"a"}}) == domains + "one:a oneself:a two:b ");
  CHECK(after(MoveContainer{ContainerId{"oneself"}, GroupId{}}) == domains + "one:a two:b ");
}

TEST_CASE("the members of a removed group are in the default group") {
  CHECK(after(RemoveGroup{GroupId{"a"}}) == "[0] shared=f0 b=c [3] shared=c0 b=c0 two:b ");
}
