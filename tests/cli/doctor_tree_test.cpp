// The doctor over whole nodes, made of files, and the program's exit codes on them.
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/doctor.h"
#include "tests/cli/program.h"
#include "tests/perfmon/linux/temp_tree.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::cli::doctor;
using dcat::test::contains;
using dcat::test::TempTree;

namespace {

const std::vector<std::string> kNames{"node",          "cpu",        "kernel",     "command_line", "mount",
                                      "rights",        "allocation", "monitoring", "groups",       "nmi_watchdog",
                                      "perf_paranoid", "counters",   "open_files", "cgroups",      "containers",
                                      "managers",      "leftovers"};

// A node with RDT that lacks nothing: 11 ways, 8 CLOSIDs because MB has no more, one container.
void furnish(const TempTree& tree) {
  tree.file("proc/cpuinfo",
            "vendor_id : GenuineIntel\ncpu family : 6\nmodel : 85\nflags : rdt_a cat_l3 mba cqm cqm_llc "
            "cqm_occup_llc cqm_mbm_total cqm_mbm_local\n");
  tree.file("proc/filesystems", "nodev\tresctrl\n");
  tree.file("proc/cmdline", "quiet\n");
  tree.file("proc/mounts", "resctrl /sys/fs/resctrl resctrl rw,relatime 0 0\n");
  tree.file("proc/locks", "");
  tree.file("proc/sys/kernel/osrelease", "6.12.9\n");
  tree.file("proc/sys/kernel/nmi_watchdog", "0\n");
  tree.file("proc/sys/kernel/perf_event_paranoid", "2\n");
  tree.file("proc/sys/kernel/random/boot_id", "b-o-o-t\n");
  tree.file("proc/self/status", "Uid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n");
  tree.file("proc/self/limits", "Max open files            1024                 524288               files\n");
  tree.file("proc/self/mountinfo", "30 1 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n");
  tree.file("proc/1/comm", "systemd\n");
  tree.file("sys/devices/system/cpu/online", "0-3\n");
  const std::string scope = "sys/fs/cgroup/system.slice/docker-" + std::string(64, 'a') + ".scope/";
  tree.file("sys/fs/cgroup/cgroup.events", "populated 1\n");
  tree.file("sys/fs/cgroup/system.slice/cgroup.events", "populated 1\n");
  tree.file(scope + "cgroup.events", "populated 1\n");
  tree.file(scope + "cgroup.type", "domain\n");
  const std::string resctrl = "sys/fs/resctrl/";
  tree.file(resctrl + "schemata", "    MB:0=100;3=100\n    L3:0=7ff;3=7ff\n");
  tree.file(resctrl + "size", "    L3:0=11534336;3=11534336\n");
  tree.directory(resctrl + "mon_data/mon_L3_00");
  tree.directory(resctrl + "mon_groups");
  tree.file(resctrl + "info/last_cmd_status", "ok\n");
  tree.file(resctrl + "info/L3/cbm_mask", "7ff\n");
  tree.file(resctrl + "info/L3/min_cbm_bits", "1\n");
  tree.file(resctrl + "info/L3/num_closids", "16\n");
  tree.file(resctrl + "info/L3/shareable_bits", "600\n");
  tree.file(resctrl + "info/MB/num_closids", "8\n");
  tree.file(resctrl + "info/MB/min_bandwidth", "10\n");
  tree.file(resctrl + "info/MB/bandwidth_gran", "10\n");
  tree.file(resctrl + "info/MB/delay_linear", "1\n");
  tree.file(resctrl + "info/L3_MON/num_rmids", "176\n");
  tree.file(resctrl + "info/L3_MON/mon_features", "llc_occupancy\nmbm_total_bytes\nmbm_local_bytes\n");
}

std::map<std::string, Check> examined(const TempTree& tree, bool simulated_node = false) {
  const auto all = [](const EventTable&) {
    CheckedEvents checked;
    checked.available.assign(kAllEvents.begin(), kAllEvents.end());
    return std::optional(checked);
  };
  const std::vector<Check> checks = examine({tree.root(), simulated_node, all});
  std::vector<std::string> names;
  std::map<std::string, Check> by_name;
  for (const Check& check : checks) {
    names.push_back(check.name);
    by_name[check.name] = check;
  }
  CHECK(names == kNames);
  return by_name;
}

// Those that are not good, as "name:verdict name:verdict".
std::string complaints(const std::map<std::string, Check>& checks) {
  std::string text;
  for (const auto& [name, check] : checks)
    if (check.verdict != Verdict::good)
      text += (text.empty() ? "" : " ") + name + ":" + std::string(name_of(check.verdict));
  return text;
}

}  // namespace

