// gzip and zstd, found by content.
#include "tests/address_trace/traces.h"
#include "tests/support/catch.h"

namespace dcat::address_trace {
namespace {

using test::Folder;
using test::read_all;

std::string numbers(int n) {
  std::string text;
  for (int i = 0; i < n; ++i) text += std::to_string(i * 64) + "\n";
  return text;
}

// The text as an archive.
std::string packed(const Folder& folder, const std::string& end, const std::string& text) {
  REQUIRE(write_whole_file(folder / ("archive" + end), text).ok());
  return test::bytes_of(folder / ("archive" + end));
}

TEST_CASE("a text under gzip or zstd is read whatever its name") {
  const Folder folder;
  const std::string end = GENERATE(".gz", ".zst");
  const std::string bytes = packed(folder, end, numbers(100'000));
  CHECK(bytes.size() < 400'000);
  const auto whole = read_all(folder.write("named.txt", bytes), false, 1000);
  REQUIRE(whole.ok());
  CHECK(whole->format == "plain text");
  REQUIRE(whole->accesses.size() == 100'000);
  CHECK(whole->accesses.back() == Access{99'999 * 64, 1, Kind::load});
}

TEST_CASE("an archive of several parts is read to its end") {
  const Folder folder;
  const std::string end = GENERATE(".gz", ".zst");
  const auto whole = read_all(folder.write("t", packed(folder, end, numbers(10)) + packed(folder, end, numbers(5))));
  REQUIRE(whole.ok());
  CHECK(whole->accesses.size() == 15);
}

TEST_CASE("an archive of nothing is an empty trace") {
  const Folder folder;
  const std::string end = GENERATE(".gz", ".zst");
  const auto whole = read_all(folder.write("t", packed(folder, end, "")));
  REQUIRE(!whole.ok());
  CHECK(whole.error().why == "the trace is empty");
}

TEST_CASE("a damaged archive and one with other bytes behind it are refused") {
  const Folder folder;
  const std::string end = GENERATE(".gz", ".zst");
  const std::string good = packed(folder, end, numbers(1000));
  std::string bad = good;
  for (std::size_t i = good.size() / 2; i < good.size() / 2 + 20; ++i) bad[i] = static_cast<char>(~bad[i]);
  for (const std::string& bytes : {bad, good + "and more"}) {
    const auto whole = read_all(folder.write("t", bytes));
    REQUIRE(!whole.ok());
    CHECK(whole.error().code == ErrorCode::bad_input);
    CHECK(whole.error().why.find("archive is ") != std::string::npos);
  }
}

TEST_CASE("a checksum that is wrong is noticed") {
  const Folder folder;
  const std::string end = GENERATE(".gz", ".zst");
  std::string bytes = packed(folder, end, numbers(1000));
  // gzip: CRC-32 and length at the end; zstd: 4 bytes of XXH64.
  char& last = bytes[bytes.size() - (end == ".gz" ? 5 : 1)];
  last = static_cast<char>(last ^ 1);
  CHECK(!read_all(folder.write("t", bytes)).ok());
}

}  // namespace
}  // namespace dcat::address_trace
