// Tenants as true cgroups and processes: what comes, goes and is left behind. Needs root and a cgroup2 tree.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "emulator/linux/control_client.h"
#include "emulator/linux/control_server.h"
#include "emulator/linux/tenant_processes.h"
#include "perfmon/linux/cgroup_mounts.h"
#include "tests/emulator_simulation/build.h"
#include "tests/emulator_simulation/parity.h"
#include "tests/emulator_simulation/tree_cache.h"
#include "tests/support/catch.h"

namespace dcat::emulator::test {
namespace {

namespace fs = std::filesystem;

constexpr int kSkipped = 77;  // SKIP_RETURN_CODE of the test
[[noreturn]] void skip(const std::string& why) {
  std::fprintf(stderr, "skipped: %s\n", why.c_str());
  std::exit(kSkipped);
}

// A cgroup of this test's own, removed at the end.
class CgroupRoot {
 public:
  CgroupRoot() {
    if (::geteuid() != 0) skip("making cgroups needs root");
    const Result<CgroupMounts> mounts = read_cgroup_mounts("/proc/self/mountinfo");
    if (!mounts) skip(mounts.error().to_string());
    path_ = mounts->unified + "/dcat-test-" + std::to_string(::getpid());
    std::error_code error;
    if (!fs::create_directory(path_, error)) skip("cannot make " + path_ + ": " + error.message());
  }
  CgroupRoot(const CgroupRoot&) = delete;
  CgroupRoot& operator=(const CgroupRoot&) = delete;
  ~CgroupRoot() { ::rmdir(path_.c_str()); }
  const std::string& path() const { return path_; }
  std::set<std::string> directories() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(path_))
      if (entry.is_directory()) names.insert(entry.path().filename().string());
    return names;
  }
  std::string ours() const { return path_ + "/dcat-emulated." + std::to_string(::getpid()); }

 private:
  std::string path_;
};

std::vector<int> numbers_in(const std::string& path) {
  std::ifstream file(path);
  std::vector<int> numbers;
  for (int number; file >> number;) numbers.push_back(number);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

bool becomes_true(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000 && !condition(); ++i) std::this_thread::sleep_for(1ms);
  return condition();
}

bool runs(int pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string word, state;
  return stat >> word >> word >> state && state != "Z" && state != "X";
}

TEST_CASE("Each tenant has a cgroup with a sleeping process of as many threads as were asked for") {
  const CgroupRoot root;
  const auto processes = *TenantProcesses::open(root.path(), 5);
  REQUIRE(processes->add({ContainerId{"web.1/x"}}));
  REQUIRE(processes->add({ContainerId{"db"}}));
  CHECK(processes->cgroup_of({"db"}) == root.ours() + "/db");
  CHECK(processes->cgroup_of({"web.1/x"}) == root.ours() + "/web%2e1%2fx");
  CHECK(processes->cgroup_of({"nobody"}).empty());
  CHECK(processes->tenants() == std::vector<ContainerId>{{"db"}, {"web.1/x"}});
  const std::vector<int> threads = processes->threads_of({"db"});
  CHECK(threads.size() == 5);
  CHECK(threads == numbers_in(root.ours() + "/db/cgroup.threads"));
  CHECK(numbers_in(root.ours() + "/db/cgroup.procs") == std::vector<int>{threads[0]});
  std::string comm;
  std::getline(std::ifstream("/proc/" + std::to_string(threads[0]) + "/comm"), comm);
  CHECK(comm == "dcat-tenant");
  // Of all that this process has open it kept the pipe alone.
  const std::string open_files = "/proc/" + std::to_string(threads[0]) + "/fd";
  CHECK(becomes_true([&] { return std::distance(fs::directory_iterator(open_files), {}) == 1; }));
}

