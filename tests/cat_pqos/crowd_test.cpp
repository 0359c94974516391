// A container that makes threads while it is moved, in a cgroup of this machine: none may be left behind.
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "cat/linux/container_tasks.h"
#include "tests/cat_pqos/node.h"
#include "tests/support/catch.h"

namespace dcat::test {

namespace {

const ContainerId kCrowd{"crowd"};
const GroupId kA{"a"}, kDefault{};

// Threads that stay, and some that make another one again and again, which ends after a while.
[[noreturn]] void run_crowd() {
  constexpr int kStaying = 296, kMaking = 4;
  for (int i = 0; i < kStaying; ++i)
    std::thread([] {
      while (true) ::pause();
    }).detach();
  for (int i = 0; i < kMaking; ++i)
    std::thread([] {
      while (true) {
        std::thread([] { std::this_thread::sleep_for(std::chrono::milliseconds(30)); }).detach();
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
    }).detach();
  while (true) ::pause();
}

// A cgroup below whichever hierarchy can be written; its directory among the node's containers lists its threads.
class Crowd {
 public:
  explicit Crowd(const TestNode& node) {
    std::string list = "cgroup.threads";
    for (const std::string hierarchy : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/pids"}) {
      if (::access((hierarchy + "/cgroup.procs").c_str(), W_OK) != 0) continue;
      cgroup_ = hierarchy + "/dcat-test-" + std::to_string(::getpid());
      if (::mkdir(cgroup_.c_str(), 0755) == 0) break;
      cgroup_.clear();
    }
    if (cgroup_.empty()) return;
    if (::access((cgroup_ + "/cgroup.threads").c_str(), F_OK) != 0) list = "tasks";  // version 1's name of it
    node.cgroups().directory(kCrowd.value);
    std::filesystem::create_symlink(cgroup_ + "/" + list, node.cgroups().root() + "/crowd/cgroup.threads");
    pid_ = ::fork();
    if (pid_ == 0) run_crowd();
    std::ofstream(cgroup_ + "/cgroup.procs") << pid_;
  }
  ~Crowd() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    for (int tries = 0; !cgroup_.empty() && ::rmdir(cgroup_.c_str()) != 0 && tries < 100; ++tries) ::usleep(10000);
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  bool ready() const { return !cgroup_.empty(); }
  std::vector<int> threads() const {
    std::vector<int> tids;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task"))
      tids.push_back(std::stoi(entry.path().filename()));
    std::ranges::sort(tids);
    return tids;
  }

 private:
  std::string cgroup_;
  pid_t pid_ = -1;
};

std::vector<int> tasks_of(const TestNode& node, const std::string& file) {
  std::ifstream list(node.root() + "/" + file);
  std::vector<int> tids{std::istream_iterator<int>(list), {}};
  std::ranges::sort(tids);
  return tids;
}

}  // namespace

TEST_CASE("no thread is missed of a container that keeps making threads") {
  const auto node = make_node();
  const auto control = node->open();
  const Crowd crowd(*node);
  if (!crowd.ready()) {
    WARN("skipped: no cgroup hierarchy can be written");
    return;
  }
  while (crowd.threads().size() < 300) ::usleep(10000);
  const Status created = control->apply(CreateGroup{kA});
  REQUIRE(created.ok());
  for (int i = 0; i < 4; ++i) {
    const bool there = i % 2 == 0;
    // As in a period: a move that did not settle is followed up by the next look.
    REQUIRE(control->apply(MoveContainer{kCrowd, there ? kA : kDefault}).ok());
    const Result<Census> census = control->take_census({kCrowd});
    REQUIRE(census.ok());
    REQUIRE(control->gather().ok());
    const std::vector<int> moved = tasks_of(*node, there ? "COS1/tasks" : "tasks");
    std::vector<int> missed;
    // Those that were alive before and after that look.
    std::ranges::set_difference(crowd.threads(), moved, std::back_inserter(missed));
    std::erase_if(missed, [&](int tid) {
      const std::vector<int> now = tasks_of(*node, there ? "COS1/tasks" : "tasks");
      return std::ranges::binary_search(now, tid) || !std::ranges::binary_search(crowd.threads(), tid);
    });
    CHECK(missed.empty());
  }
}

}  // namespace dcat::test
