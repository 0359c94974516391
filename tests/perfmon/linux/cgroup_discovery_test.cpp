// Containers between full scans: what comes, goes and changes is seen by news alone, and nothing is missed without
// them. Trees of plain directories; what only cgroupfs does is in tests/system/cgroup_discovery_test.cpp.
#include <poll.h>

#include <algorithm>

#include "perfmon/linux/cgroup_containers.h"
#include "tests/perfmon/linux/temp_tree.h"
#include "tests/support/catch.h"

using namespace dcat;
using dcat::test::TempTree;
namespace fs = std::filesystem;

namespace {

using Ids = std::vector<std::string>;

std::string docker(char digit) {
  return "docker/" + std::string(64, digit);
}

class StoppedClock : public Clock {
 public:
  TimePoint now() override { return now_; }
  void sleep_until(TimePoint until) override { now_ = std::max(now_, until); }
  void pass(Duration time) { now_ += time; }

 private:
  TimePoint now_{};
};

// A tree, who looks at it, and what they said.
struct Bench {
  TempTree tree;
  StoppedClock clock;
  std::vector<Error> notices;
  std::unique_ptr<CgroupContainers> containers;

  CgroupContainers::Options options() {
    CgroupContainers::Options options{tree.root(), {}, false, 8};
    options.clock = &clock;
    options.notice = [this](const Error& error) { notices.push_back(error); };
    return options;
  }
  void open(CgroupContainers::Options options) {
    auto opened = CgroupContainers::open(std::move(options));
    REQUIRE(opened.ok());
    containers = std::move(*opened);
  }
  void open() { open(options()); }

