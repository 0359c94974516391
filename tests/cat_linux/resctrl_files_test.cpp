#include "cat/linux/resctrl_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "tests/cat_linux/resctrl_tree.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

using namespace std::chrono_literals;
using test::ResctrlTree;
using Names = std::vector<std::string>;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("resctrl is mounted where there are a schemata file and an info directory") {
  const ResctrlTree tree;
  CHECK(ResctrlFiles(tree.root()).mounted());
  CHECK_FALSE(ResctrlFiles(tree.root() + "/nowhere").mounted());
  tree.remove("schemata");
  CHECK_FALSE(ResctrlFiles(tree.root()).mounted());
  tree.file("schemata", "");
  tree.remove("info");
  CHECK_FALSE(ResctrlFiles(tree.root()).mounted());
}

TEST_CASE("a file is read whole, whatever is in it") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  std::string huge(100'000, 'x');
  huge[50'000] = '\0';
  tree.file("huge", huge);
  tree.file("empty", "");
  CHECK(*files.read("schemata") == "    L3:0=ff;3=ff\n");
  CHECK(*files.read("huge") == huge);
  CHECK(files.read("empty")->empty());
}

TEST_CASE("what cannot be read is told with its path and the system's words") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  const auto none = files.read("dcat.web/schemata");
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().sys_errno == ENOENT);
  CHECK(none.error().to_string() == "read " + tree.root() + "/dcat.web/schemata: ENOENT: No such file or directory");
  CHECK(files.read("info").error().sys_errno == EISDIR);
  CHECK(files.read("schemata/x").error().sys_errno == ENOTDIR);
}

TEST_CASE("directories are listed in order, and files are none") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  for (const char* name : {"b", "a", "dcat.x", "B"}) tree.directory(name);
  CHECK(*files.directories("") == Names{"B", "a", "b", "dcat.x", "info"});
  CHECK(*files.directories("info") == Names{"L3"});
  CHECK(files.directories("a")->empty());
  CHECK(files.directories("none").error().sys_errno == ENOENT);
  CHECK(files.directories("tasks").error().sys_errno == ENOTDIR);
}

TEST_CASE("a write replaces what it covers, once, and makes no file") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  tree.file("tasks", "");
  REQUIRE(files.write("tasks", "42\n").ok());
  CHECK(tree.text("tasks") == "42\n");
  const Status none = files.write("dcat.web/tasks", "42\n");
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().sys_errno == ENOENT);
  CHECK_FALSE(tree.exists("dcat.web"));
}

TEST_CASE("a refused write is told with what was written, where, and the kernel's own words") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  tree.refuse_writes("schemata");
  struct Row {
    std::string status, says;
  };
  for (const Row& row : {Row{"mask f5 has non-consecutive 1-bits\n", "ENOSPC: mask f5 has non-consecutive 1-bits"},
                         Row{"one\ntwo\n", "ENOSPC: one;two"}, Row{"ok\n", "ENOSPC: No space left on device"},
                         Row{"", "ENOSPC: No space left on device"}, Row{"\n\n", "ENOSPC: No space left on device"}}) {
    tree.file("info/last_cmd_status", row.status);
    const Status refused = files.write("schemata", "L3:0=f5\nL3:1=3\n");
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().sys_errno == ENOSPC);
    CHECK(refused.error().code == ErrorCode::failed);
    CHECK(refused.error().to_string() == "write \"L3:0=f5 L3:1=3\" to " + tree.root() + "/schemata: " + row.says);
  }
  tree.remove("info/last_cmd_status");
  CHECK(files.write("schemata", "x\n").error().why == "ENOSPC: No space left on device");
}

TEST_CASE("groups are made, renamed and removed, and every refusal tells the path") {
  const ResctrlTree tree;
  const ResctrlFiles files(tree.root());
  REQUIRE(files.make_group("dcat.a").ok());
  tree.file("info/last_cmd_status", "Out of CLOSIDs\n");
  const Status twice = files.make_group("dcat.a");
  REQUIRE_FALSE(twice.ok());
  CHECK(twice.error().to_string() == "make group " + tree.root() + "/dcat.a: EEXIST: Out of CLOSIDs");
  CHECK(twice.error().sys_errno == EEXIST);
  REQUIRE(files.rename_group("dcat.a", "dcat.b").ok());
  CHECK(tree.exists("dcat.b"));
  CHECK(files.rename_group("dcat.a", "dcat.c").error().sys_errno == ENOENT);
  REQUIRE(files.remove_group("dcat.b").ok());
  CHECK_FALSE(tree.exists("dcat.b"));
  // rmdir leaves last_cmd_status as it was: its words are of something else.
  CHECK(files.remove_group("dcat.b").error().to_string() ==
        "remove group " + tree.root() + "/dcat.b: ENOENT: No such file or directory");
}

TEST_CASE("every number has a text, also one that is no errno of this system") {
  CHECK(errno_text(EBUSY) == "EBUSY: Device or resource busy");
  for (const int number : {-1, 0, 134, 200, 511, 524, 100'000}) CHECK_FALSE(errno_text(number).empty());
}

TEST_CASE("the lock keeps others out until it is given back") {
  const ResctrlTree tree;
  ResctrlFiles first(tree.root()), second(tree.root());
  REQUIRE(first.lock(0ms).ok());
  REQUIRE(first.lock(0ms).ok());  // has it
  const Status refused = second.lock(5ms);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().sys_errno == EWOULDBLOCK);
  CHECK(contains(refused.error().to_string(), "another program holds the lock"));
  CHECK(contains(refused.error().todo, "fuser"));
  first.unlock();
  first.unlock();
  CHECK(second.lock(0ms).ok());
  CHECK_FALSE(first.lock(0ms).ok());
}

TEST_CASE("the lock goes with its holder") {
  const ResctrlTree tree;
  ResctrlFiles other(tree.root());
  {
    ResctrlFiles holder(tree.root());
    REQUIRE(holder.lock(0ms).ok());
    REQUIRE_FALSE(other.lock(0ms).ok());
  }
  CHECK(other.lock(0ms).ok());
}

TEST_CASE("a holder that is killed leaves no lock, and one that lets go in time is waited for") {
  const ResctrlTree tree;
  ResctrlFiles other(tree.root());
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);  // never outlives a test that fails
    const int fd = ::open(tree.root().c_str(), O_RDONLY | O_DIRECTORY);
    if (::flock(fd, LOCK_EX) == 0) (void)!::write(ready[1], "x", 1);
    ::pause();
    ::_exit(0);
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  CHECK_FALSE(other.lock(2ms).ok());
  ::kill(child, SIGKILL);
  CHECK(other.lock(10s).ok());
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("a root that is gone or no directory cannot be locked") {
  const ResctrlTree tree;
  ResctrlFiles gone(tree.root() + "/nowhere"), file(tree.root() + "/schemata");
  CHECK(gone.lock(0ms).error().sys_errno == ENOENT);
  CHECK(file.lock(0ms).error().sys_errno == ENOTDIR);
}

}  // namespace
}  // namespace dcat
