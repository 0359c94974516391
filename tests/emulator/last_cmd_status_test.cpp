#include "emulator/last_cmd_status.h"

#include "tests/support/catch.h"

using dcat::emulator::LastCmdStatus;

TEST_CASE("without words the last command was fine") {
  LastCmdStatus status;
  CHECK(status.show() == "ok\n");
  status.put("No\n");
  status.clear();
  CHECK(status.show() == "ok\n");
}

TEST_CASE("words are added until they are cleared") {
  LastCmdStatus status;
  status.put("one\n");
  status.put_formatted("two\n");
  CHECK(status.show() == "one\ntwo\n");
}

TEST_CASE("511 bytes fit and a constant text that does not is left out with all after it") {
  LastCmdStatus status;
  status.put(std::string(500, 'a'));
  status.put(std::string(12, 'b'));
  status.put("c");
  CHECK(status.show() == std::string(500, 'a'));
  status.clear();
  status.put(std::string(511, 'a'));
  CHECK(status.show().size() == 511);
}

TEST_CASE("a formatted text that does not fit is cut") {
  LastCmdStatus status;
  status.put_formatted(std::string(500, 'a'));
  status.put_formatted(std::string(20, 'b'));
  status.put_formatted("c");
  CHECK(status.show() == std::string(500, 'a') + std::string(11, 'b'));
}
