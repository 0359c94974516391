// guard: a legal case, and for every check one mutation of it that is refused with words that name it.
#include "controller/guard.h"

#include <functional>

#include "tests/support/catch.h"

using namespace dcat;

namespace {

const DomainId kFirst{0};
const DomainId kSecond{8};  // ids have gaps
const GroupId kWeb{"web"};
const GroupId kDb{"db"};

struct Case {
  Masks masks;
  Plan plan;
  Geometry geometry;
  std::vector<Floor> floors;
  std::vector<GroupId> isolated;
};

// Two domains of 12 ways. In the first: db 4, web 3, the shared region 5, of which the top two are tied. In
// the second web has no ways of its own and lives in the shared region.
Case legal() {
  Case c;
  DomainGeometry first;
  first.id = kFirst;
  first.available = Cbm(0xfff);
  first.shareable = Cbm(0xc00);
  first.min_cbm_bits = 2_ways;
  first.tied = {Cbm(0xc00)};
  DomainGeometry second = first;
  second.id = kSecond;
  c.geometry.domains = {first, second};
  c.geometry.closids = 3;
  c.plan.domains = {{kFirst, {{kDb, 4_ways}, {kWeb, 3_ways}}, 5_ways}, {kSecond, {{kDb, 4_ways}}, 8_ways}};
  c.plan.members = {{{"a"}, kDb}, {{"b"}, kWeb}};
  c.masks.domains = {{kFirst, Cbm(0xf80), {{kDb, Cbm(0x00f)}, {kWeb, Cbm(0x070)}}},
                     {kSecond, Cbm(0xff0), {{kDb, Cbm(0x00f)}, {kWeb, Cbm(0xff0)}}}};
  c.masks.members = c.plan.members;
  c.floors = {{kFirst, GroupId{}, 2_ways}, {kFirst, kDb, 4_ways}, {kFirst, kWeb, 3_ways}, {kSecond, kDb, 2_ways}};
  return c;
}

std::optional<std::string> look(const Case& c) {
  return guard(c.masks, c.plan, c.geometry, c.floors, c.isolated);
}

struct Mutation {
  const char* name;
  std::function<void(Case&)> mutate;
  const char* says;
};

}  // namespace

TEST_CASE("legal masks may be written") {
  const auto wrong = look(legal());
  INFO(wrong.value_or(""));
  REQUIRE_FALSE(wrong.has_value());
}

TEST_CASE("a throttle that the machine takes may be written") {
  Case c = legal();
  c.geometry.domains[0].throttles = ThrottleSteps{};
  for (const int percent : {10, 50, 90, 100}) {
    c.masks.domains[0].groups[1].throttle = Throttle(percent);
    CHECK_FALSE(look(c).has_value());
  }
}

