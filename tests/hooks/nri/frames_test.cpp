#include "hooks/nri/frames.h"

#include "tests/support/catch.h"

using namespace dcat;

namespace {

std::string joined(const FrameReader::Read& read, std::uint32_t connection) {
  std::string bytes;
  for (const FrameReader::Piece& piece : read.pieces)
    if (piece.connection == connection) bytes += piece.bytes;
  return bytes;
}

std::string header(std::uint32_t connection, std::uint32_t length) {
  std::string text;
  append_u32(text, connection);
  append_u32(text, length);
  return text;
}

}  // namespace

TEST_CASE("A frame is its connection and its length, big-endian, and the bytes") {
  REQUIRE(frames_of(2, "abc") == std::string("\0\0\0\2\0\0\0\3abc", 11));
  REQUIRE(frames_of(0x01020304, "x") == std::string("\1\2\3\4\0\0\0\1x", 9));
  REQUIRE(frames_of(1, "").empty());
}

TEST_CASE("What is sent is cut into frames of at most 4,096 bytes with their headers") {
  // 10,000 bytes: 4,088 + 4,088 + 1,824.
  const std::string bytes(10000, 'x');
  const std::string frames = frames_of(1, bytes);
  REQUIRE(frames.size() == 10000 + 3 * 8);
  REQUIRE(u32_of(frames.substr(4)) == 4088);
  REQUIRE(u32_of(frames.substr(4096 + 4)) == 4088);
  REQUIRE(u32_of(frames.substr(2 * 4096 + 4)) == 1824);
  FrameReader reader;
  REQUIRE(joined(reader.feed(frames), 1) == bytes);
}

TEST_CASE("Frames are the same wherever their bytes were split") {
  const std::string bytes = frames_of(1, "first") + frames_of(2, "second") + frames_of(1, "third");
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    FrameReader reader;
    const auto before = reader.feed(std::string_view(bytes).substr(0, split));
    const auto after = reader.feed(std::string_view(bytes).substr(split));
    REQUIRE(before.status.ok());
    REQUIRE(after.status.ok());
    REQUIRE(joined(before, 1) + joined(after, 1) == "firstthird");
    REQUIRE(joined(before, 2) + joined(after, 2) == "second");
  }
  FrameReader reader;
  std::string one;
  std::string two;
  for (const char c : bytes) {
    const auto read = reader.feed(std::string_view(&c, 1));
    one += joined(read, 1);
    two += joined(read, 2);
  }
  REQUIRE(one == "firstthird");
  REQUIRE(two == "second");
}

TEST_CASE("Pieces of interleaved connections keep their order") {
  FrameReader reader;
  const std::string bytes = frames_of(1, "a") + frames_of(2, "b") + frames_of(1, "c") + frames_of(7, "d");
  const auto read = reader.feed(bytes);
  REQUIRE(read.pieces == std::vector<FrameReader::Piece>{{1, "a"}, {2, "b"}, {1, "c"}, {7, "d"}});
}

TEST_CASE("A frame without bytes is nothing") {
  FrameReader reader;
  const std::string bytes = header(1, 0) + header(2, 0) + frames_of(1, "x");
  const auto read = reader.feed(bytes);
  REQUIRE(read.status.ok());
  REQUIRE(read.pieces == std::vector<FrameReader::Piece>{{1, "x"}});
}

TEST_CASE("A frame of a whole message of 4 MiB is read and a byte more is refused for good") {
  FrameReader reader;
  REQUIRE(reader.feed(header(1, (4 << 20) + 10)).status.ok());
  const std::string payload((4 << 20) + 10, 'x');
  REQUIRE(joined(reader.feed(payload), 1).size() == payload.size());
  REQUIRE(joined(reader.feed(frames_of(2, "on")), 2) == "on");

  const std::string bytes = frames_of(1, "before") + header(1, (4 << 20) + 11);
  const auto refused = reader.feed(bytes);
  REQUIRE(joined(refused, 1).size() == 6);
  REQUIRE(
      refused.status.error().to_string() ==
      "NRI: read a frame: it claims 4194315 bytes, want at most 4194314: this is no NRI connection, or it is out of "
      "step");
  const std::string late = frames_of(1, "late");
  const auto after = reader.feed(late);
  REQUIRE(after.pieces.empty());
  REQUIRE_FALSE(after.status.ok());
}
