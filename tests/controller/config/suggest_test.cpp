#include "controller/config/suggest.h"

#include "tests/support/catch.h"

namespace dcat {
namespace {

const std::vector<std::string> kWords{"interval", "sample_interval", "settle", "min_ways", "miss_ratio"};

TEST_CASE("the nearest word is suggested") {
  CHECK(closest_word("intervall", kWords) == "interval");  // a letter too many
  CHECK(closest_word("intrval", kWords) == "interval");    // one too few
  CHECK(closest_word("intevral", kWords) == "interval");   // two swapped
  CHECK(closest_word("min-ways", kWords) == "min_ways");   // another one
  CHECK(closest_word("Settle", kWords) == "settle");
  CHECK(closest_word("miss", kWords) == "miss_ratio");     // its beginning
  CHECK(closest_word("settle_time", kWords) == "settle");  // more than it
}

TEST_CASE("a word that is near to none gets no suggestion") {
  CHECK(closest_word("", kWords).empty());
  CHECK(closest_word("colour", kWords).empty());
  CHECK(closest_word("s", kWords).empty());
  CHECK(closest_word("settle", {}).empty());
  CHECK(closest_word(std::string(100'000, 'x'), kWords).empty());
}

TEST_CASE("of two words at the same distance the first is suggested") {
  CHECK(closest_word("catt", {"cats", "cart"}) == "cats");
  CHECK(closest_word("catt", {"cart", "cats"}) == "cart");
}

}  // namespace
}  // namespace dcat
