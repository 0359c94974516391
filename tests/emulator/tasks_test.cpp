#include <cerrno>

#include "tests/emulator/tree_fixture.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::emulator;

namespace {

struct TasksFixture : TreeFixture {
  explicit TasksFixture(Kernel kernel) : TreeFixture(small_machine(kernel)) {
    for (const int tid : {100, 101, 102}) tasks.add(tid);
    mkdir("g1");
    mkdir("g1/mon_groups/m1");
    mkdir("mon_groups/r1");
  }
};

}  // namespace

TEST_CASE("a task moves to the group it is written to, and a second time nothing happens") {
  TasksFixture f(Kernel::linux_6_12);
  CHECK(f.read("tasks") == "50\n100\n101\n102\n");
  CHECK(f.write("g1/tasks", "101\n") == 0);
  CHECK(f.read("g1/tasks") == "101\n");
  CHECK(f.read("tasks") == "50\n100\n102\n");
  const auto generation = f.tree.generation();
  CHECK(f.write("g1/tasks", " 0x65 \n") == 0);
  CHECK(f.tree.generation() == generation);
}

TEST_CASE("0 is the writer") {
  for (const Kernel kernel : {Kernel::linux_6_1, Kernel::linux_6_12}) {
    TasksFixture f(kernel);
    CHECK(f.write("g1/tasks", "0\n") == 0);
    CHECK(f.read("g1/tasks") == "50\n");
  }
}

TEST_CASE("a control group lists the tasks of its monitoring groups and takes them out of them") {
  TasksFixture f(Kernel::linux_6_12);
  REQUIRE(f.write("g1/tasks", "100\n") == 0);
  REQUIRE(f.write("g1/mon_groups/m1/tasks", "100\n") == 0);
  CHECK(f.read("g1/tasks") == "100\n");
  CHECK(f.read("g1/mon_groups/m1/tasks") == "100\n");
  REQUIRE(f.write("g1/tasks", "100\n") == 0);
  CHECK(f.read("g1/mon_groups/m1/tasks").empty());
}

TEST_CASE("a monitoring group takes tasks of its control group only") {
  TasksFixture f(Kernel::linux_6_12);
  CHECK(f.write("g1/mon_groups/m1/tasks", "100\n") == EINVAL);
  CHECK(f.status() == "Can't move task to different control group\nError while processing task 100\n");
  CHECK(f.write("mon_groups/r1/tasks", "100\n") == 0);
  TasksFixture old(Kernel::linux_6_1);
  CHECK(old.write("g1/mon_groups/m1/tasks", "100\n") == EINVAL);
  CHECK(old.status() == "Can't move task to different control group\n");
}

TEST_CASE("6.1 takes one id a write and keeps the last words when it cannot read it") {
  TasksFixture f(Kernel::linux_6_1);
  CHECK(f.write("g1/tasks", "7\n") == ESRCH);
  for (const char* text : {"-1\n", "abc\n", "\n", "", "100,101\n", "100\n101\n", "99999999999\n"}) {
    INFO(text);
    CHECK(f.write("g1/tasks", text) == EINVAL);
    CHECK(f.status() == "No task 7\n");
  }
  CHECK(f.write("g1/tasks", "100") == 0);
  CHECK(f.status() == "ok\n");
}

TEST_CASE("6.12 takes a list up to the first that fails") {
  TasksFixture f(Kernel::linux_6_12);
  CHECK(f.write("g1/tasks", "100, 101,\n") == 0);
  CHECK(f.write("g1/tasks", "102,7,50\n") == ESRCH);
  CHECK(f.status() == "No task 7\nError while processing task 7\n");
  CHECK(f.read("g1/tasks") == "100\n101\n102\n");
}

TEST_CASE("6.12 says which id it cannot read") {
  TasksFixture f(Kernel::linux_6_12);
  CHECK(f.write("g1/tasks", "abc\n") == EINVAL);
  CHECK(f.status() == "Task list parsing error pid abc\n");
  CHECK(f.write("g1/tasks", "100\n101\n") == EINVAL);
  CHECK(f.status() == "Task list parsing error pid 100\n101\n");
  CHECK(f.write("g1/tasks", ",100\n") == EINVAL);
  CHECK(f.status() == "Task list parsing error pid \n");
  CHECK(f.write("g1/tasks", " \n") == EINVAL);
  CHECK(f.status() == "Task list parsing error pid \n");
  CHECK(f.write("g1/tasks", "-1\n") == EINVAL);
  CHECK(f.status() == "Invalid pid -1\n");
  CHECK(f.write("g1/tasks", "\n") == 0);
  CHECK(f.write("g1/tasks", "") == 0);
  CHECK(f.status() == "ok\n");
}

TEST_CASE("others than root move their own tasks only") {
  TasksFixture f(Kernel::linux_6_12);
  f.tasks.add(200, 1000);
  CHECK(f.write("g1/tasks", "200\n", 1000) == 0);
  CHECK(f.write("g1/tasks", "100\n", 1000) == EPERM);
  CHECK(f.status() == "No permission to move task 100\nError while processing task 100\n");
  CHECK(f.read("g1/tasks") == "200\n");
}

TEST_CASE("the tasks of a group that is removed go to its parent") {
  TasksFixture f(Kernel::linux_6_12);
  REQUIRE(f.write("g1/tasks", "100,101\n") == 0);
  REQUIRE(f.write("g1/mon_groups/m1/tasks", "101\n") == 0);
  REQUIRE(f.rmdir("g1/mon_groups/m1") == 0);
  CHECK(f.tasks.class_of(101) == f.tasks.class_of(100));
  REQUIRE(f.rmdir("g1") == 0);
  CHECK(f.tasks.class_of(100) == TaskClass{});
  CHECK(f.read("tasks") == "50\n100\n101\n102\n");
}
