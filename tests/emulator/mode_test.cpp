#include <cerrno>

#include "tests/emulator/tree_fixture.h"
#include "tests/support/catch.h"

using namespace dcat::emulator;

TEST_CASE("a group whose ways are its own may be exclusive") {
  TreeFixture f;
  REQUIRE(f.mkdir("g1") == 0);
  CHECK(f.write("g1/mode", "exclusive\n") == EINVAL);
  CHECK(f.status() == "Schemata overlaps\n");
  REQUIRE(f.write("schemata", "L3:0=7f0;1=7f0\n") == 0);
  REQUIRE(f.write("g1/schemata", "L3:0=f\n") == 0);
  CHECK(f.write("g1/mode", "exclusive\n") == EINVAL);  // in the other domain they overlap
  REQUIRE(f.write("g1/schemata", "L3:1=f\n") == 0);
  CHECK(f.write("g1/mode", "exclusive\n") == 0);
  CHECK(f.read("g1/mode") == "exclusive\n");
  CHECK(f.write("g1/mode", "exclusive\n") == 0);
  CHECK(f.write("g1/mode", "shareable\n") == 0);
  CHECK(f.read("g1/mode") == "shareable\n");
}

TEST_CASE("I/O's ways are nobody's own") {
  TreeFixture f;
  REQUIRE(f.mkdir("g1") == 0);
  REQUIRE(f.write("schemata", "L3:0=f;1=f\n") == 0);
  REQUIRE(f.write("g1/schemata", "L3:0=600;1=600\n") == 0);
  CHECK(f.write("g1/mode", "exclusive\n") == EINVAL);
  CHECK(f.status() == "Schemata overlaps\n");
}

TEST_CASE("words that are no mode are refused") {
  TreeFixture f;
  REQUIRE(f.mkdir("g1") == 0);
  for (const char* text : {"foo\n", "\n", "pseudo-locked\n", "shareable \n", "Exclusive\n"}) {
    INFO(text);
    CHECK(f.write("g1/mode", text) == EINVAL);
    CHECK(f.status() == "Unknown or unsupported mode\n");
  }
  f.write("g1/schemata", "L3:0=0\n");
  CHECK(f.write("g1/mode", "shareable") == EINVAL);
  CHECK(f.write("g1/mode", "") == EINVAL);
  CHECK(f.status() == "Mask out of range\n");
}

TEST_CASE("the machine cannot pseudo-lock") {
  TreeFixture f;
  REQUIRE(f.mkdir("g1") == 0);
  CHECK(f.write("mode", "pseudo-locksetup\n") == EINVAL);
  CHECK(f.status() == "Cannot pseudo-lock default group\n");
  CHECK(f.write("g1/mode", "pseudo-locksetup\n") == EINVAL);
  CHECK(f.status() == "Pseudo-locking not supported\n");
  TreeFixture cdp(small_machine(), "cdp");
  REQUIRE(cdp.mkdir("g1") == 0);
  CHECK(cdp.write("g1/mode", "pseudo-locksetup\n") == EINVAL);
  CHECK(cdp.status() == "CDP enabled\n");
}
