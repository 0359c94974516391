// What the doctor makes of a machine's texts: tables, as long of damaged ones as of good ones.
#include <algorithm>
#include <cerrno>

#include "tests/cli/doctor_words.h"

using namespace dcat;
using namespace dcat::cli::doctor;
using namespace dcat::test;

namespace {

CheckedEvents counting(std::vector<Event> events) {
  CheckedEvents checked;
  checked.available = std::move(events);
  for (const Event event : kAllEvents)
    if (std::ranges::find(checked.available, event) == checked.available.end())
      checked.notes[static_cast<std::size_t>(event)] = "this machine does not count it";
  return checked;
}

}  // namespace

TEST_CASE("a processor is judged by its flags, and a guest is told to look at its host") {
  require(check_cpu(cpuinfo(kXeonFlags), false), Verdict::good, "GenuineIntel family 6 model 85: rdt_a cat_l3 cdp_l3");
  CHECK(has(check_cpu(cpuinfo(kXeonFlags), false).found, "cqm_mbm_total"));
  require(check_cpu(cpuinfo("fpu vme"), false), Verdict::bad, "no RDT at all");
  require(check_cpu(cpuinfo("rdt_a cqm xcat_l3 cat_l32"), false), Verdict::bad, "cat_l3 is missing");
  CHECK(has(check_cpu(cpuinfo("fpu"), false).todo, "use a processor with L3 CAT"));
  require(check_cpu(cpuinfo("fpu hypervisor"), false), Verdict::bad, "a virtual machine");
  CHECK(has(check_cpu(cpuinfo("fpu hypervisor"), false).todo, "not passed through"));
  require(check_cpu(cpuinfo(kXeonFlags + " hypervisor"), true), Verdict::warning, "a virtual machine");
  require(check_cpu(cpuinfo(kXeonFlags + " hypervisor"), false), Verdict::warning, "a virtual machine");
}

TEST_CASE("a processor without cat_l3 is no obstacle where resctrl offers L3 ways") {
  require(check_cpu(cpuinfo("fpu"), true), Verdict::warning, "but resctrl offers L3 ways");
  require(check_cpu("processor : 0\nBogoMIPS : 50\nFeatures : fp asimd\n", true), Verdict::warning, "that is not x86");
  require(check_cpu("processor : 0\nFeatures : fp asimd\n", false), Verdict::bad, "it lists no flags");
}

TEST_CASE("a damaged cpuinfo is never a good processor") {
  for (const char* text : {"", "\n\n", "flags", "flags\t\t:", "flags:\n:\n", "\xff\xfe\0x",
                           "cpu family : six\nflags : fpu", "my flags : cat_l3\n"}) {
    INFO(text);
    CHECK(check_cpu(text, false).verdict == Verdict::bad);
    CHECK(check_cpu(text, true).verdict == Verdict::warning);
  }
  CHECK(check_cpu(std::nullopt, false).verdict == Verdict::warning);
}

TEST_CASE("a kernel is judged by its version and by whether it knows resctrl") {
  const std::string with = "nodev\tsysfs\nnodev\tresctrl\n\text4\n", without = "nodev\tsysfs\nnodev\tnotresctrl\n";
  require(check_kernel("6.1.0-18-amd64\n", with), Verdict::good, "Linux 6.1.0-18-amd64: moves containers thread by");
  require(check_kernel("6.6.99\n", with), Verdict::good, "thread by thread");
  require(check_kernel("6.7\n", with), Verdict::good, "lists of tasks");
  require(check_kernel("6.12.9-arch1\n", with), Verdict::good, "lists of tasks");
  require(check_kernel("10.0\n", with), Verdict::good, "lists of tasks");
  require(check_kernel("6.12.9\n", without), Verdict::bad, "does not know the resctrl file system");
  for (const char* damaged : {"", "\n", "six", "6", "6.", ".1", "-6.1x", "99999999999.1"}) {
    INFO(damaged);
    require(check_kernel(damaged, with), Verdict::warning, "version is not known");
    require(check_kernel(damaged, without), Verdict::bad, "does not know");
  }
  require(check_kernel(std::nullopt, with), Verdict::warning, "version is not known");
  require(check_kernel("6.12.9\n", std::nullopt), Verdict::warning, "/proc/filesystems cannot be read");
  CHECK_FALSE(knows_resctrl("nodev\tresctrlfs\n"));
  CHECK_FALSE(knows_resctrl(std::nullopt));
}

