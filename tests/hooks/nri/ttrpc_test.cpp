#include "hooks/nri/ttrpc.h"

#include "hooks/nri/frames.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace std::string_literals;

namespace {

std::string header(std::uint32_t length, std::uint32_t stream, char type) {
  std::string text;
  append_u32(text, length);
  append_u32(text, stream);
  return text + type + '\0';
}

}  // namespace

TEST_CASE("A message is its length, stream, type and flags, and the bytes") {
  REQUIRE(format_ttrpc({3, TtrpcType::response, 1, "ab"}) == "\0\0\0\2\0\0\0\3\2\1ab"s);
}

TEST_CASE("A request has the field numbers of ttrpc's own") {
  // service = 1, method = 2, payload = 3, all of them texts: key = number * 8 + 2.
  REQUIRE(format_request(1, {"s", "m", "p"}) == "\0\0\0\x9\0\0\0\1\1\0\x0a\1s\x12\1m\x1a\1p"s);
  const auto read = parse_request("\x0a\1s\x12\1m\x1a\1p\x20\5"s);  // timeout_nano = 4
  REQUIRE(read);
  REQUIRE(read->service == "s");
  REQUIRE(read->method == "m");
  REQUIRE(read->payload == "p");
  REQUIRE_FALSE(parse_request("\x0a\x7fs"));
}

TEST_CASE("A response has the field numbers of ttrpc's own and a status only if it failed") {
  REQUIRE(format_response(5, {0, "", "p"}) == "\0\0\0\3\0\0\0\5\2\0\x12\1p"s);
  // status = 1 { code = 1 (12), message = 2 ("no") }
  REQUIRE(format_response(5, {12, "no", ""}) == "\0\0\0\x8\0\0\0\5\2\0\x0a\6\x08\x0c\x12\2no"s);
  const auto read = parse_response("\x0a\6\x08\x0c\x12\2no"s);
  REQUIRE(read);
  REQUIRE(read->code == 12);
  REQUIRE(read->why == "no");
  REQUIRE(parse_response("")->code == 0);
  REQUIRE_FALSE(parse_response("\x0a"));
}

TEST_CASE("Messages are the same wherever their bytes were split") {
  const TtrpcMessage first{1, TtrpcType::request, 0, "hello"};
  const TtrpcMessage empty{3, TtrpcType::response, 0, ""};
  const TtrpcMessage last{5, TtrpcType::data, 2, "there"};
  const std::string bytes = format_ttrpc(first) + format_ttrpc(empty) + format_ttrpc(last);
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    TtrpcReader reader;
    auto messages = reader.feed(std::string_view(bytes).substr(0, split)).messages;
    const auto rest = reader.feed(std::string_view(bytes).substr(split)).messages;
    messages.insert(messages.end(), rest.begin(), rest.end());
    REQUIRE(messages == std::vector{first, empty, last});
    REQUIRE(reader.stored_bytes() == 0);
  }
  TtrpcReader reader;
  std::vector<TtrpcMessage> messages;
  for (const char c : bytes)
    for (const TtrpcMessage& message : reader.feed(std::string_view(&c, 1)).messages) messages.push_back(message);
  REQUIRE(messages == std::vector{first, empty, last});
}

TEST_CASE("A length is believed as its bytes arrive") {
  TtrpcReader reader;
  REQUIRE(reader.feed(header(4 << 20, 1, 1)).status.ok());
  REQUIRE(reader.stored_bytes() == 10);
  const std::string payload(4 << 20, 'x');
  const auto read = reader.feed(payload);
  REQUIRE(read.messages.size() == 1);
  REQUIRE(read.messages[0].bytes.size() == payload.size());
  REQUIRE(reader.stored_bytes() == 0);
}

TEST_CASE("A message of more than 4 MiB is refused for good and not stored") {
  TtrpcReader reader;
  const auto read = reader.feed(format_ttrpc({1, TtrpcType::request, 0, "x"}) + header((4 << 20) + 1, 3, 1) + "yyyy");
  REQUIRE(read.messages.size() == 1);
  REQUIRE(read.status.error().to_string() ==
          "NRI: read a call: it claims 4194305 bytes, want at most 4194304: this is no ttrpc, or it is out of step");
  REQUIRE_FALSE(reader.feed(format_ttrpc({1, TtrpcType::request, 0, "x"})).status.ok());
  REQUIRE(reader.stored_bytes() == 10);
}

TEST_CASE("A message of an unknown type is left out") {
  TtrpcReader reader;
  const auto read = reader.feed(header(2, 1, 9) + "ab" + header(0, 1, 0) + format_ttrpc({7, TtrpcType::data, 0, "c"}));
  REQUIRE(read.messages == std::vector<TtrpcMessage>{{7, TtrpcType::data, 0, "c"}});
}
