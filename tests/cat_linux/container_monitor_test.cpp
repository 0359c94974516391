// Which containers get a monitoring group, and whose is given up, on plain files; the kernel's part is the contract
// tests'.
#include "cat/linux/container_monitor.h"

#include <cerrno>
#include <filesystem>

#include "tests/cat_linux/resctrl_tree.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

using test::ResctrlTree;
using Ids = std::vector<ContainerId>;
using Tids = std::vector<int>;

const ContainerId kA{"a"}, kB{"b"}, kC{"c"}, kWeb{"web"};
const Tids kOne{11}, kTwo{22}, kThree{33};

int by_letter(const ContainerId& id) {
  return id == kB ? 5 : id == kC ? 7 : 0;
}

// A resctrl that makes the files of a monitoring group as it is made: plain directories have none.
void prepare(const ResctrlTree& tree, const std::string& name, const std::string& tasks = "") {
  tree.file("mon_groups/dcat." + name + "/tasks", tasks);
}

ResctrlInfo info_of(const ResctrlTree& tree) {
  tree.monitoring(8);
  const ResctrlFiles files(tree.root());
  ResctrlInfo info = read_resctrl_info(files).value();
  info.domains = {DomainId{0}, DomainId{3}};
  return info;
}

TEST_CASE("monitoring groups that an earlier run left are found, others' are not taken") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  for (const char* path :
       {"mon_groups/dcat.a%2fb", "mon_groups/cadvisor-1", "dcat.g/mon_groups/dcat.web", "dcat.h/mon_groups"})
    tree.directory(path);
  ContainerMonitor monitor(files);
  monitor.adopt({"", "dcat.g", "dcat.h", "dcat.none"});
  CHECK(monitor.containers() == Ids{ContainerId{"a/b"}, kWeb});
  CHECK(monitor.group_of(kWeb) == "dcat.g/mon_groups/dcat.web");
  CHECK(monitor.group_of(ContainerId{"a/b"}) == "mon_groups/dcat.a%2fb");
  CHECK(monitor.group_of(kC) == "");
  CHECK(monitor.directory_of(kWeb) == "dcat.g");
  CHECK(monitor.directory_of(ContainerId{"a/b"}) == "");
  CHECK_FALSE(monitor.directory_of(kC).has_value());
}

TEST_CASE("a monitoring group whose container cannot be told from its name is removed, for its RMID would be lost") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  const std::string shortened = "mon_groups/dcat." + std::string(177, 'x') + "%h0123456789abcdef";
  tree.directory(shortened);
  ContainerMonitor monitor(files);
  monitor.adopt({""});
  CHECK(monitor.size() == 0);
  CHECK_FALSE(tree.exists(shortened));
}

TEST_CASE("a container that two monitoring groups are named after keeps one of them") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  for (const char* path : {"mon_groups/dcat.web", "dcat.g/mon_groups/dcat.web"}) tree.directory(path);
  ContainerMonitor monitor(files);
  monitor.adopt({"", "dcat.g"});
  CHECK(monitor.size() == 1);
  CHECK(tree.exists("mon_groups/dcat.web"));
  CHECK_FALSE(tree.exists("dcat.g/mon_groups/dcat.web"));
}

TEST_CASE("what is forgotten is removed; one that is given up is the least important's") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  for (const char* name : {"a", "b", "c"}) tree.directory("mon_groups/dcat." + std::string(name));
  tree.directory("mon_groups/other");
  ContainerMonitor monitor(files, by_letter);
  monitor.adopt({""});
  monitor.forget(kA);
  monitor.forget(ContainerId{"never seen"});
  CHECK_FALSE(tree.exists("mon_groups/dcat.a"));
  CHECK(monitor.give_up_one());
  CHECK(monitor.containers() == Ids{kC});
  CHECK(monitor.give_up_one());
  CHECK_FALSE(monitor.give_up_one());
  CHECK(tree.exists("mon_groups/other"));
}