TEST_CASE("each token of the command line that is about RDT is explained") {
  const struct {
    const char* line;
    Verdict verdict;
    const char* found;
  } cases[] = {
      {"root=/dev/sda1 quiet\n", Verdict::good, "switches no RDT feature"},
      {"quiet rdt=!l3cat", Verdict::bad, "rdt=!l3cat: no L3 way can be allocated"},
      {"rdt=cmt,!l3cat,!mba quiet", Verdict::bad, "rdt=!mba: no bandwidth allocation"},
      {"rdt=!mba", Verdict::good, "rdt=!mba: no bandwidth allocation"},
      {"rdt=!cmt", Verdict::warning, "occupancy is not measured"},
      {"rdt=!mbmtotal rdt=!mbmlocal", Verdict::warning, "bandwidth is not measured; rdt=!mbmlocal"},
      {"rdt=l3cat", Verdict::good, "rdt=l3cat: switched on"},
      {"rdt=!l3cat rdt=l3cat", Verdict::good, "rdt=!l3cat: no effect"},
      {"rdt=!bmec", Verdict::good, "nothing that dCat uses"},
      {"rdt=", Verdict::good, "switches no RDT feature"},
      {"rdt=,,!", Verdict::good, "nothing that dCat uses"},
      {"xrdt=!l3cat", Verdict::good, "switches no RDT feature"},
      {"quiet -- rdt=!l3cat", Verdict::good, "switches no RDT feature"},
      {"clearcpuid=cat_l3", Verdict::bad, "clearcpuid=cat_l3: no L3 way"},
      {"clearcpuid=514,228", Verdict::bad, "clearcpuid=514: no RDT feature; clearcpuid=228 (cat_l3)"},
      {"clearcpuid=rdt_a\n", Verdict::bad, "nothing can be allocated"},
      {"clearcpuid=353", Verdict::warning, "clearcpuid=353 (cqm_occup_llc)"},
      {"clearcpuid=22", Verdict::good, "no RDT feature"},
      {"clearcpuid=", Verdict::good, "switches no RDT feature"},
      {"clearcpuid=-1", Verdict::good, "no RDT feature"},
      {"", Verdict::good, "switches no RDT feature"},
      {"   \t\n ", Verdict::good, "switches no RDT feature"},
      {"\xff\x01 rdt=\xff", Verdict::good, "nothing that dCat uses"},
  };
  for (const auto& c : cases) {
    INFO(c.line);
    require(check_command_line(c.line, false), c.verdict, c.found);
  }
  require(check_command_line("rdt=!l3cat", true), Verdict::warning, "yet resctrl offers L3 ways");
  CHECK(check_command_line(std::nullopt, false).verdict == Verdict::warning);
}

TEST_CASE("resctrl is found in the table of mounts, wherever and whatever it is") {
  const auto mounts = parse_resctrl_mounts(
      "proc /proc proc rw 0 0\n"
      "resctrl /sys/fs/resctrl resctrl rw,relatime,cdp,mba_MBps 0 0\n"
      "resctrl /x fuse.resctrl rw,user_id=0 0 0\n"
      "resctrl /y ext4 rw 0 0\n"
      "damaged resctrl\n\nresctrl /z resctrl");
  REQUIRE(mounts.size() == 2);
  CHECK(mounts[0] == ResctrlMount{"/sys/fs/resctrl", "rw,relatime,cdp,mba_MBps", false});
  CHECK(mounts[1] == ResctrlMount{"/x", "rw,user_id=0", true});
  CHECK(mounts[0].has_option("cdp"));
  CHECK_FALSE(mounts[0].has_option("cd"));
  CHECK_FALSE(mounts[0].has_option("cdpl2"));
  CHECK(has(check_node(false, mounts).found, "emulated"));
  CHECK(has(check_node(true, {}).found, "simulated tenants"));
  CHECK(check_node(false, {mounts[0]}).found == "this machine");
}

