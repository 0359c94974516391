#include "tests/address_trace/files.h"
#include "tests/support/catch.h"

namespace dcat::address_trace {
namespace {

using test::Folder;
using test::read_all;

const std::string kTrace =
    "==7== Lackey, an example Valgrind tool\n"
    "==7== \n"
    "I  04001090,3\n"
    "I  04001093,5\n"
    " S 1ffefffc78,8\n"
    "--7-- a warning\n"
    "I  04001098,7\n"
    " M 04222e80,4\n"
    " L 04222ff8,32\n"
    "==7== \n"
    "==7== Exit code:       0\n";

TEST_CASE("lackey's loads, stores and modifies are accesses, and its fetches are instructions") {
  const Folder folder;
  const auto whole = read_all(folder.write("t", kTrace));
  REQUIRE(whole.ok());
  CHECK(whole->format == "lackey");
  CHECK(whole->accesses == std::vector<Access>{{0x1ffefffc78, 8, Kind::store},
                                               {0x04222e80, 4, Kind::modify},
                                               {0x04222ff8, 32, Kind::load}});
  CHECK(whole->instructions == 3U);
}

TEST_CASE("fetches are accesses where they are asked for") {
  const Folder folder;
  const auto whole = read_all(folder.write("t", kTrace), true);
  REQUIRE(whole.ok());
  REQUIRE(whole->accesses.size() == 6);
  CHECK(whole->accesses[1] == Access{0x04001093, 5, Kind::fetch});
  CHECK(whole->instructions == 3U);
}

TEST_CASE("a trace without valgrind's messages is known by its first line") {
  const Folder folder;
  for (const std::string line : {"I  04001090,3\n", " L 1,1\n", " S 1,1\n", " M 1,1\n", "\n L 1,1\n"}) {
    const auto whole = read_all(folder.write("t", line));
    INFO(line);
    REQUIRE(whole.ok());
    CHECK(whole->format == "lackey");
  }
}

TEST_CASE("a line that lackey does not write is an error with its number") {
  const Folder folder;
  for (const std::string line :
       {"hello", " L 04222ff8", " L 04222ff8,", " L 04222ff8,0", " L ,8", " L 04222ff8,8 ", " L 04222ff8,8x",
        " X 04222ff8,8", "I 04222ff8,8", " L 04222ff8,100000", " L 11112222333344445,8", "L 04222ff8,8"}) {
    const auto whole = read_all(folder.write("t", kTrace + line + "\n"));
    INFO(line);
    REQUIRE(!whole.ok());
    CHECK(whole.error().code == ErrorCode::bad_input);
    CHECK(whole.error().what == folder / "t" + ":12");
  }
}

}  // namespace
}  // namespace dcat::address_trace
