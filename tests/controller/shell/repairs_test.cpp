#include "controller/shell/repairs.h"

#include "tests/cat/builders.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

using namespace std::chrono_literals;
using testing::domain_masks;
using testing::geometry_of;
using testing::masks_of;

TimePoint at(Duration since_start) {
  return TimePoint(since_start);
}
Geometry two_domains() {
  Geometry geometry = geometry_of(8);
  geometry.domains.push_back(geometry.domains[0]);
  geometry.domains[1].id = DomainId{3};
  return geometry;
}
std::string damage_of(const Masks& expected, const Masks& observed, const Geometry& before = geometry_of(8),
                      const Geometry& now = geometry_of(8)) {
  return damage(expected, before, observed, now);
}
const Masks kOurs = masks_of({{"", 0xc0}, {"a", 0x0f}, {"b", 0x30}}, {{"c1", "a"}});

TEST_CASE("what is as it was left is no damage, whoever is in it") {
  CHECK(damage_of(kOurs, kOurs).empty());
  CHECK(damage_of(kOurs, masks_of({{"", 0xc0}, {"a", 0x0f}, {"b", 0x30}}, {{"c1", "b"}, {"c2", "a"}})).empty());
  CHECK(damage_of(Masks{}, kOurs).empty());
}

TEST_CASE("a mask that was rewritten and a group that is gone are damage, each in words") {
  CHECK(damage_of(kOurs, masks_of({{"", 0xc0}, {"a", 0x07}, {"b", 0x30}})) == "group a has 7 instead of f in domain 0");
  CHECK(damage_of(kOurs, masks_of({{"", 0xff}, {"a", 0x0f}, {"b", 0x30}})) ==
        "the default group has ff instead of c0 in domain 0");
  CHECK(damage_of(kOurs, masks_of({{"", 0xc0}, {"b", 0x30}})) == "group a is gone");
  CHECK(damage_of(kOurs, masks_of({{"", 0xff}})) ==
        "the default group has ff instead of c0 in domain 0, group a is gone, group b is gone");
}

TEST_CASE("a group that somebody else made with our prefix is none of the damage") {
  CHECK(damage_of(kOurs, masks_of({{"", 0xc0}, {"a", 0x0f}, {"b", 0x30}, {"new", 0xff}})).empty());
}

TEST_CASE("a group that is gone is told once, not for each domain, whichever domain can be compared") {
  Masks two = kOurs;
  two.domains.push_back(domain_masks({{"", 0xc0}, {"a", 0x0f}, {"b", 0x30}}, 3));
  Masks less = two;
  for (DomainMasks& domain : less.domains) domain.groups.erase(domain.groups.begin());
  CHECK(damage_of(two, less, two_domains(), two_domains()) == "group a is gone");
  Masks second_only = less;
  second_only.domains.erase(second_only.domains.begin());  // the first domain's CPUs went offline meanwhile
  CHECK(damage_of(two, second_only, two_domains(), two_domains()) == "group a is gone");
}

TEST_CASE("domains that come and go are no damage") {
  Masks two = kOurs;
  two.domains.push_back(domain_masks({{"", 0xc0}, {"a", 0x0f}, {"b", 0x30}}, 3));
  CHECK(damage_of(two, kOurs, two_domains(), geometry_of(8)).empty());
  CHECK(damage_of(kOurs, two, geometry_of(8), two_domains()).empty());
  Masks changed = two;
  changed.domains[1].groups[0].mask = Cbm(1);
  CHECK(damage_of(two, changed, two_domains(), two_domains()) == "group a has 1 instead of f in domain 3");
  CHECK(damage_of(two, changed, two_domains(), geometry_of(8)).empty());
}

TEST_CASE("of the default group, ways that are left to others are not compared") {
  Geometry less = geometry_of(8);
  less.domains[0].available = Cbm(0x3f);  // a foreign group came and holds the upper two
  CHECK(damage_of(kOurs, masks_of({{"", 0x00}, {"a", 0x0f}, {"b", 0x30}}), geometry_of(8), less).empty());
  // A group of ours has the mask that we wrote, whoever else wants its ways.
  CHECK(damage_of(kOurs, masks_of({{"", 0xc0}, {"a", 0xcf}, {"b", 0x30}}), geometry_of(8), less) ==
        "group a has cf instead of f in domain 0");
  CHECK(damage_of(masks_of({{"", 0x30}, {"a", 0x0f}}), masks_of({{"", 0xf0}, {"a", 0x0f}}), less, geometry_of(8))
            .empty());
  CHECK(damage_of(kOurs, masks_of({{"", 0x00}, {"a", 0x07}, {"b", 0x30}}), geometry_of(8), less) ==
        "group a has 7 instead of f in domain 0");
}

