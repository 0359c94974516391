// The changes of diff, one by one. `web L3:0=f` writes, `+web` creates, `-web` removes, `c1>web` moves a
// container.
#include "cat/diff.h"

#include "tests/cat/builders.h"
#include "tests/cat/step_rules.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::testing;

namespace {

using Texts = std::vector<std::string>;

// The changes from observed to desired, which keep the rules.
Texts steps(const Masks& observed, const Masks& desired, const Geometry& geometry, bool last_resort = false) {
  const Result<Changes> changes = diff(observed, desired, geometry);
  if (!changes) return {changes.error().to_string()};
  StepRules rules(observed, desired, geometry);
  CHECK(rules.check(*changes).value_or("") == "");
  CHECK(rules.used_last_resort() == last_resort);
  return texts_of(*changes);
}
Texts steps(const Named& observed, const Named& desired, const Geometry& geometry, bool last_resort = false) {
  return steps(masks_of(observed), masks_of(desired), geometry, last_resort);
}

}  // namespace

TEST_CASE("nothing is done where nothing differs") {
  const Masks masks = masks_of({{"", 0x600}, {"a", 0xf}, {"b", 0x1f0}}, {{"one", "a"}});
  CHECK(steps(masks, masks, geometry_of(11)) == Texts{});
  CHECK(steps(Masks{}, Masks{}, Geometry{}) == Texts{});
}

TEST_CASE("who gives ways shrinks before who gets them widens") {
  // b gives way 4 to a, the shared region way 8 to b.
  CHECK(steps({{"", 0x700}, {"a", 0xf}, {"b", 0xf0}}, {{"", 0x600}, {"a", 0x1f}, {"b", 0x1e0}}, geometry_of(11)) ==
        Texts{" L3:0=600", "b L3:0=e0", "a L3:0=1f", "b L3:0=1e0"});
  // Only a shrinks and only the shared region grows: two writes, no more.
  CHECK(steps({{"", 0x700}, {"a", 0xff}}, {{"", 0x780}, {"a", 0x7f}}, geometry_of(11)) ==
        Texts{"a L3:0=7f", " L3:0=780"});
}

TEST_CASE("the domains of a group are written together and those that stay are not written") {
  Masks observed = masks_of({{"", 0xf0}, {"a", 0xf}});
  Masks desired = masks_of({{"", 0xe0}, {"a", 0x1f}});
  for (const int id : {1, 4}) observed.domains.push_back(domain_masks({{"", 0xf0}, {"a", 0xf}}, id));
  desired.domains.push_back(domain_masks({{"", 0xf0}, {"a", 0xf}}, 1));
  desired.domains.push_back(domain_masks({{"", 0xf8}, {"a", 0x7}}, 4));
  Geometry geometry = geometry_of(8);
  for (const int id : {1, 4}) {
    geometry.domains.push_back(geometry.domains[0]);
    geometry.domains.back().id = DomainId{id};
  }
  CHECK(steps(observed, desired, geometry) == Texts{" L3:0=e0", "a L3:4=7", " L3:4=f8", "a L3:0=1f"});
}

TEST_CASE("a partition with nothing in common jumps when its target has become free") {
  // Sizes 2, 1, 1: a grows to 3, b and c move up one way each, shared gives way 4. First c (way 4 is free),
  // then b.
  CHECK(steps({{"", 0xf0}, {"a", 0x3}, {"b", 0x4}, {"c", 0x8}}, {{"", 0xe0}, {"a", 0x7}, {"b", 0x8}, {"c", 0x10}},
              geometry_of(8)) == Texts{" L3:0=e0", "c L3:0=10", "b L3:0=8", "a L3:0=7"});
}

TEST_CASE("two partitions exchange places through the ways that one gives up") {
  // Nothing is free. a keeps 2 of its 4 ways, b moves to the other 2, a then has all of its target free.
  CHECK(steps({{"", 0x700}, {"a", 0xf}, {"b", 0xf0}}, {{"", 0x700}, {"a", 0xf0}, {"b", 0xf}}, geometry_of(11)) ==
        Texts{"a L3:0=3", "b L3:0=c", "a L3:0=f0", "b L3:0=f"});
}

