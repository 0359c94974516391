// `dcat reset` on plain files that look like what a dCat left behind: the journal names the resctrl root.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <ctime>

#include "tests/cli/program.h"
#include "tests/support/catch.h"

using namespace dcat::test;

namespace {

std::string boot_id() {
  std::string id = read_file("/proc/sys/kernel/random/boot_id");
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

// A node with a group of ours and one of somebody else, its default group narrowed, and the journal that says so.
class LeftBehind {
 public:
  LeftBehind() {
    for (const char* directory :
         {"run", "resctrl", "resctrl/info", "resctrl/info/L3", "resctrl/dcat.web", "resctrl/COS1"})
      std::filesystem::create_directory(folder_ / directory);
    write_file(folder_ / "resctrl/schemata", "L3:0=c0\n");
    write_file(folder_ / "config.yaml", "runtime_directory: " + (folder_ / "run") +
                                            "\nadopt_within: 30s\nmemory: {directory: " + (folder_ / "state") + "}\n");
    journal(boot_id());
  }
  void journal(const std::string& boot) const {
    write_file(folder_ / "run/journal.json",
               R"({"version":1,"backend":"resctrl","root":")" + (folder_ / "resctrl") + R"(","boot_id":")" + boot +
                   R"(","pid":4711,"default_schemata":"L3:0=ff\n","classes":{},"kept":[]})");
  }
  void make_old(std::time_t seconds) const {
    const timespec times[] = {{std::time(nullptr) - seconds, 0}, {std::time(nullptr) - seconds, 0}};
    REQUIRE(::utimensat(AT_FDCWD, (folder_ / "run/journal.json").c_str(), times, 0) == 0);
  }
  Ended reset(const std::string& options = "") const {
    return dcat_run("reset --config " + (folder_ / "config.yaml") + " " + options);
  }
  bool exists(const std::string& path) const { return std::filesystem::exists(folder_ / path); }
  std::string text(const std::string& path) const { return read_file(folder_ / path); }
  std::string path(const std::string& name) const { return folder_ / name; }
  bool untouched() const {
    return exists("run/journal.json") && exists("resctrl/dcat.web") && text("resctrl/schemata") == "L3:0=c0\n";
  }
  bool undone() const {
    return !exists("run/journal.json") && !exists("resctrl/dcat.web") && exists("resctrl/COS1") &&
           text("resctrl/schemata") == "L3:0=ff\n";
  }

 private:
  Folder folder_;
};

}  // namespace

TEST_CASE("reset undoes what the journal tells, and says what it was") {
  const LeftBehind node;
  const Ended e = node.reset();
  INFO(e.err);
  CHECK(e.code == 0);
  CHECK(e.out == "reset: 1 groups removed, the default group has its ways again\n");
  CHECK(node.undone());
}

TEST_CASE("reset leaves alone, if it is to, whoever was alive a moment ago, and undoes what is older") {
  const LeftBehind node;
  node.make_old(5);
  const Ended fresh = node.reset("--if-stale");
  CHECK(fresh.code == 0);
  CHECK(fresh.out.starts_with("reset: left alone: dCat was alive "));
  CHECK(node.untouched());
  node.make_old(60);
  CHECK(node.reset("--if-stale").code == 0);
  CHECK(node.undone());
}