TEST_CASE("a mount is judged by its place and its options") {
  const auto mounted = [](const std::string& point, const std::string& options) {
    return check_mount("resctrl " + point + " resctrl " + options + " 0 0\n", true);
  };
  require(mounted("/sys/fs/resctrl", "rw,relatime"), Verdict::good, "/sys/fs/resctrl (rw, relatime)");
  require(mounted("/sys/fs/resctrl", "rw,cdp"), Verdict::warning, "(rw, cdp)");
  CHECK(has(mounted("/sys/fs/resctrl", "rw,cdp").todo, "halves the CLOSIDs"));
  require(mounted("/sys/fs/resctrl", "rw,mba_MBps"), Verdict::good, "MB is in MBps");
  require(mounted("/sys/fs/resctrl", "ro,relatime"), Verdict::bad, "(ro, relatime)");
  require(mounted("/mnt/rdt", "rw"), Verdict::bad, "mounted at /mnt/rdt, not at /sys/fs/resctrl");
  CHECK(has(mounted("/mnt/rdt", "rw").todo, "mount --bind /mnt/rdt /sys/fs/resctrl"));
  require(check_mount("proc /proc proc rw 0 0\n", true), Verdict::bad, "not mounted");
  CHECK(has(check_mount("", true).todo, "`mount -t resctrl resctrl /sys/fs/resctrl`"));
  CHECK(has(check_mount("", true).todo, "sys-fs-resctrl.mount"));
  CHECK(has(check_mount("", false).todo, "see kernel"));
  CHECK(check_mount(std::nullopt, true).verdict == Verdict::warning);
}

TEST_CASE("what resctrl offers is told, and too little of it is bad") {
  require(check_allocation(twenty_ways()), Verdict::good,
          "20 ways, 16 CLOSIDs, masks of 1 or more bits, 2 L3 domains (id 0, 3)");
  ResctrlInfo info = twenty_ways();
  info.shareable = Cbm(0xc0000);
  info.cdp = info.sparse = info.empty_masks = true;
  require(check_allocation(info), Verdict::good,
          "masks of 0 or more bits with gaps if need be, 2 L3 domains (id 0, 3), I/O shares ways c0000, code and data");
  info.closids = 3;
  info.throttles = ThrottleSteps{Throttle(20), 10};
  require(check_allocation(info), Verdict::warning, "; memory bandwidth from 20 % in steps of 10 %");
  info.throttles.reset();
  info.why_no_throttles = kNotInPercent;
  require(check_allocation(info), Verdict::warning, "; memory bandwidth is never throttled: its limits are amounts");
  require(check_allocation(info), Verdict::warning, "3 CLOSIDs");
  CHECK(has(check_allocation(info).todo, "only 2 containers"));
  info.closids = 1;
  require(check_allocation(info), Verdict::bad, "1 CLOSIDs");
  info.closids = 16;
  info.cbm_mask = Cbm(1);
  require(check_allocation(info), Verdict::bad, "1 ways");
  info = twenty_ways();
  info.domains.clear();
  require(check_allocation(info), Verdict::bad, "0 L3 domains");
  require(check_allocation(Error{ErrorCode::unsupported, "/r", "this resctrl has no L3 cache allocation", "x"}),
          Verdict::bad, "no L3 cache allocation");
  CHECK(check_allocation(Error{ErrorCode::failed, "/r", "EIO", "see it"}).todo == "see it");
  CHECK_FALSE(check_allocation(Error{ErrorCode::failed, "/r", "EIO", ""}).todo.empty());
}

TEST_CASE("monitoring is a comfort, never an obstacle") {
  ResctrlInfo info = twenty_ways();
  require(check_monitoring(info), Verdict::good, "64 RMIDs: occupancy, bandwidth");
  info.bandwidth = false;
  require(check_monitoring(info), Verdict::warning, "64 RMIDs: occupancy");
  CHECK(has(check_monitoring(info).todo, "bandwidth of containers"));
  info.bandwidth = true;
  info.rmids = 16;
  require(check_monitoring(info), Verdict::warning, "16 RMIDs");
  info.rmids = 0;
  require(check_monitoring(info), Verdict::warning, "neither");
  require(check_monitoring(Error{}), Verdict::warning, "neither");
}

