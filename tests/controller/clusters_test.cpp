// clusters: who shares a class of service when there are more containers than CLOSIDs.
#include "controller/clusters.h"

#include <ostream>

#include "tests/support/catch.h"

namespace dcat {
inline std::ostream& operator<<(std::ostream& out, const Cluster& c) {
  out << static_cast<int>(c.kind) << "{";
  for (const std::size_t m : c.members) out << " " << m;
  return out << " }";
}
}  // namespace dcat

using namespace dcat;

namespace {

using Members = std::vector<std::size_t>;

// Everybody is in the one domain of these tests unless said otherwise.
Tenancy plain(double loss = 0.5) {
  Tenancy t;
  t.loss = loss;
  t.domains = {true};
  return t;
}
Tenancy idle(double loss = 0) {
  Tenancy t = plain(loss);
  t.idle = true;
  return t;
}
Tenancy streaming(double loss = 0) {
  Tenancy t = plain(loss);
  t.streaming = true;
  return t;
}
Tenancy owed(double loss = 0) {
  Tenancy t = plain(loss);
  t.alone = true;
  return t;
}
Tenancy in(std::vector<bool> domains) {
  Tenancy t = plain();
  t.domains = std::move(domains);
  return t;
}

std::vector<Cluster> clustered(std::vector<Tenancy> tenancies, std::size_t most) {
  for (std::size_t i = 0; i < tenancies.size(); ++i) tenancies[i].container = static_cast<std::uint32_t>(i);
  return cluster(tenancies, most);
}

Cluster own(std::size_t i) {
  return {ClusterKind::own, {i}};
}

}  // namespace

TEST_CASE("nobody is there: no clusters") {
  REQUIRE(clustered({}, 0).empty());
}

TEST_CASE("as long as there are groups enough everybody has its own") {
  const auto c = clustered({idle(), idle(), streaming(), streaming(), plain()}, 5);
  REQUIRE(c == std::vector{own(0), own(1), own(2), own(3), own(4)});
}

TEST_CASE("first idle Donors share one group") {
  const auto c = clustered({idle(), plain(), idle(), streaming(), streaming()}, 4);
  REQUIRE(c == std::vector<Cluster>{{ClusterKind::idle, {0, 2}}, own(1), own(3), own(4)});
}

TEST_CASE("then Streaming containers share one") {
  const auto c = clustered({idle(), plain(), idle(), streaming(), streaming()}, 3);
  REQUIRE(c == std::vector<Cluster>{{ClusterKind::idle, {0, 2}}, own(1), {ClusterKind::streaming, {3, 4}}});
}

TEST_CASE("a single idle or Streaming container shares with nobody and keeps its group's kind") {
  const auto c = clustered({idle(0.8), streaming(0.9), plain(0.1), plain(0.2), plain(0.3)}, 4);
  REQUIRE(c == std::vector<Cluster>{own(0), own(1), {ClusterKind::merged, {2, 3}}, own(4)});
}

TEST_CASE("then containers that meet in no domain share a group, in order of ids and no more than needed") {
  const std::vector<Tenancy> four{in({true, false}), in({false, true}), in({true, false}), in({false, true})};
  REQUIRE(clustered(four, 4).size() == 4);
  REQUIRE(clustered(four, 3) == std::vector<Cluster>{{ClusterKind::packed, {0, 1}}, own(2), own(3)});
  REQUIRE(clustered(four, 2) == std::vector<Cluster>{{ClusterKind::packed, {0, 1}}, {ClusterKind::packed, {2, 3}}});
}

TEST_CASE("three may be packed when they meet in no domain, and who meets one of them may not") {
  const std::vector<Tenancy> t{in({true, false, false}), in({false, true, false}), in({true, true, false}),
                               in({false, false, true})};
  REQUIRE(clustered(t, 2) == std::vector<Cluster>{{ClusterKind::packed, {0, 1, 3}}, own(2)});
}

TEST_CASE("packing goes in order of ids also past a single idle container") {
  Tenancy first = in({true, false});
  first.idle = true;
  const std::vector<Tenancy> t{first, in({false, true}), in({false, true})};
  REQUIRE(clustered(t, 2) == std::vector<Cluster>{{ClusterKind::packed, {0, 1}}, own(2)});
}

TEST_CASE("at last those who lose least share one group, as few as will do") {
  const std::vector<Tenancy> t{plain(0.4), plain(0.1), plain(0.3), plain(0.2)};
  REQUIRE(clustered(t, 3) == std::vector<Cluster>{own(0), {ClusterKind::merged, {1, 3}}, own(2)});
  REQUIRE(clustered(t, 2) == std::vector<Cluster>{own(0), {ClusterKind::merged, {1, 2, 3}}});
  REQUIRE(clustered(t, 1) == std::vector<Cluster>{{ClusterKind::merged, {0, 1, 2, 3}}});
}

TEST_CASE("of equal losers the first by id share") {
  const std::vector<Tenancy> t{plain(0.2), plain(0.2), plain(0.2)};
  REQUIRE(clustered(t, 2) == std::vector<Cluster>{{ClusterKind::merged, {0, 1}}, own(2)});
}

