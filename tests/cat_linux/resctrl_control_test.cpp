// The parts of the resctrl back end that plain files can show: what it opens, reads, refuses, says and gathers. Groups
// that come to life are the contract tests'.

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "cat/linux/group_names.h"
#include "tests/cat_linux/control_on_files.h"

namespace dcat {
namespace {

using namespace std::chrono_literals;
using namespace test;

TEST_CASE("without a mounted resctrl, or without an L3 in it, the back end is unsupported") {
  const ResctrlTree tree;
  ResctrlOptions nowhere = options_of(tree, true);
  nowhere.root = tree.base() + "/nowhere";
  const auto none = ResctrlControl::open(nowhere);
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().code == ErrorCode::unsupported);
  CHECK(none.error().todo.find("mount -t resctrl") != std::string::npos);
  tree.remove("info/L3");
  CHECK(ResctrlControl::open(options_of(tree, true)).error().code == ErrorCode::unsupported);
  CHECK_FALSE(std::filesystem::exists(tree.runtime()));
}

TEST_CASE("a run that may not write makes no journal, takes no daemon's place and refuses every change") {
  const ResctrlTree tree;
  tree.directory("dcat.old");
  const auto daemon = InstanceLock::take(tree.runtime());
  const auto control = opened(options_of(tree, false));
  census_of(*control);
  const Status refused = control->apply(kNarrow);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::unsupported);
  CHECK(control->gather().ok());
  CHECK(tree.text("schemata") == "    L3:0=ff;3=ff\n");
  CHECK(tree.exists("dcat.old"));
  CHECK_FALSE(journal_of(tree).age().has_value());
}

TEST_CASE("only one run of a node may write") {
  const ResctrlTree tree;
  const auto first = opened(options_of(tree, true));
  const auto second = ResctrlControl::open(options_of(tree, true));
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().to_string().find("another dcat controls this node") != std::string::npos);
}

TEST_CASE("geometry and masks are read once somebody has looked") {
  const ResctrlTree tree;
  tree.group("dcat.web", "L3:0=3;3=f\n", "10\n");
  tree.cgroup("c1", "10\n");
  tree.cgroup("c2", "11\n");
  const auto control = opened(options_of(tree, false));
  census_of(*control, {ContainerId{"c1"}, ContainerId{"c2"}});
  CHECK(geometry_of(*control) == "4: 0=ff/c0 3=ff/c0");
  CHECK(masks_of(*control) == "0=ff web=3; 3=ff web=f; c1:web ");
}

TEST_CASE("foreign groups hold their ways and a class each, and their containers are told") {
  const ResctrlTree tree;
  tree.group("COS1", "L3:0=c0;3=ff\n", "10\n");
  tree.cgroup("c1", "10\n");
  tree.cgroup("c2", "11\n");
  const auto control = opened(options_of(tree, false));
  const Census census = census_of(*control, {ContainerId{"c1"}, ContainerId{"c2"}});
  CHECK(census.foreign == Ids{ContainerId{"c1"}});
  CHECK(geometry_of(*control) == "3: 0=3f/0 3=ff/c0");
  CHECK(masks_of(*control) == "0=3f; 3=ff; ");
  CHECK(said(census, "foreign group COS1 holds L3:0=c0;3=ff: these ways are left to it"));
}

TEST_CASE("where foreign groups hold every way of a domain there is no geometry of it") {
  const ResctrlTree tree;
  tree.group("a", "L3:0=0f;3=7f\n");
  tree.group("b", "L3:0=f0;3=ff\n");
  const auto control = opened(options_of(tree, false));
  census_of(*control);
  CHECK(geometry_of(*control) == "2: 3=80/80");
  CHECK(masks_of(*control) == "3=80; ");
}

TEST_CASE("more foreign groups than classes leave the default group") {
  const ResctrlTree tree;
  for (const char* name : {"a", "b", "c", "d", "e"}) tree.group(name, "L3:0=ff;3=ff\n");
  const auto control = opened(options_of(tree, false));
  census_of(*control);
  CHECK(geometry_of(*control).starts_with("1:"));
}

TEST_CASE("every group takes an RMID too, where there are fewer of them than classes") {
  const ResctrlTree tree;
  tree.file("info/L3/num_closids", "16\n");
  tree.monitoring(4);
  tree.group("foreign", "L3:0=ff;3=ff\n");
  tree.group("dcat.a", "L3:0=3;3=3\n");
  const auto control = opened(options_of(tree, false));
  census_of(*control);
  CHECK(geometry_of(*control).starts_with("3:"));  // the default group, ours, and the one RMID that is left
}