TEST_CASE("every kind of illegal masks is refused in words that name it") {
  const Mutation mutations[] = {
      {"one way more than planned", [](Case& c) { c.masks.domains[0].groups[0].mask = Cbm(0x01f); },
       "domain 0, group db: mask 1f has 5 ways, planned 4"},
      {"one way less than planned", [](Case& c) { c.masks.domains[0].groups[1].mask = Cbm(0x030); },
       "domain 0, group web: mask 30 has 2 ways, planned 3"},
      {"the shared region is not the planned size", [](Case& c) { c.masks.domains[0].shared = Cbm(0xf00); },
       "domain 0, shared region: mask f00 has 4 ways, planned 5"},
      {"a throttle where the machine has none", [](Case& c) { c.masks.domains[1].groups[0].throttle = Throttle(50); },
       "domain 8, group db: this machine cannot give it 50 % of its memory bandwidth"},
      {"a throttle below the least",
       [](Case& c) {
         c.geometry.domains[0].throttles = ThrottleSteps{Throttle(20), 10};
         c.masks.domains[0].groups[1].throttle = Throttle(10);
       },
       "domain 0, group web: this machine cannot give it 10 % of its memory bandwidth"},
      {"a throttle between two steps",
       [](Case& c) {
         c.geometry.domains[0].throttles = ThrottleSteps{};
         c.masks.domains[0].groups[1].throttle = Throttle(55);
       },
       "cannot give it 55 %"},
      {"a hole", [](Case& c) { c.masks.domains[0].groups[0].mask = Cbm(0x017); },
       "domain 0, group db: mask 17 is not contiguous"},
      {"a hole in the shared region", [](Case& c) { c.masks.domains[0].shared = Cbm(0xf20); },
       "shared region: mask f20 is not contiguous"},
      {"fewer ways than min_cbm_bits",
       [](Case& c) {
         c.plan.domains[0].dedicated[1].ways = 1_ways;
         c.masks.domains[0].groups[1].mask = Cbm(0x010);
       },
       "domain 0, group web: mask 10 has fewer than 2 ways"},
      {"an empty partition",
       [](Case& c) {
         c.plan.domains[0].dedicated[1].ways = 0_ways;
         c.masks.domains[0].groups[1].mask = Cbm();
       },
       "group web: mask 0 has fewer than 2 ways"},
      {"an empty shared region where the machine wants one",
       [](Case& c) {
         c.plan.domains[0].shared = 0_ways;
         c.masks.domains[0].shared = Cbm();
       },
       "shared region: mask 0 has fewer than 2 ways"},
      {"ways that are not available", [](Case& c) { c.geometry.domains[0].available = Cbm(0xffe); },
       "domain 0, group db: mask f leaves the available ways ffe"},
      {"two partitions overlap", [](Case& c) { c.masks.domains[0].groups[1].mask = Cbm(0x038); },
       "domain 0, group web: mask 38 overlaps another partition"},
      {"a partition overlaps the shared region", [](Case& c) { c.masks.domains[0].groups[1].mask = Cbm(0x0e0); },
       "domain 0, group web: mask e0 overlaps another partition"},
      {"tied ways are split", [](Case& c) { c.geometry.domains[0].tied = {Cbm(0x0c0)}; }, "splits the tied ways c0"},
      {"a way is nobody's", [](Case& c) { c.geometry.domains[0].available = Cbm(0x1fff); },
       "domain 0: masks cover fff, available are 1fff"},
      {"a group without a mask", [](Case& c) { c.masks.domains[0].groups.pop_back(); },
       "domain 0, group web: has no mask"},
      {"a domain without masks", [](Case& c) { c.masks.domains.pop_back(); }, "domain 8: not there"},
      {"a domain that the node has not", [](Case& c) { c.geometry.domains.pop_back(); }, "domain 8: not there"},
      {"a partition below its floor", [](Case& c) { c.floors[1].ways = 5_ways; },
       "domain 0, group db: 4 ways are below its floor of 5"},
      {"the shared region below its floor", [](Case& c) { c.floors[0].ways = 6_ways; },
       "domain 0, shared region: 5 ways are below its floor of 6"},
      {"a floor for a group that has no mask",
       [](Case& c) {
         c.floors.push_back({kFirst, GroupId{"x"}, 1_ways});
       },
       "domain 0, group x: 0 ways are below its floor of 1"},
      {"more groups than CLOSIDs", [](Case& c) { c.geometry.closids = 2; },
       "2 groups and the default one need more than 2 CLOSIDs"},
      {"a member's group counts though it has no ways",
       [](Case& c) {
         c.plan.members.push_back({{"c"}, GroupId{"x"}});
       },
       "3 groups and the default one need more than 3 CLOSIDs"},
      {"the second domain is looked at too", [](Case& c) { c.masks.domains[1].groups[0].mask = Cbm(0x01e); },
       "domain 8, group db: mask 1e overlaps another partition"},
  };
  for (const Mutation& m : mutations) {
    Case c = legal();
    m.mutate(c);
    const auto wrong = look(c);
    INFO(m.name << ": " << wrong.value_or("accepted"));
    CHECK(wrong.has_value());
    CHECK(wrong.value_or("").find(m.says) != std::string::npos);
  }
}

