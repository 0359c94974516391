// What the reader refuses, and in which words.
#include <string>
#include <vector>

#include "controller/config/yaml_reader.h"
#include "tests/support/catch.h"

namespace dcat {
namespace {

using Lines = std::vector<std::string>;

// Reads `text` as a file with one key of each type, all optional.
Lines errors_of(const std::string& text) {
  YamlDocument doc = YamlDocument::parse(text, "f");
  YamlMap root = doc.root();
  bool flag = false;
  int number = 0;
  std::uint64_t count = 0, size = 0;
  double ratio = 0;
  std::string name;
  Duration time{};
  Ways ways;
  std::size_t word = 0;
  std::vector<std::string> names;
  std::vector<int> numbers;
  root.read("flag", flag);
  root.read("number", number, Range<int>{-5, 5});
  root.read("count", count, Range<std::uint64_t>{0, 10, "things"});
  root.read("ratio", ratio, Range<double>{0, 1});
  root.read("name", name);
  root.read("time", time, Range<Duration>{std::chrono::milliseconds(10), std::chrono::hours(1)});
  root.read_bytes("size", size, Range<std::uint64_t>{1024, 1 << 20});
  root.read("ways", ways, Range<int>{1, std::numeric_limits<int>::max()});
  root.read_word("word", word, {"red", "green", "blue"});
  root.read("names", names);
  root.read("numbers", numbers, Range<int>{0, std::numeric_limits<int>::max()});
  int inner = 0;
  YamlMap map = root.map("map");
  map.read("inner", inner, Range<int>{0, 9});
  map.finish();
  for (YamlMap& item : root.maps("maps")) {
    item.require("id");
    item.finish();
  }
  root.finish();
  return doc.errors();
}

struct Case {
  std::string text;
  std::string error;  // without "f:"
};

void check_all(const std::vector<Case>& table) {
  for (const Case& c : table) {
    INFO(c.text.substr(0, 200));
    CHECK(errors_of(c.text) == Lines{"f:" + c.error});
  }
}

TEST_CASE("values of the wrong type or out of range are refused") {
  check_all({
      {"flag: yes", "1: flag: got yes, want true or false"},
      {"flag: 'true'", "1: flag: got \"true\", want true or false"},
      {"flag: 1", "1: flag: got 1, want true or false"},
      {"flag:", "1: flag: got nothing, want true or false"},
      {"number: six", "1: number: got six, want a whole number, -5..5"},
      {"number: 6", "1: number: got 6, want -5..5"},
      {"number: 1.0", "1: number: got 1.0, want a whole number, -5..5"},
      {"number: 010", "1: number: got 010, want a whole number, -5..5"},
      {"number: 0x5", "1: number: got 0x5, want a whole number, -5..5"},
      {"number: '5'", "1: number: got \"5\", want a whole number, -5..5"},
      {"number: 99999999999999999999", "1: number: got 99999999999999999999, want -5..5"},
      {"number: [1]", "1: number: got a list, want a whole number, -5..5"},
      {"number: {a: 1}", "1: number: got a mapping, want a whole number, -5..5"},
      {"number: ~", "1: number: got nothing, want a whole number, -5..5"},
      {"count: -1", "1: count: got -1, want 0..10 things"},
      {"count: 18446744073709551616", "1: count: got 18446744073709551616, want 0..10 things"},
      {"ratio: 1.1", "1: ratio: got 1.1, want 0..1"},
      {"ratio: -0.1", "1: ratio: got -0.1, want 0..1"},
      {"ratio: .nan", "1: ratio: got .nan, want a number, 0..1"},
      {"ratio: nan", "1: ratio: got nan, want a number, 0..1"},
      {"ratio: .inf", "1: ratio: got .inf, want a number, 0..1"},
      {"ratio: -inf", "1: ratio: got -inf, want a number, 0..1"},
      {"ratio: 1e999", "1: ratio: got 1e999, want a number, 0..1"},
      {"ratio: 3%", "1: ratio: got 3%, want a number, 0..1; write 0.03 for 3%"},
      {"ratio: '0.5'", "1: ratio: got \"0.5\", want a number, 0..1"},
      {"name: [a]", "1: name: got a list, want text"},
      {"name:", "1: name: got nothing, want text"},
      {"time: 5", "1: time: got 5, want a duration with a unit such as 100ms, 1s or 2m"},
      {"time: -1s", "1: time: got -1s, want 10ms..1h"},
      {"time: 1ms", "1: time: got 1ms, want 10ms..1h"},
      {"time: 9999999999h", "1: time: got 9999999999h, want a duration of at most 2562047h"},
      {"time: [1s]", "1: time: got a list, want a duration with a unit such as 100ms"},
      {"size: 4096", "1: size: got 4096, want a size with a unit such as 64KiB, 27.5MiB or 2GiB"},
      {"size: 2MiB", "1: size: got 2MiB, want 1KiB..1MiB"},
      {"size: {}", "1: size: got a mapping, want a size with a unit such as 64KiB"},
      {"ways: 0", "1: ways: got 0, want at least 1 ways"},
      {"ways: many", "1: ways: got many, want a whole number, at least 1 ways"},
      {"word: gren", "1: word: got gren, want red, green or blue; did you mean green?"},
      {"word: purple", "1: word: got purple, want red, green or blue"},
      {"word: []", "1: word: got a list, want red, green or blue"},
      {"names: x", "1: names: got x, want a list of texts"},
      {"names:", "1: names: got nothing, want a list of texts"},
      {"names:\n  - a\n  - [b]\n", "3: names[1]: got a list, want text"},
      {"numbers: [0, -1]", "1: numbers[1]: got -1, want at least 0"},
      {"map: 3", "1: map: got 3, want a mapping"},
      {"map: [1]", "1: map: got a list, want a mapping"},
      {"map:", "1: map: got nothing, want a mapping"},
      {"map:\n  inner: 10\n", "2: map.inner: got 10, want 0..9"},
      {"maps: {}", "1: maps: got a mapping, want a list of mappings"},
      {"maps:\n  - id: 1\n  - 2\n", "3: maps[1]: got 2, want a mapping"},
      {"maps:\n  - {}\n", "2: maps[0].id: missing"},
  });
}

TEST_CASE("unknown keys are refused, with the key that was probably meant") {
  check_all({
      {"nmae: x", "1: nmae: unknown key; did you mean name?"},
      {"numbre: 1", "1: numbre: unknown key; did you mean number?"},
      {"Flag: true", "1: Flag: unknown key; did you mean flag?"},
      {"purpose: 1", "1: purpose: unknown key"},
      {"\n\nmap: {iner: 1}", "3: map.iner: unknown key; did you mean inner?"},
      {"maps:\n  - id: 1\n    idd: 2\n", "3: maps[0].idd: unknown key; did you mean id?"},
      {"1: 2", "1: 1: unknown key"},
  });
}

TEST_CASE("what YAML allows and a configuration does not is refused") {
  const std::string alias =
      "aliases (*name) are not supported: write the value out, or put a pattern in quotes: \"*.slice\"";
  check_all({
      {"name: a\nflag: true\nname: b\n", "3: name: given twice, first in line 1"},
      {"map: {inner: 1, inner: 2}", "1: map.inner: given twice, first in line 1"},
      {"name: a\n'name': b\n", "2: name: given twice, first in line 1"},
      {"name: *x", "1: " + alias},
      {"names:\n  - *.slice\n", "2: " + alias},
      {"names: [*]", "1: " + alias},
      {"name: &x a", "1: name: anchors (&name) are not supported: write the value out"},
      {"map: &x {inner: 1}", "1: map: anchors (&name) are not supported: write the value out"},
      {"name: !!str 5", "1: name: tags (!name) are not supported: put text that begins with ! in quotes"},
      {"map: !local {inner: 1}", "1: map: tags (!name) are not supported: put text that begins with ! in quotes"},
      {"<<: {name: a}", "1: merge keys (<<) are not supported: write the values out"},
      {"? [a, b]\n: 1\n", "1: a key that is no plain word"},
      {"{a: 1}: 2", "1: a key that is no plain word"},
      {"~: 2", "1: a key that is no plain word"},
      {"map:\n  '': 2", "2: map: a key that is no plain word"},
      {"name: a\n---\nname: b\n", "2: a second document, want one"},
      {"name: a\n---\n", "2: a second document, want one"},
      {"- a\n- b\n", "1: want a mapping (key: value) at the top of the file"},
      {"text", "1: want a mapping (key: value) at the top of the file"},
      {"'quoted'", "1: want a mapping (key: value) at the top of the file"},
  });
}

TEST_CASE("an alias to a known anchor is refused, too") {
  CHECK(errors_of("name: &x a\nnames: [*x]\n").size() == 3);  // the anchor, the alias, and nothing where it stood
}

TEST_CASE("what is no YAML is refused with its line") {
  check_all({
      {"name: [a", "1: not valid YAML: end of sequence flow not found"},
      {"name: a\nmap: {inner: 1\n", "2: not valid YAML: end of map flow not found"},
      {"name: \"a\n", "1: not valid YAML: illegal EOF in scalar"},
      {"name: \"a", "1: not valid YAML: illegal EOF in scalar"},
      {"name: 'a\nflag: true\n\n", "3: not valid YAML: illegal EOF in scalar"},
      {"name: a: b", "1: not valid YAML: illegal map value"},
      {"name: a\n  flag: true\n", "2: not valid YAML: illegal map value"},
      {"name: a\n- b\n", "2: not valid YAML: end of map not found"},
      {"@name: a", "1: not valid YAML: unknown token"},
      {"name: %a", "1: not valid YAML: unknown token"},
      {"map:\n\tinner: 1\n", "2: a tab in the indentation, want spaces"},
      {"map:\n  \tinner: 1\n", "2: a tab in the indentation, want spaces"},
  });
}

TEST_CASE("bytes that are no text are refused with their line") {
  check_all({
      {"name: \xff", "1: not UTF-8 text, want UTF-8"},
      {"flag: true\nname: \xc3", "2: not UTF-8 text, want UTF-8"},  // cut short
      {"name: \xc0\xaf", "1: not UTF-8 text, want UTF-8"},          // an overlong /
      {"name: \xe0\x80\xaf", "1: not UTF-8 text, want UTF-8"},
      {"name: \xed\xa0\x80", "1: not UTF-8 text, want UTF-8"},              // half a surrogate pair
      {"name: \xf4\x90\x80\x80", "1: not UTF-8 text, want UTF-8"},          // above U+10FFFF
      {std::string("\xff\xfen\0a\0", 6), "1: not UTF-8 text, want UTF-8"},  // UTF-16
      {std::string("name: \0", 7), "1: a control character, want plain text"},
      {"name: \x04", "1: a control character, want plain text"},  // yaml-cpp would take it for the end of the file
      {"name: \x1b[31m", "1: a control character, want plain text"},
      {"flag: true\rname: a", "1: a control character, want plain text"},
      {std::string("\x7f"
                   "ELF\x02\x01\x01\0\0",
                   9),
       "1: a control character, want plain text"},
  });
}

TEST_CASE("deep nesting is refused") {
  const std::size_t depth = 100'000;
  std::string flow = "name: ", map = "name: ", block;
  for (std::size_t i = 0; i < depth; ++i) flow += "[", map += "{a: ", block += "- ";
  check_all({{flow, "1: nested too deeply"}, {map, "1: nested too deeply"}, {block, "1: nested too deeply"}});
}

TEST_CASE("a file beyond the limit is refused unread") {
  check_all({{std::string((4 << 20) + 1, ' '), "1: the file is too large, want at most 4 MiB"}});
}

TEST_CASE("a syntax error is told alone, without what seems to be missing because of it") {
  YamlDocument doc = YamlDocument::parse("a: [", "f");
  YamlMap root = doc.root();
  root.require("a");
  root.map("b").require("c");
  CHECK(doc.errors().size() == 1);
}

TEST_CASE("a key that has to be there is missed at the line of its mapping") {
  YamlDocument doc = YamlDocument::parse("x: 1\nm:\n  y: 1\n", "f");
  YamlMap root = doc.root();
  root.require("name");
  root.map("m").require("id");
  CHECK(doc.errors() == Lines{"f:1: name: missing", "f:2: m.id: missing"});
}

TEST_CASE("values in messages are cut short and shown without control characters") {
  const Lines errors = errors_of("number: " + std::string(1'000, 'x'));
  REQUIRE(errors.size() == 1);
  CHECK(errors[0] == "f:1: number: got " + std::string(60, 'x') + "..., want a whole number, -5..5");
  CHECK(errors_of("number: \"a\\nb\\e[0m\"") == Lines{"f:1: number: got \"a?b?[0m\", want a whole number, -5..5"});
}

TEST_CASE("a file of mistakes ends in a count") {
  std::string text;
  for (int i = 0; i < 150; ++i) text += "k" + std::to_string(i) + ": 1\n";
  YamlDocument doc = YamlDocument::parse(text, "f");
  doc.root().finish();
  const std::string message = doc.status().error().to_string();
  CHECK(doc.errors().size() == 150);
  CHECK(message.ends_with("f:100: k99: unknown key\nand 50 more"));
}

}  // namespace
}  // namespace dcat
