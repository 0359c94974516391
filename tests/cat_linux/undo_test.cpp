#include "cat/linux/undo.h"

#include <cerrno>

#include "tests/cat_linux/resctrl_tree.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

using test::ResctrlTree;

JournalEntry with(const std::string& default_schemata) {
  JournalEntry entry;
  entry.backend = "resctrl";
  entry.default_schemata = default_schemata;
  return entry;
}
Undone undone(const ResctrlTree& tree, const std::optional<JournalEntry>& entry) {
  const Result<Undone> done = undo_resctrl(ResctrlFiles(tree.root()), entry);
  if (!done) FAIL(done.error().to_string());
  return *done;
}

TEST_CASE("what the journal keeps of the default group are its L3 lines, without padding") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  tree.file("schemata", "    MB:0= 100;3= 100\n    L3:0=00ff;3=  0f\n");
  CHECK(*read_default_schemata(files) == "L3:0=00ff;3=0f\n");
  tree.file("schemata", "L3DATA:0=f\nL3CODE:0=3\nL2:0=f\n");
  CHECK(*read_default_schemata(files) == "L3DATA:0=f\nL3CODE:0=3\n");
  tree.file("schemata", "MB:0=100\n");
  CHECK(read_default_schemata(files)->empty());
  tree.file("schemata", "rubbish");
  CHECK_FALSE(read_default_schemata(files).ok());
  tree.remove("schemata");
  CHECK(read_default_schemata(files).error().sys_errno == ENOENT);
}

TEST_CASE("our groups go, ours for monitoring too, and nobody else's") {
  const ResctrlTree tree;
  for (const char* group : {"dcat.web", "dcat.~idle", "dcat.", "dcat.%zz", "mon_groups/dcat.web", "COS1", "dcat",
                            "xdcat.x", "mon_groups/cadvisor-1"})
    tree.directory(group);
  const Undone done = undone(tree, with(""));
  CHECK(done.groups == 5);
  CHECK_FALSE(done.default_masks);
  for (const char* group : {"dcat.web", "dcat.~idle", "dcat.", "dcat.%zz", "mon_groups/dcat.web"})
    CHECK_FALSE(tree.exists(group));
  for (const char* group : {"COS1", "dcat", "xdcat.x", "mon_groups/cadvisor-1", "info"}) CHECK(tree.exists(group));
  CHECK(tree.text("schemata") == "    L3:0=ff;3=ff\n");
}

TEST_CASE("the default group's masks become what the journal says, in the domains that are there and differ") {
  struct Row {
    std::string now, journal, written;
  };
  for (const Row& row : {Row{"L3:0=03;3=ff\n", "L3:0=ff;3=ff\n", "L3:0=ff\n3=ff\n"},
                         Row{"L3:0=03;3=03\n", "L3:0=ff;3=7f\n", "L3:0=ff;3=7f\n"},
                         Row{"L3:3=03\n", "L3:0=ff;3=ff\n", "L3:3=ff\n"},  // domain 0 is offline
                         Row{"    L3:0=00ff;3=0ff\n", "L3:0=ff;3=ff\n", "    L3:0=00ff;3=0ff\n"},  // the same, padded
                         Row{"L3:0=03;3=03\n", "L3:0=7f\n", "L3:0=7f;3=ff\n"},       // domain 3 came later
                         Row{"L3:0=03;3=ff\n", "L3CODE:0=7f\n", "L3:0=ff\n3=ff\n"},  // mounted anew, without cdp
                         Row{"L3:0=03;3=ff\n", "", "L3:0=03;3=ff\n"}}) {
    const ResctrlTree tree;
    INFO(row.now << " to " << row.journal);
    tree.file("schemata", row.now);
    const Undone done = undone(tree, with(row.journal));
    CHECK(done.groups == 0);
    CHECK(done.default_masks == (row.now != row.written));
    CHECK(tree.text("schemata") == row.written);
  }
}

TEST_CASE("all lines of the default group are one write") {
  const ResctrlTree tree;
  tree.file("schemata", "L3DATA:0=03\nL3CODE:0=0f\n");
  CHECK(undone(tree, with("L3DATA:0=ff\nL3CODE:0=f0\n")).default_masks);
  CHECK(tree.text("schemata") == "L3DATA:0=ff\nL3CODE:0=f0\n");
}

TEST_CASE("without a journal the default group gets every way, where there were groups of ours") {
  const ResctrlTree tree;
  tree.file("schemata", "L3:0=03;3=0f\n");
  CHECK_FALSE(undone(tree, std::nullopt).default_masks);
  CHECK(tree.text("schemata") == "L3:0=03;3=0f\n");  // it may be as somebody else wants it
  tree.directory("dcat.web");
  const Undone done = undone(tree, std::nullopt);
  CHECK((done.groups == 1 && done.default_masks));
  CHECK(tree.text("schemata") == "L3:0=ff;3=ff\n");
}

TEST_CASE("undone twice, the second time nothing is to be done") {
  const ResctrlTree tree;
  tree.file("schemata", "L3:0=03;3=0f\n");
  tree.directory("dcat.web");
  const JournalEntry entry = with("L3:0=ff;3=ff\n");
  CHECK(undone(tree, entry).groups == 1);
  const Undone second = undone(tree, entry);
  CHECK((second.groups == 0 && !second.default_masks));
}

TEST_CASE("an error is told after everything else was undone") {
  const ResctrlTree tree;
  tree.file("schemata", "L3:0=03;3=0f\n");
  tree.file("dcat.a/cannot-go", "x");  // rmdir of it fails
  tree.directory("dcat.b");
  const auto done = undo_resctrl(ResctrlFiles(tree.root()), with("L3:0=ff;3=ff\n"));
  REQUIRE_FALSE(done.ok());
  CHECK(done.error().what == "remove group " + tree.root() + "/dcat.a");
  CHECK(done.error().sys_errno == ENOTEMPTY);
  CHECK_FALSE(tree.exists("dcat.b"));
  CHECK(tree.text("schemata") == "L3:0=ff;3=ff\n");
}

TEST_CASE("the first of several errors is told") {
  const ResctrlTree tree;
  tree.file("dcat.a/cannot-go", "x");
  CHECK(undo_resctrl(ResctrlFiles(tree.root()), with("rubbish")).error().what ==
        "remove group " + tree.root() + "/dcat.a");
}

TEST_CASE("what is damaged is told and not guessed at") {
  const ResctrlTree tree;
  CHECK_FALSE(undo_resctrl(ResctrlFiles(tree.root()), with("rubbish")).ok());
  tree.file("schemata", "rubbish");
  CHECK_FALSE(undo_resctrl(ResctrlFiles(tree.root()), with("L3:0=ff\n")).ok());
  CHECK(tree.text("schemata") == "rubbish");
  CHECK_FALSE(undo_resctrl(ResctrlFiles(tree.root() + "/none"), with("")).ok());
}

}  // namespace
}  // namespace dcat
