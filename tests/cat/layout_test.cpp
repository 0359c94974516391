// Layouts with their arithmetic. In the masks, way 0 is the lowest bit.
#include "cat/layout.h"

#include "tests/cat/builders.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::testing;

TEST_CASE("without a history the shared region comes first, then the groups by name") {
  // 2 + 3 + 1 + 2 = 8 ways: 0-1, 2-4, 5, 6-7.
  CHECK(laid(plan_of({{"", 2}, {"b", 1}, {"a", 3}, {"c", 2}}), geometry_of(8)) == "shared=3 a=1c b=20 c=c0");
}

TEST_CASE("the shared region lies over the ways that I/O can fill") {
  // Ways 9 and 10 of 11 are shareable, so the shared region takes the top: 8-10, and a, b the rest: 0-3, 4-7.
  CHECK(laid(plan_of({{"", 3}, {"a", 4}, {"b", 4}}), geometry_of(11, 0x600)) == "shared=700 a=f b=f0");
  // One way of two: both positions of a shared region of 1 cover one, so the shareable ways leave a choice
  // only between 9 and 10; 9 would split a run that nothing can fill but b = 1.
  CHECK(laid(plan_of({{"", 1}, {"a", 10}}), geometry_of(11, 0x600)) == "shared=400 a=3ff");
  CHECK(laid(plan_of({{"", 1}, {"a", 9}, {"b", 1}}), geometry_of(11, 0x600)) == "shared=200 a=1ff b=400");
}

TEST_CASE("the shared region covers the shareable ways even if all that lay there has to move") {
  // Before, the shared region was at the bottom: 2 + 9 = 11 ways change hands, all of them.
  const Masks before = masks_of({{"", 0x3}, {"a", 0x7fc}});
  const Result<Masks> after = layout(plan_of({{"", 2}, {"a", 9}}), geometry_of(11, 0x600), before);
  REQUIRE(after.ok());
  CHECK(text_of(after->domains[0]) == "shared=600 a=1ff");
  // a keeps ways 2-8 (7 of 9); the shared region keeps none of its 2.
  CHECK(moved_ways(before, *after) == 4_ways);
}

TEST_CASE("shareable ways in the middle are covered as far as the partitions' sizes let the shared region reach") {
  // Ways 3-4 of 8; the shared region of 2 can begin at 0, 1 (b below), 5 (a below) or 6: of these none covers
  // 3-4, at 5 it would take 5-6. With sizes 3 and 3 it can.
  CHECK(laid(plan_of({{"", 2}, {"a", 3}, {"b", 3}}), geometry_of(8, 0x18)) == "shared=18 a=7 b=e0");
  // a = 4 and b = 2: it begins at 2 (ways 2-3) or 4 (ways 4-5), one shareable way each; ties go to the group
  // names.
  CHECK(laid(plan_of({{"", 2}, {"a", 4}, {"b", 2}}), geometry_of(8, 0x18)) == "shared=30 a=f b=c0");
}

TEST_CASE("tied ways stay together in the shared region") {
  const Geometry geometry = geometry_of(11, 0x600, {Cbm(0x600)});
  CHECK(laid(plan_of({{"", 2}, {"a", 4}, {"b", 5}}), geometry) == "shared=600 a=f b=1f0");
  CHECK(laid(plan_of({{"", 5}, {"a", 6}}), geometry) == "shared=7c0 a=3f");
  CHECK(laid(plan_of({{"", 1}, {"a", 10}}), geometry) ==
        "lay out L3 domain 0: every order of the partitions splits ways that the machine ties together");
}

TEST_CASE("an empty shared region leaves tied ways to one partition") {
  Geometry geometry = geometry_of(11, 0x600, {Cbm(0x600)});
  geometry.domains[0].shared_may_be_empty = true;
  // z = 1 may not be the last: it would split ways 9 and 10. Order by name otherwise.
  CHECK(laid(plan_of({{"a", 10}, {"z", 1}}), geometry) == "shared=0 a=7fe z=1");
  CHECK(laid(plan_of({{"a", 9}, {"z", 2}}), geometry) == "shared=0 a=1ff z=600");
}

