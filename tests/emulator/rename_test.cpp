#include <cerrno>

#include "tests/emulator/tree_fixture.h"
#include "tests/support/catch.h"

using namespace dcat::emulator;

namespace {

struct RenameFixture : TreeFixture {
  explicit RenameFixture(Kernel kernel = Kernel::linux_6_12) : TreeFixture(small_machine(kernel)) {
    for (const int tid : {100, 101}) tasks.add(tid);
    for (const char* path : {"g1", "g2", "g1/mon_groups/m1", "g2/mon_groups/m2"}) mkdir(path);
    write("g1/tasks", "100\n");
    write("g1/tasks", "101\n");
    write("g1/mon_groups/m1/tasks", "100\n");
  }
};

}  // namespace

TEST_CASE("a monitoring group takes its tasks and its counts to another control group") {
  RenameFixture f;
  const int rmid = f.tasks.class_of(100).rmid;
  f.usage.total[{rmid, 0}] = 77;
  const Inode file = f.at("g1/mon_groups/m1/mon_data/mon_L3_00/mbm_total_bytes");
  f.write("g1/schemata", "L3:0=0\n");
  REQUIRE(f.rename("g1/mon_groups/m1", "g2/mon_groups/new") == 0);
  CHECK(f.status() == "ok\n");
  CHECK(f.tasks.class_of(100) == TaskClass{2, rmid});
  CHECK(f.tasks.class_of(101).closid == 1);
  CHECK(f.read("g2/tasks") == "100\n");
  CHECK(f.read("g2/mon_groups/new/tasks") == "100\n");
  CHECK(f.at("g1/mon_groups/m1") == 0);
  CHECK(f.tree.read(file).text == "77\n");
  CHECK(f.read("g2/mon_data/mon_L3_00/mbm_total_bytes") == "77\n");
  CHECK(f.read("g1/mon_data/mon_L3_00/mbm_total_bytes") == "0\n");
  // It is the new parent's now.
  REQUIRE(f.rmdir("g2") == 0);
  CHECK(f.tasks.class_of(100) == TaskClass{});
}

TEST_CASE("a new name in the same place moves nobody") {
  RenameFixture f;
  const auto before = f.tasks.class_of(100);
  REQUIRE(f.rename("g1/mon_groups/m1", "g1/mon_groups/m9") == 0);
  CHECK(f.tasks.class_of(100) == before);
  CHECK(f.read("g1/mon_groups/m9/tasks") == "100\n");
  CHECK(f.rename("g1/mon_groups/m9", "g1/mon_groups/m9") == 0);
}

TEST_CASE("what cannot be renamed says why") {
  RenameFixture f;
  const auto refused = [&](const std::string& from, const std::string& to, const char* words) {
    INFO(from << " to " << to);
    CHECK(f.rename(from, to) == EPERM);
    CHECK(f.status() == words);
  };
  refused("g1", "g9", "Source must be a MON group\n");
  refused("g1/mon_groups", "g2/mon_groups/x", "Source must be a MON group\n");
  refused("g1/mon_data", "g2/mon_groups/x", "Source must be a MON group\n");
  refused("g1/mon_groups/m1/mon_data", "g2/mon_groups/x", "Source must be a MON group\n");
  refused("g1/tasks", "g2/mon_groups/x", "Source and destination must be directories");
  refused("g1/mon_groups/m1", "g9", "Destination must be a mon_groups subdirectory\n");
  refused("g1/mon_groups/m1", "g2/x", "Destination must be a mon_groups subdirectory\n");
  refused("g1/mon_groups/m1", "g2/mon_groups/mon_groups", "Destination must be a mon_groups subdirectory\n");
  f.write("g1/cpus_list", "1");
  f.write("g1/mon_groups/m1/cpus_list", "1");
  refused("g1/mon_groups/m1", "g2/mon_groups/x", "Cannot move a MON group that monitors CPUs\n");
  CHECK(f.rename("g1/mon_groups/m1", "g1/mon_groups/x") == 0);
}

TEST_CASE("places that are not there or taken are refused") {
  RenameFixture f;
  CHECK(f.rename("g1/mon_groups/none", "g2/mon_groups/x") == ENOENT);
  CHECK(f.rename("g1/mon_groups/m1", "none/x") == ENOENT);
  CHECK(f.rename("g1/mon_groups/m1", "g2/tasks/x") == ENOTDIR);
  CHECK(f.rename("g1/mon_groups/m1", "g2/mon_groups/m2") == EEXIST);
  CHECK(f.rename("g1/mon_groups/m1", "g2/tasks") == ENOTDIR);
  CHECK(f.rename("g1/tasks", "g2/mon_groups") == EISDIR);
  CHECK(f.rename("g1", "g1/mon_groups/x") == EINVAL);
  CHECK(f.rename("g1/mon_groups/m1", "g1") == ENOTEMPTY);
  CHECK(f.rename("info/L3", "g1/mon_groups/x") == ENOENT);
  CHECK(f.rename("g1/mon_groups/m1", "info/x") == ENOENT);
  CHECK(f.read("g1/mon_groups/m1/tasks") == "100\n");
}

TEST_CASE("6.1 renames nothing and says nothing") {
  RenameFixture f(Kernel::linux_6_1);
  f.write("g1/schemata", "L3:0=0\n");
  CHECK(f.rename("g1/mon_groups/m1", "g2/mon_groups/x") == EPERM);
  CHECK(f.rename("g1", "g9") == EPERM);
  CHECK(f.rename("none", "g9") == ENOENT);
  CHECK(f.status() == "Mask out of range\n");
}
