// mkdir and rmdir: which places, names and numbers of groups there are, and what a new group starts with.
#include <cerrno>

#include "tests/emulator/tree_fixture.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::emulator;

TEST_CASE("groups are made in the root and in mon_groups, nowhere else") {
  TreeFixture f;
  CHECK(f.mkdir("g1") == 0);
  CHECK(f.mkdir("g1/mon_groups/m1") == 0);
  CHECK(f.mkdir("mon_groups/m1") == 0);
  for (const char* path :
       {"info/x", "info/L3/x", "info/L3_MON/x", "mon_data/x", "mon_data/mon_L3_00/x", "g1/x", "g1/mon_data/x",
        "g1/mon_groups/m1/x", "g1/mon_groups/m1/mon_data/x", "mon_groups/mon_groups", "g1/mon_groups/mon_groups"}) {
    INFO(path);
    CHECK(f.mkdir(path) == EPERM);
  }
  CHECK(f.mkdir("nosuch/x") == ENOENT);
  CHECK(f.mkdir("tasks/x") == ENOTDIR);
}

TEST_CASE("a name that is there exists, one with a newline is bad, one with spaces or much of it is fine") {
  TreeFixture f;
  for (const char* path : {"info", "mon_groups", "mon_data", "schemata", "."}) {
    INFO(path);
    CHECK(f.mkdir(path) == EEXIST);
  }
  CHECK(f.mkdir("") == ENOENT);
  CHECK(f.mkdir("x\ny") == EINVAL);
  CHECK(f.mkdir("mon_groups/x\ny") == EINVAL);
  CHECK(f.mkdir("a b") == 0);
  CHECK(f.mkdir("a b") == EEXIST);
  CHECK(f.mkdir(std::string(256, 'n')) == 0);
}

TEST_CASE("a new group has files, directories and permissions like the kernel's") {
  TreeFixture f;
  REQUIRE(f.mkdir("g1") == 0);
  REQUIRE(f.mkdir("g1/mon_groups/m1") == 0);
  std::string control, monitor;
  for (const Entry& e : f.tree.list(f.at("g1"))) control += e.name + ' ';
  for (const Entry& e : f.tree.list(f.at("g1/mon_groups/m1"))) monitor += e.name + ' ';
  CHECK(control == "cpus cpus_list mode mon_data mon_groups schemata size tasks ");
  CHECK(monitor == "cpus cpus_list mon_data tasks ");
  CHECK(f.tree.node(f.at("g1"))->permissions == 0755);
  CHECK(f.tree.node(f.at("g1/mon_groups"))->permissions == 0755);
  CHECK(f.tree.node(f.at(""))->permissions == 0555);
  CHECK(f.tree.node(f.at("mon_groups"))->permissions == 0555);
  CHECK(f.tree.node(f.at("g1/schemata"))->permissions == 0644);
  CHECK(f.tree.node(f.at("g1/size"))->permissions == 0444);
  CHECK(f.tree.open(f.at("g1/size"), true) == EACCES);
  CHECK(f.tree.open(f.at("g1/size"), false) == 0);
  CHECK(f.tree.open(f.at("g1/schemata"), true) == 0);
  CHECK(f.tree.open(f.at("g1"), true) == EISDIR);
  CHECK(f.tree.open(12345, false) == ENOENT);
}

TEST_CASE("files are neither made nor removed") {
  TreeFixture f;
  CHECK(f.tree.create_file(kRootInode, "new") == EACCES);
  CHECK(f.tree.create_file(kRootInode, "tasks") == EEXIST);
  CHECK(f.tree.create_file(99999, "new") == ENOENT);
  CHECK(f.tree.unlink(kRootInode, "tasks") == EPERM);
  CHECK(f.tree.unlink(kRootInode, "info") == EISDIR);
  CHECK(f.tree.unlink(kRootInode, "nosuch") == ENOENT);
}

TEST_CASE("CLOSIDs run out at the resource that has the fewest, and mkdir does not clear the words") {
  TreeFixture f;
  for (int i = 1; i < 8; ++i) CHECK(f.mkdir("g" + std::to_string(i)) == 0);
  CHECK(f.mkdir("more") == ENOSPC);
  CHECK(f.mkdir("more") == ENOSPC);
  CHECK(f.status() == "Out of CLOSIDs\nOut of CLOSIDs\n");
  CHECK(f.at("more") == 0);
  REQUIRE(f.rmdir("g3") == 0);
  CHECK(f.mkdir("more") == 0);
  CHECK(f.tree.groups()[3].name == "more");
  Machine machine = small_machine();
  machine.mba = false;
  TreeFixture wide(machine);
  for (int i = 1; i < 16; ++i) CHECK(wide.mkdir("g" + std::to_string(i)) == 0);
  CHECK(wide.mkdir("more") == ENOSPC);
}

