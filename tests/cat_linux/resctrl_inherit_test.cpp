// What the resctrl back end gives back at its end, and what it makes of what an earlier run has left, on plain files.

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "tests/cat_linux/control_on_files.h"

namespace dcat {
namespace {

using namespace std::chrono_literals;
using namespace test;

TEST_CASE("release gives the default group its masks and removes the journal, twice if need be") {
  const ResctrlTree tree;
  tree.file("schemata", "L3:0=7f;3=ff\n");
  const auto control = opened(options_of(tree, true));
  census_of(*control);
  REQUIRE(control->apply(kNarrow).ok());
  tree.directory("dcat.web");
  tree.directory("foreign");
  REQUIRE(control->release().ok());
  CHECK(tree.text("schemata") == "L3:0=7f;3=ff\n");
  CHECK_FALSE(tree.exists("dcat.web"));
  CHECK(tree.exists("foreign"));
  CHECK_FALSE(journal_of(tree).age().has_value());
  REQUIRE(control->release().ok());
  CHECK(tree.text("schemata") == "L3:0=7f;3=ff\n");
}

TEST_CASE("release knows what was changed without the journal, too") {
  for (const bool damaged : {false, true}) {
    const ResctrlTree tree;
    tree.file("schemata", "L3:0=7f;3=ff\n");
    const auto control = opened(options_of(tree, true));
    census_of(*control);
    REQUIRE(control->apply(kNarrow).ok());
    REQUIRE(journal_of(tree).remove().ok());
    if (damaged) std::ofstream(journal_of(tree).path()) << "rubbish";
    REQUIRE(control->release().ok());
    CHECK(tree.text("schemata") == "L3:0=7f;3=ff\n");
    CHECK_FALSE(std::filesystem::exists(journal_of(tree).path()));
  }
}

TEST_CASE("where the file system was unmounted there is nothing to give back") {
  const ResctrlTree tree;
  tree.file("schemata", "L3:0=ff;3=ff\n");
  const auto control = opened(options_of(tree, true));
  census_of(*control);
  REQUIRE(control->apply(kNarrow).ok());
  tree.remove("schemata");
  tree.remove("info");
  CHECK(control->release().ok());
  CHECK_FALSE(journal_of(tree).age().has_value());
}

TEST_CASE("a start soon after a crash goes on with what is there, one that is late undoes it first") {
  for (const std::time_t seconds_ago : {0, 25, 35, 100'000}) {
    const ResctrlTree tree;
    tree.file("schemata", "L3:0=c0;3=c0\n");
    tree.group("dcat.web", "L3:0=3;3=3\n");
    for (const char* file : {"dcat.web/schemata", "dcat.web/tasks", "dcat.web/cpus_list"}) tree.remove(file);
    REQUIRE(journal_of(tree).write(left_behind(tree, "L3:0=ff;3=ff\n")).ok());
    make_old(journal_of(tree), seconds_ago);
    const auto control = opened(options_of(tree, true));
    INFO(seconds_ago << " s");
    const bool adopted = seconds_ago <= 30;
    CHECK(tree.exists("dcat.web") == adopted);
    CHECK(tree.text("schemata") == (adopted ? "L3:0=c0;3=c0\n" : "L3:0=ff;3=ff\n"));
    CHECK(journal_of(tree).age().has_value() == adopted);
    CHECK(said(census_of(*control),
               adopted ? "adopted what an earlier run (pid 4711) left"
                       : "undid what an earlier run left: 1 groups removed, the default group has its ways again"));
  }
}

TEST_CASE("what was left on another mount is not gone on with") {
  const ResctrlTree tree;
  tree.file("schemata", "L3:0=c0;3=c0\n");
  JournalEntry entry = left_behind(tree, "L3:0=ff;3=ff\n");
  entry.root = "/elsewhere";
  REQUIRE(journal_of(tree).write(entry).ok());
  const auto control = opened(options_of(tree, true));
  CHECK(tree.text("schemata") == "L3:0=ff;3=ff\n");
  CHECK_FALSE(journal_of(tree).age().has_value());
}

TEST_CASE("a run that goes on with what is there keeps its journal young, also while nothing is to be changed") {
  const ResctrlTree tree;
  tree.file("schemata", "L3:0=ff;3=ff\n");
  REQUIRE(journal_of(tree).write(left_behind(tree, "L3:0=ff;3=ff\n")).ok());
  make_old(journal_of(tree), 20);
  const auto control = opened(options_of(tree, true));
  CHECK(*journal_of(tree).age() >= 20s);
  census_of(*control);
  CHECK(*journal_of(tree).age() < 10s);
  REQUIRE(control->apply(kNarrow).ok());
  make_old(journal_of(tree), 20);
  census_of(*control);
  CHECK(*journal_of(tree).age() < 10s);
}

TEST_CASE("a clock that was set back adopts, for nobody can tell how long it was") {
  const ResctrlTree tree;
  tree.file("schemata", "L3:0=c0;3=c0\n");
  REQUIRE(journal_of(tree).write(left_behind(tree, "L3:0=ff;3=ff\n")).ok());
  make_old(journal_of(tree), -100'000);
  opened(options_of(tree, true));
  CHECK(tree.text("schemata") == "L3:0=c0;3=c0\n");
}

TEST_CASE("after a reboot the journal is of another machine's life: only names count") {
  const ResctrlTree tree;
  tree.file("schemata", "L3:0=7f;3=ff\n");  // somebody's, since the boot
  JournalEntry entry = left_behind(tree, "L3:0=0f;3=0f\n");
  entry.boot_id = "another";
  REQUIRE(journal_of(tree).write(entry).ok());
  opened(options_of(tree, true));
  CHECK(tree.text("schemata") == "L3:0=7f;3=ff\n");
  CHECK_FALSE(journal_of(tree).age().has_value());
}

TEST_CASE("groups of ours without any journal are undone") {
  const ResctrlTree tree;
  tree.file("schemata", "L3:0=c0;3=c0\n");
  tree.directory("dcat.web");
  opened(options_of(tree, true));
  CHECK_FALSE(tree.exists("dcat.web"));
  CHECK(tree.text("schemata") == "L3:0=ff;3=ff\n");
}

TEST_CASE("a damaged journal stops the start and changes nothing") {
  const ResctrlTree tree;
  tree.directory("dcat.web");
  std::filesystem::create_directories(tree.runtime());
  std::ofstream(journal_of(tree).path()) << "rubbish";
  const auto control = ResctrlControl::open(options_of(tree, true));
  REQUIRE_FALSE(control.ok());
  CHECK(control.error().todo.find("dcat reset --force") != std::string::npos);
  CHECK(tree.exists("dcat.web"));
  ResctrlFiles files(tree.root());
  CHECK(files.lock(0ms).ok());  // nor does it keep the lock
}

TEST_CASE("what an adopted run had noted of the default group is what is given back") {
  const ResctrlTree tree;
  tree.file("schemata", "L3:0=c0;3=c0\n");
  REQUIRE(journal_of(tree).write(left_behind(tree, "L3:0=7f;3=ff\n")).ok());
  const auto control = opened(options_of(tree, true));
  census_of(*control);
  REQUIRE(control->apply(WriteMasks{GroupId{}, {{DomainId{0}, Cbm(0xf0)}, {DomainId{3}, Cbm(0xf0)}}}).ok());
  CHECK((*journal_of(tree).read())->default_schemata == "L3:0=7f;3=ff\n");
  CHECK((*journal_of(tree).read())->pid == ::getpid());
  REQUIRE(control->release().ok());
  CHECK(tree.text("schemata") == "L3:0=7f;3=ff\n");
}

TEST_CASE("adopted from a run that kept the default group, its masks are noted before they are narrowed") {
  const ResctrlTree tree;
  tree.file("schemata", "L3:0=7f;3=ff\n");
  REQUIRE(journal_of(tree).write(left_behind(tree, "")).ok());
  const auto control = opened(options_of(tree, true, RootPolicy::shared));
  census_of(*control);
  REQUIRE(control->apply(kNarrow).ok());
  CHECK((*journal_of(tree).read())->default_schemata == "L3:0=7f;3=ff\n");
  REQUIRE(control->release().ok());
  CHECK(tree.text("schemata") == "L3:0=7f;3=ff\n");
}

}  // namespace
}  // namespace dcat
