#include "core/cpu_list.h"

#include "tests/support/catch.h"

using namespace dcat;

TEST_CASE("lists of CPUs are read as the kernel writes them") {
  struct Row {
    std::string text;
    std::vector<int> want;
  };
  const Row rows[] = {
      {"0\n", {0}},      {"0-3", {0, 1, 2, 3}}, {"0-1,4-5\n", {0, 1, 4, 5}}, {"7,3-4", {3, 4, 7}}, {"\n", {}}, {"", {}},
      {"2,2-3", {2, 3}}, {"8191", {8191}}};
  for (const Row& row : rows) {
    const Result<std::vector<int>> cpus = parse_cpu_list(row.text);
    REQUIRE(cpus.ok());
    CHECK(*cpus == row.want);
  }
}

TEST_CASE("what is no list of CPUs is refused and quoted") {
  for (const std::string text : {",", "0,", ",0", "0,,1", "3-1", "-1", "1-", "a", "0-a", "0 1", "0x1", "1-2-3", "8192",
                                 "0-99999999", "99999999999999999999", "0\n1", "+1"}) {
    const Result<std::vector<int>> cpus = parse_cpu_list(text);
    INFO(text);
    REQUIRE(!cpus.ok());
    CHECK(cpus.error().code == ErrorCode::bad_input);
    CHECK(cpus.error().why == "\"" + text + "\" is no CPU list");
  }
}