TEST_CASE("a container that is owed its contract shares after all that are not") {
  const std::vector<Tenancy> t{owed(0), plain(0.9), plain(0.8), owed(0)};
  REQUIRE(clustered(t, 3) == std::vector<Cluster>{own(0), {ClusterKind::merged, {1, 2}}, own(3)});
  REQUIRE(clustered(t, 2) == std::vector<Cluster>{{ClusterKind::merged, {0, 1, 2}}, own(3)});
}

TEST_CASE("idle containers, which disturb nobody, merge first, and Streaming ones last") {
  const std::vector<Tenancy> t{idle(), idle(), plain(0.9), plain(0.8), streaming(), streaming()};
  REQUIRE(clustered(t, 3) ==
          std::vector<Cluster>{{ClusterKind::merged, {0, 1, 3}}, own(2), {ClusterKind::streaming, {4, 5}}});
  REQUIRE(clustered(t, 2).size() == 2);
}

// The header's order ends: "A container in Reclaim shares last of all."
TEST_CASE("before a container in Reclaim shares, the others share with the idle") {
  const std::vector<Tenancy> t{idle(), idle(), plain(0.1), owed()};
  const auto c = clustered(t, 2);
  REQUIRE(c == std::vector<Cluster>{{ClusterKind::merged, {0, 1, 2}}, own(3)});
}

TEST_CASE("packed containers merge as one and bring the sum of their losses") {
  const std::vector<Tenancy> t{in({true, false}), in({false, true}), in({true, true}), in({true, true})};
  // {0, 1} lose 0.5 + 0.5, 2 and 3 lose 0.5 each.
  REQUIRE(clustered(t, 2) == std::vector<Cluster>{{ClusterKind::packed, {0, 1}}, {ClusterKind::merged, {2, 3}}});
}

TEST_CASE("clusters are in order of their first member, and members ascend") {
  const auto c = clustered({plain(0.9), idle(), plain(0.1), idle(), plain(0.8), plain(0.2)}, 4);
  REQUIRE(c == std::vector<Cluster>{own(0), {ClusterKind::merged, {1, 2, 3}}, own(4), own(5)});
}

TEST_CASE("idle and Streaming clusters need one least partition, others the sum of their members'") {
  REQUIRE(Cluster{ClusterKind::idle, {}}.one_for_all());
  REQUIRE(Cluster{ClusterKind::streaming, {}}.one_for_all());
  REQUIRE_FALSE(Cluster{ClusterKind::own, {}}.one_for_all());
  REQUIRE_FALSE(Cluster{ClusterKind::packed, {}}.one_for_all());
  REQUIRE_FALSE(Cluster{ClusterKind::merged, {}}.one_for_all());
}

TEST_CASE("a container's own group has its name, a cluster's a name that no container's can be") {
  REQUIRE(group_name(ClusterKind::own, {"web"}) == GroupId{"web"});
  REQUIRE(group_name(ClusterKind::idle, {"web"}) == GroupId{"~idle"});
  REQUIRE(group_name(ClusterKind::streaming, {"web"}) == GroupId{"~streaming"});
  REQUIRE(group_name(ClusterKind::merged, {"web"}) == GroupId{"~merged"});
  REQUIRE(group_name(ClusterKind::packed, {"web"}) == GroupId{"~packed.web"});
  std::vector<GroupId> names;
  for (const char* id : {"web", "", "~", "~idle", "~~idle", "~merged", "~packed.web"})
    names.push_back(group_name(ClusterKind::own, {id}));
  for (const ClusterKind kind : {ClusterKind::idle, ClusterKind::streaming, ClusterKind::merged, ClusterKind::packed})
    names.push_back(group_name(kind, {"web"}));
  for (std::size_t i = 0; i < names.size(); ++i) {
    CHECK_FALSE(names[i].is_shared_region());
    for (std::size_t j = i + 1; j < names.size(); ++j) CHECK(names[i] != names[j]);
  }
}

TEST_CASE(
    "who is isolated keeps a group of its own, however little it would lose, and idle or streaming or elsewhere") {
  Tenancy light = plain(0.01), sleeping = idle(), reading = streaming(), elsewhere = in({false, true});
  for (Tenancy* t : {&light, &sleeping, &reading, &elsewhere}) t->isolated = true;
  const std::vector<Cluster> made =
      clustered({light, sleeping, reading, elsewhere, idle(), idle(), streaming(), plain(0.9), in({true, false})}, 5);
  CHECK(made == std::vector<Cluster>{own(0), own(1), own(2), own(3), Cluster{ClusterKind::merged, {4, 5, 6, 7, 8}}});
}

TEST_CASE("with more isolated ones than groups those that lose least share, beside all others") {
  Tenancy a = plain(0.3), b = plain(0.1), c = plain(0.2);
  for (Tenancy* t : {&a, &b, &c}) t->isolated = true;
  CHECK(clustered({a, b, c, plain(0.9)}, 3) ==
        std::vector<Cluster>{own(0), Cluster{ClusterKind::merged, {1, 3}}, own(2)});
  CHECK(clustered({a, b, c}, 2) == std::vector<Cluster>{own(0), Cluster{ClusterKind::merged, {1, 2}}});
}
