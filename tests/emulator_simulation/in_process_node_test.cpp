// The model behind a true tree: what is written into its files decides what is counted next.
#include "tests/emulator_simulation/in_process_node.h"

#include "tests/support/catch.h"

namespace dcat::emulator::test {
namespace {

// Instructions a cycle during the next second.
double next_ipc(InProcessNode& node, const std::string& name) {
  const sim::TruthRow before = node.model().model().find({name})->truth();
  node.sleep_until(node.now() + 1s);
  return sim::ipc(before, node.model().model().find({name})->truth()).value_or(0);
}

std::string read(InProcessNode& node, const std::string& path) {
  const auto found = node.tree().walk(path);
  REQUIRE(found);
  const Answer answer = node.tree().read(found->inode);
  REQUIRE(answer.error == 0);
  return answer.text;
}

void write(InProcessNode& node, const std::string& path, const std::string& text) {
  const auto found = node.tree().walk(path);
  REQUIRE(found);
  REQUIRE(node.tree().write(found->inode, text, {}) == 0);
  node.follow();
}

TEST_CASE("A smaller mask in the tree lowers the next IPC of a random reader, a larger one raises it again") {
  InProcessNode node(scenario({tenant("reader", 3, mlr(5)), tenant("other", 3, lookbusy())}));
  const double alone = next_ipc(node, "reader");
  write(node, "schemata", "L3:0=3\n");
  const double narrow = next_ipc(node, "reader");
  CHECK(narrow < 0.7 * alone);
  write(node, "schemata", "L3:0=fffff\n");
  CHECK(next_ipc(node, "reader") == Approx(alone));
  CHECK(next_ipc(node, "other") == Approx(next_ipc(node, "other")));
}

TEST_CASE("Threads move one by one, and the tenant with the most of them") {
  InProcessNode node(scenario({tenant("reader", 3, mlr(5))}));
  REQUIRE(node.tree().mkdir(kRootInode, "g") == 0);
  write(node, "g/schemata", "L3:0=3\n");
  const double alone = next_ipc(node, "reader");
  const std::vector<int> threads = node.threads_of({"reader"});
  write(node, "g/tasks", std::to_string(threads[1]) + "\n");
  // One here, one there: the lower CLOSID has it.
  CHECK(next_ipc(node, "reader") == Approx(alone));
  write(node, "g/tasks", std::to_string(threads[0]) + "\n");
  CHECK(next_ipc(node, "reader") < 0.7 * alone);
  REQUIRE(node.tree().rmdir(kRootInode, "g") == 0);
  node.follow();
  CHECK(next_ipc(node, "reader") == Approx(alone));
}

TEST_CASE("The monitoring files say what the group's tenants hold and have moved") {
  InProcessNode node(scenario({tenant("a", 3, mload()), tenant("b", 3, mload())}));
  REQUIRE(node.tree().mkdir(kRootInode, "g") == 0);
  write(node, "g/schemata", "L3:0=f\n");
  write(node, "schemata", "L3:0=ffff0\n");
  for (const int tid : node.threads_of({"a"})) write(node, "g/tasks", std::to_string(tid) + "\n");
  node.sleep_until(node.now() + 1s);
  CHECK(read(node, "g/mon_data/mon_L3_00/llc_occupancy") == std::to_string(4 * 9 * 256 * 1024) + "\n");
  CHECK(read(node, "mon_data/mon_L3_00/llc_occupancy") == std::to_string(16 * 9 * 256 * 1024) + "\n");
  // CPI 1.75 at 2.3 GHz, a miss of 64 bytes every 16 instructions.
  CHECK(std::stod(read(node, "g/mon_data/mon_L3_00/mbm_total_bytes")) == Approx(2.3e9 / 1.75 * 4));
  CHECK(read(node, "g/mon_data/mon_L3_00/mbm_total_bytes") == read(node, "g/mon_data/mon_L3_00/mbm_local_bytes"));
}

}  // namespace
}  // namespace dcat::emulator::test