TEST_CASE("RMIDs run out, or wait in limbo") {
  Machine machine = small_machine();
  machine.rmids = 4;
  TreeFixture f(machine);
  REQUIRE(f.mkdir("g1") == 0);
  REQUIRE(f.mkdir("mon_groups/m1") == 0);
  REQUIRE(f.mkdir("g1/mon_groups/m2") == 0);
  CHECK(f.mkdir("g2") == ENOSPC);
  CHECK(f.mkdir("mon_groups/m3") == ENOSPC);
  CHECK(f.status() == "Out of RMIDs\nOut of RMIDs\n");
  REQUIRE(f.rmdir("g1") == 0);  // two of them
  CHECK(f.mkdir("g2") == EBUSY);
  f.tree.check_limbo();
  CHECK(f.mkdir("g2") == 0);
  CHECK(f.mkdir("g2/mon_groups/m") == 0);
  // A CLOSID that was taken before the RMIDs were found missing is free again.
  CHECK(f.tree.groups()[1].closid == 1);
}

TEST_CASE("a new group starts with I/O's ways, what others share and what nobody uses, cut to one run") {
  Machine machine = small_machine();
  machine.mba = false;
  TreeFixture f(machine);
  REQUIRE(f.mkdir("g1") == 0);
  REQUIRE(f.write("schemata", "L3:0=600;1=3\n") == 0);
  REQUIRE(f.write("g1/schemata", "L3:0=1c;1=1c\n") == 0);
  REQUIRE(f.write("g1/mode", "exclusive\n") == 0);
  REQUIRE(f.mkdir("g2") == 0);
  // Ways 0-1 and 5-10 are not exclusive: the lower run wins.
  CHECK(f.read("g2/schemata") == "    L3:0=003;1=003\n");
}

TEST_CASE("where exclusive groups leave nothing there is no room for another") {
  Machine machine = small_machine();
  machine.shareable = Cbm();
  TreeFixture f(machine);
  REQUIRE(f.mkdir("g1") == 0);
  REQUIRE(f.write("schemata", "L3:0=1;1=1\n") == 0);
  REQUIRE(f.write("g1/schemata", "L3:0=7fe;1=7fe\n") == 0);
  REQUIRE(f.write("g1/mode", "exclusive\n") == 0);
  REQUIRE(f.write("mode", "exclusive\n") == 0);
  const auto groups = f.tree.groups().size();
  CHECK(f.mkdir("g2") == ENOSPC);
  CHECK(f.status() == "No space on L3:0\n");
  CHECK(f.tree.groups().size() == groups);
  REQUIRE(f.write("mode", "shareable\n") == 0);
  CHECK(f.mkdir("g2") == 0);
}

TEST_CASE("room for fewer bits than the machine wants is no room") {
  Machine machine = small_machine();
  machine.shareable = Cbm();
  machine.min_cbm_bits = 2;
  TreeFixture f(machine, "cdp");
  REQUIRE(f.mkdir("g1") == 0);
  REQUIRE(f.write("schemata", "L3CODE:0=3;1=3\nL3DATA:0=3;1=3\n") == 0);
  REQUIRE(f.write("g1/schemata", "L3CODE:0=7f8;1=7f8\nL3DATA:0=7f8;1=7f8\n") == 0);
  REQUIRE(f.write("g1/mode", "exclusive\n") == 0);
  REQUIRE(f.write("mode", "exclusive\n") == 0);
  CHECK(f.mkdir("g2") == ENOSPC);
  CHECK(f.status() == "No space on L3DATA:0\n");
}

TEST_CASE("only groups are removed") {
  TreeFixture f;
  REQUIRE(f.mkdir("g1") == 0);
  REQUIRE(f.mkdir("g1/mon_groups/m1") == 0);
  for (const char* path : {"info", "info/L3", "mon_data", "mon_groups", "mon_data/mon_L3_00", "g1/mon_data",
                           "g1/mon_groups", "g1/mon_groups/m1/mon_data"}) {
    INFO(path);
    CHECK(f.rmdir(path) == EPERM);
  }
  CHECK(f.rmdir("nosuch") == ENOENT);
  CHECK(f.rmdir("tasks") == ENOTDIR);
}

TEST_CASE("the open files of a removed group are no device, and its name can be had again") {
  TreeFixture f;
  REQUIRE(f.mkdir("g1") == 0);
  REQUIRE(f.mkdir("g1/mon_groups/m1") == 0);
  const Inode tasks = f.at("g1/tasks");
  const Inode directory = f.at("g1");
  const Inode monitor = f.at("g1/mon_groups/m1/tasks");
  REQUIRE(f.rmdir("g1") == 0);
  CHECK(f.tree.read(tasks).error == ENODEV);
  CHECK(f.tree.read(monitor).error == ENODEV);
  CHECK(f.tree.write(tasks, "1\n", {}) == ENODEV);
  CHECK(f.tree.open(tasks, true) == ENOENT);
  CHECK_FALSE(f.tree.node(tasks));
  CHECK_FALSE(f.tree.find(directory, "tasks"));
  CHECK(f.tree.mkdir(directory, "x") == ENOENT);
  REQUIRE(f.mkdir("g1") == 0);
  CHECK(f.at("g1") != directory);
  CHECK(f.tree.read(tasks).error == ENODEV);
}