TEST_CASE("rights are read from the process's status") {
  const auto rights = parse_rights("Name:\tdcat\nUid:\t1000\t33\t1000\t1000\nCapEff:\t000001ffffffffff\n");
  REQUIRE(rights);
  CHECK(rights->uid == 33);
  CHECK(rights->may_count());
  CHECK(rights->has(38));
  CHECK_FALSE(parse_rights("Uid:\t0\t0\t0\t0\nCapEff:\t0000000000000000\n")->may_count());
  CHECK(parse_rights("Uid:\t0\t0\t0\t0\nCapEff:\t0000000000200000\n")->may_count());  // CAP_SYS_ADMIN
  CHECK(parse_rights("Uid:\t0\t0\t0\t0\nCapEff:\t0000004000000000\n")->may_count());  // CAP_PERFMON
  for (const char* damaged :
       {"", "Uid:\t0\t0\n", "CapEff:\t1ff\n", "Uid:\nCapEff:\n", "Uid:\t0\tx\nCapEff:\t1\n", "Uid:\t0\t0\nCapEff:\tg\n",
        "Uid:\t0\t-1\nCapEff:\t1\n", "Uid:\t0\t0\nCapEff:\t11111111111111111\n"}) {
    INFO(damaged);
    CHECK_FALSE(parse_rights(damaged));
  }
}

TEST_CASE("only root that may write resctrl can move other people's tasks") {
  const Rights root{0, ~std::uint64_t{0}}, user{1000, ~std::uint64_t{0}}, bare_root{0, 0};
  require(check_rights(root, 0), Verdict::good, "root, CAP_SYS_ADMIN CAP_PERFMON CAP_DAC_OVERRIDE; resctrl can be");
  require(check_rights(root, std::nullopt), Verdict::good, "root");
  CHECK_FALSE(has(check_rights(root, std::nullopt).found, "resctrl"));
  require(check_rights(bare_root, 0), Verdict::good, "no capability that helps");
  require(check_rights(root, EROFS), Verdict::bad, "cannot be written (EROFS");
  CHECK(has(check_rights(root, EROFS).todo, "read-write"));
  require(check_rights(root, EACCES), Verdict::bad, "EACCES");
  require(check_rights(user, 0), Verdict::bad, "uid 1000");
  require(check_rights(user, std::nullopt), Verdict::bad, "uid 1000");
  require(check_rights(std::nullopt, 0), Verdict::warning, "does not tell");
}

TEST_CASE("the NMI watchdog takes a counter while it is on") {
  require(check_nmi_watchdog("0\n"), Verdict::good, "off");
  require(check_nmi_watchdog("1\n"), Verdict::warning, "holds a counter");
  require(check_nmi_watchdog(std::nullopt), Verdict::good, "has none");
  for (const char* damaged : {"", "\n", "on", "1x", "99999999999"})
    require(check_nmi_watchdog(damaged), Verdict::warning, "damaged");
}

TEST_CASE("perf_event_paranoid binds only those without CAP_PERFMON") {
  const Rights root{0, ~std::uint64_t{0}}, nobody{65534, 0};
  require(check_perf_paranoid("4\n", root), Verdict::good, "is 4, and does not bind us");
  require(check_perf_paranoid("0\n", nobody), Verdict::good, "everybody may");
  require(check_perf_paranoid("-1\n", nobody), Verdict::good, "is -1");
  require(check_perf_paranoid("1\n", nobody), Verdict::bad, "is 1");
  require(check_perf_paranoid("2\n", std::nullopt), Verdict::warning, "is 2");
  require(check_perf_paranoid(std::nullopt, root), Verdict::bad, "no perf events");
  for (const char* damaged : {"", "two", "2 2"})
    require(check_perf_paranoid(damaged, nobody), Verdict::warning, "damaged");
}

TEST_CASE("counters are needed for instructions and cycles, and missed for the rest") {
  const EventTable known = event_table_for({"GenuineIntel", 6, 85});
  const std::vector<Event> all(kAllEvents.begin(), kAllEvents.end());
  require(check_counters(known, counting(all)), Verdict::good, "all events count truly");
  require(check_counters(known, counting({})), Verdict::bad,
          "no hardware counters; instructions: this machine does not");
  require(check_counters(known, counting({Event::instructions, Event::cycles, Event::memory_accesses})),
          Verdict::warning, "instructions, cycles, memory_accesses count; llc_references not: this");
  require(check_counters(known, counting({all.begin() + 1, all.end()})), Verdict::bad, "instructions not:");
  require(check_counters(known, counting({Event::instructions})), Verdict::bad, "cycles not:");
  CheckedEvents fatal;
  fatal.fatal = Error{ErrorCode::unsupported, "count events", "Permission denied", "run as root"};
  require(check_counters(known, fatal), Verdict::bad, "Permission denied");
  CHECK(check_counters(known, fatal).todo == "run as root");
  require(check_counters(known, std::nullopt), Verdict::warning, "not tried");
  EventTable guessed = known;
  guessed.warning = "nobody has looked at this CPU";
  require(check_counters(guessed, counting(all)), Verdict::warning, "all events");
  CHECK(check_counters(guessed, counting(all)).todo == guessed.warning);
}