TEST_CASE("two partitions at the least size exchange places through free ways") {
  // d has gone: ways 2-3 are free until the shared region widens over them. a waits there while b takes its
  // way.
  CHECK(steps({{"", 0xf0}, {"a", 0x1}, {"b", 0x2}, {"d", 0xc}}, {{"", 0xfc}, {"a", 0x2}, {"b", 0x1}}, geometry_of(8)) ==
        Texts{"-d", "a L3:0=4", "b L3:0=1", "a L3:0=2", " L3:0=fc"});
}

TEST_CASE("two partitions at the least size exchange places through a way of a neighbour") {
  // c gives up way 2 for the time being, since it is a partition; the shared region is left alone.
  CHECK(steps({{"", 0xe0}, {"a", 0x1}, {"b", 0x2}, {"c", 0x1c}}, {{"", 0xe0}, {"a", 0x2}, {"b", 0x1}, {"c", 0x1c}},
              geometry_of(8)) == Texts{"c L3:0=c", "a L3:0=10", "b L3:0=1", "a L3:0=2", "c L3:0=1c"});
}

TEST_CASE("two partitions at the least size exchange places through a way of the shared region") {
  CHECK(steps({{"", 0xf8}, {"a", 0x1}, {"b", 0x2}, {"c", 0x4}}, {{"", 0xf8}, {"a", 0x2}, {"b", 0x1}, {"c", 0x4}},
              geometry_of(8)) == Texts{" L3:0=78", "a L3:0=80", "b L3:0=1", "a L3:0=2", " L3:0=f8"});
}

TEST_CASE("groups in the shared region follow when it lends a way") {
  CHECK(steps({{"", 0xfc}, {"a", 0x1}, {"b", 0x2}, {"s", 0xfc}}, {{"", 0xfc}, {"a", 0x2}, {"b", 0x1}, {"s", 0xfc}},
              geometry_of(8)) ==
        Texts{"s L3:0=7c", " L3:0=7c", "a L3:0=80", "b L3:0=1", "a L3:0=2", " L3:0=fc", "s L3:0=fc"});
}

TEST_CASE("with no way to spare partitions pass by exchanging places with the shared region") {
  // Three holders, three ways. a and the shared region exchange (a overlaps it for one write), then b, then a
  // again.
  CHECK(steps({{"", 0x4}, {"a", 0x1}, {"b", 0x2}}, {{"", 0x4}, {"a", 0x2}, {"b", 0x1}}, geometry_of(3), true) ==
        Texts{"a L3:0=4", " L3:0=1", "b L3:0=1", " L3:0=2", "a L3:0=2", " L3:0=4"});
}

TEST_CASE("with no way to spare and no shared region there is no sequence") {
  Geometry geometry = geometry_of(2);
  geometry.domains[0].shared_may_be_empty = true;
  CHECK(steps({{"", 0}, {"a", 0x1}, {"b", 0x2}}, {{"", 0}, {"a", 0x2}, {"b", 0x1}}, geometry) ==
        Texts{"change the masks of L3 domain 0: no order of writes keeps the partitions apart, there is no "
              "way to "
              "spare; keep the masks or give the shared region a way"});
}

TEST_CASE("partitions of at least 2 ways that have 1 in common do not shrink to it") {
  // b gives its lowest way up, c wants one: a slides from 2-3 to 3-4, one write, since way 4 is free by then.
  CHECK(steps({{"", 0x180}, {"a", 0xc}, {"b", 0x70}, {"c", 0x3}}, {{"", 0x180}, {"a", 0x18}, {"b", 0x60}, {"c", 0x7}},
              geometry_of(9, 0, {}, 2)) == Texts{"b L3:0=60", "a L3:0=18", "c L3:0=7"});
}

TEST_CASE("partitions are packed to one side where the free ways are too scattered for the least mask") {
  // 12 ways, least 2: a 0-1, c 2-4, b 5-6, d 7-9, shared 10-11. a and b change places. c and d can give one
  // way each, but not side by side. Packed into 0-1, 2-3, ... 8-9 the five leave 10-11 free.
  CHECK(steps({{"", 0xc00}, {"a", 0x3}, {"b", 0x60}, {"c", 0x1c}, {"d", 0x380}},
              {{"", 0xc00}, {"a", 0x60}, {"b", 0x3}, {"c", 0x1c}, {"d", 0x380}},
              geometry_of(12, 0, {}, 2)) == Texts{"d L3:0=180", "c L3:0=c",                // to the least size
                                                  "b L3:0=30", "d L3:0=c0", " L3:0=300",   // packed
                                                  "a L3:0=c00", "b L3:0=3", "a L3:0=30",   // in order
                                                  " L3:0=c00", "d L3:0=180", "a L3:0=60",  // home
                                                  "c L3:0=1c", "d L3:0=380"});
}

