// A trace that was cut off at any byte is an error, or, for text cut at the end of a line, a shorter trace. Never
// something else.
#include <algorithm>

#include "tests/address_trace/traces.h"
#include "tests/support/catch.h"

namespace dcat::address_trace {
namespace {

using test::Folder;
using test::read_all;

const std::string kText = "0x10 R\n32\n0x7fff0040 W\n# end\n";
const std::string kLackey =
    "==1== Lackey\nI  0400,3\n L 1ffefffc78,16\nI  0403,3\n S 1ffefffc70,8\n M 20,4\n==1== bye\n";

bool starts_with(const std::vector<Access>& whole, const std::vector<Access>& part) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

TEST_CASE("text that was cut is an error, or at the end of a line a shorter trace") {
  const Folder folder;
  const std::string text = GENERATE_COPY(values({kText, kLackey}));
  const std::vector<Access> all = read_all(folder.write("t", text))->accesses;
  REQUIRE(all.size() == 3);
  for (std::size_t n = 0; n < text.size(); ++n) {
    const auto whole = read_all(folder.write("t", text.substr(0, n)));
    INFO("after " << n << " bytes");
    if (n > 0 && text[n - 1] == '\n') {
      REQUIRE(whole.ok());
      CHECK(starts_with(all, whole->accesses));
    } else {
      REQUIRE(!whole.ok());
      CHECK(whole.error().code == ErrorCode::bad_input);
    }
  }
}

TEST_CASE("an archive or a packed trace that was cut anywhere is an error") {
  const Folder folder;
  const std::string name = GENERATE("t.gz", "t.zst", "p", "p.gz", "p.zst");
  if (name[0] == 'p')
    REQUIRE(test::pack(folder / name, test::varied_accesses(40, false), false, 9).ok());
  else
    REQUIRE(write_whole_file(folder / name, kLackey).ok());
  REQUIRE(read_all(folder / name).ok());
  const std::string bytes = test::bytes_of(folder / name);
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    const auto whole = read_all(folder.write("cut", bytes.substr(0, n)));
    INFO(name << " after " << n << " of " << bytes.size() << " bytes");
    REQUIRE(!whole.ok());
    CHECK(whole.error().code == ErrorCode::bad_input);
    CHECK(!whole.error().why.empty());
  }
}

TEST_CASE("a long archive that was cut is an error after what it still has") {
  const Folder folder;
  const std::string name = GENERATE("p", "p.gz", "p.zst");
  const std::vector<Access> accesses = test::varied_accesses(200'000, false);
  REQUIRE(test::pack(folder / name, accesses, false, 9).ok());
  const std::string bytes = test::bytes_of(folder / name);
  for (std::size_t part = 1; part < 10; ++part)
    CHECK(!read_all(folder.write("cut", bytes.substr(0, bytes.size() * part / 10)), false, 10'000).ok());
}

}  // namespace
}  // namespace dcat::address_trace
