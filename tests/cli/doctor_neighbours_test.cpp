// Who else is on the node, what was left on it, and the words and JSON that come of it all.
#include <algorithm>

#include "tests/cli/doctor_words.h"

using namespace dcat;
using namespace dcat::cli::doctor;
using namespace dcat::test;

namespace {

ForeignGroup group(const std::string& name, std::uint64_t mask) {
  return {name, false, false, {{DomainId(0), Cbm(mask)}, {DomainId(3), Cbm(0xfffff)}}};
}

}  // namespace

TEST_CASE("a foreign group's owner is guessed by its name, and nothing is guessed of strange names") {
  const std::string hash(64, 'a');
  const struct {
    std::string name, owner;
  } cases[] = {
      {"COS1", "pqos or libpqos"},
      {"COS15", "pqos or libpqos"},
      {"pqos-4242-0", "pqos, monitoring"},
      {"qemu-1-web-vcpus_0-1", "libvirt"},
      {"machine-qemu-1", "libvirt"},
      {"cadvisor-x", "cAdvisor"},
      {"cri-resmgr.gold", "CRI Resource Manager"},
      {"BE", "Koordinator"},
      {hash, "runc or containerd"},
      {"0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0", "an NRI plugin"},
      {"COS", ""},
      {"COS1x", ""},
      {"xCOS1", ""},
      {hash + "a", ""},
      {hash.substr(1), ""},
      {hash.substr(1) + "g", ""},
      {"0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f", ""},
      {"0b1c2d3e-4f50-6172-8394xa5b6c7d8e9f0", ""},
      {"0b1c2d3e-4f50-6172-8394-a5b6c7d8e9fX", ""},
      {"gold", ""},
      {"", ""},
  };
  for (const auto& c : cases) {
    INFO(c.name);
    CHECK(guess_owner(c.name) == c.owner);
  }
}

TEST_CASE("foreign groups take CLOSIDs and ways, and dCat gets what is left") {
  const ResctrlInfo info = twenty_ways();
  CHECK(check_groups({}, info).verdict == Verdict::good);
  // COS1 holds the lower 8 of 20 ways in domain 0; the whole cache in domain 3 holds none.
  const ForeignGroup monitor{"mon_groups/cadvisor-x", true, false, {}};
  require(check_groups({group("COS1", 0xff), monitor}, info), Verdict::warning,
          "2 foreign: COS1 (pqos or libpqos), mon_groups/cadvisor-x (cAdvisor); 14 CLOSIDs and 12 of 20 ways");
  require(check_groups({group("gold", 0x7ffff)}, info), Verdict::bad, "14 CLOSIDs and 1 of 20 ways");
  // The longest run counts, not their sum: 9 ways below the hole, 10 above.
  require(check_groups({group("gold", 0x200)}, info), Verdict::warning, "10 of 20 ways");
  std::vector<ForeignGroup> fifteen;
  for (int i = 1; i < 16; ++i) fifteen.push_back(group("COS" + std::to_string(i), 0xfffff));
  require(check_groups(fifteen, info), Verdict::bad, "COS4 (pqos or libpqos) and 11 more; 0 CLOSIDs");
  fifteen.pop_back();
  require(check_groups(fifteen, info), Verdict::warning, "1 CLOSIDs and 20 of 20 ways");
  fifteen.resize(20, group("x", 0xfffff));
  require(check_groups(fifteen, info), Verdict::bad, "0 CLOSIDs");
  ForeignGroup exclusive = group("gold", 0xf);
  exclusive.exclusive = true;
  require(check_groups({exclusive}, info), Verdict::warning, "gold [exclusive]");
  CHECK(has(check_groups({exclusive}, info).todo, "exclusive"));
}

TEST_CASE("other managers are known by the names of their processes") {
  CHECK(check_managers({}).verdict == Verdict::good);
  CHECK(check_managers({"bash\n", "", "\n", "pqosx\n", "xpqos\n"}).found == "no other cache manager runs");
  require(check_managers({"bash\n", "pqos\n", "pqos\n"}), Verdict::warning, "pqos: writes masks");
  CHECK(has(check_managers({"rdtset"}).todo, "let one program decide"));
  require(check_managers({"libvirtd\n", "cadvisor\n"}), Verdict::good,
          "libvirtd: allocates for guests with <cachetune>");
  require(check_managers({"virtqemud\n", "rmd\n"}), Verdict::warning, "rmd: the Resource Management Daemon");
}

TEST_CASE("who holds a lock is read from the kernel's list") {
  const std::string locks =
      "1: POSIX  ADVISORY  WRITE 11 00:1a:77 0 EOF\n"
      "2: FLOCK  ADVISORY  WRITE 12 00:1a:770 0 EOF\n"
      "2: -> FLOCK  ADVISORY  WRITE 13 00:1a:77 0 EOF\n"
      "3: FLOCK  ADVISORY  WRITE 14 00:1a:77 0 EOF\n";
  CHECK(holder_of_lock(locks, "00:1a:77") == 14);
  CHECK(holder_of_lock(locks, "00:1a:770") == 12);
  CHECK_FALSE(holder_of_lock(locks, "00:1a:7"));
  CHECK_FALSE(holder_of_lock(locks, "00:1b:77"));
  for (const char* damaged : {"", "\n\n", "3: FLOCK", "3: FLOCK  ADVISORY  WRITE x 00:1a:77 0 EOF",
                              "3: FLOCK  ADVISORY  WRITE 14", "3: FLOCK  ADVISORY  WRITE 14 00:1a: 0 EOF"}) {
    INFO(damaged);
    CHECK_FALSE(holder_of_lock(damaged, "00:1a:77"));
  }
}

