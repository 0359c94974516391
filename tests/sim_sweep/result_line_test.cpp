#include "sim/sweep/result_line.h"

#include <bit>
#include <cmath>
#include <limits>

#include "tests/support/catch.h"

namespace dcat::sim {
namespace {

const ResultHeader kHeader{"0.1.0", "5f3a", 40, {2, 4}};

// Without the end of line, which has to be there.
std::string line_of(const Result<std::string>& text) {
  REQUIRE(text.ok());
  REQUIRE(text->find('\n') == text->size() - 1);
  return text->substr(0, text->size() - 1);
}

Value round_trip(const Value& value) {
  Row row;
  row.add("x", value);
  const Result<ResultLine> result = parse_result(line_of(format_result(7, row)));
  REQUIRE(result.ok());
  CHECK(result->job == 7);
  REQUIRE(result->row.cells.size() == 1);
  CHECK(result->row.cells.front().first == "x");
  return result->row.cells.front().second;
}

TEST_CASE("header and results are written as documented") {
  CHECK(line_of(format_header(kHeader)) ==
        R"({"dcat_results":1,"version":"0.1.0","identity":"5f3a","jobs":40,"shard":"2/4"})");
  Row row;
  row.add("mix", std::string("3"));
  row.add("stp", 4.914);
  row.add("closids", std::int64_t{4});
  row.add("bound", Value());
  CHECK(line_of(format_result(5, row)) == R"({"job":5,"row":{"mix":"3","stp":4.914,"closids":4,"bound":null}})");
}

TEST_CASE("a header reads as it is written") {
  const Result<ResultHeader> header = parse_header(line_of(format_header(kHeader)));
  REQUIRE(header.ok());
  CHECK(*header == kHeader);
}

TEST_CASE("whole numbers, texts and absent values read back the same, of the same kind") {
  for (const std::int64_t n : {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::min(),
                               std::numeric_limits<std::int64_t>::max(), std::int64_t{9007199254740993}})
    CHECK(round_trip(n) == Value(n));
  CHECK(round_trip(Value()) == Value());
  const std::string nul("a\0b", 3);
  for (const std::string& text : {std::string(), std::string("3,2 \"x\"\n\t\\"), nul,
                                  std::string("\xc3\xa9 \xe2\x82\xac"), std::string("null"), std::string("1")})
    CHECK(round_trip(text) == Value(text));
}

TEST_CASE("every double reads back bit for bit") {
  using Limits = std::numeric_limits<double>;
  for (const double x :
       {0.0, -0.0, 1.0, 5.0, -3.0, 0.1, 1.0 / 3, 1e22, 1e-300, 123456789012345680.0, Limits::max(), Limits::lowest(),
        Limits::min(), Limits::denorm_min(), Limits::epsilon(), 4.914, Limits::infinity(), -Limits::infinity()}) {
    const Value value = round_trip(x);
    REQUIRE(std::holds_alternative<double>(value));
    CHECK(std::bit_cast<std::uint64_t>(std::get<double>(value)) == std::bit_cast<std::uint64_t>(x));
  }
  const Value nan = round_trip(Limits::quiet_NaN());
  REQUIRE(std::holds_alternative<double>(nan));
  CHECK(std::isnan(std::get<double>(nan)));
}

TEST_CASE("pseudorandom doubles of all sizes read back bit for bit") {
  std::uint64_t bits = 1;
  for (int i = 0; i < 20'000; ++i) {
    bits = bits * 6364136223846793005U + 1442695040888963407U;
    const double x = std::bit_cast<double>(bits);
    if (!std::isfinite(x)) continue;
    if (std::bit_cast<std::uint64_t>(std::get<double>(round_trip(x))) != bits) FAIL(x);
  }
}

TEST_CASE("texts that are no UTF-8 read back byte for byte") {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (const std::string& text : {std::string("\xff"), std::string("a\xc3"), all})
    CHECK(round_trip(text) == Value(text));
}

TEST_CASE("columns keep their order") {
  Row row;
  for (const char* name : {"mix", "b", "a", "z"}) row.add(name, std::int64_t{1});
  const Result<ResultLine> result = parse_result(line_of(format_result(0, row)));
  REQUIRE(result.ok());
  CHECK(result->row == row);
}

TEST_CASE("what is no header is refused with its reason") {
  struct Case {
    std::string line, why;
  };
  const Case cases[] = {
      {"", "this is no result file of dcat simulate"},
      {"mix,policy,stp", "this is no result file of dcat simulate"},
      {"[]", "this is no result file of dcat simulate"},
      {R"({"job":1,"row":{}})", "this is no result file of dcat simulate"},
      {R"({"dcat_results":2,"version":"0.1.0","identity":"a","jobs":4,"shard":"1/1"})", "its format is 2, want 1"},
      {R"({"dcat_results":1})", "the header is damaged: want version, identity, jobs and shard"},
      {R"({"dcat_results":1,"version":"v","identity":"a","jobs":-4,"shard":"1/1"})",
       "the header is damaged: want version, identity, jobs and shard"},
      {R"({"dcat_results":1,"version":"v","identity":"a","jobs":4.0,"shard":"1/1"})",
       "the header is damaged: want version, identity, jobs and shard"},
      {R"({"dcat_results":1,"version":"v","identity":"a","jobs":4,"shard":"1/1","x":1})",
       "the header is damaged: want version, identity, jobs and shard"},
      {R"({"dcat_results":1,"version":"v","identity":"a","jobs":4,"jobs":4,"shard":"1/1"})",
       "this is no result file of dcat simulate"},
      {R"({"dcat_results":1,"version":"v","identity":"a","jobs":1000000000000,"shard":"1/1"})",
       "the header is damaged: 1000000000000 jobs"},
  };
  for (const Case& each : cases) {
    const Result<ResultHeader> header = parse_header(each.line);
    INFO(each.line);
    REQUIRE(!header.ok());
    CHECK(header.error().code == ErrorCode::bad_input);
    CHECK(header.error().why == each.why);
  }
  CHECK(!parse_header(R"({"dcat_results":1,"version":"v","identity":"a","jobs":4,"shard":"5/4"})").ok());
}

TEST_CASE("what is no result is refused") {
  for (const std::string line : {"",
                                 "{",
                                 "null",
                                 "5",
                                 "[]",
                                 "{}",
                                 R"({"job":1})",
                                 R"({"row":{}})",
                                 R"({"job":1,"row":[]})",
                                 R"({"job":-1,"row":{}})",
                                 R"({"job":1.0,"row":{}})",
                                 R"({"job":"1","row":{}})",
                                 R"({"job":1,"row":{},"x":1})",
                                 R"({"job":1,"job":2,"row":{}})",
                                 R"({"job":1,"row":{"a":1,"a":2}})",
                                 R"({"job":1,"row":{"a":true}})",
                                 R"({"job":1,"row":{"a":[1]}})",
                                 R"({"job":1,"row":{"a":{}}})",
                                 R"({"job":1,"row":{"a":{"number":"x"}}})",
                                 R"({"job":1,"row":{"a":{"number":1}}})",
                                 R"({"job":1,"row":{"a":{"hex":"f"}}})",
                                 R"({"job":1,"row":{"a":{"hex":"fg"}}})",
                                 R"({"job":1,"row":{"a":{"hex":"ff","number":"nan"}}})",
                                 R"({"job":1,"row":{"a":9223372036854775808}})",
                                 R"({"job":1,"row":{"a":1e999}})",
                                 R"({"job":1,"row":{"a":NaN}})",
                                 R"({"job":1,"row":{}} x)",
                                 R"({"job":18446744073709551616,"row":{}})",
                                 "{\"job\":1,\"row\":{\"a\":\"\xff\"}}"}) {
    const Result<ResultLine> result = parse_result(line);
    INFO(line);
    REQUIRE(!result.ok());
    CHECK(result.error().code == ErrorCode::bad_input);
    CHECK(!result.error().why.empty());
  }
}

TEST_CASE("what no line can hold is refused when it is written") {
  CHECK(!format_header({"0.1.0", "\xff", 1, {}}).ok());
  CHECK(!format_header({"0.1.0", "a", kMostJobs + 1, {}}).ok());
  Row row;
  row.add("\xff", std::int64_t{1});
  CHECK(!format_result(0, row).ok());
  Row twice;
  twice.add("ways", std::string("3 3 2"));
  twice.add("ways", std::string("8"));
  CHECK(!format_result(0, twice).ok());
  Row big;
  big.add("x", std::string(kLongestLine, 'x'));
  CHECK(!format_result(0, big).ok());
}

TEST_CASE("results are the same apart from their time, and a NaN is as itself") {
  const auto row = [](Value stp, double solve_us) {
    Row made;
    made.add("stp", std::move(stp));
    made.add("solve_us", solve_us);
    return made;
  };
  CHECK(same_result(row(1.5, 1), row(1.5, 2)));
  CHECK(same_result(row(std::nan(""), 1), row(std::nan(""), 1)));
  CHECK(!same_result(row(1.5, 1), row(std::nextafter(1.5, 2), 1)));
  CHECK(!same_result(row(1.0, 1), row(std::int64_t{1}, 1)));
  CHECK(!same_result(row(Value(), 1), row(std::string(), 1)));
  Row longer = row(1.5, 1);
  longer.add("bound", Value());
  CHECK(!same_result(row(1.5, 1), longer));
  Row renamed;
  renamed.add("antt", 1.5);
  renamed.add("solve_us", 1.0);
  CHECK(!same_result(row(1.5, 1), renamed));
}

}  // namespace
}  // namespace dcat::sim