TEST_CASE("a 20 way cache with its two I/O ways at the top") {
  // 6 + 4 + 3 + 5 + 2 = 20; a 0-5, b 6-9, c 10-12, d 13-17, shared 18-19.
  const Geometry geometry = geometry_of(20, 0xc0000);
  const Result<Masks> first = layout(plan_of({{"", 2}, {"a", 6}, {"b", 4}, {"c", 3}, {"d", 5}}), geometry, Masks{});
  REQUIRE(first.ok());
  CHECK(text_of(first->domains[0]) == "shared=c0000 a=3f b=3c0 c=1c00 d=3e000");

  // b gives one way to the shared region: 19 ways stay if b loses its top way and c, d slide down one each: c
  // gains way 9, d gains 12, shared gains 17. That is 3; any other order has to move one of them whole.
  const Plan next = plan_of({{"", 3}, {"a", 6}, {"b", 3}, {"c", 3}, {"d", 5}});
  const Result<Masks> second = layout(next, geometry, *first);
  REQUIRE(second.ok());
  CHECK(text_of(second->domains[0]) == "shared=e0000 a=3f b=1c0 c=e00 d=1f000");
  CHECK(moved_ways(*first, *second) == 3_ways);
}

TEST_CASE("a small partition jumps over the others when that moves fewer ways than sliding them") {
  // a 0-3, b 4-6, c 7-9, d 10, shared 11. a -1, c +1. Sliding: b gains way 3, c gains way 6: 2 ways. That is
  // as good as d (1 way) jumping to way 3 and c taking way 10; the previous order wins.
  const Masks before = masks_of({{"", 0x800}, {"a", 0xf}, {"b", 0x70}, {"c", 0x380}, {"d", 0x400}});
  CHECK(laid(plan_of({{"", 1}, {"a", 3}, {"b", 3}, {"c", 4}, {"d", 1}}), geometry_of(12, 0x800), before) ==
        "shared=800 a=7 b=38 c=3c0 d=400");
  // With one partition more on the way sliding costs 3: b, e and c gain a way each; d's jump still costs 2.
  const Masks wider = masks_of({{"", 0x4000}, {"a", 0xf}, {"b", 0x70}, {"e", 0x380}, {"c", 0x1c00}, {"d", 0x2000}});
  CHECK(laid(plan_of({{"", 1}, {"a", 3}, {"b", 3}, {"e", 3}, {"c", 4}, {"d", 1}}), geometry_of(15, 0x4000), wider) ==
        "shared=4000 a=7 b=70 c=3c00 d=8 e=380");
}

TEST_CASE("an unchanged plan moves nothing, even if the groups do not lie in the order of their names") {
  const Named named = {{"", 0x600}, {"a", 0x1c0}, {"b", 0x3}, {"c", 0x3c}};
  CHECK(laid(plan_of({{"", 2}, {"a", 3}, {"b", 2}, {"c", 4}}), geometry_of(11, 0x600), masks_of(named)) ==
        "shared=600 a=1c0 b=3 c=3c");
}

TEST_CASE("what a group had in the shared region counts as its own when it gets a partition") {
  // a was in the shared region (ways 4-7); its new partition of 2 lies there, beside b: none of a's ways
  // moves.
  const Masks before = masks_of({{"", 0xf0}, {"a", 0xf0}, {"b", 0xf}});
  CHECK(laid(plan_of({{"", 2}, {"a", 2}, {"b", 4}}), geometry_of(8, 0xc0), before) == "shared=c0 a=30 b=f");
}

TEST_CASE("partitions are at least as wide as the machine's least mask") {
  const Geometry geometry = geometry_of(20, 0xc0000, {}, 2);
  CHECK(laid(plan_of({{"", 2}, {"a", 2}, {"b", 16}}), geometry) == "shared=c0000 a=3 b=3fffc");
  CHECK(laid(plan_of({{"", 2}, {"a", 1}, {"b", 17}}), geometry) ==
        "lay out L3 domain 0: partition a has 1 way, the machine takes no less than 2");
  CHECK(laid(plan_of({{"", 1}, {"a", 2}, {"b", 17}}), geometry) ==
        "lay out L3 domain 0: the shared region has 1 way, the machine takes no less than 2");
}

TEST_CASE("a domain whose lowest ways belong to others is filled from its own lowest way") {
  Geometry geometry = geometry_of(8, 0xc0);
  geometry.domains[0].available = Cbm(0xfc);  // ways 2-7
  CHECK(laid(plan_of({{"", 2}, {"a", 3}, {"b", 1}}), geometry) == "shared=c0 a=1c b=20");
}

