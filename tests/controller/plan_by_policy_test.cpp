// The other policies in the daemon's own step: what they are asked, and what becomes of their masks.
#include "controller/look.h"
#include "small_node.h"

using namespace dcat;
using namespace dcat::test;

namespace {

SmallNode node_under(PolicyKind policy, int ways = 12) {
  SmallNode node(ways);
  node.parameters.policy = policy;
  return node;
}

std::string shape(const SmallNode& node) {
  std::string text = format_cbm(node.decision().masks.domains[0].shared);
  for (const GroupMask& group : node.decision().masks.domains[0].groups)
    text += " " + group.group.value + "=" + format_cbm(group.mask);
  return text;
}

}  // namespace

TEST_CASE("static gives each tenant its contract, and what is left from the first on, and never changes it") {
  SmallNode node = node_under(PolicyKind::contracts_alone);
  node.add("a", 4);
  node.add("b", 3).does.miss_ratio = 0.5;
  node.tick();
  CHECK(node.dedicated("a") == 6);
  CHECK(node.dedicated("b") == 5);
  CHECK(node.decision().domains[0].shared == 1_ways);
  CHECK(node.row("a").reason.code == ReasonCode::by_policy);
  const Masks first = node.decision().masks;
  node.ticks(10);
  CHECK(node.decision().masks == first);
}

TEST_CASE("shared is no partition at all") {
  SmallNode node = node_under(PolicyKind::shared);
  node.add("a", 4);
  node.add("b", 3);
  node.ticks(3);
  CHECK(node.decision().changes.empty());
  CHECK(shape(node) == "fff");
  CHECK(node.row("a").ways_after == 12_ways);
}

TEST_CASE("dunn gives who waits most for memory most ways, by masks that overlap beside the shared region") {
  SmallNode node = node_under(PolicyKind::dunn);
  node.add("a", 2).does = {0.5, 0.9, 50e6};
  node.add("b", 2).does = {2.0, 0.0001, 20e6};
  node.add("c", 2).does = {1.0, 0.4, 50e6};
  node.ticks(3);
  REQUIRE_FALSE(node.decision().plan.domains[0].overlapping.empty());
  CHECK(node.dedicated("a") > node.dedicated("b"));
  const DomainMasks& masks = node.decision().masks.domains[0];
  CHECK(masks.shared.size() == 1_ways);
  for (const GroupMask& group : masks.groups) CHECK_FALSE(group.mask.overlaps(masks.shared));
  CHECK(node.decision().changes.empty());  // nothing moves while nothing changes
}

TEST_CASE("aimd's second class has a mask inside the first one's, and its size is carried from period to period") {
  SmallNode node = node_under(PolicyKind::aimd, 21);
  ContainerInfo first{ContainerId{"a"}, Kind::given, Ways(4), 0};
  first.priority = 1;
  node.add(first).does.miss_ratio = 0.01;
  node.add("b", 4);
  node.tick();
  CHECK(node.row("a").after == State::unknown);
  const int begins = node.dedicated("b");
  CHECK(node.dedicated("a") == 20);
  node.ticks(3);
  CHECK(node.dedicated("b") == begins + 3);
  node["a"].does.miss_ratio = 0.5;
  node.tick();
  CHECK(node.dedicated("b") == (begins + 3) / 2);
}

TEST_CASE("cacheman moves who holds most a class down every period, and remembers the classes") {
  SmallNode node = node_under(PolicyKind::cacheman);
  node.add("a", 4).does.miss_ratio = 0.9;
  node.add("b", 4).does.miss_ratio = 0.1;
  std::vector<int> ways;
  for (int i = 0; i < 4; ++i) {
    node.tick();
    ways.push_back(node.dedicated("a"));
  }
  CHECK(ways == std::vector<int>{-1, 10, 9, 8});
  CHECK(node.dedicated("b") == 11);
}

TEST_CASE("more tenants than ways may share a small mask: nobody is owed anything") {
  SmallNode node = node_under(PolicyKind::aimd);
  for (const char* id : {"a", "b", "c", "d", "e", "f", "g", "h"}) node.add(id, 1);
  node.tick();
  CHECK(node.dedicated("b") == 1);
  CHECK(node.dedicated("h") == 1);
}

TEST_CASE("the shared region lies at the end that has tied ways, and overlapping masks leave it alone") {
  for (const int end : {0, 10}) {
    SmallNode node = node_under(PolicyKind::aimd, 12);
    node.geometry.domains[0].tied = {Cbm::run(WayIndex(end), 2_ways)};
    node.add("a", 2);
    node.add("b", 2);
    node.ticks(2);
    CHECK(node.decision().masks.domains[0].shared == Cbm::run(WayIndex(end), 2_ways));
    CHECK(node.dedicated("a") == 10);
  }
}

