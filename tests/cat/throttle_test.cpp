// Throttles: which ones a machine takes, how they are laid out, written and applied.
#include "cat/throttle.h"

#include "tests/cat/builders.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::testing;

namespace {

Masks throttled(Masks masks, const std::string& group, int percent, std::size_t domain = 0) {
  for (GroupMask& g : masks.domains.at(domain).groups)
    if (g.group == GroupId{group}) g.throttle = Throttle(percent);
  return masks;
}
std::vector<std::string> steps(const Masks& observed, const Masks& desired) {
  const Result<Changes> changes = diff(observed, desired, geometry_of(8));
  if (!changes) return {changes.error().to_string()};
  Masks after = observed;
  for (const Change& change : *changes) apply_change(after, change);
  CHECK(after == desired);
  return texts_of(*changes);
}
using Texts = std::vector<std::string>;

const Masks kBoth = masks_of({{"", 0xf0}, {"a", 0x3}, {"b", 0xc}}, {{"one", "a"}, {"two", "b"}});

}  // namespace

TEST_CASE("steps go down to the least throttle and up to none, and stay on what the machine takes") {
  const ThrottleSteps tens;
  CHECK(tens.below(kUnthrottled) == Throttle(90));
  CHECK(tens.below(Throttle(20)) == Throttle(10));
  CHECK(tens.below(Throttle(10)) == Throttle(10));
  CHECK(tens.above(Throttle(10)) == Throttle(20));
  CHECK(tens.above(Throttle(90)) == kUnthrottled);
  CHECK(tens.above(kUnthrottled) == kUnthrottled);
  // What somebody else has written lies between two steps.
  CHECK(tens.below(Throttle(55)) == Throttle(50));
  CHECK(tens.above(Throttle(55)) == Throttle(60));
  for (int least = 1; least < 100; ++least)
    for (int step = 1; step < 100; ++step) {
      const ThrottleSteps steps{Throttle(least), step};
      Throttle t;
      for (int n = 0; n < 100; ++n) {
        CAPTURE(least, step, t.percent);
        REQUIRE(steps.takes(t));
        REQUIRE((t == kUnthrottled || t >= Throttle(least)));
        t = steps.below(t);
      }
      for (int n = 0; n < 100; ++n) t = steps.above(t);
      REQUIRE(t == kUnthrottled);
    }
}

TEST_CASE("a throttle that changes alone is one write of an MB line") {
  CHECK(steps(kBoth, throttled(kBoth, "a", 50)) == Texts{"a MB:0=50"});
  CHECK(steps(throttled(kBoth, "a", 50), kBoth) == Texts{"a MB:0=100"});
  CHECK(steps(throttled(kBoth, "b", 40), throttled(kBoth, "b", 40)).empty());
}

TEST_CASE("a throttle goes with the group's last masks in one write") {
  const Masks wider = masks_of({{"", 0xe0}, {"a", 0x3}, {"b", 0x1c}}, {{"one", "a"}, {"two", "b"}});
  CHECK(steps(kBoth, throttled(wider, "b", 30)) == Texts{" L3:0=e0", "b L3:0=1c\nMB:0=30"});
}

TEST_CASE("a group that comes is throttled before its members join, one that goes is left alone") {
  const Masks none = masks_of({{"", 0xff}});
  const Masks one = throttled(masks_of({{"", 0xf0}, {"a", 0xf}}, {{"one", "a"}}), "a", 70);
  CHECK(steps(none, one) == Texts{"+a", " L3:0=f0", "a L3:0=f\nMB:0=70", "one>a"});
  CHECK(steps(one, none) == Texts{"one>", "-a", " L3:0=ff"});
}

TEST_CASE("only the domains whose throttle differs are written") {
  Masks two = kBoth;
  two.domains.push_back(domain_masks({{"", 0xf0}, {"a", 0x3}, {"b", 0xc}}, 3));
  Geometry geometry = geometry_of(8);
  geometry.domains.push_back(geometry.domains[0]);
  geometry.domains[1].id = DomainId{3};
  const auto changes = diff(throttled(two, "a", 50, 0), throttled(throttled(two, "a", 50, 0), "a", 60, 1), geometry);
  REQUIRE(changes.ok());
  CHECK(texts_of(*changes) == Texts{"a MB:3=60"});
}

TEST_CASE("the default group is never throttled") {
  Masks masks = kBoth;
  apply_change(masks, WriteMasks{GroupId{}, {}, {{DomainId{0}, Throttle(10)}}});
  CHECK(masks == kBoth);
}

TEST_CASE("layout gives each group its planned throttle, and others none") {
  Plan plan = plan_of({{"", 4}, {"a", 2}, {"b", 2}});
  plan.domains[0].throttles = {{GroupId{"b"}, Throttle(20)}};
  const auto masks = layout(plan, geometry_of(8), masks_of({{"", 0xff}}));
  REQUIRE(masks.ok());
  CHECK(throttle_of(&masks->domains[0], GroupId{"a"}) == kUnthrottled);
  CHECK(throttle_of(&masks->domains[0], GroupId{"b"}) == Throttle(20));
  CHECK(throttle_of(&masks->domains[0], GroupId{"c"}) == kUnthrottled);
  CHECK(throttle_of(nullptr, GroupId{"a"}) == kUnthrottled);
}

TEST_CASE("an MB line is read as numbers, whatever they mean, and is refused where it has none") {
  const auto numbers = parse_bandwidths({"MB", {{DomainId{3}, "40"}, {DomainId{0}, "4294967295"}}});
  REQUIRE(numbers.ok());
  CHECK(*numbers == std::vector<std::pair<DomainId, std::uint32_t>>{{DomainId{0}, 4294967295u}, {DomainId{3}, 40}});
  for (const char* text : {"", "x", "-1", "1.5", "4294967296", "0x10"})
    CHECK(parse_bandwidths({"MB", {{DomainId{0}, text}}}).error().to_string() ==
          "MB of domain 0: got \"" + std::string(text) + "\", want a number");
  CHECK_FALSE(parse_bandwidths({"MB", {{DomainId{0}, "10"}, {DomainId{0}, "20"}}}).ok());
}
