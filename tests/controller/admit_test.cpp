// Admission, through step: whose contract fits into a domain, and who runs in the shared region instead.
#include "small_node.h"

using namespace dcat;
using namespace dcat::test;

namespace {

ContainerInfo share(double cpus) {
  return {ContainerId{"a"}, Kind::cpu_share, Ways(0), cpus};
}

}  // namespace

TEST_CASE("a container has its contract from its first period on") {
  SmallNode node;
  node.add("a", 4);
  node.tick();
  REQUIRE(node.row("a").reason.code == ReasonCode::admitted);
  REQUIRE(node.row("a").dedicated);
  REQUIRE(node.row("a").contract == 4_ways);
  REQUIRE(node.dedicated("a") == 4);
  REQUIRE(node.decision().domains[0].shared == 8_ways);
  node.tick();
  REQUIRE(node.row("a").reason.code == ReasonCode::baseline_stored);
}

TEST_CASE("contracts up to the domain's ways less shared_ways are admitted, one more is refused with its reason") {
  SmallNode node(12);
  node.add("a", 6);
  node.add("b", 5);
  node.add("c", 1);
  node.tick();
  REQUIRE(node.dedicated("a") == 6);
  REQUIRE(node.dedicated("b") == 5);
  REQUIRE(node.dedicated("c") == -1);
  REQUIRE_FALSE(node.row("c").dedicated);
  REQUIRE(node.row("c").reason.code == ReasonCode::refused);
  REQUIRE(node.row("c").contract == 1_ways);
  REQUIRE(node.row("c").ways_after == 1_ways);  // the shared region's
  REQUIRE(node.decision().domains[0].shared == 1_ways);
}

TEST_CASE("a contract as large as the domain leaves nothing to share and is refused") {
  SmallNode node(12);
  node.add("a", 12);
  node.tick();
  REQUIRE(node.row("a").reason.code == ReasonCode::refused);
  SmallNode fits(12);
  fits.add("a", 11);
  fits.tick();
  REQUIRE(fits.dedicated("a") == 11);
}

TEST_CASE("shared_ways are kept for the shared region") {
  SmallNode node(12);
  node.parameters.shared_ways = 3_ways;
  node.add("a", 5);
  node.add("b", 5);
  node.add("c", 4);
  node.tick();
  REQUIRE(node.dedicated("a") == 5);
  REQUIRE(node.row("b").reason.code == ReasonCode::refused);  // 10 of 9
  REQUIRE(node.dedicated("c") == 4);
}

TEST_CASE("a small contract is admitted behind a large one that is refused") {
  SmallNode node(12);
  node.add("a", 8);
  node.add("b", 8);
  node.add("c", 3);
  node.tick();
  REQUIRE(node.row("b").reason.code == ReasonCode::refused);
  REQUIRE(node.dedicated("c") == 3);
}

TEST_CASE("those inside come first, whatever their ids") {
  SmallNode node(12);
  node.add("m", 8);
  node.ticks(3);
  node.add("a", 8);
  node.tick();
  REQUIRE(node.dedicated("m") == 8);
  REQUIRE(node.row("a").reason.code == ReasonCode::refused);
}

TEST_CASE("who was refused is admitted when a departure makes room") {
  SmallNode node(12);
  node.add("a", 8);
  node.add("b", 8);
  node.ticks(3);
  REQUIRE(node.row("b").reason.code == ReasonCode::refused);
  node.remove("a");
  node.tick();
  REQUIRE(node.row("b").dedicated);
  REQUIRE(node.dedicated("b") == 8);
}

TEST_CASE("a departure gives the ways back and leaves the others' states alone") {
  SmallNode node(12);
  node.add("a", 4);
  node.add("b", 4);
  node.ticks(3);
  REQUIRE(node.row("b").after == State::keeper);
  node.remove("a");
  node.tick();
  REQUIRE(node.row("b").after == State::keeper);
  REQUIRE(node.dedicated("b") == 4);
  REQUIRE(node.decision().domains[0].shared == 8_ways);
  REQUIRE(node.decision().plan.members.size() == 1);
}

TEST_CASE("a container that comes again under its name is new") {
  SmallNode node(12);
  node.add("a", 4);
  node.ticks(3);
  node.remove("a");
  node.tick();
  node.add("a", 4);
  node.tick();
  REQUIRE(node.row("a").reason.code == ReasonCode::admitted);
  REQUIRE(node.row("a").after == State::reclaim);
}