TEST_CASE("news is said once, and again after the group was gone") {
  const ResctrlTree tree;
  tree.group("COS1", "L3:0=c0;3=ff\n");
  const auto control = opened(options_of(tree, false));
  CHECK(census_of(*control).news.size() == 1);
  CHECK(census_of(*control).news.empty());
  tree.file("COS1/schemata", "L3:0=80;3=ff\n");
  CHECK(said(census_of(*control), "holds L3:0=80"));
  tree.remove("COS1");
  CHECK(census_of(*control).news.empty());
  tree.group("COS1", "L3:0=80;3=ff\n");
  CHECK(census_of(*control).news.size() == 1);
}

TEST_CASE("a container whose threads cannot all be moved is told once, and again after it was gone") {
  const ResctrlTree tree;
  tree.cgroup("web", "4242\n4243\n");
  const auto control = opened(options_of(tree, true));
  tree.group("dcat.g", "L3:0=3;3=3\n");  // keeps the last thread only: the other one is always missing
  const Ids web{ContainerId{"web"}};
  const auto told_after_a_move = [&] {
    census_of(*control, web);
    REQUIRE(control->apply(MoveContainer{web[0], GroupId{"g"}}).ok());
    return said(census_of(*control, web), "faster than they can be moved");
  };
  CHECK(told_after_a_move());
  CHECK_FALSE(told_after_a_move());
  census_of(*control);
  CHECK(told_after_a_move());
}

TEST_CASE("a foreign group that may fill every way is told by what it has in it") {
  const ResctrlTree tree;
  tree.group("idle", "L3:0=ff;3=ff\n");
  tree.group("busy", "L3:0=ff;3=ff\n", "10\n");
  const auto control = opened(options_of(tree, false));
  const Census census = census_of(*control);
  CHECK(said(census, "foreign group idle takes a CLOSID"));
  CHECK(said(census, "foreign group busy may fill every way"));
  CHECK(geometry_of(*control) == "2: 0=ff/c0 3=ff/c0");
}

TEST_CASE("a file system that was unmounted is told, and is read anew when it is back with other options") {
  const ResctrlTree tree;
  const auto control = opened(options_of(tree, false));
  census_of(*control);
  tree.remove("schemata");
  CHECK(control->take_census({}).error().why == "the resctrl file system is not mounted any more");
  CHECK_FALSE(control->read_geometry().ok());
  tree.file("schemata", "L3:0=f;3=f\n");
  tree.file("info/L3/cbm_mask", "f\n");
  tree.file("info/L3/shareable_bits", "0\n");
  census_of(*control);
  CHECK(geometry_of(*control) == "4: 0=f/0 3=f/0");
}

TEST_CASE("mounted anew with cdp between two looks, it is read after one period at most") {
  const ResctrlTree tree;
  const auto control = opened(options_of(tree, false));
  census_of(*control);
  for (const char* file : {"cbm_mask", "min_cbm_bits", "shareable_bits", "num_closids"})
    for (const char* resource : {"L3CODE", "L3DATA"})
      tree.file(std::string("info/") + resource + "/" + file, tree.text(std::string("info/L3/") + file));
  tree.remove("info/L3");
  tree.file("schemata", "L3DATA:0=ff;3=ff\nL3CODE:0=ff;3=ff\n");
  CHECK_FALSE(control->take_census({}).ok());
  CHECK(control->take_census({}).ok());
  CHECK(geometry_of(*control) == "4: 0=ff/c0 3=ff/c0");
}

TEST_CASE("the journal is written before the first change, with the default group as it was") {
  const ResctrlTree tree;
  const auto control = opened(options_of(tree, true));
  census_of(*control);
  CHECK_FALSE(journal_of(tree).age().has_value());
  REQUIRE(control->apply(WriteMasks{GroupId{}, {{DomainId{0}, Cbm(0xc0)}, {DomainId{3}, Cbm(0xc0)}}}).error().code ==
          ErrorCode::failed);  // the plain file keeps its end, and reads back as nonsense
  CHECK(tree.text("schemata").starts_with("L3:0=c0;3=c0\n"));
  const auto entry = journal_of(tree).read();
  REQUIRE((entry.ok() && entry->has_value()));
  CHECK((*entry)->default_schemata == "L3:0=ff;3=ff\n");
  CHECK((*entry)->backend == "resctrl");
  CHECK((*entry)->root == tree.root());
  CHECK((*entry)->boot_id == read_boot_id());
  CHECK((*entry)->pid == ::getpid());
}

