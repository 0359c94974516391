// pqos-os where libpqos itself fails or differs, which takes the stand-in.
#include <signal.h>
#include <stdlib.h>

#include <algorithm>

#include "tests/cat_pqos/fake_libpqos.h"
#include "tests/cat_pqos/fake_tree.h"
#include "tests/cat_pqos/node.h"
#include "tests/support/catch.h"

namespace dcat::test {

namespace {

const GroupId kA{"a"}, kDefault{};

WriteMasks both(const GroupId& group, std::uint64_t mask) {
  return {group, {{DomainId{0}, Cbm(mask)}, {DomainId{1}, Cbm(mask)}}};
}

void must(const Status& status) {
  if (!status) FAIL(status.error().to_string());
}

}  // namespace

TEST_CASE("every return code has its name") {
  CHECK(pqos_code_name(0) == "PQOS_RETVAL_OK");
  CHECK(pqos_code_name(2) == "PQOS_RETVAL_PARAM");
  CHECK(pqos_code_name(7) == "PQOS_RETVAL_BUSY");
  CHECK(pqos_code_name(9) == "PQOS_RETVAL_OVERFLOW");
  CHECK(pqos_code_name(10) == "PQOS_RETVAL 10");
  CHECK(pqos_code_name(-1) == "PQOS_RETVAL -1");
}

TEST_CASE("a refusal carries the library's words and the kernel's") {
  FakeTree tree;
  fake_set_up({.resctrl_root = tree.root()});
  const ResctrlFiles files(tree.root());
  auto library = PqosLibrary::init(PqosInterface::os, &files);
  REQUIRE(library.ok());
  tree.files().file("info/last_cmd_status", "Mask out of range\n");
  fake_refuse("pqos_l3ca_set", 1, "WARN: first\nERROR: File write failed\n");
  const Status refused = (*library)->write_mask(1, 3, Cbm(0xf0));
  REQUIRE(!refused);
  CHECK(refused.error().to_string() ==
        "pqos_l3ca_set: write \"1=f0\" to class of service 3: PQOS_RETVAL_ERROR: ERROR: File write failed; "
        "the kernel: Mask out of range");
  // What the library refused itself is not the kernel's business, and words are told once.
  const Status parameter = (*library)->write_mask(1, 3, Cbm(0x5));
  REQUIRE(!parameter);
  CHECK(parameter.error().why == "PQOS_RETVAL_PARAM");
  tree.files().file("info/last_cmd_status", "ok\n");
  CHECK((*library)->write_mask(1, 9, Cbm(0x1)).error().why == "PQOS_RETVAL_ERROR");
}

TEST_CASE("no number below one is ever passed as a thread") {
  FakeTree tree;
  fake_set_up({.resctrl_root = tree.root()});
  auto library = PqosLibrary::init(PqosInterface::os, nullptr);
  REQUIRE(library.ok());
  CHECK(!(*library)->associate_tasks({0}, 1));
  CHECK(!(*library)->associate_tasks({-4}, 1));
  CHECK(fake_calls().empty());
}

TEST_CASE("a task list that cannot be read is an error, an empty one is not") {
  FakeTree tree;
  fake_set_up({.resctrl_root = tree.root()});
  auto library = PqosLibrary::init(PqosInterface::os, nullptr);
  REQUIRE(library.ok());
  CHECK((*library)->read_tasks(1)->empty());
  fake_refuse("pqos_pid_get_pid_assoc", 1);
  CHECK(!(*library)->read_tasks(1));
}

TEST_CASE("RDT_IFACE is taken out of the environment before libpqos looks") {
  FakeTree tree;
  fake_set_up({.resctrl_root = tree.root()});
  ::setenv("RDT_IFACE", "MSR", 1);
  CHECK(PqosLibrary::init(PqosInterface::os, nullptr).ok());
  CHECK(::getenv("RDT_IFACE") == nullptr);
}

TEST_CASE("the alarm signal reaches libpqos' thread alone, and the process has its handler back") {
  FakeTree tree;
  fake_set_up({.resctrl_root = tree.root()});
  struct sigaction mine {};
  mine.sa_handler = SIG_IGN;
  ::sigaction(SIGALRM, &mine, nullptr);
  {
    auto library = PqosLibrary::init(PqosInterface::os, nullptr);
    REQUIRE(library.ok());
    CHECK(!fake_alarm_was_blocked());
    sigset_t here;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &here);
    CHECK(sigismember(&here, SIGALRM) == 1);
    struct sigaction during {};
    ::sigaction(SIGALRM, nullptr, &during);
    CHECK(during.sa_handler != SIG_IGN);
  }
  CHECK(!fake_initialised());
  struct sigaction after {};
  ::sigaction(SIGALRM, nullptr, &after);
  CHECK(after.sa_handler == SIG_IGN);
  sigset_t here;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &here);
  CHECK(sigismember(&here, SIGALRM) == 0);
  mine.sa_handler = SIG_DFL;
  ::sigaction(SIGALRM, &mine, nullptr);
}

TEST_CASE("all work is done on one thread, whoever asks") {
  PqosThread thread;
  const std::thread::id first = thread.run([] { return std::this_thread::get_id(); });
  CHECK(first != std::this_thread::get_id());
  int sum = 0;  // of that thread
  std::vector<std::thread> askers;
  for (int i = 0; i < 4; ++i)
    askers.emplace_back([&] {
      for (int j = 0; j < 100; ++j) thread.run([&] { return std::this_thread::get_id() == first ? ++sum : 0; });
    });
  for (std::thread& asker : askers) asker.join();
  CHECK(sum == 400);
}

