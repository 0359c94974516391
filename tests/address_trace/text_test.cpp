#include "tests/address_trace/files.h"
#include "tests/support/catch.h"

namespace dcat::address_trace {
namespace {

using test::Folder;
using test::read_all;

TEST_CASE("a plain text trace is an address a line, with R or W or neither") {
  const Folder folder;
  const auto whole = read_all(folder.write("t",
                                           "# recorded by hand\n"
                                           "0x1F40\n"
                                           "8000 W\n"
                                           "\n"
                                           "  0xffffffffffffffff\tr  # the last one\r\n"
                                           "18446744073709551615 w\n"
                                           "0\n"));
  REQUIRE(whole.ok());
  CHECK(whole->format == "plain text");
  CHECK(whole->accesses == std::vector<Access>{{0x1f40, 1, Kind::load},
                                               {8000, 1, Kind::store},
                                               {~std::uint64_t{0}, 1, Kind::load},
                                               {~std::uint64_t{0}, 1, Kind::store},
                                               {0, 1, Kind::load}});
  CHECK(!whole->instructions);
}

TEST_CASE("a line that is no access is an error with its number") {
  const Folder folder;
  for (const std::string line : {"x", "0x", "0xg", "12 X", "12 RW", "12R", "-1", "1,2", "1.5", "12 R 13",
                                 "0x10000000000000000", "18446744073709551616", "1f"}) {
    const auto whole = read_all(folder.write("t", "1\n2\n" + line + "\n3\n"));
    INFO(line);
    REQUIRE(!whole.ok());
    CHECK(whole.error().code == ErrorCode::bad_input);
    CHECK(whole.error().what == folder / "t" + ":3");
    CHECK(whole.error().why.find("got '" + line + "'") == 0);
  }
}

TEST_CASE("what a terminal would obey is not shown") {
  const Folder folder;
  const auto whole = read_all(folder.write("t", "1\n\033[2J" + std::string(100, 'x') + "\n"));
  REQUIRE(!whole.ok());
  CHECK(whole.error().why == "got '?[2J" + std::string(56, 'x') + "...'");
}

TEST_CASE("what is no trace at all is refused") {
  const Folder folder;
  CHECK(read_all(folder.write("empty", "")).error().why == "the trace is empty");
  CHECK(read_all(folder.write("zeros", std::string(10, '\0'))).error().why == "it is neither text nor a packed trace");
  CHECK(read_all(folder.write("long", std::string(5000, '1') + "\n")).error().why == "a line of more than 4096 bytes");
  CHECK(read_all(folder / "missing").error().code == ErrorCode::bad_input);
  CHECK(read_all(folder / "").error().why == "it is a directory");
}

TEST_CASE("a plain text trace has no fetches to give") {
  const Folder folder;
  const auto whole = read_all(folder.write("t", "1\n"), true);
  REQUIRE(!whole.ok());
  CHECK(whole.error().why == "a trace in this format (plain text) has none");
}

TEST_CASE("lines are whole where the reader's window ends") {
  const Folder folder;
  std::string text;
  std::vector<Access> expected;
  for (std::uint64_t i = 0; i < 50'000; ++i) {
    text += std::to_string(i * 7919) + (i % 3 == 0 ? " W\n" : "\n");
    expected.push_back({i * 7919, 1, i % 3 == 0 ? Kind::store : Kind::load});
  }
  const auto whole = read_all(folder.write("t", text), false, 777);
  REQUIRE(whole.ok());
  CHECK(whole->accesses == expected);
}

}  // namespace
}  // namespace dcat::address_trace