TEST_CASE("a container that has ended gives its group back, and so do those of a control group that goes") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  for (const char* path : {"mon_groups/dcat.a", "dcat.g/mon_groups/dcat.b", "dcat.g/mon_groups/dcat.c"})
    tree.directory(path);
  ContainerMonitor monitor(files);
  monitor.adopt({"", "dcat.g"});
  monitor.keep_only({kB, kC});
  CHECK(monitor.containers() == Ids{kB, kC});
  CHECK_FALSE(tree.exists("mon_groups/dcat.a"));
  monitor.forget_in("dcat.g");
  CHECK(monitor.size() == 0);
  CHECK_FALSE(tree.exists("dcat.g/mon_groups/dcat.b"));
}

TEST_CASE("who rests gets a group while there are RMIDs, by priority, then by id") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  for (const char* name : {"a", "b", "c"}) prepare(tree, name);
  ContainerMonitor monitor(files, by_letter);
  const std::vector<RestingContainer> resting{{kA, "", &kOne}, {kB, "", &kTwo}, {kC, "", &kThree}};
  CHECK(monitor.has_work(resting));
  monitor.cover(resting, 2);
  CHECK(monitor.containers() == Ids{kB, kC});
  CHECK(tree.text("mon_groups/dcat.c/tasks") == "33\n");
  CHECK(tree.text("mon_groups/dcat.a/tasks").empty());
  CHECK(monitor.has_work(resting));  // a still waits
  monitor.cover(resting, 0);
  CHECK(monitor.containers() == Ids{kB, kC});  // nobody here is less important than a
  monitor.cover(resting, 1);
  CHECK(monitor.size() == 3);
  CHECK_FALSE(monitor.has_work(resting));
}

TEST_CASE("where RMIDs are out, the least important makes room for one that is more, one in a period") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  for (const char* name : {"a", "b", "c"}) prepare(tree, name);
  ContainerMonitor monitor(files, by_letter);
  monitor.cover({{kA, "", &kOne}}, 1);
  REQUIRE(monitor.containers() == Ids{kA});
  const std::vector<RestingContainer> all{{kA, "", &kOne}, {kB, "", &kTwo}, {kC, "", &kThree}};
  std::filesystem::remove(tree.root() + "/mon_groups/dcat.a/tasks");  // a plain directory would not go otherwise
  monitor.cover(all, 0);
  CHECK(monitor.size() == 0);
  monitor.cover(all, 1);
  CHECK(monitor.containers() == Ids{kC});
}

TEST_CASE("where nobody gives an RMID up it is not asked again for a while, unless one is free") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  for (const char* name : {"a", "b"}) prepare(tree, name);
  int asked = 0;
  ContainerMonitor monitor(files, [&asked](const ContainerId&) {
    ++asked;
    return 0;
  });
  const std::vector<RestingContainer> resting{{kA, "", &kOne}, {kB, "", &kTwo}};
  monitor.cover(resting, 1);
  asked = 0;
  for (int period = 0; period <= ContainerMonitor::kWaitForRmids; ++period) monitor.cover(resting, 0);
  CHECK(asked == 1);  // b, once
  monitor.cover(resting, 1);
  CHECK(monitor.size() == 2);
}

TEST_CASE("a container without threads gets no group") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  prepare(tree, "a");
  ContainerMonitor monitor(files);
  const Tids none;
  CHECK_FALSE(monitor.has_work({{kA, "", &none}}));
  monitor.cover({{kA, "", &none}}, 3);
  CHECK(monitor.size() == 0);
}

TEST_CASE("no more than so many groups are made in a period") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  std::vector<RestingContainer> resting;
  for (int i = 10; i < 40; ++i) {
    prepare(tree, std::to_string(i));
    resting.push_back({ContainerId{std::to_string(i)}, "", &kOne});
  }
  ContainerMonitor monitor(files);
  monitor.cover(resting, 100);
  CHECK(monitor.size() == ContainerMonitor::kMostNew);
}