TEST_CASE("tied ways that lie in one mask are not split, and what is not available of them does not count") {
  Case c = legal();
  c.geometry.domains[0].tied = {Cbm(0xc00), Cbm(0x003)};
  REQUIRE_FALSE(look(c).has_value());
  c.geometry.domains[0].tied = {Cbm(0x1800)};  // its upper way is outside `available`
  REQUIRE_FALSE(look(c).has_value());
}

TEST_CASE("the shared region may be empty where the machine allows that") {
  Case c = legal();
  c.geometry.domains[0].shared_may_be_empty = true;
  c.geometry.domains[0].tied.clear();
  c.plan.domains[0] = {kFirst, {{kDb, 8_ways}, {kWeb, 4_ways}}, 0_ways};
  c.masks.domains[0] = {kFirst, Cbm(), {{kDb, Cbm(0x0ff)}, {kWeb, Cbm(0xf00)}}};
  c.floors.clear();
  REQUIRE_FALSE(look(c).has_value());
}

// cat/masks.h: a group that has no ways of its own in a domain has the shared region's mask there. Over a
// partition it would fill somebody's dedicated ways.
TEST_CASE("a group without planned ways whose mask lies over a partition is refused") {
  Case c = legal();
  c.masks.domains[1].groups[1].mask = Cbm(0x00f);  // web over db, in the domain where web has no ways
  REQUIRE(look(c).has_value());
}

TEST_CASE("a domain of the node that plan and masks leave out is refused") {
  Case c = legal();
  c.plan.domains.pop_back();
  c.masks.domains.pop_back();
  c.floors.pop_back();
  REQUIRE(look(c).has_value());
}

TEST_CASE("an isolated group's mask meets no other mask, and nobody else is in it") {
  Case c = legal();
  c.isolated = {kDb, kWeb};
  CHECK_FALSE(look(c));  // web has no partition in the second domain: nothing to keep apart
  Case joined = c;
  joined.plan.members.push_back({{"c"}, kDb});
  CHECK(look(joined) == "group db is isolated and has more than one member");
  c.plan.domains[0].overlapping = {Cbm(0x00f), Cbm(0x07f)};
  c.plan.domains[0].dedicated[1].ways = 7_ways;
  c.masks.domains[0].groups[1].mask = Cbm(0x07f);
  CHECK(look(c) == "domain 0, group db: is isolated, and its mask f overlaps another");
  c.isolated = {};
  CHECK_FALSE(look(c));
}

TEST_CASE("a policy's partitions may overlap each other, and nothing else changes") {
  const auto nested = [] {
    Case c = legal();
    c.plan.domains[0].overlapping = {Cbm(0x00f), Cbm(0x07f)};
    c.plan.domains[0].dedicated[1].ways = 7_ways;
    c.masks.domains[0].groups[1].mask = Cbm(0x07f);
    return c;
  };
  CHECK_FALSE(look(nested()));
  const Mutation mutations[] = {
      {"the shared region is overlapped",
       [](Case& c) {
         c.masks.domains[0].groups[1].mask = Cbm(0x0fe);
         c.plan.domains[0].dedicated[1].ways = 7_ways;
       },
       "domain 0, group web: mask fe overlaps another partition"},
      {"another size than planned", [](Case& c) { c.masks.domains[0].groups[1].mask = Cbm(0x03f); },
       "mask 3f has 6 ways, planned 7"},
      {"ways that are not available", [](Case& c) { c.geometry.domains[0].available = Cbm(0xffe); },
       "leaves the available ways ffe"},
      {"tied ways are split", [](Case& c) { c.geometry.domains[0].tied = {Cbm(0x018)}; }, "splits the tied ways 18"},
      {"too many groups", [](Case& c) { c.geometry.closids = 2; }, "need more than 2 CLOSIDs"},
  };
  for (const Mutation& m : mutations) {
    Case c = nested();
    m.mutate(c);
    const auto wrong = look(c);
    INFO(m.name << ": " << wrong.value_or("nothing wrong"));
    REQUIRE(wrong);
    CHECK(wrong->find(m.says) != std::string::npos);
  }
}