TEST_CASE("a contract that is not given is the share of the CPUs in ways, rounded down, at least one") {
  const struct {
    double cpus;
    int ways, contract;
  } rows[] = {{0.5, 12, 6},  {0.3, 12, 3}, {0.99, 12, 11},    {1.0, 12, 12},    {0.25, 11, 2},
              {0.01, 12, 1}, {0, 12, 1},   {3.0 / 20, 20, 3}, {7.0 / 12, 12, 7}};
  for (const auto& row : rows) {
    INFO(row.cpus << " of " << row.ways);
    CHECK(resolve_contract(share(row.cpus), Ways(row.ways), 1_ways) == Ways(row.contract));
  }
}

// 15.0 / 22 x 22 is 14.999... in binary.
TEST_CASE("a share of the CPUs that is a whole number of ways is that number") {
  REQUIRE(resolve_contract(share(15.0 / 22), 22_ways, 1_ways) == 15_ways);
}

TEST_CASE("a contract is at least the least partition of the machine") {
  REQUIRE(resolve_contract(share(0.1), 12_ways, 2_ways) == 2_ways);
  REQUIRE(resolve_contract({ContainerId{"a"}, Kind::given, 1_ways, 0}, 12_ways, 2_ways) == 2_ways);
  REQUIRE(resolve_contract({ContainerId{"a"}, Kind::given, 5_ways, 0.9}, 12_ways, 2_ways) == 5_ways);
}

TEST_CASE("who wants no contract lives in the shared region by choice") {
  REQUIRE_FALSE(resolve_contract({ContainerId{"a"}, Kind::none, 4_ways, 0.5}, 12_ways, 1_ways).has_value());
  SmallNode node(12);
  node.add({ContainerId{"a"}, Kind::none, Ways(4), 0});
  node.tick();
  REQUIRE(node.row("a").reason.code == ReasonCode::shared_by_choice);
  REQUIRE(node.dedicated("a") == -1);
}

TEST_CASE("a container that gives its contract up goes to the shared region, and comes back to a new admission") {
  SmallNode node(12);
  node.add("a", 4);
  node.ticks(3);
  node["a"].info.contract_kind = Kind::none;
  node.tick();
  REQUIRE(node.row("a").reason.code == ReasonCode::shared_by_choice);
  REQUIRE(node.decision().domains[0].shared == 12_ways);
  node["a"].info.contract_kind = Kind::given;
  node.tick();
  REQUIRE(node.row("a").after == State::reclaim);
  REQUIRE(node.dedicated("a") == 4);
}

TEST_CASE("a new contract makes the old baseline meaningless: Reclaim, and a new baseline at the new size") {
  SmallNode node(12);
  node.add("a", 4);
  node.ticks(3);
  REQUIRE(node.row("a").after == State::keeper);
  node["a"].info.contract = 6_ways;
  node.tick();
  REQUIRE(node.row("a").after == State::reclaim);
  REQUIRE(node.row("a").contract == 6_ways);
  REQUIRE(node.dedicated("a") == 6);
  node.tick();
  REQUIRE(node.row("a").reason.code == ReasonCode::baseline_stored);
}

TEST_CASE("a smaller contract makes room for who was refused, in the same period") {
  SmallNode node(12);
  node.add("a", 8);
  node.add("b", 8);
  node.ticks(2);
  node["a"].info.contract = 3_ways;
  node.tick();
  REQUIRE(node.dedicated("a") == 3);
  REQUIRE(node.dedicated("b") == 8);
}

TEST_CASE("a contract that grew beyond the room is not granted, the old one stays") {
  SmallNode node(12);
  node.add("a", 4);
  node.add("b", 4);
  node.ticks(3);
  node["b"].info.contract = 8_ways;
  node.tick();
  REQUIRE(node.dedicated("a") == 4);
  REQUIRE(node.row("b").contract == 4_ways);
  REQUIRE(node.dedicated("b") == 4);
}

// Refusal is at admission. Whose contract was taken on does not lose it because somebody else wants more.
TEST_CASE("a contract that grew does not push out a container that is inside, whatever the ids") {
  SmallNode node(12);
  node.add("a", 4);
  node.add("b", 4);
  node.ticks(3);
  node["a"].info.contract = 8_ways;
  node.tick();
  CHECK(node.row("b").dedicated);
  CHECK(node.row("b").reason.code != ReasonCode::refused);
  CHECK(node.dedicated("b") == 4);
  CHECK(node.row("a").contract == 4_ways);
}

