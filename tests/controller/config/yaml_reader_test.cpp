#include "controller/config/yaml_reader.h"

#include <chrono>

#include "tests/support/catch.h"

namespace dcat {
namespace {

using std::chrono::milliseconds;
using Lines = std::vector<std::string>;

constexpr Range<int> kAnyInt{std::numeric_limits<int>::min(), std::numeric_limits<int>::max()};
constexpr Range<Duration> kAnyDuration{Duration::min(), Duration::max()};
constexpr Range<std::uint64_t> kAnyCount{0, std::numeric_limits<std::uint64_t>::max()};

TEST_CASE("every type of value is read") {
  YamlDocument doc = YamlDocument::parse(
      "b: true\ni: -3\nu: 18446744073709551615\nd: 2.5e-3\ns: a text\nt: 1.5s\nz: 64KiB\nw: 4\nword: two\n"
      "list: [a, 'b c', 3]\nints: [1, 2]\n",
      "f");
  YamlMap root = doc.root();
  bool b = false;
  int i = 0;
  std::uint64_t u = 0, z = 0;
  double d = 0;
  std::string s;
  Duration t{};
  Ways w;
  std::size_t word = 0;
  std::vector<std::string> list;
  std::vector<int> ints;
  CHECK(root.read("b", b));
  CHECK(root.read("i", i, kAnyInt));
  CHECK(root.read("u", u, kAnyCount));
  CHECK(root.read("d", d, Range<double>{0, 1}));
  CHECK(root.read("s", s));
  CHECK(root.read("t", t, kAnyDuration));
  CHECK(root.read_bytes("z", z, kAnyCount));
  CHECK(root.read("w", w, Range<int>{1, 20}));
  CHECK(root.read_word("word", word, {"one", "two"}));
  CHECK(root.read("list", list));
  CHECK(root.read("ints", ints, kAnyInt));
  root.finish();
  CHECK(doc.status().ok());
  CHECK((b && i == -3 && u == std::numeric_limits<std::uint64_t>::max() && d == 0.0025));
  CHECK((s == "a text" && t == milliseconds(1'500) && z == 65'536 && w == 4_ways && word == 1));
  CHECK(list == std::vector<std::string>{"a", "b c", "3"});
  CHECK(ints == std::vector<int>{1, 2});
}

TEST_CASE("an absent key leaves the value as it was and is no error") {
  YamlDocument doc = YamlDocument::parse("a: 1\n", "f");
  YamlMap root = doc.root();
  int value = 7;
  CHECK_FALSE(root.read("b", value, kAnyInt));
  CHECK(value == 7);
  CHECK(root.map("c").keys().empty());
  CHECK(root.maps("d").empty());
  CHECK(doc.status().ok());
}

TEST_CASE("a wrong value leaves the target as it was") {
  YamlDocument doc = YamlDocument::parse("a: x\nl: [1, x]\n", "f");
  YamlMap root = doc.root();
  int value = 7;
  std::vector<int> list{9};
  CHECK_FALSE(root.read("a", value, kAnyInt));
  CHECK_FALSE(root.read("l", list, kAnyInt));
  CHECK(value == 7);
  CHECK(list == std::vector<int>{9});
  CHECK(doc.errors() == Lines{"f:1: a: got x, want a whole number", "f:2: l[1]: got x, want a whole number"});
}

TEST_CASE("an empty document is an empty mapping") {
  for (const std::string text : {"", "\n", "# a comment\n", "---\n", "~\n", "{}\n", "\xef\xbb\xbf", "  \t\n"}) {
    INFO(text);
    YamlDocument doc = YamlDocument::parse(text, "f");
    YamlMap root = doc.root();
    CHECK(root.keys().empty());
    root.finish();
    CHECK(doc.status().ok());
  }
}

TEST_CASE("byte order mark, Windows line ends and end markers change nothing") {
  for (const std::string text :
       {"a: 1\nb: x\n",
        "\xef\xbb\xbf"
        "a: 1\nb: x\n",
        "a: 1\r\nb: x\r\n", "a: 1\r\nb: x\r", "---\na: 1\nb: x\n...\n", "%YAML 1.2\n---\na: 1\nb: x\n", "{a: 1, b: x}",
        "a: 1 # one\n\t# tab before a comment\n\t\nb: x"}) {
    INFO(text);
    YamlDocument doc = YamlDocument::parse(text, "f");
    YamlMap root = doc.root();
    int a = 0;
    std::string b;
    CHECK(root.read("a", a, kAnyInt));
    CHECK(root.read("b", b));
    CHECK((a == 1 && b == "x"));
    CHECK(doc.status().ok());
  }
}

TEST_CASE("mappings and lists of mappings know their paths and lines") {
  YamlDocument doc =
      YamlDocument::parse("a: 1\nnode:\n  cpus: 4\ntenants:\n  - name: x\n  - name: y\n    ways: 2\n", "f");
  YamlMap root = doc.root();
  YamlMap node = root.map("node");
  CHECK(node.path_of("cpus") == "node.cpus");
  CHECK(node.line_of("cpus") == 3);
  CHECK(node.line() == 2);
  std::vector<YamlMap> tenants = root.maps("tenants");
  REQUIRE(tenants.size() == 2);
  CHECK(tenants[1].path_of("ways") == "tenants[1].ways");
  CHECK(tenants[1].line() == 6);
  CHECK(tenants[1].line_of("ways") == 7);
  CHECK(tenants[1].line_of("other") == 6);
  CHECK(tenants[1].keys() == std::vector<std::string>{"name", "ways"});
}

TEST_CASE("the shape of a value can be asked for") {
  YamlDocument doc = YamlDocument::parse("m: {}\nl: []\ns: x\nn:\n", "f");
  YamlMap root = doc.root();
  CHECK((root.is_map("m") && !root.is_list("m") && !root.is_scalar("m")));
  CHECK((root.is_list("l") && !root.is_map("l")));
  CHECK((root.is_scalar("s") && !root.is_list("s")));
  CHECK((!root.is_scalar("n") && !root.is_map("n") && root.has("n")));
  CHECK_FALSE(root.is_map("x"));
  root.finish();
  CHECK(doc.status().ok());  // a key that was asked for is known
}

TEST_CASE("quoted texts keep what would mean something else") {
  YamlDocument doc = YamlDocument::parse("a: '*.slice'\nb: \"x: y # z\"\nc: 'it''s'\nd: '\\x2d'\ne: \"\"\n", "f");
  YamlMap root = doc.root();
  std::string a, b, c, d, e = "x";
  CHECK((root.read("a", a) && root.read("b", b) && root.read("c", c) && root.read("d", d) && root.read("e", e)));
  CHECK((a == "*.slice" && b == "x: y # z" && c == "it's" && d == "\\x2d" && e.empty()));
}

TEST_CASE("errors come in the order of lines, each once") {
  YamlDocument doc = YamlDocument::parse("a: x\nb: y\nc: z\n", "dir/f.yaml");
  YamlMap root = doc.root();
  int value = 0;
  root.read("c", value, kAnyInt);
  root.read("a", value, kAnyInt);
  root.read("a", value, kAnyInt);
  doc.add_error(2, "b", "is not welcome");
  CHECK(doc.errors() == Lines{"dir/f.yaml:1: a: got x, want a whole number", "dir/f.yaml:2: b: is not welcome",
                              "dir/f.yaml:3: c: got z, want a whole number"});
  Status status = doc.status();
  REQUIRE_FALSE(status.ok());
  CHECK(exit_code(status.error().code) == 2);
  CHECK(status.error().to_string() ==
        "dir/f.yaml:1: a: got x, want a whole number\ndir/f.yaml:2: b: is not welcome\n"
        "dir/f.yaml:3: c: got z, want a whole number");
}

TEST_CASE("a mapping may be asked for twice and still knows its keys") {
  YamlDocument doc = YamlDocument::parse("m: {a: 1, b: 2}\n", "f");
  YamlMap root = doc.root();
  int value = 0;
  CHECK(root.map("m").read("a", value, kAnyInt));
  YamlMap again = root.map("m");
  CHECK(again.read("b", value, kAnyInt));
  again.finish();
  CHECK(doc.status().ok());
}

TEST_CASE("a megabyte in one line is read") {
  const std::string text(1 << 20, 'x');
  YamlDocument doc = YamlDocument::parse("a: " + text + "\n", "f");
  std::string a;
  CHECK(doc.root().read("a", a));
  CHECK(a == text);
}

}  // namespace
}  // namespace dcat
