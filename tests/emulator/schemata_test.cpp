// Writes to schemata: what is taken, the words of each refusal, and that a refused write changes nothing.
#include <cerrno>

#include "tests/emulator/tree_fixture.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::emulator;

namespace {

struct Refusal {
  const char* text;
  const char* words;
};

}  // namespace

TEST_CASE("masks and percentages are written in one go and shown padded") {
  TreeFixture f;
  REQUIRE(f.mkdir("g1") == 0);
  REQUIRE(f.write("g1/schemata", "L3:0=0x3;1=3\nMB:0=50;1=11\n") == 0);
  CHECK(f.status() == "ok\n");
  CHECK(f.read("g1/schemata") == "    MB:0= 50;1= 20\n    L3:0=003;1=003\n");
  CHECK(f.read("g1/size") == "    MB:0=50;1=20\n    L3:0=4194304;1=4194304\n");
}

TEST_CASE("domains that are not named keep what they have") {
  TreeFixture f;
  REQUIRE(f.write("schemata", "L3:1=f;\n") == 0);
  REQUIRE(f.write("schemata", " L3 :0=7 ;1= 3 \n") == 0);
  REQUIRE(f.write("schemata", "L3:00=1\n") == 0);
  CHECK(f.read("schemata") == "    MB:0=100;1=100\n    L3:0=001;1=003\n");
}

TEST_CASE("a write that is refused says why and changes nothing") {
  const std::vector<Refusal> refusals = {
      {"L3:0=5\n", "The mask 5 has non-consecutive 1-bits\n"},
      {"L3:0=0\n", "Mask out of range\n"},
      {"L3:0=fff\n", "Mask out of range\n"},
      {"L3:0=fffffffff\n", "Mask out of range\n"},
      {"L3:0=7;1=fff\n", "Mask out of range\n"},
      {"L3:0=f\nMB:0=5\n", "MB value 5 out of range [10,100]\n"},
      {"L3:0=f\n\n", "Missing ':'\n"},
      {"L3:0=7\nL3:0=3\n", "Duplicate domain 0\n"},
      {"MB:1=20;1=20\n", "Duplicate domain 1\n"},
      {"L3:7=f\n", "ok\n"},
      {"L3:x=f\n", "Missing '=' or non-numeric domain\n"},
      {"L3:0 =f\n", "Missing '=' or non-numeric domain\n"},
      {"L3:0x0=f\n", "Missing '=' or non-numeric domain\n"},
      {"L3:;0=f\n", "Missing '=' or non-numeric domain\n"},
      {"L9:0=f\n", "Unknown or unsupported resource name 'L9'\n"},
      {"l3:0=f\n", "Unknown or unsupported resource name 'l3'\n"},
      {":0=f\n", "Unknown or unsupported resource name ''\n"},
      {"L3CODE:0=f\n", "Unknown or unsupported resource name 'L3CODE'\n"},
      {"L3:0=zz\n", "Non-hex character in the mask zz\n"},
      {"L3:0=\n", "Non-hex character in the mask \n"},
      {"L3:0=0x\n", "Non-hex character in the mask 0x\n"},
      {"L3:0=-1\n", "Non-hex character in the mask -1\n"},
      {"L3:0=3=4\n", "Non-hex character in the mask 3=4\n"},
      {"L3\n", "Missing ':'\n"},
      {"L3:\n", "Missing 'L3' value\n"},
      {"L3:0\n", "Missing '=' or non-numeric domain\n"},
      {"\n", "Missing ':'\n"},
      {"MB:0=101\n", "MB value 101 out of range [10,100]\n"},
      {"MB:0=0\n", "MB value 0 out of range [10,100]\n"},
      {"MB:0=abc\n", "Invalid MB value abc\n"},
      {"MB:0=4294967296\n", "Invalid MB value 4294967296\n"},
  };
  TreeFixture f;
  const std::string before = f.read("schemata");
  for (const Refusal& refusal : refusals) {
    INFO(refusal.text);
    CHECK(f.write("schemata", refusal.text) == EINVAL);
    CHECK(f.status() == refusal.words);
    CHECK(f.read("schemata") == before);
  }
}

TEST_CASE("without its newline a write is no command and leaves the last one's words") {
  TreeFixture f;
  f.write("schemata", "L3:0=0\n");
  CHECK(f.write("schemata", "L3:0=f") == EINVAL);
  CHECK(f.write("schemata", "") == EINVAL);
  CHECK(f.status() == "Mask out of range\n");
}

TEST_CASE("more than a page is refused before it is read") {
  TreeFixture f;
  f.write("schemata", "L3:0=0\n");
  CHECK(f.write("schemata", std::string(4096, ' ') + '\n') == E2BIG);
  CHECK(f.status() == "Mask out of range\n");
  CHECK(f.write("schemata", "L3:0=" + std::string(4088, '0') + "1;\n") == 0);
}

TEST_CASE("text ends at its first NUL") {
  TreeFixture f;
  CHECK(f.write("schemata", std::string_view("L3:0=f\0:junk\n", 13)) == 0);
  CHECK(f.read("schemata").find("L3:0=00f;") != std::string::npos);
}