TEST_CASE("a group that comes is created first and gets its containers last") {
  const Masks observed = masks_of({{"", 0xf0}, {"a", 0xf}}, {{"one", "a"}, {"two", "a"}});
  const Masks desired = masks_of({{"", 0xf0}, {"a", 0x3}, {"b", 0xc}}, {{"one", "a"}, {"three", "b"}, {"two", "b"}});
  CHECK(steps(observed, desired, geometry_of(8)) == Texts{"+b", "a L3:0=3", "b L3:0=c", "three>b", "two>b"});
}

TEST_CASE("containers leave a group before it is removed, and its ways are given away after") {
  const Masks observed = masks_of({{"", 0xf0}, {"a", 0x3}, {"b", 0xc}}, {{"one", "a"}, {"two", "b"}, {"two.5", "b"}});
  const Masks desired = masks_of({{"", 0xf0}, {"a", 0xf}}, {{"one", "a"}, {"two", "a"}});
  CHECK(steps(observed, desired, geometry_of(8)) == Texts{"two>a", "two.5>", "-b", "a L3:0=f"});
}

TEST_CASE("a container goes from an old group to a new one by way of the default group") {
  const Masks observed = masks_of({{"", 0xf0}, {"a", 0xf}}, {{"one", "a"}});
  const Masks desired = masks_of({{"", 0xf0}, {"b", 0xf}}, {{"one", "b"}});
  CHECK(steps(observed, desired, geometry_of(8)) == Texts{"+b", "one>", "-a", "b L3:0=f", "one>b"});
}

TEST_CASE("a group for which no CLOS is left is created when others have gone") {
  // 3 CLOSes: the default group's, a's and one more. b takes that one, c waits for a's.
  Geometry geometry = geometry_of(8);
  geometry.closids = 3;
  const Masks observed = masks_of({{"", 0xf0}, {"a", 0xf}}, {{"one", "a"}});
  const Masks desired = masks_of({{"", 0xf0}, {"b", 0x3}, {"c", 0xc}}, {{"one", "c"}});
  CHECK(steps(observed, desired, geometry) == Texts{"+b", "one>", "-a", "+c", "b L3:0=3", "c L3:0=c", "one>c"});
}

TEST_CASE("containers change groups when the masks stand, and those not wanted go to the default group") {
  const Masks observed = masks_of({{"", 0xf0}, {"a", 0x3}, {"b", 0xc}}, {{"gone", "a"}, {"one", "a"}, {"stays", "b"}});
  const Masks desired = masks_of({{"", 0xf0}, {"a", 0x1}, {"b", 0xe}}, {{"new", "a"}, {"one", "b"}, {"stays", "b"}});
  CHECK(steps(observed, desired, geometry_of(8)) == Texts{"a L3:0=1", "b L3:0=e", "gone>", "new>a", "one>b"});
}

TEST_CASE("a group leaves the shared region for a partition of its own") {
  CHECK(steps({{"", 0xf0}, {"a", 0xf0}, {"b", 0xf}}, {{"", 0xc0}, {"a", 0x30}, {"b", 0xf}}, geometry_of(8)) ==
        Texts{" L3:0=c0", "a L3:0=30"});
}

TEST_CASE("a group gives up its partition and joins the shared region") {
  CHECK(steps({{"", 0xc0}, {"a", 0x30}, {"b", 0xf}}, {{"", 0xf0}, {"a", 0xf0}, {"b", 0xf}}, geometry_of(8)) ==
        Texts{" L3:0=f0", "a L3:0=f0"});
}

