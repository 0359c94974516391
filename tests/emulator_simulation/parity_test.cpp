// The same daemon over the simulated node and over the model behind a resctrl tree: every period it sees the same and
// decides the same, to the last bit of every counter.
#include "tests/emulator_simulation/parity.h"

#include "tests/emulator_simulation/in_process_node.h"
#include "tests/support/catch.h"

namespace dcat::emulator::test {
namespace {

TEST_CASE("Over a resctrl tree the daemon decides as over the simulated node, tick for tick") {
  const char* file = GENERATE("paper-6x3-shared2.yaml", "paper-6x3.yaml", "arrivals.yaml", "phases.yaml",
                              "full-pool.yaml", "smt-sibling.yaml");
  INFO(file);
  const dcat::test::Play reference = dcat::test::play(file);
  InProcessNode node(reference.scenario);
  const std::vector<Tick> ticks = run_again(reference, node.ports());
  CHECK(ticks.size() == reference.periods.size());
  CHECK(first_difference(reference, ticks) == 0);
  // The daemon has left: one group, with every way.
  REQUIRE(node.tree().groups().size() == 1);
  CHECK(node.tree().groups()[0].masks[0].second == Cbm(0xfffff));
}

TEST_CASE("A mask that takes effect later is a difference") {
  const dcat::test::Play reference = dcat::test::play("paper-6x3-shared2.yaml");
  sim::Scenario slower = reference.scenario;
  slower.refill += 1ms;
  InProcessNode node(slower);
  CHECK(first_difference(reference, run_again(reference, node.ports())) == 2);
}

}  // namespace
}  // namespace dcat::emulator::test