TEST_CASE("what an earlier dCat left is told, unless one is at work or the machine was booted since") {
  JournalEntry entry;
  entry.pid = 99;
  entry.boot_id = "this";
  Leftovers left;
  left.boot_id = "this";
  CHECK(check_leftovers(left) == Check{"leftovers", Verdict::good, "none of an earlier dCat", ""});
  left.groups = {"dcat.a", "dcat.b"};
  require(check_leftovers(left), Verdict::warning, "2 groups (dcat.a, dcat.b)");
  CHECK(has(check_leftovers(left).todo, "dcat reset"));
  left.journal = std::optional(entry);
  left.age = std::chrono::seconds(61);
  require(check_leftovers(left), Verdict::warning, "dcat.b) and the journal of pid 99, alive 61 s ago");
  left.groups.clear();
  require(check_leftovers(left), Verdict::warning, "the journal of pid 99");
  left.boot_id = "next";
  require(check_leftovers(left), Verdict::good, "an earlier boot");
  left.groups = {"dcat.a"};
  require(check_leftovers(left), Verdict::warning, "1 group (dcat.a)");
  left.journal = Error{ErrorCode::failed, "read /j", "this is no journal", "`dcat reset --force`"};
  require(check_leftovers(left), Verdict::warning, "read /j: this is no journal; 1 group (dcat.a)");
  CHECK(check_leftovers(left).todo == "`dcat reset --force`");
  left.daemon = 4242;
  require(check_leftovers(left), Verdict::good, "a dCat runs (pid 4242) and has 1 group (dcat.a)");
}

TEST_CASE("lines are aligned, wrapped by words, and say what to do behind an arrow") {
  const std::vector<Check> checks{{"cpu", Verdict::good, "a b", ""},
                                  {"command_line", Verdict::bad, "one two three four five six seven eight nine",
                                   "run `mount -t resctrl` and then look again at it"}};
  CHECK(format_checks(checks, {54, false}) ==
        std::vector<std::string>{"good     cpu            a b",                            //
                                 "bad      command_line   one two three four five six",    //
                                 "                        seven eight nine",               //
                                 "                        -> run `mount -t resctrl` and",  //
                                 "                           then look again at it",       //
                                 "",                                                       //
                                 "This node cannot enforce: command_line."});
  CHECK(format_checks({checks[0]}, {10, false}).back() == "This node can enforce.");
  CHECK(format_checks({{"cpu", Verdict::warning, "x", ""}}, {80, false}).back() ==
        "This node can enforce (1 warning).");
}

TEST_CASE("no line is wider than the terminal, and a command is never broken where it fits") {
  for (std::size_t columns = 54; columns <= 120; ++columns)
    for (const std::string& line :
         format_checks({check_mount("", true), check_cpu(cpuinfo(kXeonFlags), true)}, {columns, false})) {
      INFO(columns << ": " << line);
      CHECK(line.size() <= columns);
    }
  for (const std::string text : {"`mount -t resctrl resctrl /sys/fs/resctrl`", "a ` b", "`", "``", "a `b c", ""})
    CHECK_FALSE(format_checks({{"x", Verdict::good, text, text}}, {54, false}).empty());
  const auto lines = format_checks({{"x", Verdict::good, "mind: `a b c d e f g h i j k l m`", ""}}, {54, false});
  CHECK(lines[1] == "                        `a b c d e f g h i j k l m`");
}

TEST_CASE("colours are for terminals, and other people's control characters for nobody") {
  const std::vector<Check> checks{{"groups", Verdict::bad, "\033[31mevil\nname\x7f", "\033]0;x\a"}};
  for (const std::string& line : format_checks(checks, {80, false}))
    for (const char c : line) CHECK((c >= ' ' && c != 0x7f));
  CHECK(format_checks(checks, {80, true}).front() == "\033[31mbad\033[0m      groups         ?[31mevil?name?");
}

TEST_CASE("JSON keeps its names, and is JSON whatever a group is called") {
  const std::string text = format_json({{"cpu", Verdict::good, "a", ""}, {"groups", Verdict::bad, "\xff\n\"", "b"}});
  std::string flat = text;
  std::erase_if(flat, [](char c) { return c == '\n' || c == ' '; });
  CHECK(flat ==
        "{\"version\":1,\"ok\":false,\"checks\":[{\"name\":\"cpu\",\"status\":\"good\",\"found\":\"a\",\"todo\":"
        "\"\"},{\"name\":\"groups\",\"status\":\"bad\",\"found\":\"\xef\xbf\xbd\\n\\\"\",\"todo\":\"b\"}]}");
  CHECK(has(format_json({{"cpu", Verdict::warning, "", ""}}), "\"ok\": true"));
}
