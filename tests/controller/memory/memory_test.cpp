// A controller that is started again: what it takes up of the one before, and what it does not believe.
#include "controller/memory/memory.h"

#include <functional>

#include "tests/controller/small_node.h"

using namespace dcat;
using namespace dcat::test;

namespace {

constexpr Duration kLong = std::chrono::hours(24);

Memory nothing() {
  Memory memory;
  memory.most_containers = 100;
  memory.forget_after = kLong;
  return memory;
}

// One that gains up to 5 ways, one that streams, one that is idle; `does` follows the ways that are granted.
class Learned {
 public:
  Learned() {
    node.add("gains", 3);
    node.add("idle", 3).does.refs_per_sec = 1e5;
    node.add("streams", 3);
    node.start_again(nothing());
  }
  void ticks(int n) {
    while (n-- > 0) {
      behave();
      node.tick();
    }
  }
  // As a new controller finds them; its first period is absent, in the second everybody has the contract.
  void start_again() {
    memory = memory_of(node.state(), node.time());
    node.start_again(memory);
  }
  void behave() {
    const int ways = std::max(1, node.state().tick == 0 ? 1 : node.dedicated("gains"));
    node["gains"].does.ipc = slow * (ways >= 5 ? 1.0 : 0.5 + 0.1 * ways);
    node["gains"].does.miss_ratio = ways >= 5 ? 0.02 : 0.4;
    node["streams"].does.miss_ratio = 0.9;
  }

  SmallNode node{20};
  Memory memory;
  double slow = 1;  // of who gains
};

}  // namespace

TEST_CASE("a restarted controller gives everybody the size that is known, in the first period that can be judged") {
  Learned run;
  run.ticks(20);
  REQUIRE(run.node.dedicated("gains") == 5);
  REQUIRE(run.node.dedicated("streams") == 1);
  REQUIRE(run.node.dedicated("idle") == 1);
  run.start_again();
  run.ticks(1);
  CHECK(run.node.dedicated("gains") == 3);  // nothing was seen yet: the contract
  run.ticks(1);
  CHECK(run.node.row("gains").reason.code == ReasonCode::known_phase);
  CHECK(run.node.row("streams").reason.code == ReasonCode::known_phase);
  CHECK(run.node.row("idle").reason.code == ReasonCode::known_phase);
  CHECK(run.node.dedicated("gains") == 5);
  CHECK(run.node.dedicated("streams") == 1);
  CHECK(run.node.dedicated("idle") == 1);
  run.ticks(10);
  CHECK(run.node.dedicated("gains") == 5);
  CHECK(run.node.row("gains").phase == 1);
}

TEST_CASE("without a memory it learns again") {
  Learned run;
  run.ticks(20);
  run.node.start_again(nothing());
  run.ticks(2);
  CHECK(run.node.row("gains").reason.code == ReasonCode::baseline_stored);
  CHECK(run.node.dedicated("gains") == 3);
}

TEST_CASE("a memory that does not hold any more is dropped: the contract, and a new baseline") {
  Learned run;
  run.ticks(20);
  run.start_again();
  run.slow = 0.8;
  run.ticks(2);
  REQUIRE(run.node.row("gains").reason.code == ReasonCode::known_phase);
  run.ticks(1);
  CHECK(run.node.row("gains").event == PhaseEvent::none);  // once may be anything
  run.ticks(1);
  CHECK(run.node.row("gains").event == PhaseEvent::contradicted);
  CHECK(run.node.dedicated("gains") == 3);
  run.ticks(1);
  CHECK(run.node.row("gains").reason.code == ReasonCode::baseline_stored);
  CHECK(run.node.row("gains").phase == 3);  // 2 was the one that it could have been
}

TEST_CASE("another program under the same name is not taken for the one that is known") {
  Learned run;
  run.ticks(20);
  run.start_again();
  run.node["streams"].does.accesses = 0.5;
  run.ticks(2);
  CHECK(run.node.row("streams").reason.code == ReasonCode::baseline_stored);
  CHECK(run.node.dedicated("streams") == 3);
  // ... and when the one that is known comes back, it is known still.
  run.node["streams"].does.accesses = 0.25;
  run.ticks(1);
  CHECK(run.node.row("streams").reason.code == ReasonCode::known_phase);
  CHECK(run.node.dedicated("streams") == 1);
}

TEST_CASE("what was learned at another contract does not count") {
  Learned run;
  run.ticks(20);
  run.memory = memory_of(run.node.state(), run.node.time());
  run.node["gains"].info.contract = 2_ways;
  run.node.start_again(run.memory);
  run.ticks(2);
  CHECK(run.node.row("gains").reason.code == ReasonCode::baseline_stored);
  CHECK(run.node.row("streams").reason.code == ReasonCode::known_phase);
}

TEST_CASE("what was learned on ways of another size does not count, nor on another number of ways of unknown size") {
  const auto known_after = [](std::uint64_t bytes_before, int ways, std::uint64_t bytes) {
    Learned run;
    run.node.geometry.domains[0].way_bytes = bytes_before;
    run.ticks(20);
    const Memory memory = memory_of(run.node.state(), run.node.time());
    run.node.geometry.domains[0].available = Cbm::run(WayIndex(0), Ways(ways));
    run.node.geometry.domains[0].way_bytes = bytes;
    run.node.start_again(memory);
    run.ticks(2);
    return run.node.row("gains").reason.code == ReasonCode::known_phase;
  };
  CHECK(known_after(0, 20, 0));
  CHECK(known_after(1000, 20, 1000));
  CHECK(known_after(1000, 16, 1000));  // somebody else has taken the others meanwhile
  CHECK_FALSE(known_after(1000, 20, 2000));
  CHECK_FALSE(known_after(1000, 20, 0));
  CHECK_FALSE(known_after(0, 16, 0));
}