TEST_CASE(
    "a policy that needs curves looks at one tenant after the other, then decides, and looks again after a phase") {
  SmallNode node = node_under(PolicyKind::ucp);
  node.add("a", 4);
  node.add("b", 4);
  node.tick();
  CHECK(node.row("a").reason.code == ReasonCode::looked_at);
  CHECK(node.row("a").ways_after == 4_ways);
  CHECK(node.row("b").reason.code == ReasonCode::others_looked_at);
  CHECK(node.row("b").ways_after == 7_ways);
  int periods = 1;
  for (; node.row("a").reason.code != ReasonCode::by_policy; ++periods) {
    REQUIRE(periods < 30);
    node.tick();
  }
  CHECK(periods == 11);  // five sizes of two tenants: 4, 10, 1, 2, 8
  CHECK(node.decision().domains[0].shared == 1_ways);
  const Masks decided = node.decision().masks;
  node.ticks(5);
  CHECK(node.decision().masks == decided);
  node["b"].does.accesses = 0.5;
  node.ticks(2);
  CHECK(node.row("b").reason.code == ReasonCode::looked_at);
}

TEST_CASE("who sleeps is looked at in vain, and does not hold up the others") {
  SmallNode node = node_under(PolicyKind::ucp);
  node.add("a", 4).does.instructions = 1000;
  node.add("b", 4);
  node.ticks(1 + kLooksInVain);
  CHECK(node.row("a").reason.code == ReasonCode::looked_at);
  node.tick();
  CHECK(node.row("b").reason.code == ReasonCode::looked_at);
  node.ticks(5);
  CHECK(node.row("a").reason.code == ReasonCode::by_policy);
  CHECK(node.row("b").reason.code == ReasonCode::by_policy);
}

TEST_CASE("tenants that are together wherever they meet share a group, others do not") {
  SmallNode node(12, {0, 1});
  node.parameters.policy = PolicyKind::aimd;
  const auto add = [&](const char* id, int priority, std::vector<int> runs_in) {
    ContainerInfo info{ContainerId{id}, Kind::given, Ways(2), 0};
    info.priority = priority;
    node.add(info).runs_in = std::move(runs_in);
  };
  add("a", 1, {0, 1});
  add("b", 1, {0});
  add("c", 0, {0});
  add("d", 0, {1});
  node.ticks(2);
  const auto group = [&](const char* id) { return group_of(node.decision().plan.members, ContainerId{id}); };
  CHECK(group("a") == group("b"));
  CHECK(group("c") == group("d"));  // they never meet, and are each the second class where they are
  CHECK(group("a") != group("c"));
  CHECK(node.decision().masks.domains[0].groups.size() == 2);
}

TEST_CASE("a policy with more partitions than CLOSIDs leaves the node as it is and says so") {
  ControllerState state;
  Observation o;
  DomainGeometry g;
  g.id = DomainId{0};
  g.available = Cbm::run(WayIndex(0), 12_ways);
  o.geometry.domains = {g};
  o.geometry.closids = 3;
  o.masks.domains = {{g.id, g.available, {}}};
  DomainObservation d{g.id, {}, {}};
  for (std::uint32_t i = 0; i < 4; ++i) {
    o.containers.push_back({ContainerId{std::string(1, static_cast<char>('a' + i))}, Kind::given, 2_ways, 0});
    d.series.push_back({i, i, 1});
    Sample s;
    s.enabled = std::chrono::seconds(1);
    s[Event::instructions] = Reading{1'000'000'000, s.enabled};
    s[Event::cycles] = Reading{1'000'000'000, s.enabled};
    d.samples.push_back(s);
  }
  o.domains = {d};
  Parameters parameters;
  parameters.policy = PolicyKind::contracts_alone;
  const StepResult first = step(state, o, parameters);
  o.at += std::chrono::seconds(1);
  for (Sample& s : o.domains[0].samples) {
    s.at = o.at;
    s.enabled *= 2;
    s[Event::instructions] = Reading{2'000'000'000, s.enabled};
    s[Event::cycles] = Reading{2'000'000'000, s.enabled};
  }
  const StepResult second = step(first.state, o, parameters);
  REQUIRE(second.decision.refused);
  CHECK(*second.decision.refused ==
        "policy static: 4 tenants need a CLOSID each, and 2 are free; use a policy that lets tenants share");
  CHECK(second.decision.masks == o.masks);
  CHECK(second.decision.changes.empty());
}

TEST_CASE("the change budget is dCat's: half a plan of another policy's is no plan") {
  for (const PolicyKind policy : {PolicyKind::contracts_alone, PolicyKind::dunn, PolicyKind::ucp}) {
    SmallNode node = node_under(policy);
    node.parameters.max_moved_ways = 1_ways;
    node.add("a", 4).does.miss_ratio = 0.5;
    node.add("b", 4);
    node.ticks(15);
    CHECK(node.row("a").reason.code == ReasonCode::by_policy);
  }
}

TEST_CASE("ways that I/O fills at one end do not draw the shared region away from ways tied at the other") {
  SmallNode node = node_under(PolicyKind::aimd);
  node.geometry.domains[0].shareable = Cbm(0x3);
  node.geometry.domains[0].tied = {Cbm(0xc00)};
  node.add("a", 2);
  node.add("b", 2);
  node.ticks(2);
  CHECK(node.decision().masks.domains[0].shared == Cbm(0xc00));
}
