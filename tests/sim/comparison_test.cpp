#include "sim/comparison.h"

#include "tests/sim/build.h"
#include "tests/support/catch.h"

namespace dcat::sim::test {
namespace {

const DomainId kZero{0};

Geometry geometry(Cbm shareable = {}, std::vector<Cbm> tied = {}) {
  Geometry g;
  g.closids = 4;
  g.domains.push_back({kZero, Cbm(0xfffff), shareable, Ways(1), std::move(tied), true, 0});
  return g;
}

Claim claim(const std::string& name, int ways) {
  return {{name}, {{kZero, Ways(ways)}}};
}

std::vector<std::pair<std::string, std::uint64_t>> masks_of(const Masks& masks) {
  std::vector<std::pair<std::string, std::uint64_t>> out{{"", masks.domains[0].shared.bits}};
  for (const GroupMask& g : masks.domains[0].groups) out.emplace_back(g.group.value, g.mask.bits);
  return out;
}

using Expected = std::vector<std::pair<std::string, std::uint64_t>>;

TEST_CASE("Contracts lie side by side, away from the shareable ways, and the rest is shared") {
  const std::vector<Claim> claims{claim("b", 3), claim("a", 4)};
  CHECK(masks_of(static_masks(geometry(), claims)) == Expected{{"", 0xfff80}, {"a", 0x78}, {"b", 0x7}});
  CHECK(masks_of(static_masks(geometry(Cbm(0xc0000)), claims)) == Expected{{"", 0xfff80}, {"a", 0x78}, {"b", 0x7}});
  CHECK(masks_of(static_masks(geometry(Cbm(0x3)), claims)) == Expected{{"", 0x1fff}, {"a", 0x1e000}, {"b", 0xe0000}});
}

TEST_CASE("Who does not fit lives in a shared region that keeps a way") {
  // 10 + 10 would fill the cache; c is left over, so b has to stay out too.
  CHECK(masks_of(static_masks(geometry(), {claim("a", 10), claim("b", 10)})) ==
        Expected{{"", 0}, {"a", 0x3ff}, {"b", 0xffc00}});
  CHECK(masks_of(static_masks(geometry(), {claim("a", 10), claim("b", 10), claim("c", 2)})) ==
        Expected{{"", 0xff000}, {"a", 0x3ff}, {"c", 0xc00}});
}

TEST_CASE("What contracts leave is a mask or nothing") {
  Geometry two = geometry();
  two.domains[0].min_cbm_bits = Ways(2);
  // 10 + 9 would leave one way, which is no mask there: b stays out.
  CHECK(masks_of(static_masks(two, {claim("a", 10), claim("b", 9)})) == Expected{{"", 0xffc00}, {"a", 0x3ff}});
  CHECK(masks_of(static_masks(two, {claim("a", 10), claim("b", 8)})) ==
        Expected{{"", 0xc0000}, {"a", 0x3ff}, {"b", 0x3fc00}});
}

TEST_CASE("More tenants than CLOSIDs: the later ones live in the shared region") {
  const Masks masks = static_masks(geometry(), {claim("d", 2), claim("c", 2), claim("b", 2), claim("a", 2)});
  CHECK(masks.members == std::vector<Member>{{{"b"}, {"b"}}, {{"c"}, {"c"}}, {{"d"}, {"d"}}});
}

TEST_CASE("Tied ways stay in the shared region") {
  CHECK(masks_of(static_masks(geometry(Cbm(0xc0000), {Cbm(0xc0000)}), {claim("a", 10), claim("b", 9)})) ==
        Expected{{"", 0xffc00}, {"a", 0x3ff}});
}

TEST_CASE("Static contracts leave each tenant alone at 1") {
  const Scenario s = scenario({tenant("a", 3, mlr(5)), tenant("b", 4, mload()), tenant("c", 4, zipf(9, 5000, 0.7))});
  const Result<std::vector<FixedResult>> result = run_fixed(s, FixedMasks::static_contracts, 1s, 10);
  REQUIRE(result.ok());
  for (const FixedResult& r : *result) CHECK(*r.normalised_ipc == Approx(1));
  CHECK(*result->at(0).ipc == Approx(1 / 11.5));
}

TEST_CASE("A shared cache lets a stream take it from a reader") {
  const Scenario s = scenario({tenant("a", 5, mlr(5)), tenant("b", 4, mload()), tenant("c", 4, mload())});
  const Result<std::vector<FixedResult>> result = run_fixed(s, FixedMasks::shared_cache, 1s, 10);
  REQUIRE(result.ok());
  CHECK(*result->at(0).normalised_ipc < 0.7);
  CHECK(*result->at(1).normalised_ipc == Approx(1));
}

TEST_CASE("A refill shows in the first period and not in later ones") {
  Scenario s = scenario({tenant("a", 3, mlr(5)), tenant("b", 3, lookbusy())});
  s.refill = 500ms;
  const auto normalised = [&](int first_period) {
    return *run_fixed(s, FixedMasks::static_contracts, 1s, 4, first_period)->at(0).normalised_ipc;
  };
  CHECK(normalised(0) > 1.05);
  CHECK(normalised(1) == Approx(1));
}

TEST_CASE("Who arrives gets its contract at the next period's start") {
  Scenario s = scenario({tenant("a", 3, mlr(5)), tenant("b", 5, mlr(5)), tenant("c", 3, mlr(5))});
  s.tenants[1].arrival = at(2500ms);
  s.tenants[1].departure = at(8s);
  s.tenants[2].arrival = at(1h);
  const std::vector<FixedResult> all = *run_fixed(s, FixedMasks::static_contracts, 1s, 10);
  CHECK(*all[1].normalised_ipc > 0.8);
  CHECK(*all[1].normalised_ipc <= Approx(1));
  CHECK_FALSE(all[2].ipc.has_value());
  const std::vector<FixedResult> late = *run_fixed(s, FixedMasks::static_contracts, 1s, 10, 8);
  CHECK(*late[0].normalised_ipc == Approx(1));
  CHECK_FALSE(late[1].ipc.has_value());
}

TEST_CASE("A tenant has its partition in all of its domains or in none") {
  Scenario s = scenario({tenant("a", 6, mlr(5)), tenant("b", 6, mlr(5))});
  s.domains.push_back(s.domains[0]);
  s.domains[1].id = DomainId{3};
  s.domains[1].ways = Ways(11);
  s.tenants[0].placements = {{kZero, 1}, {DomainId{3}, 1}};
  s.tenants[1].placements = {{kZero, 1}, {DomainId{3}, 1}};
  const Result<std::vector<FixedResult>> result = run_fixed(s, FixedMasks::static_contracts, 1s, 3);
  REQUIRE(result.ok());
  CHECK(*result->at(0).normalised_ipc == Approx(1));
  CHECK(*result->at(1).normalised_ipc == Approx(1));  // 14 and 5 shared ways, nobody else in them
}

}  // namespace
}  // namespace dcat::sim::test
