#include <zlib.h>

#include "sim/address_trace/packed_format.h"
#include "tests/address_trace/traces.h"
#include "tests/support/catch.h"

namespace dcat::address_trace {
namespace {

using test::Folder;
using test::pack;
using test::read_all;
using test::varied_accesses;

TEST_CASE("what was packed is read again, plain and compressed, in one block and many") {
  const Folder folder;
  const std::string name = GENERATE("t", "t.gz", "t.zst");
  const std::size_t n = GENERATE(1U, 5U, 1000U, 65536U, 65537U, 200'000U);
  const bool fetches = GENERATE(false, true);
  const std::vector<Access> accesses = varied_accesses(n, fetches);
  REQUIRE(pack(folder / name, accesses, fetches, 12345).ok());
  const auto whole = read_all(folder / name, fetches, 1000);
  INFO((whole ? "" : whole.error().to_string()));
  REQUIRE(whole.ok());
  CHECK(whole->format == "packed");
  CHECK(whole->accesses == accesses);
  CHECK(whole->instructions == 12345U);
  CHECK(folder.files() == std::vector<std::string>{name});
}

TEST_CASE("instructions may be unknown") {
  const Folder folder;
  REQUIRE(pack(folder / "t", varied_accesses(10, false), false, std::nullopt).ok());
  CHECK(!read_all(folder / "t")->instructions);
}

TEST_CASE("fetches of a packed trace are left out unless they are asked for") {
  const Folder folder;
  const std::vector<Access> accesses{{64, 4, Kind::fetch}, {128, 8, Kind::load}, {68, 4, Kind::fetch}};
  REQUIRE(pack(folder / "t", accesses, true, 2).ok());
  CHECK(read_all(folder / "t")->accesses == std::vector<Access>{{128, 8, Kind::load}});
  CHECK(read_all(folder / "t", true)->accesses == accesses);
  REQUIRE(pack(folder / "u", {{128, 8, Kind::load}}, false, 2).ok());
  CHECK(read_all(folder / "u", true).error().why == "a trace in this format (packed) has none");
}

TEST_CASE("the bytes of a packed trace are those of the manual") {
  const Folder folder;
  // 0x1000 is 0x2000 as a zigzag number, 2 bytes; 0x0fff is one less: 1, 1 byte; size 3 has a field of its own.
  REQUIRE(pack(folder / "t", {{0x1000, 8, Kind::load}, {0x0fff, 3, Kind::store}, {0x0fff, 1, Kind::modify}}, false, 7)
              .ok());
  const std::string accesses("\x4c\x00\x20\x3d\x03\x00\x00\x00\x01\x02", 10);
  const std::string totals("\x03\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0", 16);
  const auto checksum = [](const std::string& bytes) {
    std::string four;
    packed::put(four, static_cast<std::uint32_t>(
                          crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()))));
    return four;
  };
  CHECK(test::bytes_of(folder / "t") == std::string("dCatTrc\x01\0\0\0\0\0\0\0\0", 16) +
                                            std::string("\x03\0\0\0\x0a\0\0\0", 8) + checksum(accesses) + accesses +
                                            std::string("\0\0\0\0\x10\0\0\0", 8) + checksum(totals) + totals);
}

TEST_CASE("every damaged byte of a packed trace is noticed") {
  const Folder folder;
  REQUIRE(pack(folder / "t", varied_accesses(50, false), false, 7).ok());
  const std::string good = test::bytes_of(folder / "t");
  for (std::size_t i = 0; i < good.size(); ++i) {
    if (i == 8) continue;  // one bit of it says that fetches are there, which none is asked for
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x41);
    const auto whole = read_all(folder.write("bad", bad));
    INFO("byte " << i);
    REQUIRE(!whole.ok());
    CHECK(whole.error().code == ErrorCode::bad_input);
  }
}

TEST_CASE("a packed trace of another version, with unknown flags or with more behind its end is refused") {
  const Folder folder;
  REQUIRE(pack(folder / "t", varied_accesses(5, false), false, 7).ok());
  const std::string good = test::bytes_of(folder / "t");
  std::string version = good, flags = good;
  version[7] = 2;
  flags[8] = 2;
  CHECK(read_all(folder.write("v", version)).error().why == "a packed trace of version 2, this reads version 1");
  CHECK(read_all(folder.write("f", flags)).error().why == "unknown flags in the header");
  const Error more = read_all(folder.write("m", good + "x")).error();
  CHECK(more.why == "there is more behind the trace's end");
  CHECK(more.what == folder / "m" + ": byte " + std::to_string(good.size()));
}

TEST_CASE("a packed trace that was not finished leaves nothing behind, and the old file as it was") {
  const Folder folder;
  folder.write("t", "old");
  {
    auto writer = PackedWriter::create(folder / "t", false);
    REQUIRE(writer.ok());
    REQUIRE((*writer)->write(varied_accesses(100'000, false)).ok());
  }
  CHECK(folder.files() == std::vector<std::string>{"t"});
  CHECK(test::bytes_of(folder / "t") == "old");
  CHECK(PackedWriter::create(folder / "none/t", false).error().code == ErrorCode::bad_input);
}

}  // namespace
}  // namespace dcat::address_trace
