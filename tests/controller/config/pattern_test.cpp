#include "controller/config/config.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

TEST_CASE("a pattern matches the whole path") {
  CHECK(matches_pattern("", ""));
  CHECK(matches_pattern("a/b", "a/b"));
  CHECK_FALSE(matches_pattern("a/b", "a/b/c"));
  CHECK_FALSE(matches_pattern("a/b", "x/a/b"));
  CHECK_FALSE(matches_pattern("", "a"));
  CHECK_FALSE(matches_pattern("a", ""));
}

TEST_CASE("a star stands for any characters of one path component") {
  CHECK(matches_pattern("machine.slice/*", "machine.slice/vm.scope"));
  CHECK(matches_pattern("*", ""));
  CHECK(matches_pattern("a*c*e", "abcde"));
  CHECK(matches_pattern("a*c", "abcabc"));
  CHECK(matches_pattern("*/*", "a/b"));
  CHECK_FALSE(matches_pattern("*", "a/b"));
  CHECK_FALSE(matches_pattern("a*c", "ab/c"));
  CHECK_FALSE(matches_pattern("a*c*e", "abcd"));
}

TEST_CASE("two stars stand for any characters") {
  CHECK(matches_pattern("**", ""));
  CHECK(matches_pattern("**", "a/b/c"));
  CHECK(matches_pattern("kube/**.scope", "kube/pod/cri-1.scope"));
  CHECK(matches_pattern("**/x*z", "a/xy/b/xyz"));
  CHECK(matches_pattern("***", "a/b"));
  CHECK_FALSE(matches_pattern("kube/**.scope", "kube/pod/cri-1.slice"));
  CHECK_FALSE(matches_pattern("**/x", "x"));
}

TEST_CASE("a question mark stands for one character that is no slash") {
  CHECK(matches_pattern("web?", "web1"));
  CHECK_FALSE(matches_pattern("web?", "web"));
  CHECK_FALSE(matches_pattern("a?b", "a/b"));
}

TEST_CASE("backslashes and brackets stand for themselves") {
  CHECK(matches_pattern("machine-qemu\\x2d*\\x2dweb.scope", "machine-qemu\\x2d12\\x2dweb.scope"));
  CHECK(matches_pattern("[ab]", "[ab]"));
  CHECK_FALSE(matches_pattern("[ab]", "a"));
}

TEST_CASE("many stars cost no exponential time") {
  std::string pattern;
  for (int i = 0; i < 1'000; ++i) pattern += "**a";
  CHECK_FALSE(matches_pattern(pattern + "b", std::string(4'000, 'a')));
}

TEST_CASE("a tenant is found by its very name, then by the first pattern that matches") {
  const Result<Config> config = parse_config(
      "tenants:\n"
      "  - {name: 'vm*', contract: 1}\n"
      "  - {name: 'vm**', contract: 2}\n"
      "  - {name: vm7, contract: 3}\n",
      "f");
  REQUIRE(config.ok());
  const auto contract = [&](const std::string& id) {
    const TenantConfig* tenant = find_tenant(*config, ContainerId{id});
    return tenant == nullptr ? 0 : tenant->contract.count;
  };
  CHECK(contract("vm7") == 3);
  CHECK(contract("vm8") == 1);
  CHECK(contract("vm/8") == 2);
  CHECK(contract("db") == 0);
}

}  // namespace
}  // namespace dcat
