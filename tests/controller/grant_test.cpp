// grant: reclaim, give, restore, grow, probe. docs/algorithm.md, "Allocation".
#include "claims.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::test;

namespace {

// grant, with the property that holds in every case: no way is made or lost.
Grants granted(const std::vector<Claim>& claims, int total, const Parameters& p = {}) {
  const Grants grants = grant(claims, Ways(total), p);
  REQUIRE(grants.ways.size() == claims.size());
  REQUIRE(sum(grants) + grants.free.count == total);
  REQUIRE(grants.free >= 0_ways);
  return grants;
}

Claim unprobed(int held, int contract, double miss_ratio) {
  Claim c = unknown(held, contract);
  c.probe_miss_ratio = miss_ratio;
  return c;
}

using Counts = std::vector<int>;

}  // namespace

TEST_CASE("without claims every way is free") {
  REQUIRE(granted({}, 11).free == 11_ways);
}

TEST_CASE("who holds keeps what it has, and free ways stay free") {
  const Grants g = granted({keeper(4, 4), keeper(2, 3)}, 11);
  REQUIRE(counts(g) == Counts{4, 2});
  REQUIRE(g.free == 5_ways);
  REQUIRE_FALSE(g.probe.has_value());
}

TEST_CASE("a contract comes from the free pool first") {
  const Grants g = granted({reclaim(1, 4), keeper(6, 2)}, 11);  // 4 free before
  REQUIRE(counts(g) == Counts{4, 6});
  REQUIRE(g.free == 1_ways);
}

TEST_CASE("a newcomer has its contract at once") {
  REQUIRE(counts(granted({reclaim(0, 3), keeper(4, 4)}, 8)) == Counts{3, 4});
}

TEST_CASE("what the pool lacks comes from the largest excess over a contract, one way at a time") {
  // 4 wanted, 1 had, 1 free: 2 lacking. Excesses 3 and 2: the first way from the first, then they are equal
  // and the first by position gives again.
  REQUIRE(counts(granted({keeper(5, 2), keeper(4, 2), reclaim(1, 4)}, 11)) == Counts{3, 4, 4});
  // 3 lacking: 3 -> 2, 2 -> 1 by position, then the second's 2 -> 1.
  REQUIRE(counts(granted({keeper(5, 2), keeper(4, 2), reclaim(1, 4)}, 10)) == Counts{3, 3, 4});
  REQUIRE(counts(granted({keeper(4, 2), keeper(5, 2), reclaim(1, 4)}, 10)) == Counts{3, 3, 4});
}

TEST_CASE("the largest excess is not the largest holding") {
  REQUIRE(counts(granted({keeper(8, 8), keeper(3, 1), reclaim(1, 2)}, 12)) == Counts{8, 2, 2});
}

TEST_CASE("nobody is taken below its contract for somebody else's") {
  REQUIRE(counts(granted({keeper(3, 2), keeper(3, 3), reclaim(0, 4), keeper(2, 4)}, 11)) == Counts{2, 3, 4, 2});
}

TEST_CASE("what donors give is in the pool before anybody's excess is taken") {
  // 3 lacking, 3 given.
  REQUIRE(counts(granted({donor(4, 4, 1), keeper(5, 2), reclaim(0, 3)}, 9)) == Counts{1, 5, 3});
}

TEST_CASE("donors and Streaming give to the pool down to what they said, and not below the least size") {
  const Grants g = granted({donor(4, 4, 3), donor(4, 4, 1), claim(State::streaming, {DemandKind::give, 1_ways}, {9, 3}),
                            claim(State::donor, {DemandKind::give, 1_ways}, {4, 4, 2})},
                           21);
  REQUIRE(counts(g) == Counts{3, 1, 1, 2});
  REQUIRE(g.free == 14_ways);
}

TEST_CASE("who gives and holds less already gets nothing by it") {
  REQUIRE(counts(granted({donor(2, 6, 4)}, 11)) == Counts{2});
}

TEST_CASE("everybody has at least the least size") {
  REQUIRE(counts(granted({claim(State::unknown, {}, {0, 4, 2}), claim(State::keeper, {}, {1, 2, 2})}, 8)) ==
          Counts{2, 2});
}

TEST_CASE("a size that is restored up to the contract comes like a contract") {
  REQUIRE(counts(granted({restored(1, 4, 4), keeper(7, 3)}, 8)) == Counts{4, 4});
  REQUIRE(counts(granted({restored(1, 4, 3), keeper(7, 3)}, 8)) == Counts{3, 5});
}

TEST_CASE("a size that is restored beyond the contract comes from the pool, as far as that goes") {
  REQUIRE(counts(granted({restored(4, 4, 7), keeper(4, 2)}, 11)) == Counts{7, 4});
  REQUIRE(counts(granted({restored(4, 4, 7), keeper(4, 2)}, 9)) == Counts{5, 4});
  // The contract takes the other's excess, what is beyond it does not.
  REQUIRE(counts(granted({restored(2, 4, 7), keeper(6, 2)}, 8)) == Counts{4, 4});
}

TEST_CASE("a restored size takes what donors give, before anybody grows") {
  REQUIRE(counts(granted({unknown(3, 3), donor(4, 4, 1), restored(3, 3, 6)}, 10)) == Counts{3, 1, 6});
}

TEST_CASE("a restored size below what is held gives the rest back") {
  const Grants g = granted({restored(8, 4, 6), restored(8, 4, 1)}, 16);
  REQUIRE(counts(g) == Counts{6, 1});
  REQUIRE(g.free == 9_ways);
}