TEST_CASE("a node that lacks nothing is good at every point") {
  const TempTree tree;
  furnish(tree);
  const auto checks = examined(tree);
  for (const auto& [name, check] : checks) INFO(name << ": " << check.found);
  CHECK(complaints(checks).empty());
  CHECK(checks.at("allocation").found ==
        "11 ways, 8 CLOSIDs, masks of 1 or more bits, 2 L3 domains (id 0, 3), I/O shares ways 600; memory "
        "bandwidth from 10 % in steps of 10 %, through resctrl alone");
  CHECK(checks.at("containers").found == "1 by the default patterns");
  CHECK(contains(checks.at("open_files").found, "28 a container on 4 CPUs"));
  CHECK(contains(checks.at("rights").found, "resctrl can be written"));
}

TEST_CASE("a directory with nothing in it is examined too") {
  const TempTree tree;
  const auto checks = examined(tree);
  CHECK(complaints(checks) ==
        "allocation:warning cgroups:warning command_line:warning containers:warning counters:warning cpu:warning "
        "groups:warning kernel:warning monitoring:warning mount:warning open_files:warning perf_paranoid:bad "
        "rights:warning");
}

TEST_CASE("a guest without RDT hears of the processor, the kernel and the mount") {
  const TempTree tree;
  furnish(tree);
  tree.remove("sys/fs/resctrl");
  tree.file("proc/cpuinfo", "vendor_id : AuthenticAMD\ncpu family : 25\nmodel : 1\nflags : fpu hypervisor\n");
  tree.file("proc/filesystems", "nodev\tproc\n");
  tree.file("proc/mounts", "proc /proc proc rw 0 0\n");
  const auto checks = examined(tree);
  CHECK(complaints(checks) == "allocation:warning cpu:bad groups:warning kernel:bad monitoring:warning mount:bad");
  CHECK(checks.at("groups").found == "not known: see mount");
}

TEST_CASE("resctrl without L3 allocation cannot enforce") {
  const TempTree tree;
  furnish(tree);
  tree.remove("sys/fs/resctrl/info/L3");
  tree.file("proc/cmdline", "rdt=!l3cat\n");
  const auto checks = examined(tree);
  CHECK(complaints(checks) == "allocation:bad command_line:bad groups:warning monitoring:warning");
  CHECK(checks.at("allocation").todo == "see cpu and command_line");
}

TEST_CASE("damaged files of resctrl make a bad allocation, and no more") {
  const TempTree tree;
  furnish(tree);
  const auto [file, text] = GENERATE(table<std::string, std::string>({{"info/L3/cbm_mask", "pudding\n"},
                                                                      {"info/L3/cbm_mask", ""},
                                                                      {"info/L3/num_closids", "-1\n"},
                                                                      {"schemata", "\xff\xff"},
                                                                      {"schemata", "L3:"},
                                                                      {"info/L3_MON/num_rmids", "many\n"}}));
  tree.file("sys/fs/resctrl/" + file, text);
  INFO(file);
  CHECK(contains(complaints(examined(tree)), "allocation:bad"));
}

TEST_CASE("foreign groups are found with their masks, modes and monitoring groups, and ours are none") {
  const TempTree tree;
  furnish(tree);
  const std::string resctrl = "sys/fs/resctrl/";
  tree.file(resctrl + "COS1/schemata", "L3:0=00f;3=7ff\n");
  tree.file(resctrl + "COS1/mode", "exclusive\n");
  tree.directory(resctrl + "COS1/mon_groups/pqos-7-0");
  tree.file(resctrl + "gone/mode", "shareable\n");
  tree.directory(resctrl + "mon_groups/cadvisor-x");
  tree.directory(resctrl + "mon_groups/dcat.x");
  tree.file(resctrl + "dcat.web/schemata", "L3:0=7f0;3=7ff\n");
  tree.directory(resctrl + "dcat.web/mon_groups/dcat.c");
  tree.file("proc/77/comm", "pqos\n");
  tree.file("proc/notapid/comm", "rmd\n");
  const auto checks = examined(tree);
  CHECK(checks.at("groups").found ==
        "4 foreign: mon_groups/cadvisor-x (cAdvisor), COS1 (pqos or libpqos) [exclusive], COS1/mon_groups/pqos-7-0 "
        "(pqos, monitoring), gone; 5 CLOSIDs and 7 of 11 ways are left for dCat");
  CHECK(contains(checks.at("managers").found, "pqos"));
  CHECK_FALSE(contains(checks.at("managers").found, "rmd"));
  CHECK(checks.at("leftovers").found == "1 group (dcat.web)");
  CHECK(complaints(checks) == "groups:warning leftovers:warning managers:warning");
}

