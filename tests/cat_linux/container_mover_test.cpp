// What the mover does on plain files, which list the last thread written to them and know nothing of monitoring; the
// kernel's part is the contract tests'.
#include "cat/linux/container_mover.h"

#include <cerrno>

#include "tests/cat_linux/resctrl_tree.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

using test::ResctrlTree;
using Ids = std::vector<ContainerId>;

const ContainerId kWeb{"web"};

TEST_CASE("a thread is written to the group's tasks until it is listed there") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  tree.group("dcat.g", "L3:0=3;3=3\n");
  ContainerMonitor monitor(files);
  ContainerMover mover(files, monitor);
  REQUIRE(mover.move(kWeb, tree.cgroup("web", "4242\n"), "dcat.g", false).ok());
  CHECK(tree.text("dcat.g/tasks") == "4242\n");
  CHECK(mover.unsettled() == 0);
}

TEST_CASE("threads that are there already are not written again") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  tree.group("dcat.g", "L3:0=3;3=3\n", "7\n8\n9\n");
  ContainerMonitor monitor(files);
  ContainerMover mover(files, monitor);
  REQUIRE(mover.move(kWeb, tree.cgroup("web", "9\n7\n"), "dcat.g", false).ok());
  CHECK(tree.text("dcat.g/tasks") == "7\n8\n9\n");
}

TEST_CASE("a container without threads, or that is gone, is moved by doing nothing") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  ContainerMonitor monitor(files);
  ContainerMover mover(files, monitor);
  CHECK(mover.move(kWeb, tree.cgroup("web", ""), "dcat.g", true).ok());
  CHECK(mover.move(kWeb, "", "dcat.g", true).ok());
  CHECK(mover.move(kWeb, tree.base() + "/nowhere", "dcat.g", true).ok());
  CHECK(monitor.size() == 0);
}

TEST_CASE("a move that does not settle ends after its rounds, is counted and told once") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  tree.group("dcat.g", "L3:0=3;3=3\n");  // keeps the last thread only: the other one is always missing
  ContainerMonitor monitor(files);
  ContainerMover mover(files, monitor);
  REQUIRE(mover.move(kWeb, tree.cgroup("web", "4242\n4243\n"), "dcat.g", false).ok());
  CHECK(mover.unsettled() == 1);
  CHECK(mover.take_unsettled() == Ids{kWeb});
  CHECK(mover.take_unsettled().empty());
  CHECK(mover.unsettled() == 1);
}

TEST_CASE("a group that is gone, or refuses, is an error with the kernel's words") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  tree.group("dcat.g", "L3:0=3;3=3\n");
  ContainerMonitor monitor(files);
  ContainerMover mover(files, monitor);
  const std::string cgroup = tree.cgroup("web", "4242\n");
  CHECK(mover.move(kWeb, cgroup, "dcat.none", false).error().sys_errno == ENOENT);
  tree.file("info/last_cmd_status", "No permission to move task 4242\n");
  tree.refuse_writes("tasks");
  const Status refused = mover.move_threads(kWeb, {4242}, "");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().to_string() ==
        "write \"4242\" to " + tree.root() + "/tasks: ENOSPC: No permission to move task 4242");
}

TEST_CASE("only the threads that are named are moved, to the default group too") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  tree.file("tasks", "");
  ContainerMonitor monitor(files);
  ContainerMover mover(files, monitor);
  CHECK(mover.move_threads(kWeb, {}, "dcat.none").ok());
  REQUIRE(mover.move_threads(kWeb, {77}, "").ok());
  CHECK(tree.text("tasks") == "77\n");
}

TEST_CASE("a monitoring group moves along with its container by being renamed") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  tree.file("mon_groups/dcat.web/tasks", "4242\n");
  tree.group("dcat.g", "L3:0=3;3=3\n", "4242\n");
  tree.directory("dcat.g/mon_groups");
  ContainerMonitor monitor(files);
  ContainerMover mover(files, monitor);
  monitor.adopt({""});
  REQUIRE(mover.move(kWeb, tree.cgroup("web", "4242\n"), "dcat.g", true).ok());
  CHECK(monitor.group_of(kWeb) == "dcat.g/mon_groups/dcat.web");
  CHECK(tree.exists("dcat.g/mon_groups/dcat.web"));
  CHECK_FALSE(tree.exists("mon_groups/dcat.web"));
}

TEST_CASE("where a monitoring group cannot be renamed it is given up, and the threads are moved one by one") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  tree.directory("mon_groups/dcat.web");
  tree.group("dcat.g", "L3:0=3;3=3\n");  // has no mon_groups
  ContainerMonitor monitor(files);
  ContainerMover mover(files, monitor);
  monitor.adopt({""});
  REQUIRE(mover.move(kWeb, tree.cgroup("web", "4242\n"), "dcat.g", true).ok());
  CHECK(tree.text("dcat.g/tasks") == "4242\n");
  CHECK(monitor.size() == 0);
  CHECK_FALSE(tree.exists("mon_groups/dcat.web"));
}

}  // namespace
}  // namespace dcat