TEST_CASE("open files are counted against the containers that are here") {
  const auto limits = [](const std::string& soft, const std::string& hard) {
    return "Limit                     Soft Limit           Hard Limit           Units     \n"
           "Max processes             5                    6                    processes \n"
           "Max open files            " +
           soft + "                 " + hard +
           "               files     \nMax locked memory         7     8     bytes\n";
  };
  CHECK(descriptors_per_cpu({kAllEvents.begin(), kAllEvents.end()}) == 7);
  CHECK(descriptors_per_cpu({Event::instructions}) == 1);
  // (4544 - 64) / (64 x 7) = 10
  require(check_open_files(limits("1024", "4544"), 64, 7, 10), Verdict::good, "448 a container on 64 CPUs, so 10 cont");
  require(check_open_files(limits("1024", "4543"), 64, 7, 10), Verdict::warning, "so 9 containers");
  CHECK(has(check_open_files(limits("1024", "4543"), 64, 7, 10).todo, "LimitNOFILE=4544"));
  require(check_open_files(limits("1024", "511"), 64, 7, 0), Verdict::bad, "so 0 containers");
  require(check_open_files(limits("10", "10"), 64, 7, 0), Verdict::bad, "so 0 containers");
  require(check_open_files(limits("unlimited", "unlimited"), 64, 7, 9999), Verdict::good, "any number of");
  require(check_open_files(limits("1024", "4096"), 0, 7, 1), Verdict::warning, "CPUs");
  for (const char* damaged : {"", "Max open files", "Max open files\n 1 2\n", "Max open files  many  2  files",
                              "Max open files  1  -2  files", "Max open files  1"})
    require(check_open_files(damaged, 4, 7, 1), Verdict::warning, "limit is not known");
  require(check_open_files(std::nullopt, 4, 7, 1), Verdict::warning, "limit is not known");
}

TEST_CASE("the layout of cgroups is told, with where counting happens") {
  const std::string v2 = "30 1 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n";
  const std::string unified = "30 1 0:26 / /sys/fs/cgroup/unified rw shared:4 - cgroup2 cgroup2 rw\n";
  const std::string cpu = "31 1 0:27 / /sys/fs/cgroup/cpu rw shared:5 - cgroup cgroup rw,cpu\n";
  const std::string perf = "32 1 0:28 / /sys/fs/cgroup/perf_event rw shared:6 - cgroup cgroup rw,perf_event\n";
  CHECK(check_cgroups(v2).found == "version 2, at /sys/fs/cgroup; counted there");
  CHECK(check_cgroups(cpu + unified).found == "hybrid, at /sys/fs/cgroup/unified; counted there");
  CHECK(check_cgroups(perf + unified).found ==
        "hybrid, at /sys/fs/cgroup/unified; counted at /sys/fs/cgroup/perf_event (version 1)");
  require(check_cgroups(cpu), Verdict::bad, "version 1 only");
  for (const char* damaged : {"", "30 1 0:26 / /sys/fs/cgroup rw - cgroup2\n", "\n\n-\n"})
    require(check_cgroups(damaged), Verdict::bad, "no cgroup tree");
  CHECK(check_cgroups(std::nullopt).verdict == Verdict::warning);
  require(check_containers(Result<std::size_t>(3)), Verdict::good, "3 by the default patterns");
  require(check_containers(Result<std::size_t>(0)), Verdict::warning, "none");
  require(check_containers(std::nullopt), Verdict::warning, "see cgroups");
  require(check_containers(Result<std::size_t>(Error{ErrorCode::failed, "list /x", "EIO", "y"})), Verdict::warning,
          "list /x: EIO");
}
