#include "sim/report/markup.h"

#include <limits>

#include "tests/support/catch.h"

namespace dcat::sim::page {
namespace {

TEST_CASE("What HTML would read as its own is escaped") {
  CHECK(escape("<script>alert(\"1\" & '2')</script>") ==
        "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;");
  CHECK(escape("&amp;") == "&amp;amp;");
  CHECK(escape("") == "");
  CHECK(escape("plain, ümläut, 日本, 🐈\tand\na line") == "plain, ümläut, 日本, 🐈\tand\na line");
}

TEST_CASE("What no page may hold becomes a replacement character") {
  const std::string bad = "\xEF\xBF\xBD";
  struct Case {
    std::string text;
    std::string page;
  };
  const std::vector<Case> cases{
      {std::string("a\0b", 3), "a" + bad + "b"},
      {"a\x01\x1f\x7f", "a" + bad + bad + bad},
      {"\xC2\x85", bad},                            // NEL, a C1 control
      {"\xFF", bad},                                // no lead byte
      {"\x80", bad},                                // a follower alone
      {"\xC3", bad},                                // cut off
      {"\xC3(", bad + "("},                         // no follower
      {"\xC0\xBC", bad + bad},                      // '<', too long
      {"\xE0\x80\xBC", bad + bad + bad},            // '<', longer still
      {"\xF0\x80\x80\xBC", bad + bad + bad + bad},  // and longer
      {"\xED\xA0\x80", bad + bad + bad},            // a surrogate
      {"\xF4\x90\x80\x80", bad + bad + bad + bad},  // beyond U+10FFFF
      {"\xEF\xBF\xBE", bad},                        // U+FFFE
      {"abc\xE2\x80\xAE"
       "fed",
       "abc" + bad + "fed"},  // turns what follows around
      {"\xE2\x81\xA6", bad},  // isolates
      {"one\r\ntwo", "one\ntwo"},
      {"one\rtwo", "one" + bad + "two"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.page);
    CHECK(escape(c.text) == c.page);
  }
}

TEST_CASE("Long names are cut between characters") {
  CHECK(shorten("abcdef", 6) == "abcdef");
  CHECK(shorten("abcdefg", 6) == "abcde…");
  CHECK(shorten("äöüßä", 5) == "äöüßä");
  CHECK(shorten("äöüßäö", 5) == "äöüß…");
  CHECK(shorten("ab", 1) == "…");
  CHECK(shorten("", 3) == "");
}

TEST_CASE("Coordinates are short") {
  CHECK(number(150) == "150");
  CHECK(number(1.25) == "1.2");
  CHECK(number(1.96) == "2");
  CHECK(number(-0.01) == "0");
  CHECK(number(-1.5) == "-1.5");
  CHECK(number(0.254, 2) == "0.25");
  CHECK(number(100, 0) == "100");
}

TEST_CASE("Figures have four digits where they are not whole") {
  CHECK(figure(3) == "3");
  CHECK(figure(12345678) == "12345678");
  CHECK(figure(4.91449) == "4.914");
  CHECK(figure(0.000123456) == "0.0001235");
  CHECK(figure(std::numeric_limits<double>::infinity()) == "-");
  CHECK(figure(std::numeric_limits<double>::quiet_NaN()) == "-");
}

}  // namespace
}  // namespace dcat::sim::page