TEST_CASE("a plan that cannot be laid is refused with its arithmetic") {
  struct Row {
    Sizes sizes;
    const char* why;
  };
  const Row rows[] = {
      {{{"", 2}, {"a", 5}}, "the sizes add up to 7 ways, the domain has 8"},
      {{{"", 2}, {"a", 7}}, "the sizes add up to 9 ways, the domain has 8"},
      {{{"", 0}, {"a", 8}}, "the shared region has 0 ways, the machine takes no less than 1"},
      {{{"", -1}, {"a", 9}}, "the shared region has -1 ways, the machine takes no less than 1"},
      {{{"", 8}, {"a", 0}}, "partition a has 0 ways, the machine takes no less than 1"},
      {{{"", 9}, {"a", -1}}, "partition a has -1 ways, the machine takes no less than 1"},
      {{}, "the shared region has 0 ways, the machine takes no less than 1"},
  };
  for (const Row& row : rows)
    CHECK(laid(plan_of(row.sizes), geometry_of(8)) == std::string("lay out L3 domain 0: ") + row.why);
}

TEST_CASE("a plan for other domains, in disorder or for ways with a hole is refused") {
  CHECK(laid(Plan{{domain_plan({{"", 8}}, 1)}, {}}, geometry_of(8)) ==
        "lay out the plan: its L3 domains are not the machine's");
  CHECK(laid(Plan{}, geometry_of(8)) == "lay out the plan: its L3 domains are not the machine's");

  Plan twice = plan_of({{"", 4}, {"a", 2}});
  twice.domains[0].dedicated.push_back({GroupId{"a"}, 2_ways});
  CHECK(laid(twice, geometry_of(8)) == "lay out L3 domain 0: its partitions are not in the order of their names");

  Geometry hole = geometry_of(8);
  hole.domains[0].available = Cbm(0xbf);
  CHECK(laid(plan_of({{"", 3}, {"a", 4}}), hole) == "lay out L3 domain 0: its available ways are not one run");
}

TEST_CASE("a group without a partition has the shared region's mask in that domain") {
  // Domain 0: a has 3 of 8 ways. Domain 4: a has none, b has 2 of 6. c is only named by its member.
  Geometry geometry = geometry_of(8);
  geometry.domains.push_back(geometry_of(6).domains[0]);
  geometry.domains[1].id = DomainId{4};
  const Plan plan{{domain_plan({{"", 5}, {"a", 3}}, 0), domain_plan({{"", 4}, {"b", 2}}, 4)},
                  members_of({{"one", "a"}, {"two", "c"}})};
  const Result<Masks> masks = layout(plan, geometry, Masks{});
  REQUIRE(masks.ok());
  CHECK(text_of(*masks) == "[0] shared=1f a=e0 b=1f c=1f [4] shared=f a=f b=30 c=f one:a two:c ");
}

TEST_CASE("a group without a partition is refused where the shared region is empty") {
  Geometry geometry = geometry_of(4);
  geometry.domains[0].shared_may_be_empty = true;
  CHECK(laid(plan_of({{"a", 2}, {"b", 2}}, {{"one", "c"}}), geometry) ==
        "lay out L3 domain 0: group c has no partition and the shared region is empty");
}

TEST_CASE("moved ways are those that a group gets and did not have") {
  const Masks before = masks_of({{"", 0xc0}, {"a", 0x7}, {"b", 0x38}, {"s", 0xc0}});
  CHECK(moved_ways(before, before) == 0_ways);
  // a shrinks to 0-1 and moves none; b gains way 2; the shared region gains none; s is in it and does not
  // count.
  CHECK(moved_ways(before, masks_of({{"", 0xc0}, {"a", 0x3}, {"b", 0x3c}, {"s", 0xc0}})) == 1_ways);
  // n is new: both of its ways count. The shared region gains way 5.
  CHECK(moved_ways(before, masks_of({{"", 0xe0}, {"a", 0x7}, {"n", 0x18}, {"s", 0xe0}})) == 3_ways);
  // From nothing, every way counts once: 2 + 3 + 3.
  CHECK(moved_ways(Masks{}, before) == 8_ways);
  CHECK(moved_ways(before, Masks{}) == 0_ways);
}

TEST_CASE(
    "masks of a policy that overlap are laid as planned, the shared region at the end that I/O fills, else on top") {
  Plan plan = plan_of({{"", 2}, {"a", 9}, {"b", 4}}, {{"one", "a"}});
  plan.domains[0].overlapping = {Cbm(0x1ff), Cbm(0xf)};
  CHECK(laid(plan, geometry_of(11)) == "shared=600 a=1ff b=f");
  CHECK(laid(plan, geometry_of(11, 0x600)) == "shared=600 a=1ff b=f");
  plan.domains[0].overlapping = {Cbm(0x7fc), Cbm(0x3c)};
  CHECK(laid(plan, geometry_of(11, 0x3)) == "shared=3 a=7fc b=3c");
  CHECK(laid(plan, geometry_of(11, 0, {Cbm(0x3)})) == "shared=3 a=7fc b=3c");
}