TEST_CASE("a journal is leftover unless the daemon that wrote it holds its lock") {
  const TempTree tree;
  furnish(tree);
  tree.directory("run/dcat");
  JournalEntry entry;
  entry.backend = "resctrl";
  entry.pid = 4242;
  entry.boot_id = "b-o-o-t";
  REQUIRE(Journal(tree.root() + "/run/dcat").write(entry));
  tree.file("run/dcat/lock", "4242\n");
  CHECK(contains(examined(tree).at("leftovers").found, "the journal of pid 4242, alive "));
  struct stat lock {};
  REQUIRE(::stat((tree.root() + "/run/dcat/lock").c_str(), &lock) == 0);
  tree.file("proc/locks", fmt::format("1: FLOCK  ADVISORY  WRITE 4242 {:02x}:{:02x}:{} 0 EOF\n", major(lock.st_dev),
                                      minor(lock.st_dev), lock.st_ino));
  const Check daemon = examined(tree).at("leftovers");
  CHECK(daemon.verdict == Verdict::good);
  CHECK(daemon.found == "a dCat runs (pid 4242)");
  tree.file("proc/locks", "");
  tree.file("run/dcat/journal.json", "{\"version\":");
  CHECK(contains(examined(tree).at("leftovers").found, "this is no journal"));
}

TEST_CASE("an emulated node says so, and with simulated counts it needs no counters") {
  const TempTree tree;
  furnish(tree);
  tree.file("proc/mounts", "resctrl /sys/fs/resctrl fuse.resctrl rw,relatime 0 0\n");
  CHECK(contains(examined(tree).at("node").found, "emulated"));
  tree.file("proc/sys/kernel/nmi_watchdog", "1\n");
  tree.file("proc/self/limits", "Max open files  10  10  files\n");
  CHECK(complaints(examined(tree)) == "nmi_watchdog:warning open_files:bad");
  tree.remove("sys/fs/cgroup/system.slice");
  CHECK(complaints(examined(tree, true)).empty());
  CHECK(contains(examined(tree, true).at("node").found, "simulated"));
}

TEST_CASE("the doctor writes nothing") {
  const TempTree tree;
  furnish(tree);
  const auto listing = [&] {
    std::map<std::string, std::filesystem::file_time_type> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(tree.root()))
      files[entry.path().string()] = entry.last_write_time();
    return files;
  };
  const auto before = listing();
  (void)examined(tree);
  CHECK(listing() == before);
}

TEST_CASE("dcat doctor ends with 0 where enforcement is possible, else with 3, in words and in JSON") {
  const TempTree tree;
  furnish(tree);
  const std::string root = "doctor --root " + tree.root();
  const auto good = test::dcat_run(root);
  INFO(good.out << good.err);
  CHECK(good.code == 0);
  CHECK(contains(good.out, "\nThis node can enforce (1 warning).\n"));  // counters are not tried below another root
  CHECK_FALSE(contains(good.out, "\033"));
  tree.file("sys/fs/resctrl/info/MB/num_closids", "1\n");
  const auto bad = test::dcat_run(root);
  CHECK(bad.code == 3);
  CHECK(contains(bad.out, "\nThis node cannot enforce: allocation (1 warning).\n"));
  const auto json = test::dcat_run(root + " --json");
  CHECK(json.code == 3);
  const auto parsed = nlohmann::json::parse(json.out, nullptr, false);
  REQUIRE(parsed.is_object());
  CHECK(parsed["version"] == 1);
  CHECK(parsed["ok"] == false);
  REQUIRE(parsed["checks"].size() == kNames.size());
  for (std::size_t i = 0; i < kNames.size(); ++i) CHECK(parsed["checks"][i]["name"] == kNames[i]);
  CHECK(parsed["checks"][6]["status"] == "bad");
  CHECK_FALSE(parsed["checks"][6]["todo"].get<std::string>().empty());
}

TEST_CASE("dcat doctor on this machine tells every check and ends with 0 or 3") {
  const auto ended = test::dcat_run("doctor --json");
  INFO(ended.out << ended.err);
  const auto parsed = nlohmann::json::parse(ended.out, nullptr, false);
  REQUIRE(parsed.is_object());
  CHECK(parsed["checks"].size() == kNames.size());
  CHECK(ended.code == (parsed["ok"] == true ? 0 : 3));
  CHECK(test::dcat_run("doctor --jason").code == 2);
}

TEST_CASE("every name of a check is documented") {
  const std::string text = test::read_file(std::string(DCAT_SOURCE_DIR) + "/docs/doctor.md");
  for (const std::string& name : kNames) {
    INFO(name);
    CHECK(contains(text, "| `" + name + "` |"));
  }
}