TEST_CASE("no change is made where the journal cannot be written") {
  const ResctrlTree tree;
  const auto control = opened(options_of(tree, true));
  census_of(*control);
  std::filesystem::remove_all(tree.runtime());
  std::ofstream(tree.runtime()) << "x";  // a file where the directory was
  CHECK(control->apply(kNarrow).error().sys_errno == ENOTDIR);
  CHECK(tree.text("schemata") == "    L3:0=ff;3=ff\n");
}

TEST_CASE("masks that read back as written are applied") {
  const ResctrlTree tree;
  tree.file("schemata", "L3:0=ff;3=ff\n");
  const auto control = opened(options_of(tree, true));
  census_of(*control);
  REQUIRE(control->apply(kNarrow).ok());
  CHECK(tree.text("schemata") == "L3:0=c0;3=c0\n");
  CHECK(masks_of(*control) == "0=c0; 3=c0; ");
}

TEST_CASE("with root keep the default group is never written, and its region is what was asked for") {
  const ResctrlTree tree;
  const auto control = opened(options_of(tree, true, RootPolicy::keep));
  const Census census = census_of(*control);
  CHECK(said(census, "root: keep"));
  REQUIRE(control->apply(kNarrow).ok());
  CHECK(tree.text("schemata") == "    L3:0=ff;3=ff\n");
  CHECK(masks_of(*control) == "0=c0; 3=c0; ");
  CHECK((*journal_of(tree).read())->default_schemata.empty());
}

TEST_CASE("a group whose name is too long to be read back is known by whoever made it") {
  const std::string name(300, 'x');
  const ResctrlTree tree;
  const auto control = opened(options_of(tree, true));
  census_of(*control);
  REQUIRE(control->apply(CreateGroup{GroupId{name}}).ok());
  const std::string directory = directory_name(name);
  REQUIRE(tree.exists(directory));
  tree.group(directory, "L3:0=3;3=3\n");
  census_of(*control);
  CHECK(masks_of(*control) == "0=ff " + name + "=3; 3=ff " + name + "=3; ");
  REQUIRE(control->apply(WriteMasks{GroupId{name}, {{DomainId{0}, Cbm(0xc)}, {DomainId{3}, Cbm(0xc)}}}).ok());
  CHECK(tree.text(directory + "/schemata") == "L3:0=c;3=c\n");
}

TEST_CASE("after a restart such a group is known by its container, and an unknown one can be removed or made anew") {
  const std::string name(300, 'x'), other(300, 'y');
  const ResctrlTree tree;
  const std::string directory = directory_name(name), unknown = directory_name(other);
  tree.group(directory, "L3:0=3;3=3\n");
  tree.group(unknown, "L3:0=c;3=c\n");
  REQUIRE(journal_of(tree).write(left_behind(tree, "")).ok());
  const auto control = opened(options_of(tree, true, RootPolicy::keep));
  census_of(*control, {ContainerId{name}});
  CHECK(masks_of(*control) == "0=ff " + unknown + "=c " + name + "=3; 3=ff " + unknown + "=c " + name + "=3; ");
  for (const char* file : {"/schemata", "/tasks", "/cpus_list"}) tree.remove(unknown + file);
  SECTION("removed") {
    REQUIRE(control->apply(RemoveGroup{GroupId{unknown}}).ok());
    CHECK_FALSE(tree.exists(unknown));
  }
  SECTION("made anew") {
    REQUIRE(control->apply(CreateGroup{GroupId{other}}).ok());
    CHECK(tree.exists(unknown));
  }
}

void with_mba(const ResctrlTree& tree) {
  for (const auto& [file, text] : {std::pair{"num_closids", "4\n"},
                                   {"min_bandwidth", "10\n"},
                                   {"bandwidth_gran", "10\n"},
                                   {"delay_linear", "1\n"}})
    tree.file(std::string("info/MB/") + file, text);
  tree.file("schemata", "    MB:0=100;3=100\n    L3:0=ff;3=ff\n");
}
Throttle throttle_of_web(ResctrlControl& control, int domain) {
  const auto masks = control.read_masks();
  REQUIRE(masks.ok());
  return throttle_of(find_domain(*masks, DomainId{domain}), GroupId{"web"});
}