TEST_CASE("an exclusive group's ways are nobody else's") {
  TreeFixture f;
  REQUIRE(f.mkdir("g1") == 0);
  REQUIRE(f.mkdir("g2") == 0);
  for (const char* group : {"schemata", "g2/schemata"}) REQUIRE(f.write(group, "L3:0=7f0;1=7f0\n") == 0);
  REQUIRE(f.write("g1/schemata", "L3:0=f;1=f\n") == 0);
  REQUIRE(f.write("g1/mode", "exclusive\n") == 0);
  CHECK(f.write("g2/schemata", "L3:0=18\n") == EINVAL);
  CHECK(f.status() == "Overlaps with exclusive group\n");
  CHECK(f.write("g1/schemata", "L3:0=1f\n") == EINVAL);
  CHECK(f.status() == "Overlaps with other group\n");
  REQUIRE(f.write("schemata", "L3:0=10;1=10\n") == 0);
  REQUIRE(f.write("g2/schemata", "L3:0=10;1=10\n") == 0);
  CHECK(f.write("g1/schemata", "L3:1=600\n") == EINVAL);  // I/O's
  CHECK(f.status() == "Overlaps with other group\n");
  CHECK(f.write("g1/schemata", "L3:0=7\n") == 0);
}

TEST_CASE("with CDP an exclusive group has its ways for data and code") {
  TreeFixture f(small_machine(), "cdp");
  REQUIRE(f.mkdir("g1") == 0);
  REQUIRE(f.write("schemata", "L3CODE:0=7f0;1=7f0\nL3DATA:0=7f0;1=7f0\n") == 0);
  REQUIRE(f.write("g1/schemata", "L3CODE:0=3;1=3\nL3DATA:0=c;1=c\n") == 0);
  REQUIRE(f.write("g1/mode", "exclusive\n") == 0);
  CHECK(f.read("info/L3CODE/bit_usage") == "0=XXSSSSS00EE;1=XXSSSSS00EE\n");
  CHECK(f.read("info/L3DATA/bit_usage") == "0=XXSSSSSEE00;1=XXSSSSSEE00\n");
  CHECK(f.write("schemata", "L3DATA:0=3\n") == EINVAL);  // another's code
  CHECK(f.status() == "Overlaps with exclusive group\n");
  CHECK(f.write("schemata", "L3:0=7f0\n") == EINVAL);
  CHECK(f.status() == "Unknown or unsupported resource name 'L3'\n");
  // Its own code and data may overlap.
  CHECK(f.write("g1/schemata", "L3DATA:0=3\n") == 0);
  CHECK(f.read("g1/size") == "    MB:0=100;1=100\nL3DATA:0=4194304;1=4194304\nL3CODE:0=4194304;1=4194304\n");
  REQUIRE(f.mkdir("g2") == 0);
  CHECK(f.read("g2/schemata") == "    MB:0=100;1=100\nL3DATA:0=7fc;1=7f0\nL3CODE:0=7fc;1=7f0\n");
}

TEST_CASE("with mba_MBps a value is a limit in MB per second, taken as soon as it is read") {
  TreeFixture f(small_machine(), "mba_MBps");
  CHECK(f.read("schemata") == "    MB:0=4294967295;1=4294967295\n    L3:0=7ff;1=7ff\n");
  CHECK(f.write("schemata", "MB:0=1001;0=5\n") == 0);
  CHECK(f.write("schemata", "MB:1=7\nL3:0=0\n") == EINVAL);
  CHECK(f.status() == "Mask out of range\n");
  CHECK(f.read("schemata") == "    MB:0=  5;1=  7\n    L3:0=7ff;1=7ff\n");
  CHECK(f.read("size") == "    MB:0=5;1=7\n    L3:0=23068672;1=23068672\n");
}

TEST_CASE("the masks in force are what the simulation sees") {
  TreeFixture f;
  REQUIRE(f.mkdir("g1") == 0);
  const auto before = f.tree.generation();
  REQUIRE(f.write("g1/schemata", "L3:0=f\nMB:1=30\n") == 0);
  CHECK(f.tree.generation() > before);
  const auto groups = f.tree.groups();
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].name.empty());
  CHECK(groups[1].name == "g1");
  CHECK(groups[1].closid == 1);
  CHECK(groups[1].masks[0] == std::pair(DomainId{0}, Cbm(0xf)));
  CHECK(groups[1].masks[1] == std::pair(DomainId{1}, Cbm(0x7ff)));
  CHECK(groups[1].bandwidth_percent[1] == std::pair(DomainId{1}, 30u));
}

TEST_CASE("tied ways read back together") {
  Machine machine = small_machine();
  machine.tied = true;
  TreeFixture f(machine);
  REQUIRE(f.write("schemata", "L3:0=3f0;1=1ff\n") == 0);
  CHECK(f.read("schemata") == "    MB:0=100;1=100\n    L3:0=7f0;1=1ff\n");
}
