#include <cerrno>

#include "tests/emulator/tree_fixture.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::emulator;

namespace {

struct Unmounted {
  explicit Unmounted(Machine machine = small_machine()) : tree(std::move(machine), tasks, usage) {}
  FakeTasks tasks;
  FakeUsage usage;
  ResctrlTree tree;
};

}  // namespace

TEST_CASE("before it is mounted the tree is an empty directory") {
  Unmounted u;
  CHECK_FALSE(u.tree.mounted());
  CHECK(u.tree.node(kRootInode)->directory);
  CHECK(u.tree.list(kRootInode).empty());
  CHECK(u.tree.mkdir(kRootInode, "g1") == EPERM);
  CHECK(u.tree.groups().empty());
}

TEST_CASE("options are words that the kernel knows and the machine can do") {
  Unmounted u;
  for (const char* options : {"foo", "cdp=1", "CDP", "cdpl2", "cdp,cdpl2", "mba_MBps,x"}) {
    INFO(options);
    CHECK(u.tree.mount(options) == EINVAL);
    CHECK_FALSE(u.tree.mounted());
  }
  CHECK(u.tree.mount("cdp,mba_MBps") == 0);
  Machine machine = small_machine();
  machine.mba = false;
  CHECK(Unmounted(machine).tree.mount("mba_MBps") == EINVAL);
  machine = small_machine();
  machine.monitoring = false;
  CHECK(Unmounted(machine).tree.mount("mba_MBps") == EINVAL);
}

TEST_CASE("it is mounted once, and asking again clears the last words") {
  TreeFixture f;
  f.write("schemata", "L3:0=0\n");
  CHECK(f.tree.mount("foo") == EINVAL);
  CHECK(f.status() == "Mask out of range\n");
  CHECK(f.tree.mount("") == EBUSY);
  CHECK(f.status() == "ok\n");
}

TEST_CASE("unmounting gives everything back") {
  TreeFixture f;
  f.tasks.add(100);
  REQUIRE(f.mkdir("g1") == 0);
  REQUIRE(f.mkdir("mon_groups/m1") == 0);
  REQUIRE(f.write("g1/tasks", "100\n") == 0);
  REQUIRE(f.write("mon_groups/m1/tasks", "0\n") == 0);
  REQUIRE(f.write("g1/cpus_list", "1\n") == 0);
  REQUIRE(f.write("schemata", "L3:0=7f0;1=7f0\nMB:0=10\n") == 0);
  REQUIRE(f.write("g1/schemata", "L3:0=f;1=f\n") == 0);
  REQUIRE(f.write("g1/mode", "exclusive\n") == 0);
  const Inode tasks = f.at("tasks");
  f.tree.unmount();
  CHECK_FALSE(f.tree.mounted());
  CHECK(f.tasks.class_of(100) == TaskClass{});
  CHECK(f.tasks.class_of(TreeFixture::kShell) == TaskClass{});
  CHECK(f.tree.read(tasks).error == ENODEV);
  CHECK(f.tree.list(kRootInode).empty());
  REQUIRE(f.tree.mount("") == 0);
  CHECK(f.read("schemata") == "    MB:0=100;1=100\n    L3:0=7ff;1=7ff\n");
  CHECK(f.read("cpus_list") == "0-3\n");
  CHECK(f.tree.groups().size() == 1);
  CHECK(f.tree.list(f.at("mon_groups")).empty());
  CHECK(f.read("mode") == "shareable\n");
}

TEST_CASE("a machine with CDP is mounted with it the first time, and then as it is asked") {
  Machine machine = small_machine();
  machine.cdp = true;
  TreeFixture f(machine);
  CHECK(f.at("info/L3CODE") != 0);
  f.tree.unmount();
  REQUIRE(f.tree.mount("") == 0);
  CHECK(f.at("info/L3CODE") == 0);
}

TEST_CASE("debug shows the CLOSID and the RMID on the kernel that knows it") {
  Unmounted old(small_machine(Kernel::linux_6_1));
  CHECK(old.tree.mount("debug") == EINVAL);
  TreeFixture f(small_machine(), "debug");
  REQUIRE(f.mkdir("g1") == 0);
  REQUIRE(f.mkdir("g1/mon_groups/m1") == 0);
  CHECK(f.read("g1/ctrl_hw_id") == "1\n");
  CHECK(f.read("g1/mon_hw_id") == "1\n");
  CHECK(f.read("g1/mon_groups/m1/mon_hw_id") == "2\n");
  CHECK(f.at("g1/mon_groups/m1/ctrl_hw_id") == 0);
}
