#include "emulator/kernel_text.h"

#include <cerrno>
#include <string>

#include "tests/support/catch.h"

using namespace dcat::emulator;
using std::string_literals::operator""s;

TEST_CASE("a number may have a plus, a prefix of its base and one newline") {
  CHECK(parse_unsigned("0", 10).value == 0);
  CHECK(parse_unsigned("+17\n", 10).value == 17);
  CHECK(parse_unsigned("007", 10).value == 7);
  CHECK(parse_unsigned("fF", 16).value == 0xff);
  CHECK(parse_unsigned("0Xf", 16).value == 0xf);
  CHECK(parse_unsigned("0x1c8", 0).value == 456);
  CHECK(parse_unsigned("0710", 0).value == 456);
  CHECK(parse_unsigned("456", 0).value == 456);
  CHECK(parse_unsigned("18446744073709551615", 10).value == 18446744073709551615ull);
  CHECK(parse_unsigned("12\0zz"s, 10).value == 12);
}

TEST_CASE("everything else is no number") {
  for (const char* text : {"", " 0", "0 ", "-1", "1\n\n", "x", "0x", "1a", "++1", "1,2", "\n"}) {
    INFO(text);
    CHECK(parse_unsigned(text, 10).error == EINVAL);
  }
  CHECK(parse_unsigned("0x", 16).error == EINVAL);
  CHECK(parse_unsigned("0x", 0).error == EINVAL);  // octal 0, then an x
  CHECK(parse_unsigned("08", 0).error == EINVAL);
}

TEST_CASE("a number that does not fit is out of range") {
  CHECK(parse_unsigned("18446744073709551616", 10).error == ERANGE);
  CHECK(parse_unsigned("fffffffffffffffff", 16).error == ERANGE);
  CHECK(parse_unsigned("4294967296", 10, 0xffffffff).error == ERANGE);
  CHECK(parse_int("2147483648").error == ERANGE);
  CHECK(parse_int("-2147483649").error == ERANGE);
}

TEST_CASE("a signed number may be negative once") {
  CHECK(parse_int("-1").value == -1);
  CHECK(parse_int("-2147483648").value == -2147483647 - 1);
  CHECK(parse_int("+5").value == 5);
  CHECK(parse_int("-").error == EINVAL);
  CHECK(parse_int("--1").error == EINVAL);
  CHECK(parse_int("-+1").error == EINVAL);
}

TEST_CASE("white space is taken off both ends only") {
  CHECK(trimmed(" \t a b\n\v\f\r") == "a b");
  CHECK(trimmed(" \n").empty());
  CHECK(trimmed("").empty());
}

TEST_CASE("parts are taken until nothing is left") {
  std::optional<std::string_view> rest = "a;;b";
  CHECK(take_part(rest, ';') == "a");
  CHECK(take_part(rest, ';').empty());
  REQUIRE(rest);
  CHECK(take_part(rest, ';') == "b");
  CHECK_FALSE(rest);
  rest = "a;";
  take_part(rest, ';');
  REQUIRE(rest);
  CHECK(rest->empty());
}

TEST_CASE("numbers are padded to a width and never cut") {
  CHECK(zero_padded_hex(0, 1) == "0");
  CHECK(zero_padded_hex(0x7f, 3) == "07f");
  CHECK(zero_padded_hex(0xfffffffff, 3) == "fffffffff");
  CHECK(zero_padded(3, 2) == "03");
  CHECK(zero_padded(100, 2) == "100");
  CHECK(space_padded(50, 3) == " 50");
}