TEST_CASE("a start that fails leaves no directory, no journal and no lock") {
  const auto node = make_node();
  const std::string before = node->tree();
  fake_refuse("pqos_init", 7, "ERROR: Failed to create COS directory");
  const auto refused = PqosOsControl::open(node->options());
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::failed);
  CHECK(refused.error().why == "PQOS_RETVAL_BUSY: ERROR: Failed to create COS directory");
  CHECK(node->tree() == before);
  CHECK(!Journal(node->runtime()).age());
  CHECK(PqosOsControl::open(node->options()).ok());
}

TEST_CASE("a start waits for RMIDs that are about to come free") {
  FakeTree tree;
  const auto node = make_node();  // for its options alone
  fake_set_up({.resctrl_root = tree.root()});
  ResctrlOptions options = node->options();
  options.root = tree.root();
  tree.files().file("info/last_cmd_status", "Out of RMIDs\n");
  fake_refuse("pqos_init", 7);
  CHECK(PqosOsControl::open(options).ok());
}

TEST_CASE("an interface that is not to be had is unsupported") {
  const auto node = make_node();
  fake_refuse("pqos_init", 8);
  CHECK(PqosOsControl::open(node->options()).error().code == ErrorCode::unsupported);
}

TEST_CASE("a machine whose caches libpqos numbers otherwise is refused and left as it was") {
  FakeTree tree;
  const auto node = make_node();  // for its options alone
  fake_set_up({.l3cat_of_core = {{0, 0}, {1, 3}}, .resctrl_root = node->root()});
  const std::string before = node->tree();
  const auto refused = PqosOsControl::open(node->options());
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::unsupported);
  CHECK(refused.error().why == "libpqos numbers the caches 0,3, the kernel 0,1");
  CHECK(node->tree() == before);
}

TEST_CASE("a write that fails in the second domain is put back in the first") {
  const auto node = make_node();
  const auto control = node->open();
  must(control->apply(CreateGroup{kA}));
  must(control->apply(both(kA, 0x3)));
  fake_refuse("pqos_l3ca_set", 1, "", 2);
  CHECK(!control->apply(both(kA, 0xf)));
  CHECK(fake_masks()[0][1].data == 0x3);
  CHECK(fake_masks()[1][1].data == 0x3);
}

TEST_CASE("a group that could not be made takes no class and is not in the journal") {
  const auto node = make_node();
  const auto control = node->open();
  fake_masks()[0][1].data = 0x1;  // so that it must be written
  fake_refuse("pqos_l3ca_set", 1);
  CHECK(!control->apply(CreateGroup{kA}));
  CHECK(Journal(node->runtime()).read().value()->classes.empty());
  must(control->apply(CreateGroup{kA}));
}

TEST_CASE("the journal names a class before it is used and until it is empty again") {
  const auto node = make_node();
  const auto control = node->open();
  const Journal journal(node->runtime());
  CHECK(journal.read().value()->classes.empty());
  CHECK(journal.read().value()->backend == "pqos-os");
  must(control->apply(CreateGroup{kA}));
  CHECK(journal.read().value()->classes.at("a") == 1);
  must(control->apply(both(kA, 0x3)));
  fake_refuse("pqos_l3ca_set", 1);
  CHECK(!control->apply(RemoveGroup{kA}));
  CHECK(journal.read().value()->classes.at("a") == 1);
  must(control->apply(RemoveGroup{kA}));
  CHECK(journal.read().value()->classes.empty());
}

TEST_CASE("a lock that is not to be had is an error of that period alone") {
  const auto node = make_node();
  const auto control = node->open();
  fake_refuse("pqos_l3ca_get", 1, "ERROR: Failed to acquire lock");
  CHECK(!control->take_census({}));
  CHECK(control->take_census({}).ok());
}

TEST_CASE("ways that the machine takes together become a fact of the geometry") {
  const auto node = make_node();
  fake_set_up({.tied = 0xc0, .resctrl_root = node->root()});
  const auto control = node->open();
  must(control->apply(CreateGroup{kA}));
  const Status refused = control->apply(both(kA, 0x40));
  REQUIRE(!refused);
  CHECK(refused.error().why.find("takes these ways only together: c0") != std::string::npos);
  const Geometry geometry = *control->read_geometry();
  CHECK(geometry.domains.front().tied == std::vector<Cbm>{Cbm(0xc0)});
}

TEST_CASE("with code and data apart both masks are written") {
  const auto node = make_node();  // for its containers alone
  FakeTree tree(true);
  fake_set_up({.cdp = true, .resctrl_root = tree.root()});
  ResctrlOptions options = node->options();
  options.root = tree.root();
  auto control = PqosOsControl::open(options);
  REQUIRE(control.ok());
  must((*control)->apply(CreateGroup{kA}));
  must((*control)->apply(both(kA, 0x3)));
  CHECK(fake_masks()[0][1] == FakeRow{0x3, 0x3});
  // One that somebody set apart covers what either may fill.
  fake_masks()[0][1] = {0x3, 0xc};
  REQUIRE((*control)->take_census({}).ok());
  CHECK(find_mask((*control)->read_masks()->domains.front(), kA)->bits == 0xf);
  must((*control)->apply(both(kDefault, 0xf0)));
  must((*control)->release());
  CHECK(*ResctrlFiles(tree.root()).read("schemata") == "L3CODE:0=ff;1=ff\nL3DATA:0=ff;1=ff\n");
}

}  // namespace dcat::test
