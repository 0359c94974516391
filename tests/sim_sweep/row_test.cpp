#include "sim/sweep/row.h"

#include <cmath>

#include "tests/support/catch.h"

namespace dcat::sim {
namespace {

std::vector<Row> two_rows() {
  Row first;
  first.add("mix", std::string("1"));
  first.add("stp", 4.914321);
  first.add("closids", std::int64_t{6});
  first.add("bound", Value());
  Row second;
  second.add("mix", std::string("12"));
  second.add("stp", 5.0);
  second.add("bound", 0.1);
  second.add("seed", std::string("7"));
  return {first, second};
}

TEST_CASE("a cell is found by its column") {
  const Row row = two_rows().front();
  REQUIRE(row.find("stp") != nullptr);
  CHECK(*row.find("stp") == Value(4.914321));
  CHECK(row.find("st") == nullptr);
}

TEST_CASE("columns are those of all rows, as they first appear") {
  CHECK(columns_of(two_rows()) == std::vector<std::string>{"mix", "stp", "closids", "bound", "seed"});
  CHECK(columns_of({}).empty());
}

TEST_CASE("CSV has a header and a line a row, what is absent empty, numbers as they read back") {
  CHECK(format_rows(two_rows(), RowFormat::csv) ==
        "mix,stp,closids,bound,seed\n"
        "1,4.914321,6,,\n"
        "12,5,,0.1,7\n");
}

TEST_CASE("CSV puts quotes around commas, quotes and ends of lines, and doubles quotes") {
  Row row;
  row.add("a", std::string("1,2"));
  row.add("b", std::string("say \"x\""));
  row.add("c", std::string("1\n2"));
  row.add("d", std::string("plain text"));
  CHECK(format_rows({row}, RowFormat::csv) == "a,b,c,d\n\"1,2\",\"say \"\"x\"\"\",\"1\n2\",plain text\n");
}

TEST_CASE("JSON is an array of objects, what is absent null") {
  CHECK(format_rows(two_rows(), RowFormat::json) ==
        "[\n"
        R"({"mix":"1","stp":4.914321,"closids":6,"bound":null},)"
        "\n"
        R"({"mix":"12","stp":5.0,"bound":0.1,"seed":"7"})"
        "\n]\n");
  CHECK(format_rows({}, RowFormat::json) == "[\n]\n");
}

TEST_CASE("a table has texts to the left, numbers to the right with four digits, and no spaces at the end") {
  CHECK(format_rows(two_rows(), RowFormat::table) ==
        "mix    stp  closids  bound  seed\n"
        "1    4.914        6      -     -\n"
        "12       5        -    0.1     7\n");
}

}  // namespace
}  // namespace dcat::sim