TEST_CASE("who leaves and comes back under the same name is known") {
  Learned run;
  run.ticks(20);
  const Guest guest = run.node["streams"];
  run.node.remove("streams");
  run.node.tick();
  REQUIRE(find_memory(run.node.state().memory, ContainerId{"streams"}, DomainId{0}) != nullptr);
  run.node.add(guest.info) = guest;
  run.ticks(2);
  CHECK(run.node.row("streams").reason.code == ReasonCode::known_phase);
  CHECK(run.node.dedicated("streams") == 1);
}

TEST_CASE("without the wish to remember, nothing is") {
  Learned run;
  run.node.start_again(Memory{});
  run.ticks(20);
  run.node.remove("streams");
  run.node.tick();
  CHECK(run.node.state().memory == Memory{});
  CHECK(memory_of(run.node.state(), run.node.time()) == Memory{});
}

TEST_CASE("a container that is not judged again keeps what was known of it") {
  Learned run;
  run.ticks(20);
  run.start_again();
  run.node["gains"].does.instructions = 0;
  run.node["gains"].runs_in.clear();
  run.ticks(5);
  const Memory again = memory_of(run.node.state(), run.node.time());
  const DomainMemory* const before = find_memory(run.memory, ContainerId{"gains"}, DomainId{0});
  const DomainMemory* const after = find_memory(again, ContainerId{"gains"}, DomainId{0});
  REQUIRE(before != nullptr);
  REQUIRE(after != nullptr);
  CHECK(before->phases == after->phases);
}

TEST_CASE("a restart of a restart knows no less, and phases keep their numbers") {
  Learned run;
  run.ticks(20);
  for (int i = 0; i < 5; ++i) {
    run.start_again();
    run.ticks(4);
    CHECK(run.node.row("gains").phase == 1);
    CHECK(run.node.dedicated("gains") == 5);
  }
  CHECK(find_memory(run.memory, ContainerId{"gains"}, DomainId{0})->phases.size() == 1);
}

TEST_CASE("of who is known its table can be asked for") {
  Learned run;
  run.ticks(20);
  const Memory memory = memory_of(run.node.state(), run.node.time());
  const DomainMemory* const known = find_memory(memory, ContainerId{"gains"}, DomainId{0});
  REQUIRE(known != nullptr);
  CHECK(known->contract == 3_ways);
  CHECK(last_phase(*known).table.at(5_ways) > 1.2);
  CHECK(find_memory(memory, ContainerId{"nobody"}, DomainId{0}) == nullptr);
  CHECK(find_memory(memory, ContainerId{"gains"}, DomainId{1}) == nullptr);
}

namespace {

ContainerMemory gone_since(const std::string& id, int second) {
  DomainMemory domain{DomainId{0}, 3_ways, 20_ways, 0, 2, 1, {Phase{}}};
  return {ContainerId{id}, TimePoint(std::chrono::seconds(second)), {domain}};
}

std::string ids(const Memory& memory) {
  std::string all;
  for (const ContainerMemory& one : memory.containers) all += one.id.value;
  return all;
}

}  // namespace

TEST_CASE("who is gone for too long is forgotten, and the longest gone beyond the most that are kept") {
  Memory memory;
  memory.most_containers = 3;
  memory.forget_after = std::chrono::seconds(100);
  for (const auto& [id, second] : {std::pair("a", 50), {"b", 10}, {"c", 40}, {"d", 30}, {"e", 20}})
    memory.containers.push_back(gone_since(id, second));
  forget(memory, TimePoint(std::chrono::seconds(60)));
  CHECK(ids(memory) == "acd");
  forget(memory, TimePoint(std::chrono::seconds(140)));
  CHECK(ids(memory) == "ac");
  forget(memory, TimePoint(std::chrono::seconds(151)));
  CHECK(ids(memory).empty());
}

TEST_CASE("averages that go on are no news; another size, phase, contract or container is") {
  Learned run;
  run.ticks(20);
  const Memory memory = memory_of(run.node.state(), run.node.time());
  run.ticks(5);
  CHECK_FALSE(differs_in_kind(memory, memory_of(run.node.state(), run.node.time())));
  CHECK(memory != memory_of(run.node.state(), run.node.time()));
  for (const auto& change : std::vector<std::function<void(Memory&)>>{
           [](Memory& m) { m.containers.pop_back(); },
           [](Memory& m) { m.containers[0].id.value += "x"; },
           [](Memory& m) { m.containers[0].domains[0].contract = 9_ways; },
           [](Memory& m) { m.containers[0].domains[0].phases[0].preferred = 9_ways; },
           [](Memory& m) { m.containers[0].domains[0].phases[0].record->ways = 9_ways; },
           [](Memory& m) { m.containers[0].domains[0].phases[0].record->state = State::streaming; },
           [](Memory& m) { m.containers[0].domains[0].phases[0].keeps_contract = true; },
           [](Memory& m) { m.containers[0].domains[0].phases[0].table.record(19_ways, 1, 1, 1); },
       }) {
    Memory other = memory;
    change(other);
    CHECK(differs_in_kind(memory, other));
  }
}