TEST_CASE("throttles are read and written with the masks, in one write and in our groups alone") {
  const ResctrlTree tree;
  with_mba(tree);
  const auto control = opened(options_of(tree, true));
  tree.group("dcat.web", "MB:0= 40;3=100\nL3:0=3;3=f\n");
  census_of(*control);
  CHECK(control->read_geometry()->domains[0].throttles == ThrottleSteps{});
  CHECK(throttle_of_web(*control, 0) == Throttle(40));
  CHECK(throttle_of_web(*control, 3) == kUnthrottled);
  tree.file("dcat.web/schemata", "");
  REQUIRE(control->apply(WriteMasks{GroupId{"web"}, {{DomainId{0}, Cbm(0x3)}}, {{DomainId{0}, Throttle(30)}}}).ok());
  CHECK(tree.text("dcat.web/schemata") == "L3:0=3\nMB:0=30\n");
}

TEST_CASE("limits in MB/s are left alone, and that is said once") {
  const ResctrlTree tree;
  with_mba(tree);
  tree.file("schemata", "MB:0=4294967295;3=4294967295\nL3:0=ff;3=ff\n");
  const auto control = opened(options_of(tree, true));
  tree.group("dcat.web", "MB:0=50;3=4294967295\nL3:0=3;3=f\n");
  CHECK(said(census_of(*control), "memory bandwidth is never throttled here"));
  CHECK_FALSE(said(census_of(*control), "memory bandwidth"));
  CHECK_FALSE(control->read_geometry()->domains[0].throttles.has_value());
  CHECK(throttle_of_web(*control, 0) == kUnthrottled);
}

TEST_CASE("a group of ours that begins beyond 100 shows that its limits are no percentages") {
  const ResctrlTree tree;
  with_mba(tree);
  const auto control = opened(options_of(tree, true));
  census_of(*control);
  CHECK(control->read_geometry()->domains[0].throttles.has_value());
  tree.group("dcat.web", "MB:0=4294967295;3=4294967295\nL3:0=3;3=f\n");
  CHECK(said(census_of(*control), "memory bandwidth is never throttled here"));
  CHECK_FALSE(control->read_geometry()->domains[0].throttles.has_value());
}

TEST_CASE("stragglers are brought to the rest of their container, who is foreign stays") {
  const ResctrlTree tree;
  REQUIRE(journal_of(tree).write(left_behind(tree, "")).ok());  // adopted
  make_old(journal_of(tree), 20);
  tree.group("dcat.web", "L3:0=3;3=3\n", "10\n11\n");
  tree.group("foreign", "L3:0=ff;3=ff\n", "20\n21\n30\n");
  tree.cgroup("a", "10\n11\n12\n");  // 12 is in the default group
  tree.cgroup("b", "20\n21\n22\n");  // most of it is foreign: never moved
  tree.cgroup("c", "11\n10\n30\n");  // its straggler is foreign
  const auto control = opened(options_of(tree, true));
  SECTION("of a container in our group") {
    census_of(*control, {ContainerId{"a"}});
    REQUIRE(control->gather().ok());
    CHECK(tree.text("dcat.web/tasks") == "12\n11\n");  // 12 was written
    CHECK((*journal_of(tree).read())->pid == ::getpid());
  }
  SECTION("not of one in a foreign group, nor out of one") {
    census_of(*control, {ContainerId{"b"}, ContainerId{"c"}});
    REQUIRE(control->gather().ok());
    CHECK(tree.text("foreign/tasks") == "20\n21\n30\n");
    CHECK(tree.text("dcat.web/tasks") == "10\n11\n");
    CHECK((*journal_of(tree).read())->pid == 4711);  // nothing was written
  }
  SECTION("and stays where it is when the rest of its container is moved") {
    const Census census = census_of(*control, {ContainerId{"c"}});
    CHECK(census.foreign == Ids{ContainerId{"c"}});
    REQUIRE(control->apply(MoveContainer{ContainerId{"c"}, GroupId{}}).ok());
    CHECK(tree.text("tasks").starts_with("11\n"));  // the last that was written
    CHECK(tree.text("tasks").find("30") == std::string::npos);
  }
}

TEST_CASE("the lock is held from enter to leave, and another's is waited for no longer than asked") {
  const ResctrlTree tree;
  const auto control = opened(options_of(tree, true));
  ResctrlFiles other(tree.root());
  REQUIRE(control->enter(0ms).ok());
  CHECK_FALSE(other.lock(0ms).ok());
  control->leave();
  REQUIRE(other.lock(0ms).ok());
  CHECK(control->enter(5ms).error().sys_errno == EWOULDBLOCK);
}

}  // namespace
}  // namespace dcat