TEST_CASE("A tenant that leaves takes along whatever came into its cgroup, and nothing else") {
  const CgroupRoot root;
  auto processes = *TenantProcesses::open(root.path(), 2);
  REQUIRE(processes->add({ContainerId{"a"}}));
  REQUIRE(processes->add({ContainerId{"b"}}));
  fs::create_directories(root.ours() + "/a/inner/most");
  const pid_t guest = ::fork();
  if (guest == 0) {
    for (;;) ::pause();
  }
  std::ofstream(root.ours() + "/a/inner/most/cgroup.procs") << guest;
  const int gone = processes->threads_of({"a"})[0];
  CHECK(processes->remove({"a"}));
  CHECK_FALSE(runs(gone));
  CHECK_FALSE(runs(guest));
  ::waitpid(guest, nullptr, 0);
  CHECK_FALSE(fs::exists(root.ours() + "/a"));
  CHECK(runs(processes->threads_of({"b"})[0]));
  CHECK(processes->remove({"a"}));
  CHECK(processes->threads_of({"a"}).empty());
  // And back again.
  CHECK(processes->add({ContainerId{"a"}}));
  CHECK(runs(processes->threads_of({"a"})[0]));
  const int last = processes->threads_of({"b"})[0];
  processes.reset();
  CHECK_FALSE(runs(last));
  CHECK(root.directories().empty());
}

TEST_CASE("A thread that made tenants may end before them") {
  const CgroupRoot root;
  const auto processes = *TenantProcesses::open(root.path(), 1);
  std::thread([&] { CHECK(processes->add({ContainerId{"a"}})); }).join();
  std::this_thread::sleep_for(20ms);
  CHECK(runs(processes->threads_of({"a"})[0]));
}

TEST_CASE("Tenants die with a killed emulator, and the next one removes what it left") {
  const CgroupRoot root;
  int told[2];
  REQUIRE(::pipe2(told, O_CLOEXEC) == 0);
  const pid_t emulator = ::fork();
  if (emulator == 0) {
    const auto processes = TenantProcesses::open(root.path(), 3);
    int tid = 0;
    if (processes && (*processes)->add({ContainerId{"a"}}) && (*processes)->add({ContainerId{"b"}}))
      tid = (*processes)->threads_of({"b"})[0];
    if (::write(told[1], &tid, sizeof tid) < 0) ::_exit(1);
    for (;;) ::pause();
  }
  int tid = 0;
  REQUIRE(::read(told[0], &tid, sizeof tid) == sizeof tid);
  ::close(told[0]);
  ::close(told[1]);
  REQUIRE(tid > 0);
  const std::string left = "dcat-emulated." + std::to_string(emulator);
  // Of a living emulator nothing is touched, nor an empty directory: process 1 always lives.
  fs::create_directory(root.path() + "/dcat-emulated.1");
  { const auto other = *TenantProcesses::open(root.path(), 1); }
  CHECK(runs(tid));
  CHECK(root.directories() == std::set<std::string>{left, "dcat-emulated.1"});
  ::rmdir((root.path() + "/dcat-emulated.1").c_str());
  ::kill(emulator, SIGKILL);
  ::waitpid(emulator, nullptr, 0);
  CHECK(becomes_true([&] { return !runs(tid); }));
  CHECK(root.directories() == std::set<std::string>{left});
  fs::create_directory(root.path() + "/dcat-emulated.x");
  fs::create_directory(root.path() + "/dcat-emulated.999999999x");
  { const auto next = *TenantProcesses::open(root.path(), 1); }
  CHECK(root.directories() == std::set<std::string>{"dcat-emulated.x", "dcat-emulated.999999999x"});
  for (const std::string& name : root.directories()) ::rmdir((root.path() + "/" + name).c_str());
}

TEST_CASE("Where there is no cgroup2 tree, that is said and nothing stays") {
  const CgroupRoot root;
  const auto missing = TenantProcesses::open(root.path() + "/nowhere", 1);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().sys_errno == ENOENT);
  char plain[] = "/tmp/dcat-test-XXXXXX";
  REQUIRE(::mkdtemp(plain) != nullptr);
  CHECK_FALSE(TenantProcesses::open(plain, 1));
  CHECK(fs::is_empty(plain));
  ::rmdir(plain);
  // Nor of a tenant that no cgroup can be made for.
  const auto processes = *TenantProcesses::open(root.path(), 1);
  CHECK_FALSE(processes->add({ContainerId{std::string(5000, 'x')}, ContainerId{"other"}}));
  CHECK(processes->tenants() == std::vector<ContainerId>{{"other"}});
}