// Looks once a second at masks that were left as `wanted`, and finds `found`.
class Seconds {
 public:
  std::optional<std::string> look(const Masks& found) {
    return repairs.look(at(++second_ * 1s), geometry_of(8), found);
  }
  void pass(int seconds) { second_ += seconds; }
  // Somebody removes group a, and we make it again.
  std::optional<std::string> damage_and_repair() {
    const auto said = look(masks_of({{"", 0xc0}, {"b", 0x30}}));
    repairs.applied(CreateGroup{GroupId{"a"}});
    repairs.applied(WriteMasks{GroupId{"a"}, {{DomainId{0}, Cbm(0x0f)}}});
    return said;
  }
  Repairs repairs;

 private:
  int second_ = 0;
};

TEST_CASE("the first look knows nothing to compare with, and our own changes are no damage") {
  Seconds s;
  CHECK_FALSE(s.look(kOurs).has_value());
  s.repairs.applied(RemoveGroup{GroupId{"b"}});
  s.repairs.applied(WriteMasks{GroupId{}, {{DomainId{0}, Cbm(0xf0)}}});
  s.repairs.applied(MoveContainer{ContainerId{"c1"}, GroupId{}});
  CHECK_FALSE(s.look(masks_of({{"", 0xf0}, {"a", 0x0f}})).has_value());
  CHECK_FALSE(s.repairs.give_up());
}

TEST_CASE("a change that was not applied is missed by nobody") {
  Seconds s;
  s.look(kOurs);
  s.repairs.applied(CreateGroup{GroupId{"new"}});
  s.repairs.lost_track();
  s.repairs.applied(CreateGroup{GroupId{"other"}});
  CHECK_FALSE(s.look(masks_of({{"", 0xff}})).has_value());
  CHECK(s.look(kOurs).has_value());  // and from then on it is known again
}

TEST_CASE("damage is said for the first time in a minute, and given up at the third") {
  Seconds s;
  s.look(kOurs);
  CHECK(s.damage_and_repair() == "group a is gone");
  CHECK_FALSE(s.damage_and_repair().has_value());
  CHECK_FALSE(s.repairs.give_up());
  CHECK_FALSE(s.damage_and_repair().has_value());
  CHECK(s.repairs.give_up());
}

TEST_CASE("what stays damaged because we do not repair it counts once") {
  Seconds s;
  s.look(kOurs);
  const Masks damaged = masks_of({{"", 0xc0}, {"b", 0x30}});
  CHECK(s.look(damaged).has_value());
  for (int i = 0; i < 10; ++i) CHECK_FALSE(s.look(damaged).has_value());
  CHECK_FALSE(s.repairs.give_up());
}

TEST_CASE("damage of more than a minute ago is forgotten, and said again") {
  Seconds s;
  s.look(kOurs);
  for (int i = 0; i < 5; ++i) {
    CHECK(s.damage_and_repair().has_value());
    s.look(kOurs);
    s.pass(60);
    CHECK_FALSE(s.repairs.give_up());
  }
}

TEST_CASE("three times count when the first and the last are a minute apart, not when they are more") {
  for (const int gap : {29, 30}) {  // the looks are gap + 1 seconds apart
    Seconds s;
    s.look(kOurs);
    s.damage_and_repair();
    s.pass(gap);
    s.damage_and_repair();
    s.pass(gap);
    s.damage_and_repair();
    CHECK(s.repairs.give_up() == (gap == 29));
  }
}

TEST_CASE("a throttle that somebody else wrote is damage, in words") {
  Masks found = kOurs;
  found.domains[0].groups[1].throttle = Throttle(40);
  CHECK(damage_of(kOurs, found) == "group b has 40 % of its memory bandwidth instead of 100 % in domain 0");
  CHECK(damage_of(found, found).empty());
}

}  // namespace
}  // namespace dcat
