#include "cat/linux/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>

#include "tests/perfmon/linux/temp_tree.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

using namespace std::chrono_literals;
using test::TempTree;

JournalEntry example() {
  JournalEntry entry;
  entry.backend = "resctrl";
  entry.root = "/sys/fs/resctrl";
  entry.boot_id = "boot";
  entry.pid = 42;
  entry.default_schemata = "L3:0=ff;1=ff\n";
  entry.classes = {{"web", 3}, {"a/b", 1}};
  entry.kept = {"COS1", "COS2"};
  return entry;
}
std::string text_of(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}
bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
// The journal was last touched so long ago.
void set_age(const Journal& journal, std::chrono::seconds age) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const timespec then{now.tv_sec - age.count(), now.tv_nsec};
  const timespec times[] = {then, then};
  REQUIRE(::utimensat(AT_FDCWD, journal.path().c_str(), times, 0) == 0);
}

TEST_CASE("what is written to the journal is read from it, in a directory that is made") {
  const TempTree tree;
  const Journal journal(tree.root() + "/run");
  REQUIRE(journal.write(example()).ok());
  const auto read = journal.read();
  REQUIRE(read.ok());
  CHECK(*read == example());
  const auto again = Journal(tree.root() + "/run").read();
  CHECK(*again == example());
}