TEST_CASE("where the machine leaves no CLOSID beside the default one nobody is admitted") {
  SmallNode node(12);
  node.geometry.closids = 1;
  node.add("a", 4);
  node.tick();
  REQUIRE_FALSE(node.row("a").dedicated);
  REQUIRE(node.row("a").reason.code == ReasonCode::no_closid);
}

TEST_CASE(
    "the shared region's floor is shared_ways, the machine's least mask or its tied ways, whichever is "
    "most") {
  DomainGeometry g;
  g.available = Cbm(0xfff);
  Parameters p;
  REQUIRE(shared_floor(g, p) == 1_ways);
  p.shared_ways = 3_ways;
  REQUIRE(shared_floor(g, p) == 3_ways);
  g.min_cbm_bits = 4_ways;
  REQUIRE(shared_floor(g, p) == 4_ways);
  g.tied = {Cbm(0xf80)};
  REQUIRE(shared_floor(g, p) == 5_ways);
  p.shared_ways = 0_ways;
  g.tied.clear();
  REQUIRE(shared_floor(g, p) == 4_ways);
  g.shared_may_be_empty = true;
  REQUIRE(shared_floor(g, p) == 4_ways);  // fewer than 4 free ways would be no legal mask
  g.min_cbm_bits = 1_ways;
  REQUIRE(shared_floor(g, p) == 0_ways);
  p.shared_ways = 20_ways;
  REQUIRE(shared_floor(g, p) == 12_ways);
}

TEST_CASE("a container is admitted in each domain where it runs, and is away from the others") {
  SmallNode node(12, {0, 8});
  node.add("a", 4).runs_in = {8};
  node.add("b", 4).runs_in = {0, 8};
  node.ticks(3);
  REQUIRE(node.row("a", 0).reason.code == ReasonCode::away);
  REQUIRE_FALSE(node.row("a", 0).dedicated);
  REQUIRE(node.dedicated("a", 1) == 4);
  REQUIRE(node.dedicated("b", 0) == 4);
  REQUIRE(node.dedicated("b", 1) == 4);
  REQUIRE(node.decision().domains[0].shared == 8_ways);
}

TEST_CASE("who moves to another domain has its contract there and leaves its ways here") {
  SmallNode node(12, {0, 8});
  node.add("a", 4);
  node.ticks(3);
  node["a"].runs_in = {8};
  node.ticks(2);
  REQUIRE(node.row("a", 0).reason.code == ReasonCode::away);
  REQUIRE(node.dedicated("a", 0) == -1);
  REQUIRE(node.dedicated("a", 1) == 4);
}

TEST_CASE("a container that sleeps everywhere stays where it was") {
  SmallNode node(12, {0, 8});
  node.add("a", 4);
  node.ticks(3);
  node["a"].runs_in = {};
  node.ticks(3);
  REQUIRE(node.row("a", 0).dedicated);
  REQUIRE(node.row("a", 0).reason.code == ReasonCode::absent);
  REQUIRE(node.dedicated("a", 0) == 4);
}

TEST_CASE("an Unknown without a way to come is probed from probe_miss_ratio on") {
  for (const double miss_ratio : {0.5, 0.49}) {
    SmallNode node(12);
    node.add("a", 11).does.miss_ratio = miss_ratio;
    node.ticks(3);
    REQUIRE(node.row("a").after == State::unknown);
    INFO(miss_ratio);
    CHECK((node.row("a").reason.code == ReasonCode::probing) == (miss_ratio >= 0.5));
    CHECK(node.dedicated("a") == (miss_ratio >= 0.5 ? 1 : 11));
  }
}

TEST_CASE("a probe lasts one period: no loss makes Streaming, a loss gives the contract back") {
  for (const double ipc : {1.0, 0.5}) {
    SmallNode node(12);
    node.add("a", 11).does.miss_ratio = 0.8;
    node.ticks(3);
    REQUIRE(node.row("a").reason.code == ReasonCode::probing);
    node["a"].does.ipc = ipc;
    node.tick();
    INFO(ipc);
    CHECK(node.row("a").reason.code == (ipc < 1 ? ReasonCode::probe_hurt : ReasonCode::probe_unhurt));
    CHECK(node.row("a").after == (ipc < 1 ? State::reclaim : State::streaming));
    CHECK(node.dedicated("a") == (ipc < 1 ? 11 : 1));
    node["a"].does.ipc = 1;
    node.ticks(3);
    CHECK(node.row("a").reason.code != ReasonCode::probing);  // once in a phase
    CHECK(node.dedicated("a") == (ipc < 1 ? 11 : 1));
  }
}
