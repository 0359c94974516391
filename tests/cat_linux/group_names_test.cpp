#include "cat/linux/group_names.h"

#include "tests/support/catch.h"

namespace dcat {
namespace {

std::string parsed(const std::string& directory) {
  return parse_directory_name(directory).value_or("not ours");
}

TEST_CASE("a group's directory is its name behind the prefix, with what is unfit for a file name escaped") {
  CHECK(directory_name("web") == "dcat.web");
  CHECK(directory_name("~idle") == "dcat.~idle");
  CHECK(directory_name("Az09-_.~@:") == "dcat.Az09-_.~@:");
  CHECK(directory_name("system.slice/nginx.service") == "dcat.system.slice%2fnginx.service");
  CHECK(directory_name("a b\n%") == "dcat.a%20b%0a%25");
  CHECK(directory_name("\xc3\xa4\\x2d") == "dcat.%c3%a4%5cx2d");
  CHECK(directory_name(std::string("\0\xff", 2)) == "dcat.%00%ff");
  CHECK(directory_name("..") == "dcat...");
}

TEST_CASE("a directory is read back to the name it was made of") {
  CHECK(parsed("dcat.web") == "web");
  CHECK(parsed("dcat.system.slice%2fnginx.service") == "system.slice/nginx.service");
  CHECK(parsed("dcat.%00%ff") == std::string("\0\xff", 2));
  CHECK(parsed("dcat.%25%32%35") != "");
  CHECK(parsed("dcat.%2541") == "%41");
  CHECK(parsed("dcat.dcat.x") == "dcat.x");
}

TEST_CASE("what does not begin with the prefix is not ours") {
  for (const char* directory :
       {"", "dcat", "Dcat.x", "xdcat.x", "COS1", "info", "mon_groups", "dcat-x", " dcat.x", "cadvisor-1"}) {
    INFO(directory);
    CHECK_FALSE(parse_directory_name(directory).has_value());
  }
}

TEST_CASE("a directory that no name gives is ours under its own name, so that it is mistaken for no other group") {
  for (const std::string directory : {"dcat.", "dcat.%61", "dcat.%2F", "dcat.%", "dcat.%2", "dcat.a%zz", "dcat.%h",
                                      "dcat.a b", "dcat.%-1", "dcat.% 1", "dcat.%0x"}) {
    INFO(directory);
    CHECK(parsed(directory) == directory);
  }
}

TEST_CASE("a name too long for a directory ends in a hash of all of it") {
  const std::string longest(kLongestGroupName - kGroupPrefix.size(), 'x');
  CHECK(directory_name(longest) == "dcat." + longest);
  CHECK(parsed(directory_name(longest)) == longest);
  const std::string a = directory_name(longest + "a"), b = directory_name(longest + "b");
  CHECK(a.size() == kLongestGroupName);
  CHECK(a != b);
  CHECK(a.substr(0, kLongestGroupName - 16) == b.substr(0, kLongestGroupName - 16));
  CHECK(a.substr(kLongestGroupName - 18, 2) == "%h");
  CHECK(a == directory_name(longest + "a"));
  CHECK(parsed(a) == a);
  // One byte escaped is three.
  CHECK(directory_name(std::string(66, '/')).size() <= kLongestGroupName);
  CHECK(directory_name(std::string(4'096, '/')).size() == kLongestGroupName);
}

TEST_CASE("a hash is the same in every run and on every machine") {
  // FNV-1a of 4,096 times "x", by hand: from the offset basis, xor the byte, times the prime.
  unsigned long long hash = 0xcbf29ce484222325;
  for (int i = 0; i < 4'096; ++i) hash = (hash ^ 0x78) * 0x100000001b3;
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", hash);
  CHECK(directory_name(std::string(4'096, 'x')).ends_with(std::string("%h") + digits));
}

}  // namespace
}  // namespace dcat
