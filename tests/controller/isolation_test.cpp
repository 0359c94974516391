// Containers that are only observed, and containers whose ways are nobody else's, through the whole step.
#include "small_node.h"

using namespace dcat;
using namespace dcat::test;

namespace {

ContainerInfo observed(const std::string& id, int contract) {
  ContainerInfo info{ContainerId{id}, Kind::given, Ways(contract), 0};
  info.managed = false;
  return info;
}

ContainerInfo isolated(const std::string& id, int contract, int priority = 0) {
  ContainerInfo info{ContainerId{id}, Kind::given, Ways(contract), 0};
  info.isolated = true;
  info.priority = priority;
  return info;
}

// Nobody's mask overlaps this container's in the last decision, and nobody else is in its group.
bool apart(const SmallNode& node, const std::string& id) {
  const Masks& masks = node.decision().masks;
  const GroupId group = group_of(masks.members, ContainerId{id});
  if (group.is_shared_region() || std::ranges::count(masks.members, group, &Member::group) != 1) return false;
  for (const DomainMasks& domain : masks.domains) {
    const Cbm mine = *find_mask(domain, group);
    if (mine.overlaps(domain.shared)) return false;
    for (const GroupMask& other : domain.groups)
      if (other.group != group && other.mask.overlaps(mine)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("a container that is only observed has a row with its state, and no ways, group or contract") {
  SmallNode node(12);
  node.add(observed("a", 20));  // more than there is: nobody asks
  node.add("b", 3);
  node.ticks(3);
  CHECK(node.row("a").reason.code == ReasonCode::observed_only);
  CHECK(node.row("a").after == State::unknown);
  CHECK(node.row("a").metrics.valid());
  CHECK(node.row("a").contract == 0_ways);
  CHECK_FALSE(node.row("a").dedicated);
  CHECK(node.dedicated("a") == -1);
  CHECK(node.dedicated("b") == 3);
  CHECK(node.decision().domains[0].shared == 9_ways);
  node["a"].does.refs_per_sec = 1000;
  node.tick();
  CHECK(node.row("a").after == State::donor);
  CHECK(node.row("a").reason.value == 1000.0);
}

TEST_CASE("what an observed container does is no demand of the shared region's") {
  for (const bool managed : {true, false}) {
    SmallNode node(12);
    node.parameters.shared_ways = 2_ways;
    ContainerInfo info{ContainerId{"a"}, Kind::none, Ways(0), 0};
    info.managed = managed;
    node.add(info).does.miss_ratio = 0.9;
    node.add("b", 3);
    node.ticks(3);
    const ContainerDecision& shared = node.decision().domains[0].containers.front();
    REQUIRE(shared.container == kSharedRegion);
    CHECK(shared.metrics.valid() == managed);
  }
}

TEST_CASE("a container that is only observed from now on gives its partition back once, and is not touched again") {
  SmallNode node(12);
  node.add("a", 4);
  node.ticks(3);
  REQUIRE(node.dedicated("a") == 4);
  node["a"].info.managed = false;
  node.tick();
  const Changes changes = node.decision().changes;
  CHECK(std::ranges::count(changes, Change(MoveContainer{ContainerId{"a"}, GroupId{}})) == 1);
  CHECK(node.decision().domains[0].shared == 12_ways);
  node.ticks(2);
  CHECK(node.decision().changes.empty());
  node["a"].info.managed = true;
  node.tick();
  CHECK(node.dedicated("a") == 4);
  CHECK(node.row("a").after == State::reclaim);
}

TEST_CASE("an observed container is not moved between periods though others come, go and change") {
  SmallNode node(12);
  node.add(observed("m", 4));
  for (const char* id : {"a", "z"}) {
    node.add(id, 3);
    node.ticks(2);
    for (const Change& change : node.decision().changes)
      if (const auto* move = std::get_if<MoveContainer>(&change)) CHECK(move->container.value != "m");
    CHECK(node.dedicated("m") == -1);
  }
}

TEST_CASE("where CLOSIDs are short everybody else shares before an isolated container does") {
  SmallNode node(12);
  node.geometry.closids = 3;
  node.add("a", 2);
  node.add(isolated("b", 2)).does.refs_per_sec = 1000;  // idle: would be the first to share
  node.add("c", 2);
  node.add("d", 2);
  node.ticks(10);
  CHECK(apart(node, "b"));
  CHECK(node.row("b").reason.code != ReasonCode::isolation_no_closid);
  CHECK(node.decision().plan.members[0].group == node.decision().plan.members[2].group);
}

TEST_CASE("isolation that CLOSIDs do not suffice for is told") {
  SmallNode node(12);
  node.geometry.closids = 3;
  for (const char* id : {"a", "b", "c"}) node.add(isolated(id, 2));
  node.ticks(5);
  int own = 0, told = 0;
  for (const char* id : {"a", "b", "c"}) {
    own += apart(node, id) ? 1 : 0;
    told += node.row(id).reason.code == ReasonCode::isolation_no_closid ? 1 : 0;
  }
  CHECK(own == 1);
  CHECK(told == 2);
  node.geometry.closids = 1;
  node.tick();
  CHECK(node.row("a").reason.code == ReasonCode::isolation_no_closid);
  CHECK_FALSE(node.row("a").dedicated);
}

TEST_CASE("isolation without a contract or without room for it is told, in the shared region") {
  SmallNode node(12);
  ContainerInfo none = isolated("a", 0);
  none.contract_kind = Kind::none;
  node.add(none);
  node.add("b", 8);
  node.add(isolated("c", 6));
  node.tick();
  CHECK(node.row("a").reason.code == ReasonCode::isolation_no_contract);
  CHECK(node.row("c").reason.code == ReasonCode::isolation_no_room);
  CHECK(node.dedicated("a") == -1);
  CHECK(node.dedicated("c") == -1);
}

TEST_CASE("isolation of one that is only observed is nobody's business here") {
  SmallNode node(12);
  ContainerInfo both = isolated("a", 3);
  both.managed = false;
  node.add(both);
  node.tick();
  CHECK(node.row("a").reason.code == ReasonCode::observed_only);
  CHECK(node.dedicated("a") == -1);
}

TEST_CASE("under every other policy an isolated container has its contract, and the policy divides the rest") {
  for (const PolicyKind policy : kPolicyKinds) {
    if (is_dcat(policy)) continue;
    CAPTURE(name_of(policy));
    SmallNode node(16);
    node.parameters.policy = policy;
    node.add("a", 2).does = {0.5, 0.9, 50e6};
    node.add(isolated("b", 3)).does = {0.5, 0.9, 90e6};
    node.add("c", 2).does = {2.0, 0.0001, 20e6};
    node.add("d", 2).does = {1.0, 0.4, 50e6};
    for (int i = 0; i < 40; ++i) {
      node.tick();
      REQUIRE(node.row("b").ways_after == 3_ways);
      REQUIRE(node.row("b").reason.code == ReasonCode::isolated);
      REQUIRE(apart(node, "b"));
    }
    if (policy == PolicyKind::shared) CHECK(node.decision().domains[0].shared == 13_ways);
    if (policy == PolicyKind::contracts_alone)
      CHECK(node.dedicated("a") + node.dedicated("c") + node.dedicated("d") == 12);
  }
}

TEST_CASE("an isolated container that takes the last CLOSID leaves the shared region to all others") {
  SmallNode node(12);
  node.parameters.policy = PolicyKind::ucp;
  node.geometry.closids = 2;
  node.add("a", 2);
  node.add(isolated("b", 3));
  node.add("c", 2);
  node.tick();
  CHECK(apart(node, "b"));
  CHECK(node.dedicated("a") == -1);
  CHECK(node.row("c").ways_after == 9_ways);
}

TEST_CASE("priority decides who is isolated under another policy when CLOSIDs are short, and the rest is told") {
  SmallNode node(12);
  node.parameters.policy = PolicyKind::shared;
  node.geometry.closids = 2;
  node.add(isolated("a", 3));
  node.add(isolated("b", 3, 1));
  node.tick();
  CHECK(apart(node, "b"));
  CHECK(node.dedicated("a") == -1);
  CHECK(node.row("a").reason.code == ReasonCode::isolation_no_closid);
}
