// The cpus and cpus_list files, and CPUs that go and come.
#include <cerrno>

#include "tests/emulator/tree_fixture.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::emulator;

namespace {

struct CpusFixture : TreeFixture {
  CpusFixture() {
    mkdir("g1");
    mkdir("g2");
    mkdir("g1/mon_groups/m1");
    mkdir("g1/mon_groups/m2");
  }
};

}  // namespace

TEST_CASE("a control group takes CPUs from whoever has them") {
  CpusFixture f;
  CHECK(f.read("cpus") == "f\n");
  CHECK(f.write("g1/cpus_list", "1,3\n") == 0);
  CHECK(f.read("g1/cpus") == "a\n");
  CHECK(f.read("cpus_list") == "0,2\n");
  CHECK(f.write("g2/cpus", "2") == 0);
  CHECK(f.read("g1/cpus_list") == "3\n");
  CHECK(f.write("cpus_list", "0-3") == 0);
  CHECK(f.read("g1/cpus_list") == "\n");
  CHECK(f.read("g2/cpus") == "0\n");
}

TEST_CASE("CPUs that a group drops go to the default group, which drops none") {
  CpusFixture f;
  REQUIRE(f.write("g1/cpus_list", "1-2") == 0);
  REQUIRE(f.write("g1/cpus_list", "\n") == 0);
  CHECK(f.read("cpus_list") == "0-3\n");
  CHECK(f.write("cpus", "7\n") == EINVAL);
  CHECK(f.status() == "Can't drop CPUs from default group\n");
}

TEST_CASE("words about CPUs pile up, for a write does not clear them") {
  CpusFixture f;
  CHECK(f.write("g1/cpus_list", "9\n") == ERANGE);
  CHECK(f.write("g1/cpus", "f0\n") == EOVERFLOW);
  CHECK(f.write("g1/cpus", "zz\n") == EINVAL);
  CHECK(f.status() == "Bad CPU list/mask\nBad CPU list/mask\nBad CPU list/mask\n");
}

TEST_CASE("a monitoring group has CPUs of its control group, each CPU in one of them") {
  CpusFixture f;
  CHECK(f.write("g1/mon_groups/m1/cpus_list", "0\n") == EINVAL);
  CHECK(f.status() == "Can only add CPUs to mongroup that belong to parent\n");
  REQUIRE(f.write("g1/cpus_list", "0-2") == 0);
  REQUIRE(f.write("g1/mon_groups/m1/cpus_list", "0-1") == 0);
  REQUIRE(f.write("g1/mon_groups/m2/cpus_list", "1-2") == 0);
  CHECK(f.read("g1/mon_groups/m1/cpus_list") == "0\n");
  CHECK(f.read("g1/cpus_list") == "0-2\n");
  // Another group takes one of them.
  REQUIRE(f.write("g2/cpus_list", "2") == 0);
  CHECK(f.read("g1/mon_groups/m2/cpus_list") == "1\n");
  // A write to the control group clears all of its monitoring groups.
  REQUIRE(f.write("g1/cpus_list", "0-1") == 0);
  CHECK(f.read("g1/mon_groups/m1/cpus_list") == "\n");
  CHECK(f.read("g1/mon_groups/m2/cpus_list") == "\n");
}

TEST_CASE("the CPUs of a group that is removed go to the default group") {
  CpusFixture f;
  REQUIRE(f.write("g1/cpus_list", "1") == 0);
  REQUIRE(f.rmdir("g1") == 0);
  CHECK(f.read("cpus_list") == "0-3\n");
}

TEST_CASE("a CPU that goes leaves its groups and comes back into the default group") {
  CpusFixture f;
  REQUIRE(f.write("g1/cpus_list", "2-3") == 0);
  REQUIRE(f.write("g1/mon_groups/m1/cpus_list", "3") == 0);
  f.tree.set_online(3, false);
  CHECK(f.read("g1/cpus_list") == "2\n");
  CHECK(f.read("g1/mon_groups/m1/cpus_list") == "\n");
  CHECK(f.write("g1/cpus_list", "3\n") == EINVAL);
  CHECK(f.status() == "Can only assign online CPUs\n");
  f.tree.set_online(3, true);
  CHECK(f.read("g1/cpus_list") == "2\n");
  CHECK(f.read("cpus_list") == "0-1,3\n");
}

TEST_CASE("with its last CPU a domain goes, and comes back open") {
  CpusFixture f;
  REQUIRE(f.write("g1/schemata", "L3:0=3;1=3\nMB:0=20;1=20\n") == 0);
  const Inode file = f.at("g1/mon_data/mon_L3_01/llc_occupancy");
  f.tree.set_online(2, false);
  CHECK(f.read("g1/schemata") == "    MB:0= 20;1= 20\n    L3:0=003;1=003\n");
  f.tree.set_online(3, false);
  CHECK(f.read("g1/schemata") == "    MB:0= 20\n    L3:0=003\n");
  CHECK(f.read("info/L3/bit_usage") == "0=XXSSSSSSSSS\n");
  CHECK(f.write("g1/schemata", "L3:0=7;1=7\n") == EINVAL);
  CHECK(f.status() == "ok\n");
  CHECK(f.at("g1/mon_data/mon_L3_01") == 0);
  CHECK(f.tree.read(file).error == ENODEV);
  f.tree.set_online(2, true);
  CHECK(f.read("g1/schemata") == "    MB:0= 20;1=100\n    L3:0=003;1=7ff\n");
  CHECK(f.at("g1/mon_groups/m1/mon_data/mon_L3_01/mbm_total_bytes") != 0);
}

TEST_CASE("lines in a domain that goes hold no RMID back") {
  Machine machine = small_machine();
  machine.rmids = 2;
  TreeFixture f(machine);
  REQUIRE(f.mkdir("g1") == 0);
  f.usage.occupancy[{1, 1}] = 1 << 30;
  REQUIRE(f.rmdir("g1") == 0);
  f.tree.check_limbo();
  CHECK(f.mkdir("g1") == EBUSY);
  f.tree.set_online(2, false);
  f.tree.set_online(3, false);
  CHECK(f.mkdir("g1") == 0);
}