TEST_CASE("while a dCat runs reset is an error, or if it is to, leaves it alone") {
  const LeftBehind node;
  node.make_old(60);
  const int lock = ::open(node.path("run/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  REQUIRE(::flock(lock, LOCK_EX) == 0);
  const Ended refused = node.reset("--force");
  CHECK(refused.code == 1);
  CHECK(contains(refused.err, "another dcat controls this node"));
  const Ended quiet = node.reset("--if-stale");
  CHECK(quiet.code == 0);
  CHECK(quiet.out == "reset: left alone: dCat is running\n");
  CHECK(node.untouched());
  ::close(lock);
  CHECK(node.reset("--if-stale").code == 0);
  CHECK(node.undone());
}

TEST_CASE("a damaged journal stops reset with the way out") {
  const LeftBehind node;
  write_file(node.path("run/journal.json"), "rubbish");
  const Ended refused = node.reset();
  CHECK(refused.code == 1);
  CHECK(contains(refused.err, "this is no journal"));
  CHECK(contains(refused.err, "dcat reset --force"));
  CHECK(node.exists("resctrl/dcat.web"));
  CHECK(node.text("run/journal.json") == "rubbish");
}

TEST_CASE("a damaged journal does not stop the timer for ever: it is set aside") {
  const LeftBehind node;
  for (const std::string option : {"--if-stale", "--force"}) {
    write_file(node.path("run/journal.json"), "rubbish");
    if (option == "--if-stale") {
      CHECK(contains(node.reset(option).out, "left alone"));  // whoever wrote it may be alive
      node.make_old(60);
    }
    const Ended e = node.reset(option);
    INFO(e.err);
    CHECK(e.code == 0);
    CHECK(contains(e.out, "damaged and set aside"));
    CHECK(node.text("run/journal.json.damaged") == "rubbish");
    CHECK_FALSE(node.exists("run/journal.json"));
    CHECK_FALSE(contains(node.reset("--if-stale").out, "damaged"));
  }
}

TEST_CASE("a node whose lock is held is reset by force only") {
  const LeftBehind node;
  const int lock = ::open(node.path("resctrl").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  REQUIRE(::flock(lock, LOCK_EX) == 0);
  const Ended refused = node.reset();
  CHECK(refused.code == 1);
  CHECK(contains(refused.err, "another program holds the lock"));
  CHECK(node.untouched());
  CHECK(node.reset("--force").code == 0);
  CHECK(node.undone());
  ::close(lock);
}

TEST_CASE("a step that fails is told, the others are done, and the journal stays for the next try") {
  const LeftBehind node;
  write_file(node.path("resctrl/dcat.web/cannot-go"), "x");
  const Ended e = node.reset();
  CHECK(e.code == 1);
  CHECK(contains(e.err, "remove group " + node.path("resctrl/dcat.web")));
  CHECK(node.exists("run/journal.json"));
  CHECK(node.text("resctrl/schemata") == "L3:0=ff\n");
  std::filesystem::remove(node.path("resctrl/dcat.web/cannot-go"));
  CHECK(node.reset().code == 0);
  CHECK(node.undone());
}

TEST_CASE("where that resctrl is not mounted any more only the journal goes") {
  const LeftBehind node;
  std::filesystem::remove(node.path("resctrl/schemata"));
  const Ended e = node.reset();
  CHECK(e.code == 0);
  CHECK(contains(e.out, "no resctrl file system is mounted"));
  CHECK_FALSE(node.exists("run/journal.json"));
  CHECK(node.exists("resctrl/dcat.web"));
}

TEST_CASE("reset twice is reset once") {
  const LeftBehind node;
  REQUIRE(node.reset().code == 0);
  node.journal(boot_id());
  const Ended e = node.reset();
  CHECK(e.code == 0);
  CHECK(e.out == "reset: there was nothing to undo\n");
  CHECK(node.undone());
}

TEST_CASE("reset with a configuration that is none is bad usage and touches nothing") {
  const LeftBehind node;
  write_file(node.path("config.yaml"), "runtime_directory: run\n");
  const Ended e = node.reset();
  CHECK(e.code == 2);
  CHECK(contains(e.err, "runtime_directory"));
  CHECK(dcat_run("reset --config /nonexistent/dcat.yaml").code == 2);
  CHECK(node.untouched());
}

TEST_CASE("what was learned stays, unless it is to be forgotten") {
  const LeftBehind node;
  std::filesystem::create_directory(node.path("state"));
  for (const char* name : {"state/memory", "state/memory.damaged-1", "state/other"}) write_file(node.path(name), "x");
  CHECK(node.reset().code == 0);
  CHECK(node.exists("state/memory"));
  CHECK(node.undone());
  const Ended e = node.reset("--forget");
  CHECK(e.code == 0);
  CHECK(contains(e.out, "reset: what was learned is forgotten\n"));
  CHECK_FALSE(node.exists("state/memory"));
  CHECK_FALSE(node.exists("state/memory.damaged-1"));
  CHECK(node.exists("state/other"));
  CHECK(contains(node.reset("--forget").out, "reset: nothing was learned\n"));
}