TEST_CASE("two groups exchange the roles of partition and guest in the shared region") {
  // b joins a in the shared region (neither has a partition then), way 0 is free, a takes it.
  CHECK(steps({{"", 0xe}, {"a", 0xe}, {"b", 0x1}}, {{"", 0xe}, {"a", 0x1}, {"b", 0xe}}, geometry_of(4)) ==
        Texts{"b L3:0=e", "a L3:0=1"});
}

TEST_CASE("masks that a foreign writer changed are put right, whatever they are") {
  const Named desired = {{"", 0xe0}, {"a", 0x3}, {"b", 0x1c}};
  struct Row {
    const char* what;
    Named observed;
    Texts expected;
  };
  const Row rows[] = {
      {"everything open", {{"", 0xff}, {"a", 0xff}, {"b", 0xff}}, {" L3:0=e0", "a L3:0=3", "b L3:0=1c"}},
      {"an overlap", {{"", 0xe0}, {"a", 0x7}, {"b", 0x1c}}, {"a L3:0=3"}},
      {"a hole", {{"", 0xe0}, {"a", 0x3}, {"b", 0x14}}, {"b L3:0=1c"}},
      {"pieces", {{"", 0xe0}, {"a", 0x25}, {"b", 0x18}}, {"a L3:0=1", "a L3:0=3", "b L3:0=1c"}},
      {"an empty mask", {{"", 0xe0}, {"a", 0}, {"b", 0x1c}}, {"a L3:0=3"}},
      {"no shared region", {{"", 0}, {"a", 0x3}, {"b", 0xfc}}, {"b L3:0=1c", " L3:0=e0"}},
      {"outside of our ways", {{"", 0xffe0}, {"a", 0x3}, {"b", 0x1c}}, {" L3:0=e0"}},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(steps(row.observed, desired, geometry_of(8)) == row.expected);
  }
}

TEST_CASE("masks in pieces smaller than the least mask are put right where no way is to spare") {
  // Ways 1-6, least 2, three holders. No piece of d can be kept: when a has gone home and the shared region has shrunk
  // to 1-2, d takes 3-4; then the two exchange places.
  Geometry geometry = geometry_of(7, 0, {}, 2);
  geometry.domains[0].available = Cbm(0x7e);
  const Texts texts =
      steps({{"", 0xee258e}, {"a", 0x1}, {"d", 0x4a11}}, {{"", 0x18}, {"a", 0x60}, {"d", 0x6}}, geometry, true);
  CHECK(texts == Texts{"a L3:0=60", " L3:0=6", "d L3:0=18", "d L3:0=6", " L3:0=18"});
}

TEST_CASE("a domain that has not been observed is written in full") {
  const Masks desired = masks_of({{"", 0xf0}, {"a", 0xf}});
  CHECK(diff_texts(Masks{}, desired, geometry_of(8)) == Texts{"+a", " L3:0=f0", "a L3:0=f"});
  // The group is there in another domain: it is not created again.
  Masks elsewhere = masks_of({{"", 0xf0}, {"a", 0xf}});
  elsewhere.domains[0].id = DomainId{7};
  CHECK(diff_texts(elsewhere, desired, geometry_of(8)) == Texts{" L3:0=f0", "a L3:0=f"});
}

TEST_CASE("a group that is missing in one domain is written there") {
  CHECK(diff_texts(masks_of({{"", 0xf0}, {"a", 0x3}}), masks_of({{"", 0xf0}, {"a", 0x3}, {"b", 0xc}}),
                   geometry_of(8)) == Texts{"+b", "b L3:0=c"});
}

TEST_CASE("a container listed in a group that is not there counts as in the default group") {
  const Masks observed = masks_of({{"", 0xff}}, {{"one", "a"}});
  const Masks desired = masks_of({{"", 0xf0}, {"a", 0xf}}, {{"one", "a"}});
  CHECK(diff_texts(observed, desired, geometry_of(8)) == Texts{"+a", " L3:0=f0", "a L3:0=f", "one>a"});
}

