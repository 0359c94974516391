#include "controller/config/quantity.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

namespace dcat {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;

TEST_CASE("a duration is a number with a unit") {
  const std::vector<std::pair<std::string, Duration>> table{
      {"0s", Duration(0)},
      {"1ns", nanoseconds(1)},
      {"7us", nanoseconds(7'000)},
      {"100ms", milliseconds(100)},
      {"1s", milliseconds(1'000)},
      {"2m", minutes(2)},
      {"3h", hours(3)},
      {"1.5s", milliseconds(1'500)},
      {"0.25ms", nanoseconds(250'000)},
      {"0.000001ms", nanoseconds(1)},
      {"-1s", milliseconds(-1'000)},
      {"2562047h", hours(2'562'047)},
  };
  for (const auto& [text, expected] : table) {
    INFO(text);
    const Result<Duration> duration = parse_duration(text);
    REQUIRE(duration.ok());
    CHECK(*duration == expected);
  }
}

TEST_CASE("a text that is no duration is refused with what was wanted") {
  const std::string unit = "want a duration with a unit such as 100ms, 1s or 2m";
  const std::string large = "want a duration of at most 2562047h";
  const std::vector<std::pair<std::string, std::string>> table{
      {"", unit},
      {"1", unit},
      {"s", unit},
      {"1 s", unit},
      {" 1s", unit},
      {"1s ", unit},
      {"1S", unit},
      {"1sec", unit},
      {"1d", unit},
      {"1m30s", unit},
      {"+1s", unit},
      {"--1s", unit},
      {".5s", unit},
      {"1.s", unit},
      {"1.2.3s", unit},
      {"1e3s", unit},
      {"nans", unit},
      {"infs", unit},
      {"0x1s", unit},
      {"1,5s", unit},
      {"1s\n", unit},
      {"1_000s", unit},
      {"0.0000001s", unit},
      {"99999999999999999999s", large},
      {"2562048h", large},
      {"18446744073709551615h", large},
      {"9223372036854775808ns", large},
      {"0.5ns", "want a duration in whole nanoseconds"},
  };
  for (const auto& [text, why] : table) {
    INFO(text);
    const Result<Duration> duration = parse_duration(text);
    REQUIRE_FALSE(duration.ok());
    CHECK(duration.error().why == why);
    CHECK(exit_code(duration.error().code) == 2);
  }
}

TEST_CASE("a duration is printed in its largest whole unit and reads back") {
  const std::vector<std::pair<Duration, std::string>> table{
      {Duration(0), "0s"},
      {nanoseconds(1), "1ns"},
      {nanoseconds(1'500), "1500ns"},
      {milliseconds(100), "100ms"},
      {milliseconds(1'500), "1500ms"},
      {minutes(1), "1m"},
      {minutes(90), "90m"},
      {hours(2), "2h"},
      {milliseconds(-200), "-200ms"},
      {Duration::max(), "9223372036854775807ns"},
  };
  for (const auto& [duration, text] : table) {
    CHECK(format_duration(duration) == text);
    const Result<Duration> back = parse_duration(text);
    REQUIRE(back.ok());
    CHECK(*back == duration);
  }
  CHECK(format_duration(Duration::min()) == "-9223372036854775808ns");
}

TEST_CASE("a size is a number with a binary unit") {
  const std::vector<std::pair<std::string, std::uint64_t>> table{
      {"0B", 0},
      {"64B", 64},
      {"64KiB", 65'536},
      {"27.5MiB", 28'835'840},  // 27.5 x 1,048,576
      {"1.375MiB", 1'441'792},  // a way of a 27.5 MiB cache with 20 ways
      {"2GiB", 2'147'483'648},
      {"0.1KiB", 102},  // 102.4, rounded down
      {"16777215TiB", 18'446'742'974'197'923'840U},
  };
  for (const auto& [text, expected] : table) {
    INFO(text);
    const Result<std::uint64_t> bytes = parse_bytes(text);
    REQUIRE(bytes.ok());
    CHECK(*bytes == expected);
  }
}

TEST_CASE("a text that is no size is refused") {
  for (const std::string text : {"", "1", "KiB", "1KB", "1kib", "1K", "1M", "-1KiB", "1 KiB", "1e3B", "0x10B", "1.B",
                                 ".5B", "nanB", "1.1.1B", "16777216TiB", "99999999999999999999B", "1KiBB"}) {
    INFO(text);
    CHECK_FALSE(parse_bytes(text).ok());
  }
}

TEST_CASE("a size is printed in its largest whole unit") {
  CHECK(format_bytes(0) == "0B");
  CHECK(format_bytes(1) == "1B");
  CHECK(format_bytes(65'536) == "64KiB");
  CHECK(format_bytes(28'835'840) == "28160KiB");
  CHECK(format_bytes(std::uint64_t{1} << 40) == "1TiB");
}

TEST_CASE("whole numbers have no leading zeros and nothing else around them") {
  for (const std::string text : {"0", "-0", "7", "-12", "18446744073709551616"}) CHECK(looks_like_whole_number(text));
  for (const std::string text : {"", "-", "+1", "01", "-01", "1.0", "1e3", " 1", "1 ", "0x1", "1_0", "a"})
    CHECK_FALSE(looks_like_whole_number(text));
}

TEST_CASE("numbers are finite decimals") {
  CHECK(parse_number("0.05") == 0.05);
  CHECK(parse_number("-2") == -2.0);
  CHECK(parse_number("1.5e6") == 1.5e6);
  CHECK(parse_number("1e-3") == 0.001);
  for (const std::string text : {"",       "-",  "nan", ".nan", "NaN", "inf", "-inf", ".inf", "infinity", "1e999",
                                 "-1e999", ".5", "+1",  "0x10", "012", "1,5", "1 ",   "1e",   "1%",       "--1"}) {
    INFO(text);
    CHECK_FALSE(parse_number(text).has_value());
  }
}

TEST_CASE("a printed number reads back to the same number") {
  for (const double number : {0.0, 0.1, 1.0 / 3, 1.5e6, 1e12, 5e-324, std::numeric_limits<double>::max()})
    CHECK(parse_number(format_number(number)) == number);
  CHECK(format_number(0.1) == "0.1");
}

}  // namespace
}  // namespace dcat