TEST_CASE("an Unknown comes before a Receiver") {
  REQUIRE(counts(granted({receiver(4, 4), unknown(4, 4)}, 9)) == Counts{4, 5});
  REQUIRE(counts(granted({receiver(4, 4), unknown(4, 4)}, 10)) == Counts{5, 5});
}

TEST_CASE("one way each a period, however many are free") {
  const Grants g = granted({unknown(4, 4), receiver(2, 2)}, 20);
  REQUIRE(counts(g) == Counts{5, 3});
  REQUIRE(g.free == 12_ways);
}

TEST_CASE("fair: who has least beyond its contract comes first, equals in order of ids") {
  REQUIRE(counts(granted({receiver(6, 4), receiver(5, 4)}, 12)) == Counts{6, 6});
  REQUIRE(counts(granted({receiver(5, 4), receiver(5, 4)}, 11)) == Counts{6, 5});
  REQUIRE(counts(granted({receiver(4, 2), receiver(8, 7), receiver(2, 3)}, 16)) == Counts{4, 9, 3});
  REQUIRE(counts(granted({unknown(6, 4), unknown(5, 4)}, 12)) == Counts{6, 6});
}

TEST_CASE("fair: over several periods ways arrive evenly") {
  std::vector<Claim> claims{receiver(2, 2), receiver(2, 2), receiver(2, 2)};
  for (int total = 6; total <= 13; ++total) {
    const Grants g = granted(claims, total);
    for (std::size_t i = 0; i < claims.size(); ++i) claims[i].held = g.ways[i];
  }
  REQUIRE(claims[0].held == 5_ways);  // 7 more ways for three
  REQUIRE(claims[1].held == 4_ways);
  REQUIRE(claims[2].held == 4_ways);
}

TEST_CASE("a state alone moves nothing: who does not demand to grow holds") {
  REQUIRE(counts(granted({claim(State::unknown, {}, {4, 4}), claim(State::receiver, {}, {4, 4})}, 12)) == Counts{4, 4});
}

TEST_CASE("who rides in another's group gets no ways of its own, whatever it demands") {
  for (Claim rider : {reclaim(3, 4), unknown(3, 4), donor(3, 4, 1), restored(3, 4, 6), keeper(6, 1)}) {
    rider.rides = true;
    rider.probe_miss_ratio = 0.9;
    const Grants g = granted({donor(4, 4, 1), rider, reclaim(0, 7)}, 8);
    CHECK(counts(g) == Counts{1, 0, 7});
  }
}

TEST_CASE("an Unknown that no way came to is probed at the least size when the pool is empty") {
  const Grants g = granted({unprobed(4, 4, 0.9), keeper(4, 4)}, 8);
  REQUIRE(counts(g) == Counts{1, 4});
  REQUIRE(g.probe == std::size_t{0});
  REQUIRE(g.free == 3_ways);
}

TEST_CASE("nobody is probed while there is a way to give") {
  const Grants g = granted({unprobed(4, 4, 0.9), keeper(4, 4)}, 9);
  REQUIRE(counts(g) == Counts{5, 4});
  REQUIRE_FALSE(g.probe.has_value());
}

TEST_CASE("the Unknown with the highest miss ratio is probed, one at a time, equals in order of ids") {
  REQUIRE(granted({unprobed(4, 4, 0.6), unprobed(4, 4, 0.9), unprobed(4, 4, 0.7)}, 12).probe == std::size_t{1});
  REQUIRE(granted({unprobed(4, 4, 0.6), unprobed(4, 4, 0.6)}, 8).probe == std::size_t{0});
  REQUIRE(counts(granted({unprobed(4, 4, 0.6), unprobed(4, 4, 0.9), unprobed(4, 4, 0.7)}, 12)) == Counts{4, 1, 4});
}

TEST_CASE("a probe goes to the least partition of the machine") {
  Claim c = unprobed(4, 4, 0.9);
  c.least = 2_ways;
  REQUIRE(counts(granted({c}, 4)) == Counts{2});
}

TEST_CASE("an Unknown that may not be probed, or has no way to lose, is not") {
  REQUIRE_FALSE(granted({unknown(4, 4)}, 4).probe.has_value());
  REQUIRE_FALSE(granted({unprobed(1, 4, 0.9), keeper(3, 3)}, 4).probe.has_value());
  Claim holds = unprobed(4, 4, 0.9);
  holds.demand = {};
  REQUIRE_FALSE(granted({holds}, 4).probe.has_value());
}

TEST_CASE("while one is probed no other is") {
  Claim probed = claim(State::unknown, {}, {1, 4});
  probed.being_probed = true;
  REQUIRE_FALSE(granted({probed, unprobed(4, 4, 0.9)}, 5).probe.has_value());
  REQUIRE_FALSE(granted({unprobed(4, 4, 0.9), probed}, 5).probe.has_value());
}

TEST_CASE("an Unknown that got a way is not probed, the one that was left out is") {
  const Grants g = granted({unprobed(4, 4, 0.9), unprobed(5, 4, 0.6)}, 10);
  REQUIRE(counts(g) == Counts{5, 1});
  REQUIRE(g.probe == std::size_t{1});
}

TEST_CASE("the ways a probe frees are not handed out in the same period") {
  const Grants g = granted({unprobed(4, 4, 0.9), unknown(4, 4), receiver(4, 4)}, 12);
  REQUIRE(counts(g) == Counts{1, 4, 4});
  REQUIRE(g.free == 3_ways);
}