TEST_CASE("jumps of the same group in several domains are one write") {
  Masks observed = masks_of({{"", 0xf8}, {"a", 0x1}, {"b", 0x2}, {"c", 0x4}});
  Masks desired = masks_of({{"", 0xf0}, {"a", 0x3}, {"b", 0x4}, {"c", 0x8}});
  observed.domains.push_back(domain_masks({{"", 0xf8}, {"a", 0x1}, {"b", 0x2}, {"c", 0x4}}, 1));
  desired.domains.push_back(domain_masks({{"", 0xf0}, {"a", 0x3}, {"b", 0x4}, {"c", 0x8}}, 1));
  Geometry geometry = geometry_of(8);
  geometry.domains.push_back(geometry.domains[0]);
  geometry.domains[1].id = DomainId{1};
  CHECK(steps(observed, desired, geometry) == Texts{" L3:0=f0;1=f0", "c L3:0=8;1=8", "b L3:0=4;1=4", "a L3:0=3;1=3"});
}

TEST_CASE("partitions that are to overlap are written their masks at once") {
  // b's target is taken by a on both sides; nobody waits for anybody.
  const Result<Changes> changes = diff(masks_of({{"", 0x400}, {"a", 0x1f}, {"b", 0x3e0}}),
                                       masks_of({{"", 0x400}, {"a", 0x3ff}, {"b", 0xf}}), geometry_of(11));
  REQUIRE(changes.ok());
  CHECK(texts_of(*changes) == Texts{"a L3:0=3ff", "b L3:0=f"});
}

TEST_CASE("from partitions that overlap to partitions that do not, and with groups that come and go") {
  const Masks nested = masks_of({{"", 0x400}, {"a", 0x3ff}, {"b", 0xf}}, {{"one", "a"}, {"two", "b"}});
  const Masks apart = masks_of({{"", 0x400}, {"b", 0x1f}, {"c", 0x3e0}}, {{"one", "c"}, {"two", "b"}});
  for (const auto& [from, to] : {std::pair(nested, apart), std::pair(apart, nested)}) {
    const Result<Changes> changes = diff(from, to, geometry_of(11));
    REQUIRE(changes.ok());
    Masks masks = from;
    for (const Change& change : *changes) apply_change(masks, change);
    CHECK(masks == to);
  }
}

TEST_CASE("partitions that are to overlap wait in the shared region until an isolated one has moved out of their way") {
  // i goes from ways 6-9 to ways 0-3, where a and b are, and they to where it is.
  const Result<Changes> changes =
      diff(masks_of({{"", 0x400}, {"a", 0x3f}, {"b", 0xf}, {"i", 0x3c0}}),
           masks_of({{"", 0x400}, {"a", 0x3f0}, {"b", 0xf0}, {"i", 0xf}}), geometry_of(11), {GroupId{"i"}});
  REQUIRE(changes.ok());
  CHECK(texts_of(*changes) == Texts{"a L3:0=30", "a L3:0=400", "b L3:0=400", "i L3:0=f", "a L3:0=3f0", "b L3:0=f0"});
}

TEST_CASE("partitions that are to overlap are written at once beside an isolated one that is not in their way") {
  const Result<Changes> changes =
      diff(masks_of({{"", 0x400}, {"a", 0x1f}, {"b", 0xe0}, {"i", 0x300}}),
           masks_of({{"", 0x400}, {"a", 0xff}, {"b", 0xf}, {"i", 0x300}}), geometry_of(11), {GroupId{"i"}});
  REQUIRE(changes.ok());
  CHECK(texts_of(*changes) == Texts{"b L3:0=f", "a L3:0=ff"});
}

TEST_CASE("isolated partitions without a way to spare pass each other through the ways of one that is not") {
  // A way each. Without isolation i and j would exchange places with the shared region, in way 3.
  const Masks observed = masks_of({{"", 0x8}, {"a", 0x1}, {"i", 0x2}, {"j", 0x4}});
  const Masks desired = masks_of({{"", 0x8}, {"a", 0x1}, {"i", 0x4}, {"j", 0x2}});
  const Result<Changes> changes = diff(observed, desired, geometry_of(4), {GroupId{"i"}, GroupId{"j"}});
  REQUIRE(changes.ok());
  CHECK(texts_of(*changes) == Texts{"a L3:0=8", "i L3:0=1", "j L3:0=2", "i L3:0=4", "a L3:0=1"});
  const Result<Changes> none = diff(observed, desired, geometry_of(4), {GroupId{"a"}, GroupId{"i"}, GroupId{"j"}});
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().why == "no order of writes keeps the partitions apart, there is no way to spare");
}
