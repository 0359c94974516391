// One YAML document as a plain tree of values with line numbers; nothing of yaml-cpp is seen outside
// yaml_tree.cpp.
//
// The subset is narrower than YAML, so that a file means what it seems to mean: UTF-8, one document whose
// root is a mapping, plain words as keys, each key once. Anchors, aliases, merge keys and tags are refused;
// so are tabs as indentation, control characters and documents beyond kMostYamlBytes. Every refusal is a
// problem with its line; after a syntax error the tree is empty.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace dcat {

// Far above any real file; bounds what a mistaken argument (a trace, a binary) costs.
constexpr std::size_t kMostYamlBytes = std::size_t{4} << 20;

struct YamlEntry;

struct YamlNode {
  enum class Kind { null, scalar, list, map };
  Kind kind = Kind::null;
  int line = 1;
  std::string text;                // scalar
  bool quoted = false;             // scalar: in quotes or a block, thus a string and never a number
  std::vector<YamlNode> items;     // list
  std::vector<YamlEntry> entries;  // map, in the order written
};

struct YamlEntry {
  std::string key;
  int line = 1;
  YamlNode value;
};

struct YamlProblem {
  int line = 1;
  std::string path;  // `tenants[2].name`; empty for the document
  std::string message;
};

struct YamlTree {
  YamlNode root;        // a map
  bool broken = false;  // a syntax error: `root` is empty and says nothing about what the file holds
  std::vector<YamlProblem> problems;
};

YamlTree parse_yaml(const std::string& text);

// `text` as it can stand in a message: at most about 60 characters, without control characters.
std::string shown_text(const std::string& text);

}  // namespace dcat