  void populate(const std::string& path, bool processes = true) const {
    tree.file(path + "/cgroup.events", std::string("populated ") + (processes ? "1" : "0") + "\nfrozen 0\n");
  }
  Ids ids() {
    const Result<std::vector<ContainerInfo>> found = containers->list();
    REQUIRE(found.ok());
    Ids names;
    for (const ContainerInfo& info : *found) names.push_back(info.id.value);
    return names;
  }
};

std::size_t open_descriptors() {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("containers that come and go are in the next list without a scan") {
  Bench b;
  b.populate(docker('a'));
  b.open();
  CHECK(b.ids() == Ids{docker('a')});
  CHECK(b.containers->full_scans() == 1);
  b.populate(docker('b'));
  CHECK(b.ids() == Ids{docker('a'), docker('b')});
  b.tree.remove(docker('a'));
  CHECK(b.ids() == Ids{docker('b')});
  b.populate("machine.slice/new.slice/deep.slice/libpod-" + std::string(64, 'c') + ".scope");
  CHECK(b.ids() == Ids{docker('b'), "machine.slice/new.slice/deep.slice/libpod-" + std::string(64, 'c') + ".scope"});
  b.tree.remove("machine.slice");
  b.tree.remove("docker");
  CHECK(b.ids() == Ids{});
  b.populate(docker('d'));
  CHECK(b.ids() == Ids{docker('d')});
  CHECK(b.containers->full_scans() == 1);
  CHECK(b.notices.empty());
}

TEST_CASE("a container is listed while it has processes") {
  Bench b;
  b.populate(docker('a'), false);
  b.open();
  CHECK(b.ids() == Ids{});
  b.populate(docker('a'), true);
  CHECK(b.ids() == Ids{docker('a')});
  b.populate(docker('a'), false);
  CHECK(b.ids() == Ids{});
  CHECK(b.containers->full_scans() == 1);
}

TEST_CASE("another container under the same path is another one") {
  Bench b;
  b.populate(docker('a'));
  b.tree.file(docker('a') + "/cpu.max", "200000 100000\n");
  b.open();
  const auto share = [&b] {
    const auto found = b.containers->list();
    REQUIRE(found.ok());
    REQUIRE(found->size() == 1);
    return found->at(0).cpu_share;
  };
  CHECK(share() == Approx(0.25));
  b.tree.remove(docker('a'));
  b.populate(docker('a'));
  b.tree.file(docker('a') + "/cpu.max", "400000 100000\n");
  CHECK(share() == Approx(0.5));
  b.populate(docker('a'), false);  // and it is the new one that is watched
  CHECK(b.ids() == Ids{});
  CHECK(b.containers->full_scans() == 1);
}

TEST_CASE("what is moved is where it is now, with all that is in it") {
  Bench b;
  b.populate("a.slice/x.slice/" + docker('a'));
  b.open();
  CHECK(b.ids() == Ids{"a.slice/x.slice/" + docker('a')});
  b.tree.directory("b.slice");
  fs::rename(b.tree.root() + "/a.slice/x.slice", b.tree.root() + "/b.slice/y.slice");
  CHECK(b.ids() == Ids{"b.slice/y.slice/" + docker('a')});
  b.populate("b.slice/y.slice/" + docker('b'));
  b.populate("b.slice/y.slice/" + docker('a'), false);
  CHECK(b.ids() == Ids{"b.slice/y.slice/" + docker('b')});
  fs::rename(b.tree.root() + "/b.slice", b.tree.root() + "/../dcat-moved-" + std::to_string(::getpid()));
  CHECK(b.ids() == Ids{});
  fs::remove_all(b.tree.root() + "/../dcat-moved-" + std::to_string(::getpid()));
}

TEST_CASE("limits are read again in the time of a full scan, a few at each list") {
  Bench b;
  const Ids names{docker('a'), docker('b'), docker('c'), docker('d'), docker('e')};
  for (const std::string& name : names) b.populate(name);
  b.open();
  b.ids();
  b.ids();
  for (const std::string& name : names) b.tree.file(name + "/cpu.max", "200000 100000\n");
  for (std::size_t known = 0; known <= names.size(); ++known) {
    const auto found = b.containers->list();
    REQUIRE(found.ok());
    CHECK(static_cast<std::size_t>(std::count_if(found->begin(), found->end(),
                                                 [](const auto& info) { return info.cpu_share > 0; })) == known);
    b.clock.pass(std::chrono::seconds(2));
  }
}

TEST_CASE("limits are read when a container is found, once more, and every ten seconds") {
  Bench b;
  b.open();
  CHECK(b.ids() == Ids{});
  b.populate(docker('a'));
  const auto share = [&b] { return b.containers->list()->at(0).cpu_share; };
  CHECK(share() == 0);
  b.tree.file(docker('a') + "/cpu.max", "200000 100000\n");  // as a runtime does, after the first process is in
  CHECK(share() == Approx(0.25));
  b.tree.file(docker('a') + "/cpu.max", "100000 100000\n");
  CHECK(share() == Approx(0.25));
  b.clock.pass(std::chrono::seconds(10));
  CHECK(share() == Approx(0.125));
}

TEST_CASE("every ten seconds everything is scanned, and without a clock each time") {
  Bench b;
  b.populate(docker('a'));
  b.open();
  for (int i = 0; i < 20; ++i) {
    b.ids();
    b.clock.pass(std::chrono::seconds(1));
  }
  CHECK(b.containers->full_scans() == 2);
  CgroupContainers::Options options = b.options();
  options.clock = nullptr;
  b.open(std::move(options));
  for (int i = 0; i < 5; ++i) CHECK(b.ids() == Ids{docker('a')});
  CHECK(b.containers->full_scans() == 5);
}

TEST_CASE("watches go with what they watch") {
  Bench b;
  b.populate(docker('a'));
  b.open();
  b.ids();
  const std::size_t before = b.containers->watches();
  CHECK(before == 3);  // the root, docker/ and the container's cgroup.events
  for (int round = 0; round < 50; ++round) {
    for (const char digit : {'b', 'c', 'd'}) b.populate(docker(digit));
    b.tree.directory("x.slice/y.slice/z.slice");
    CHECK(b.ids().size() == 4);
    CHECK(b.containers->watches() == before + 6);
    for (const char digit : {'b', 'c', 'd'}) b.tree.remove(docker(digit));
    b.tree.remove("x.slice");
    CHECK(b.ids().size() == 1);
    CHECK(b.containers->watches() == before);
  }
  CHECK(b.containers->full_scans() == 1);
}

TEST_CASE("an overflow of the kernel's queue misses nothing") {
  Bench b;
  b.populate(docker('a'));
  b.populate(docker('b'));
  b.open();
  CHECK(b.ids() == Ids{docker('a'), docker('b')});
  // fs.inotify.max_queued_events is 16,384 by default.
  int most = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> most;
  REQUIRE(most > 0);
  for (int i = 0; i <= most / 2; ++i) {
    fs::create_directory(b.tree.root() + "/x");
    fs::remove(b.tree.root() + "/x");
  }
  b.tree.remove(docker('a'));
  b.populate(docker('c'));
  b.populate(docker('b'), false);
  CHECK(b.ids() == Ids{docker('c')});
  CHECK(b.containers->full_scans() == 2);
  CHECK(b.containers->watches() == 4);
  // Heard again from now on.
  b.populate(docker('b'));
  b.populate(docker('d'));
  b.tree.remove(docker('c'));
  CHECK(b.ids() == Ids{docker('b'), docker('d')});
  CHECK(b.containers->full_scans() == 2);
  CHECK(b.containers->watches() == 4);
}

TEST_CASE("without enough watches every list is a scan, which is said once, until there are enough") {
  Bench b;
  for (const char digit : {'a', 'b', 'c', 'd'}) b.populate(docker(digit));
  CgroupContainers::Options options = b.options();
  options.most_watches = 4;
  b.open(std::move(options));
  CHECK(b.ids().size() == 4);
  REQUIRE(b.notices.size() == 1);
  CHECK(b.notices[0].sys_errno == ENOSPC);
  CHECK(b.notices[0].todo == "raise fs.inotify.max_user_watches");
  b.populate(docker('d'), false);
  b.populate(docker('e'));
  CHECK(b.ids() == Ids{docker('a'), docker('b'), docker('c'), docker('e')});
  CHECK(b.containers->full_scans() == 2);
  CHECK(b.containers->watches() == 4);
  for (const char digit : {'b', 'c', 'd'}) b.tree.remove(docker(digit));
  CHECK(b.ids() == Ids{docker('a'), docker('e')});
  b.ids();
  const std::size_t scans = b.containers->full_scans();
  b.tree.remove(docker('e'));
  b.populate(docker('f'));
  CHECK(b.ids() == Ids{docker('a'), docker('f')});
  CHECK(b.containers->full_scans() == scans);
  CHECK(b.notices.size() == 1);
}

TEST_CASE("no descriptor is kept but the one of the news") {
  Bench b;
  for (const char digit : {'a', 'b', 'c'}) b.populate(docker(digit));
  const std::size_t before = open_descriptors();
  b.open();
  CHECK(b.ids().size() == 3);
  CHECK(open_descriptors() == before + 1);
  b.containers.reset();
  CHECK(open_descriptors() == before);
}

TEST_CASE("the news can be waited for") {
  Bench b;
  b.populate(docker('a'));
  b.open();
  b.ids();
  const auto readable = [&b] {
    pollfd descriptor{b.containers->news_fd(), POLLIN, 0};
    return ::poll(&descriptor, 1, 0) == 1;
  };
  CHECK_FALSE(readable());
  b.populate(docker('b'));
  CHECK(readable());
  b.ids();
  CHECK_FALSE(readable());
}

TEST_CASE("a root that goes is an error, and found again when it is back") {
  Bench b;
  b.populate("root/" + docker('a'));
  CgroupContainers::Options options = b.options();
  options.cgroup_root += "/root";
  b.open(std::move(options));
  CHECK(b.ids() == Ids{docker('a')});
  b.tree.remove("root");
  CHECK(b.containers->list().error().sys_errno == ENOENT);
  CHECK(b.containers->list().error().sys_errno == ENOENT);
  b.populate("root/" + docker('b'));
  CHECK(b.ids() == Ids{docker('b')});
  b.populate("root/" + docker('c'));
  CHECK(b.ids() == Ids{docker('b'), docker('c')});
}

TEST_CASE("helpers and what is in them are no containers, unless somebody's own pattern says so") {
  Bench b;
  const std::string copy = "kata_overhead/" + docker('a');
  b.populate(copy);
  b.populate("lxc.monitor.web/" + docker('b'));
  b.populate(docker('c'));
  b.open();
  CHECK(b.ids() == Ids{docker('c')});
  CgroupContainers::Options options = b.options();
  options.patterns = {"kata_overhead/docker/[^/]+"};
  b.open(std::move(options));
  CHECK(b.ids() == Ids{copy});
}

TEST_CASE("a v1 hierarchy has no events and is looked through each time") {
  Bench b;
  b.tree.file(docker('a') + "/cgroup.procs", "12\n");
  b.tree.file(docker('b') + "/cgroup.procs", "");
  b.tree.file(docker('c') + "/cgroup.procs", "");
  b.tree.file(docker('c') + "/init/cgroup.procs", "13\n");
  b.open();
  CHECK(b.ids() == Ids{docker('a'), docker('c')});
  b.tree.file(docker('b') + "/cgroup.procs", "14\n");
  b.tree.file(docker('c') + "/init/cgroup.procs", "");
  CHECK(b.ids() == Ids{docker('a'), docker('b')});
  CHECK(b.containers->full_scans() == 2);
}

TEST_CASE("with all cgroups, leaves are found by news as well") {
  Bench b;
  b.populate("a.slice");
  b.populate("a.slice/x.service");
  CgroupContainers::Options options = b.options();
  options.all_cgroups = true;
  b.open(std::move(options));
  CHECK(b.ids() == Ids{"a.slice/x.service"});
  b.populate("a.slice/x.service/inner");
  CHECK(b.ids() == Ids{"a.slice/x.service/inner"});
  b.populate("a.slice/x.service/inner", false);
  CHECK(b.ids() == Ids{"a.slice/x.service"});
  b.tree.remove("a.slice/x.service");
  CHECK(b.ids() == Ids{"a.slice"});
  CHECK(b.containers->full_scans() == 1);
}