TEST_CASE("threads that were put into a container from outside are taken in, and nothing is read while none is new") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  prepare(tree, "a");
  ContainerMonitor monitor(files);
  monitor.cover({{kA, "", &kOne}}, 1);
  tree.file("mon_groups/dcat.a/tasks", "11\n");
  const Tids more{11, 12};
  CHECK(monitor.has_work({{kA, "", &more}}));
  monitor.cover({{kA, "", &more}}, 0);
  CHECK(tree.text("mon_groups/dcat.a/tasks") == "12\n");
  CHECK_FALSE(monitor.has_work({{kA, "", &more}}));
}

TEST_CASE("a group that somebody removed is made again") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  prepare(tree, "a");
  ContainerMonitor monitor(files);
  monitor.cover({{kA, "", &kOne}}, 1);
  tree.remove("mon_groups/dcat.a");
  const Tids more{11, 12};
  monitor.cover({{kA, "", &more}}, 0);
  CHECK(monitor.size() == 0);
  prepare(tree, "a");
  monitor.cover({{kA, "", &more}}, 1);
  CHECK(monitor.size() == 1);
}

TEST_CASE("what somebody else watches is left to them and read there") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  const ResctrlInfo info = info_of(tree);
  tree.file("mon_groups/cadvisor-1/tasks", "11\n");
  tree.file("mon_groups/cadvisor-1/mon_data/mon_L3_00/llc_occupancy", "4096\n");
  tree.file("mon_groups/cadvisor-1/mon_data/mon_L3_03/llc_occupancy", "Unavailable\n");
  tree.file("mon_groups/cadvisor-1/mon_data/mon_L3_03/mbm_total_bytes", "7\n");
  ContainerMonitor monitor(files);
  monitor.cover({{kA, "", &kOne}}, 3);
  CHECK(monitor.size() == 0);
  CHECK_FALSE(tree.exists("mon_groups/dcat.a"));
  CHECK_FALSE(monitor.has_work({{kA, "", &kOne}}));
  const auto usage = monitor.read(info);
  REQUIRE(usage.size() == 2);
  CHECK(usage[0].llc_occupancy_bytes == 4096);
  CHECK_FALSE(usage[0].memory_bytes.has_value());
  CHECK_FALSE(usage[1].llc_occupancy_bytes.has_value());
  CHECK(usage[1].memory_bytes == 7);
  // They are gone: it is ours to watch again.
  tree.remove("mon_groups/cadvisor-1");
  monitor.keep_only({kA});
  prepare(tree, "a");
  monitor.cover({{kA, "", &kOne}}, 3);
  CHECK(monitor.containers() == Ids{kA});
}

TEST_CASE("usage is ascending by container, whoever's group it is read from") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  const ResctrlInfo info = info_of(tree);
  prepare(tree, "b");
  tree.file("mon_groups/dcat.b/mon_data/mon_L3_00/llc_occupancy", "1\n");
  tree.file("mon_groups/other/tasks", "11\n");
  tree.file("mon_groups/other/mon_data/mon_L3_00/llc_occupancy", "2\n");
  ContainerMonitor monitor(files);
  monitor.cover({{kA, "", &kOne}, {kB, "", &kTwo}}, 3);
  const auto usage = monitor.read(info);
  REQUIRE(usage.size() == 2);
  CHECK(usage[0].container == kA);
  CHECK(usage[1].container == kB);
}

TEST_CASE("a monitoring group follows its container, and is given up where it cannot") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  tree.directory("mon_groups/dcat.a");
  tree.directory("dcat.g/mon_groups");
  ContainerMonitor monitor(files);
  monitor.adopt({""});
  REQUIRE(monitor.follow(kA, "dcat.g").ok());
  CHECK(monitor.directory_of(kA) == "dcat.g");
  CHECK_FALSE(monitor.follow(kA, "dcat.none").ok());
  CHECK_FALSE(monitor.directory_of(kA).has_value());
  CHECK_FALSE(tree.exists("dcat.g/mon_groups/dcat.a"));
  CHECK(monitor.can_follow());  // this was no kernel that cannot rename
}

}  // namespace
}  // namespace dcat
