#include <cerrno>

#include "tests/emulator/tree_fixture.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::emulator;

namespace {

std::string names(const TreeFixture& f, const char* path) {
  std::string text;
  for (const Entry& entry : f.tree.list(f.at(path))) text += entry.name + ' ';
  return text;
}

}  // namespace

TEST_CASE("info says what the machine has") {
  TreeFixture f;
  CHECK(names(f, "info") == "L3 L3_MON MB last_cmd_status ");
  CHECK(names(f, "info/L3") == "bit_usage cbm_mask min_cbm_bits num_closids shareable_bits sparse_masks ");
  CHECK(names(f, "info/MB") == "bandwidth_gran delay_linear min_bandwidth num_closids thread_throttle_mode ");
  CHECK(names(f, "info/L3_MON") == "max_threshold_occupancy mon_features num_rmids ");
  CHECK(f.read("info/L3/cbm_mask") == "7ff\n");
  CHECK(f.read("info/L3/min_cbm_bits") == "1\n");
  CHECK(f.read("info/L3/num_closids") == "16\n");
  CHECK(f.read("info/L3/shareable_bits") == "600\n");
  CHECK(f.read("info/L3/sparse_masks") == "0\n");
  CHECK(f.read("info/L3/bit_usage") == "0=XXSSSSSSSSS;1=XXSSSSSSSSS\n");
  CHECK(f.read("info/MB/bandwidth_gran") == "10\n");
  CHECK(f.read("info/MB/delay_linear") == "1\n");
  CHECK(f.read("info/MB/min_bandwidth") == "10\n");
  CHECK(f.read("info/MB/num_closids") == "8\n");
  CHECK(f.read("info/MB/thread_throttle_mode") == "max\n");
  CHECK(f.read("info/L3_MON/num_rmids") == "32\n");
  CHECK(f.read("info/L3_MON/mon_features") == "llc_occupancy\nmbm_total_bytes\nmbm_local_bytes\n");
  // 22 MiB for 32 RMIDs.
  CHECK(f.read("info/L3_MON/max_threshold_occupancy") == "720896\n");
  CHECK(f.tree.node(f.at("info/L3_MON/max_threshold_occupancy"))->permissions == 0644);
  CHECK(f.tree.node(f.at("info/L3/cbm_mask"))->permissions == 0444);
  CHECK(f.tree.open(f.at("info/last_cmd_status"), true) == EACCES);
}

TEST_CASE("6.1 does not speak of sparse masks") {
  TreeFixture f(small_machine(Kernel::linux_6_1));
  CHECK(names(f, "info/L3") == "bit_usage cbm_mask min_cbm_bits num_closids shareable_bits ");
}

TEST_CASE("a machine without MBA and monitoring has neither directories nor files for them") {
  Machine machine = small_machine();
  machine.mba = machine.monitoring = false;
  machine.rmids = 0;
  TreeFixture f(machine);
  CHECK(names(f, "info") == "L3 last_cmd_status ");
  CHECK(names(f, "") == "cpus cpus_list info mode schemata size tasks ");
  REQUIRE(f.mkdir("g1") == 0);
  CHECK(names(f, "g1") == "cpus cpus_list mode schemata size tasks ");
  CHECK(f.read("g1/schemata") == "    L3:0=7ff;1=7ff\n");
  REQUIRE(f.write("g1/tasks", "0\n") == 0);
  CHECK(f.read("g1/tasks") == "50\n");
  CHECK(f.rmdir("g1") == 0);
  // The name is free, but what stands there is no place for monitoring groups.
  CHECK(f.mkdir("mon_groups") == 0);
  CHECK(f.mkdir("mon_groups/m1") == EPERM);
}

TEST_CASE("CDP shows L3 twice with half of its CLOSIDs") {
  TreeFixture f(small_machine(), "cdp");
  CHECK(names(f, "info") == "L3CODE L3DATA L3_MON MB last_cmd_status ");
  CHECK(f.read("info/L3CODE/num_closids") == "8\n");
  CHECK(f.read("info/L3DATA/cbm_mask") == "7ff\n");
  CHECK(f.read("info/L3CODE/bit_usage") == "0=XXSSSSSSSSS;1=XXSSSSSSSSS\n");
}

TEST_CASE("the threshold of limbo is rounded down, at most the cache and no command for last_cmd_status") {
  TreeFixture f;
  const char* const file = "info/L3_MON/max_threshold_occupancy";
  f.write("schemata", "L3:0=0\n");
  CHECK(f.write(file, "131073\n") == 0);
  CHECK(f.read(file) == "131072\n");
  CHECK(f.write(file, "0x10000") == 0);
  CHECK(f.read(file) == "65536\n");
  CHECK(f.write(file, "23068673\n") == EINVAL);
  CHECK(f.write(file, "23068672\n") == 0);
  for (const char* text : {"", "\n", "x\n", "-1\n", " 1\n", "1 \n"}) {
    INFO(text);
    CHECK(f.write(file, text) == EINVAL);
  }
  CHECK(f.write(file, "4294967296\n") == ERANGE);
  CHECK(f.status() == "Mask out of range\n");
}
