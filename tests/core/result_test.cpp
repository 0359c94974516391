// Errors are values: context goes in front, nothing is dropped.
#include "core/result.h"

#include <memory>

#include "tests/support/catch.h"

using namespace dcat;

TEST_CASE("context is put in front of an error and the cause stays") {
  Error error{ErrorCode::failed, "write \"L3:0=f5\"", "EINVAL: mask f5 has non-consecutive 1-bits", "", 22};
  error = std::move(error).with_context("dcat.web/schemata").with_context("domain 0");
  REQUIRE(error.what == "domain 0: dcat.web/schemata: write \"L3:0=f5\"");
  REQUIRE(error.why == "EINVAL: mask f5 has non-consecutive 1-bits");
  REQUIRE(error.sys_errno == 22);
}

TEST_CASE("context alone says what was done when nothing was said before") {
  REQUIRE(Error{}.with_context("read masks").what == "read masks");
}

TEST_CASE("an error reads: what, why, what to do, and empty parts leave no punctuation behind") {
  struct Row {
    Error error;
    const char* text;
  };
  const Row rows[] = {
      {{ErrorCode::failed, "open x", "no such file", "create it", 2}, "open x: no such file; create it"},
      {{ErrorCode::failed, "open x", "no such file", "", 2}, "open x: no such file"},
      {{ErrorCode::failed, "open x", "", "create it", 0}, "open x; create it"},
      {{ErrorCode::failed, "", "no such file", "", 2}, "no such file"},
      {{ErrorCode::failed, "", "", "", 0}, ""},
  };
  for (const Row& row : rows) CHECK(row.error.to_string() == row.text);
}

TEST_CASE("exit codes are 1 failed, 2 bad input, 3 the node cannot do it") {
  REQUIRE(exit_code(ErrorCode::failed) == 1);
  REQUIRE(exit_code(ErrorCode::bad_input) == 2);
  REQUIRE(exit_code(ErrorCode::unsupported) == 3);
}

TEST_CASE("a result holds a value or an error, and a value can be moved out") {
  Result<std::unique_ptr<int>> good = std::make_unique<int>(7);
  REQUIRE(good.ok());
  REQUIRE(**good == 7);
  const std::unique_ptr<int> taken = std::move(good).value();
  REQUIRE(*taken == 7);

  const Result<std::unique_ptr<int>> bad = Error{ErrorCode::unsupported, "a", "b", "c", 0};
  REQUIRE_FALSE(bad.ok());
  REQUIRE_FALSE(static_cast<bool>(bad));
  REQUIRE(bad.error().code == ErrorCode::unsupported);
}

TEST_CASE("a result may hold an error type's own kind of value without confusion") {
  const Result<std::string> text = std::string("an error? no");
  REQUIRE(text.ok());
  REQUIRE(text->size() == 12);
}

TEST_CASE("a status is success unless it was given an error") {
  REQUIRE(Status{}.ok());
  const Status bad = Error{ErrorCode::bad_input, "x", "y", "", 0};
  REQUIRE_FALSE(bad.ok());
  REQUIRE(bad.error().to_string() == "x: y");
}
