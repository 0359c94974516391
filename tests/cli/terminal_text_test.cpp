// Names that strangers have chosen, on a terminal.
#include "cli/terminal_text.h"

#include "tests/support/catch.h"

namespace dcat::cli {
namespace {

TEST_CASE("nothing that moves a cursor, changes colours or hides text is printable") {
  CHECK(printable("web-1") == "web-1");
  CHECK(printable("a\033[31mb") == "a?[31mb");
  CHECK(printable("a\nb\rc\td\x7f") == "a?b?c?d?");
  CHECK(printable(std::string("a\0b", 3)) == "a?b");
  CHECK(printable("a\xc2\x9b"
                  "31mb") == "a?31mb");  // CSI as UTF-8
  CHECK(printable("a\x9b"
                  "31mb") == "a?31mb");  // CSI as a byte
  CHECK(printable("a\xe2\x80\xae"
                  "b") == "a?b");  // right-to-left override
  CHECK(printable("a\xe2\x80\x8b"
                  "b") == "a?b");  // zero-width space
  CHECK(printable("a\xe2\x80\xa8"
                  "b") == "a?b");  // line separator
}

TEST_CASE("UTF-8 stays, and what is none becomes question marks") {
  CHECK(printable("k\xc3\xbc"
                  "che") ==
        "k\xc3\xbc"
        "che");
  CHECK(printable("\xe7\x8c\xab") == "\xe7\x8c\xab");
  CHECK(printable("\xc3") == "?");
  CHECK(printable("\xed\xa0\x80") == "???");  // a surrogate
  CHECK(printable("\xc0\xaf") == "??");       // overlong
  CHECK(ascii_only("k\xc3\xbc"
                   "che \xe7\x8c\xab") == "k?che ??");
}

TEST_CASE("columns are those of a terminal") {
  CHECK(columns_of("k\xc3\xbc"
                   "che") == 5);
  CHECK(columns_of("\xe7\x8c\xab") == 2);
  CHECK(columns_of("e\xcc\x81") == 1);  // a combining accent
}

TEST_CASE("what is fitted has exactly its width, whatever was in it") {
  for (const std::string text : {"", "a", "0123456789", "\xe7\x8c\xab\xe7\x8c\xab\xe7\x8c\xab\xe7\x8c\xab",
                                 "k\xc3\xbc"
                                 "chenger\xc3\xa4t"})
    for (int columns = 1; columns < 14; ++columns) {
      INFO(text << " in " << columns);
      CHECK(columns_of(fit(text, columns)) == columns);
      CHECK(columns_of(fit_end(text, columns)) == columns);
      CHECK(columns_of(cut(text, columns)) <= columns);
    }
  CHECK(fit("0123456789", 5) == "0123>");
  CHECK(fit_end("0123456789", 5) == "..789");
  CHECK(cut("0123456789", 10) == "0123456789");
}

}  // namespace
}  // namespace dcat::cli