TEST_CASE("a second write replaces the first whole, and leaves nothing beside it") {
  const TempTree tree;
  const Journal journal(tree.root());
  JournalEntry big = example();
  for (int i = 0; i < 1'000; ++i) big.classes["group " + std::to_string(i)] = i;
  REQUIRE(journal.write(big).ok());
  REQUIRE(journal.write(example()).ok());
  CHECK(**journal.read() == example());
  CHECK_FALSE(std::filesystem::exists(journal.path() + ".new"));
}

TEST_CASE("a write that was cut off is no journal, and the next write and remove clean it away") {
  const TempTree tree;
  const Journal journal(tree.root());
  tree.file("journal.json.new", "{\"version\":1,\"backend\":\"res");
  REQUIRE(journal.read().ok());
  CHECK_FALSE(journal.read()->has_value());
  REQUIRE(journal.write(example()).ok());
  CHECK(**journal.read() == example());
  tree.file("journal.json.new", "x");
  REQUIRE(journal.remove().ok());
  CHECK_FALSE(std::filesystem::exists(journal.path()));
  CHECK_FALSE(std::filesystem::exists(journal.path() + ".new"));
}

TEST_CASE("no journal means that nothing is to be undone, and removing none is done") {
  const TempTree tree;
  tree.file("file", "");
  for (const char* directory : {"", "/none", "/none/at/all", "/file"}) {
    const Journal journal(tree.root() + directory);
    const auto read = journal.read();
    REQUIRE(read.ok());
    CHECK_FALSE(read->has_value());
    CHECK_FALSE(journal.age().has_value());
    CHECK(journal.remove().ok());
    journal.touch();
    CHECK_FALSE(journal.age().has_value());
  }
}

TEST_CASE("a damaged journal is told, with the way out, and read as nothing") {
  const std::string good =
      R"({"version":1,"backend":"resctrl","root":"/r","boot_id":"b","pid":1,"default_schemata":"","classes":{},"kept":[]})";
  struct Row {
    std::string text, says;
  };
  for (
      const Row& row :
      {Row{"", "this is no journal"},
       Row{"\n", "this is no journal"},
       Row{"null", "this is no journal"},
       Row{"[]", "this is no journal"},
       Row{"\"x\"", "this is no journal"},
       Row{good.substr(0, good.size() - 1), "this is no journal"},
       Row{good + "}", "this is no journal"},
       Row{std::string("\0\0\0\0", 4), "this is no journal"},
       Row{std::string(100'000, '['), "this is no journal"},
       Row{"{\"version\":1,\"backend\":\"\xff\"}", "this is no journal"},
       Row{"{}", "version"},
       Row{R"({"version":2})", "its version is 2"},
       Row{R"({"version":"1"})", "its version is \"1\""},
       Row{R"({"version":null})", "its version is null"},
       Row{R"({"version":1})", "backend"},
       Row{R"({"version":1,"backend":7})", "string"},
       Row{R"({"version":1,"backend":"","root":"","boot_id":"","pid":"1","default_schemata":"","classes":{},"kept":[]})",
           "number"},
       Row{R"({"version":1,"backend":"","root":"","boot_id":"","pid":1,"default_schemata":[],"classes":{},"kept":[]})",
           "string"},
       Row{R"({"version":1,"backend":"","root":"","boot_id":"","pid":1,"default_schemata":"","classes":{"a":"b"}})",
           "number"},
       Row{R"({"version":1,"backend":"","root":"","boot_id":"","pid":1,"default_schemata":""})", "classes"}}) {
    const TempTree tree;
    const Journal journal(tree.root());
    tree.file("journal.json", row.text);
    INFO(row.text.substr(0, 100));
    const auto read = journal.read();
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code == ErrorCode::failed);
    CHECK(contains(read.error().what, journal.path()));
    CHECK(contains(read.error().why, row.says));
    CHECK(contains(read.error().todo, "dcat reset --force"));
    CHECK(text_of(journal.path()) == row.text);  // reading changes nothing
  }
  const TempTree tree;
  tree.file("journal.json", good);
  CHECK(Journal(tree.root()).read().ok());
}

TEST_CASE("a directory in the journal's place is an error, not the end of the program") {
  const TempTree tree;
  tree.directory("journal.json");
  const Journal journal(tree.root());
  CHECK(journal.read().error().sys_errno == EISDIR);
  CHECK(journal.write(example()).error().sys_errno == EISDIR);
  CHECK_FALSE(std::filesystem::exists(journal.path() + ".new"));
  CHECK_FALSE(journal.remove().ok());
}

TEST_CASE("a directory that cannot be had is an error that says what to do") {
  const TempTree tree;
  tree.file("file", "x");
  const Status under_file = Journal(tree.root() + "/file/run").write(example());
  REQUIRE_FALSE(under_file.ok());
  CHECK(under_file.error().sys_errno == ENOTDIR);
  CHECK(contains(under_file.error().todo, "runtime_directory"));
  CHECK(Journal(tree.root() + "/file").write(example()).error().sys_errno == ENOTDIR);
  CHECK(Journal(tree.root() + "/none/run").write(example()).error().sys_errno == ENOENT);
  CHECK(text_of(tree.root() + "/file") == "x");
}

TEST_CASE("names of groups that are no text do not stop the journal") {
  const TempTree tree;
  const Journal journal(tree.root());
  JournalEntry entry = example();
  entry.classes["\xff\xfe"] = 5;
  REQUIRE(journal.write(entry).ok());
  const auto read = journal.read();
  REQUIRE(read.ok());
  CHECK((*read)->default_schemata == entry.default_schemata);
  CHECK((*read)->classes.at("web") == 3);
  CHECK((*read)->classes.size() == 3);
}

TEST_CASE("the journal's age is when the daemon last was alive") {
  const TempTree tree;
  const Journal journal(tree.root());
  REQUIRE(journal.write(example()).ok());
  CHECK(*journal.age() < 20s);
  set_age(journal, 100s);
  CHECK(*journal.age() >= 100s);
  CHECK(*journal.age() < 120s);
  journal.touch();
  CHECK(*journal.age() < 20s);
  CHECK(**journal.read() == example());
}

TEST_CASE("a clock that was set back gives no age below 0, however far") {
  const TempTree tree;
  const Journal journal(tree.root());
  REQUIRE(journal.write(example()).ok());
  for (const auto ahead : {60s, 100'000'000s, 10'000'000'000s}) {
    set_age(journal, -ahead);
    CHECK(*journal.age() == Duration(0));
  }
  set_age(journal, 1'000'000'000s);
  CHECK(*journal.age() >= 1'000'000'000s);
}

TEST_CASE("the boot has a name that stays") {
  CHECK(read_boot_id() == read_boot_id());
  CHECK(read_boot_id().find('\n') == std::string::npos);
}

TEST_CASE("one daemon a node: a second one is told who has it, in the same program too") {
  const TempTree tree;
  Result<InstanceLock> first = InstanceLock::take(tree.root() + "/run");
  REQUIRE(first.ok());
  const auto second = InstanceLock::take(tree.root() + "/run");
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().sys_errno == EWOULDBLOCK);
  CHECK(contains(second.error().why, "(pid " + std::to_string(::getpid()) + ")"));
  CHECK(InstanceLock::take(tree.root() + "/other").ok());
}

TEST_CASE("the lock of one daemon goes when it is destroyed, and stays when it is moved") {
  const TempTree tree;
  {
    Result<InstanceLock> first = InstanceLock::take(tree.root());
    REQUIRE(first.ok());
    const InstanceLock moved(*std::move(first));
    CHECK_FALSE(InstanceLock::take(tree.root()).ok());
  }
  CHECK(InstanceLock::take(tree.root()).ok());
}

TEST_CASE("the lock of a daemon that was killed is free, with its pid still in the file") {
  const TempTree tree;
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);  // never outlives a test that fails
    const auto lock = InstanceLock::take(tree.root());
    (void)!::write(ready[1], lock ? "y" : "n", 1);
    ::pause();
    ::_exit(0);
  }
  char took = 0;
  REQUIRE(::read(ready[0], &took, 1) == 1);
  REQUIRE(took == 'y');
  const auto second = InstanceLock::take(tree.root());
  REQUIRE_FALSE(second.ok());
  CHECK(contains(second.error().why, "(pid " + std::to_string(child) + ")"));
  ::kill(child, SIGKILL);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(text_of(tree.root() + "/lock") == std::to_string(child) + "\n");
  CHECK(InstanceLock::take(tree.root()).ok());
  CHECK(text_of(tree.root() + "/lock") == std::to_string(::getpid()) + "\n");
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("the lock cannot be taken where its file cannot be") {
  const TempTree tree;
  tree.file("file", "");
  tree.directory("busy/lock");
  CHECK(InstanceLock::take(tree.root() + "/file").error().sys_errno == ENOTDIR);
  CHECK(InstanceLock::take(tree.root() + "/file/run").error().sys_errno == ENOTDIR);
  CHECK(InstanceLock::take(tree.root() + "/busy").error().sys_errno == EISDIR);
}

}  // namespace
}  // namespace dcat
