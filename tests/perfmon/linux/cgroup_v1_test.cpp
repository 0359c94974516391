#include "perfmon/linux/cgroup_v1.h"

#include <fstream>
#include <iterator>

#include "perfmon/linux/cgroup_mounts.h"
#include "tests/perfmon/linux/temp_tree.h"
#include "tests/support/catch.h"

using namespace dcat;
using dcat::test::TempTree;

namespace {

const std::string kTogether = "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n";
const std::string kCpuset = "34 31 0:31 / /sys/fs/cgroup/cpuset rw shared:3 - cgroup cgroup rw,cpuset\n";
const std::string kUnified = "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

}  // namespace

TEST_CASE("v1 hierarchies are told by their controllers, not by their paths") {
  CHECK(parse_cgroup_v1(kTogether + kCpuset + kUnified) ==
        CgroupV1{"/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpuset"});
  CHECK(parse_cgroup_v1(kUnified) == CgroupV1{});
  CHECK(parse_cgroup_v1("1 2 0:3 / /sys/fs/cgroup/cpu rw - cgroup none rw,memory\n") == CgroupV1{});
  CHECK(parse_cgroup_v1("1 2 0:3 / /cpu rw - cgroup2 none rw,cpu\n") == CgroupV1{});  // not v1
  CHECK(parse_cgroup_v1("1 2 0:3 /part /first rw - cgroup none rw,cpu\n1 2 0:3 / /second rw - cgroup none rw,cpu\n") ==
        CgroupV1{"/second", ""});
  CHECK(parse_cgroup_v1("nonsense\n") == CgroupV1{});
  CHECK(find_v1_mount(kTogether, "cpuacct") == "/sys/fs/cgroup/cpu,cpuacct");
  CHECK_FALSE(find_v1_mount(kTogether, "cpua"));
}

TEST_CASE("this machine's v1 hierarchies are those of its mountinfo, by whichever way they are found") {
  std::ifstream file("/proc/self/mountinfo");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  CHECK(find_cgroup_v1() == parse_cgroup_v1(text));
}

TEST_CASE("where the cgroup2 tree has no cpu controller, limits are those of v1 at the same path") {
  struct Row {
    std::string quota, period, cpus;
    double share;
  };
  const Row rows[] = {
      {"200000\n", "100000\n", "", 0.25},
      {"50000\n", "100000\n", "0-7\n", 0.0625},
      {"-1\n", "100000\n", "0-1,4\n", 0.375},
      {"400000\n", "100000\n", "2-3\n", 0.25},
      {"100000\n", "50000\n", "", 0.25},
      {"-1\n", "100000\n", "", 0},
      {"900000\n", "100000\n", "", 0},
      {"0\n", "100000\n", "", 0},
      {"100000\n", "0\n", "", 0},
      {"100000\n", "", "", 0},
      {"", "100000\n", "", 0},
      {"x\n", "y\n", "3-1\n", 0},
      {"", "", "\n", 0},
  };
  for (const Row& row : rows) {
    const TempTree tree;
    tree.directory("unified/a/b");
    if (!row.quota.empty()) tree.file("cpu/a/b/cpu.cfs_quota_us", row.quota);
    if (!row.period.empty()) tree.file("cpu/a/b/cpu.cfs_period_us", row.period);
    if (!row.cpus.empty()) tree.file("cpuset/a/b/cpuset.cpus", row.cpus);
    const CgroupV1 v1{tree.root() + "/cpu", tree.root() + "/cpuset"};
    INFO(row.quota << row.period << row.cpus);
    CHECK(read_cpu_share(tree.root() + "/unified", v1, "a/b", 8) == Approx(row.share));
    CHECK(read_cpu_share(tree.root() + "/unified", {}, "a/b", 8) == 0);
    CHECK(read_cpu_share(tree.root() + "/unified", v1, "a/b", 0) == 0);
    CHECK(read_cpu_share(tree.root() + "/unified", v1, "a/c", 8) == 0);
  }
}

TEST_CASE("the cgroup2 tree's own limits go before those of v1") {
  const TempTree tree;
  tree.file("unified/a/cpu.max", "max 100000\n");
  tree.file("unified/a/cpuset.cpus.effective", "0-7\n");
  tree.file("cpu/a/cpu.cfs_quota_us", "100000\n");
  tree.file("cpu/a/cpu.cfs_period_us", "100000\n");
  tree.file("cpuset/a/cpuset.cpus", "0\n");
  CHECK(read_cpu_share(tree.root() + "/unified", {tree.root() + "/cpu", tree.root() + "/cpuset"}, "a", 8) == 0);
}
