#include "perfmon/linux/cgroup_mounts.h"

#include "tests/perfmon/linux/temp_tree.h"
#include "tests/support/catch.h"

using namespace dcat;

namespace {

const std::string kRoot = "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n";
const std::string kPure =
    "30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev shared:9 - cgroup2 cgroup2 "
    "rw,nsdelegate,memory_recursiveprot\n";
const std::string kHybrid =
    "31 23 0:28 / /sys/fs/cgroup ro shared:8 - tmpfs tmpfs ro,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";
const std::string kPerfV1 = "42 31 0:39 / /sys/fs/cgroup/perf_event rw shared:20 - cgroup cgroup rw,perf_event\n";

}  // namespace

TEST_CASE("the cgroup2 tree is found on a pure and on a hybrid machine") {
  CHECK(parse_cgroup_mounts(kRoot + kPure)->unified == "/sys/fs/cgroup");
  const Result<CgroupMounts> hybrid = parse_cgroup_mounts(kRoot + kHybrid);
  REQUIRE(hybrid.ok());
  CHECK(hybrid->unified == "/sys/fs/cgroup/unified");
  CHECK(!hybrid->perf_event_v1);
  CHECK(hybrid->perf_root() == "/sys/fs/cgroup/unified");
}

TEST_CASE("where perf_event is a v1 hierarchy, events are opened there") {
  for (const std::string& text : {kHybrid + kPerfV1, kPerfV1 + kHybrid}) {
    const Result<CgroupMounts> mounts = parse_cgroup_mounts(text);
    REQUIRE(mounts.ok());
    CHECK(mounts->unified == "/sys/fs/cgroup/unified");
    CHECK(mounts->perf_root() == "/sys/fs/cgroup/perf_event");
  }
}

TEST_CASE("paths are unescaped, optional fields may be many or none, and the whole tree is preferred") {
  struct Row {
    std::string text, unified;
  };
  const Row rows[] = {
      {"1 2 0:3 / /a\\040b\\134c rw - cgroup2 none rw", "/a b\\c"},
      {"1 2 0:3 / /m rw shared:1 master:2 propagate_from:3 unbindable - cgroup2 none rw\n", "/m"},
      {"1 2 0:3 /part /first rw - cgroup2 none rw\n1 2 0:3 / /second rw - cgroup2 none rw\n", "/second"},
      {"1 2 0:3 /part /first rw - cgroup2 none rw\n1 2 0:3 /other /second rw - cgroup2 none rw\n", "/first"},
      {"1 2 0:3 / /first rw - cgroup2 none rw\n1 2 0:3 / /second rw - cgroup2 none rw\n", "/first"},
      {"1 2 0:3 / /m\\99 rw - cgroup2 none rw", "/m\\99"},
  };
  for (const Row& row : rows) {
    const Result<CgroupMounts> mounts = parse_cgroup_mounts(row.text);
    REQUIRE(mounts.ok());
    CHECK(mounts->unified == row.unified);
  }
}

TEST_CASE("without cgroup2 containers are found where events are opened") {
  const Result<CgroupMounts> mounts = parse_cgroup_mounts(kRoot + kPerfV1);
  REQUIRE(mounts.ok());
  REQUIRE(mounts->perf_event_v1.has_value());
  CHECK(mounts->unified == *mounts->perf_event_v1);
  CHECK(mounts->perf_root() == mounts->unified);
}

TEST_CASE("without cgroup2 and perf_event the node is unsupported, and broken lines are none") {
  const std::string texts[] = {
      "",
      "\n\n",
      kRoot,
      "cgroup2",
      "1 2 0:3 / /m rw cgroup2 none rw",           // no separator
      "1 2 0:3 / /m rw - cgroup2",                 // nothing after the type
      "1 2 0:3 / /m rw - cgroup2 none",            // no options
      "1 2 0:3 / /m - cgroup2 none rw",            // a field is missing
      "1 2 0:3 / /cgroup2 rw - tmpfs cgroup2 rw",  // only its name
      "1 2 0:3 / /m rw - cgroup22 none rw",
  };
  for (const std::string& text : texts) {
    const Result<CgroupMounts> mounts = parse_cgroup_mounts(text);
    REQUIRE(!mounts.ok());
    CHECK(mounts.error().code == ErrorCode::unsupported);
    CHECK(mounts.error().todo.find("mount") != std::string::npos);
  }
}

TEST_CASE("mounts are read from a file, and errors carry its path") {
  const dcat::test::TempTree tree;
  tree.file("mountinfo", kHybrid);
  CHECK(read_cgroup_mounts(tree.root() + "/mountinfo")->unified == "/sys/fs/cgroup/unified");
  tree.file("none", kRoot);
  CHECK(read_cgroup_mounts(tree.root() + "/none").error().what == tree.root() + "/none: find the cgroup tree");
  CHECK(read_cgroup_mounts(tree.root() + "/missing").error().to_string() ==
        "open " + tree.root() + "/missing: No such file or directory");
}