// The emulated node as `dcat emulate` has it, but for the file system: a daemon's writes go into the tree directly.
class WholeNode {
 public:
  WholeNode(const sim::Scenario& s, const std::string& cgroup_root, int threads)
      : simulation_(*Simulation::start({s, cgroup_root, threads}, tasks_)),
        tree_(machine_of(s), tasks_, *simulation_),
        server_(nullptr) {
    tree_.mount("");
    server_ = *ControlServer::start(cgroup_socket(), *simulation_, tree_, lock_);
    node_ = *EmulatedNode::connect(cgroup_socket(), {}, stop_);
    cache_ = std::make_unique<TreeCache>(
        tree_, tasks_, sim::Groups(s).geometry(), [this] { return present(); },
        [this](const ContainerId& id) { return threads_of(id); }, [] {});
  }
  ~WholeNode() {
    server_.reset();
    ::rmdir(directory_.c_str());
  }
  Ports ports() { return {node_->clock(), node_->counters(), node_->containers(), *cache_}; }
  EmulatedNode& node() { return *node_; }
  ResctrlTree& tree() { return tree_; }

 private:
  std::string cgroup_socket() {
    if (directory_.empty()) {
      char name[] = "/tmp/dcat-test-XXXXXX";
      if (::mkdtemp(name) != nullptr) directory_ = name;
    }
    return directory_ + "/control";
  }
  std::vector<ContainerId> present() {
    std::vector<ContainerId> ids;
    for (const ContainerInfo& info : *node_->containers().list()) ids.push_back(info.id);
    return ids;
  }
  // As a daemon finds them.
  std::vector<int> threads_of(const ContainerId& id) {
    const std::vector<int> threads = numbers_in(node_->cgroup_of(id) + "/cgroup.threads");
    tasks_.let_exist(threads);
    return threads;
  }

  const std::atomic<bool> stop_{false};
  MemoryTasks tasks_;
  std::mutex lock_;
  std::string directory_;
  std::unique_ptr<Simulation> simulation_;
  ResctrlTree tree_;
  std::unique_ptr<ControlServer> server_;
  std::unique_ptr<EmulatedNode> node_;
  std::unique_ptr<TreeCache> cache_;
};

TEST_CASE("Over processes, tree and control plane the daemon decides as over the simulated node, tick for tick") {
  const CgroupRoot root;
  for (const char* file : {"paper-6x3-shared2.yaml", "arrivals.yaml"}) {
    INFO(file);
    const dcat::test::Play reference = dcat::test::play(file);
    {
      WholeNode node(reference.scenario, root.path(), 3);
      CHECK(first_difference(reference, run_again(reference, node.ports())) == 0);
      CHECK(node.tree().groups().size() == 1);
      CHECK(node.node().health());
    }
    CHECK(root.directories().empty());
  }
}

TEST_CASE("Tenants come and go with their cgroups as time passes") {
  const CgroupRoot root;
  sim::Scenario s = scenario({tenant("early", 3, lookbusy()), tenant("late", 3, lookbusy())});
  s.tenants[0].departure = at(2s);
  s.tenants[1].arrival = at(1s);
  WholeNode node(s, root.path(), 2);
  const std::string early = node.node().cgroup_of({"early"});
  CHECK(early == root.ours() + "/early");
  CHECK(node.node().cgroup_of({"late"}).empty());
  node.node().clock().sleep_until(at(1s));
  const std::string late = node.node().cgroup_of({"late"});
  CHECK(numbers_in(late + "/cgroup.threads").size() == 2);
  CHECK(fs::exists(early));
  node.node().clock().sleep_until(at(2s));
  CHECK(node.node().cgroup_of({"early"}).empty());
  CHECK_FALSE(fs::exists(early));
  CHECK(fs::exists(late));
}

TEST_CASE("Two hundred and fifty tenants start and end within seconds") {
  const CgroupRoot root;
  const auto begin = std::chrono::steady_clock::now();
  {
    const auto processes = *TenantProcesses::open(root.path(), 1);
    std::vector<ContainerId> all;
    for (int i = 0; i < 250; ++i) all.push_back({"t" + std::to_string(i)});
    REQUIRE(processes->add(all));
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  CHECK(took.count() < 10);
  CHECK(root.directories().empty());
}

}  // namespace
}  // namespace dcat::emulator::test
