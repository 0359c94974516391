#include "tests/emulator/tree_fixture.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::emulator;

namespace {

// RMIDs are given ascending: g1 has 1, m1 has 2.
struct CountsFixture : TreeFixture {
  CountsFixture() {
    usage.total[{1, 0}] = usage.total[{2, 0}] = 1000;
    usage.local[{1, 0}] = 500;
    mkdir("g1");
    mkdir("g1/mon_groups/m1");
  }
};

}  // namespace

TEST_CASE("bandwidth is counted from the making of a group, occupancy as it is") {
  CountsFixture f;
  CHECK(f.read("g1/mon_data/mon_L3_00/mbm_total_bytes") == "0\n");
  f.usage.total[{1, 0}] += 64;
  f.usage.local[{1, 0}] += 32;
  f.usage.occupancy[{1, 1}] = 123;
  CHECK(f.read("g1/mon_data/mon_L3_00/mbm_total_bytes") == "64\n");
  CHECK(f.read("g1/mon_data/mon_L3_00/mbm_local_bytes") == "32\n");
  CHECK(f.read("g1/mon_data/mon_L3_01/llc_occupancy") == "123\n");
  CHECK(f.read("g1/mon_data/mon_L3_00/llc_occupancy") == "0\n");
}

TEST_CASE("a control group counts its monitoring groups too") {
  CountsFixture f;
  f.usage.total[{1, 0}] += 5;
  f.usage.total[{2, 0}] += 7;
  CHECK(f.read("g1/mon_data/mon_L3_00/mbm_total_bytes") == "12\n");
  CHECK(f.read("g1/mon_groups/m1/mon_data/mon_L3_00/mbm_total_bytes") == "7\n");
  CHECK(f.read("mon_data/mon_L3_00/mbm_total_bytes") == "0\n");
}

TEST_CASE("a count is unavailable if nothing of it can be read") {
  CountsFixture f;
  f.usage.unavailable = {{1, 0}};
  f.usage.total[{2, 0}] += 7;
  CHECK(f.read("g1/mon_data/mon_L3_00/mbm_total_bytes") == "7\n");
  f.usage.unavailable.insert({2, 0});
  CHECK(f.read("g1/mon_data/mon_L3_00/mbm_total_bytes") == "Unavailable\n");
  CHECK(f.read("g1/mon_groups/m1/mon_data/mon_L3_00/llc_occupancy") == "Unavailable\n");
}

TEST_CASE("domains are named by their ids, with gaps") {
  Machine machine = small_machine();
  machine.domains = {{DomainId{0}, {0}}, {DomainId{3}, {2}}, {DomainId{100}, {4}}};
  TreeFixture f(machine);
  std::string names;
  for (const Entry& entry : f.tree.list(f.at("mon_data"))) names += entry.name + ' ';
  CHECK(names == "mon_L3_00 mon_L3_03 mon_L3_100 ");
  CHECK(f.read("schemata") == "    MB:0=100;3=100;100=100\n    L3:0=7ff;3=7ff;100=7ff\n");
  CHECK(f.read("cpus") == "15\n");
}

TEST_CASE("a domain that comes back counts from zero") {
  CountsFixture f;
  f.usage.total[{1, 0}] += 64;
  f.tree.set_online(0, false);
  f.tree.set_online(1, false);
  f.tree.set_online(1, true);
  CHECK(f.read("g1/mon_data/mon_L3_00/mbm_total_bytes") == "0\n");
}
