// Reads one YAML document strictly: unknown keys, wrong types and values out of range are all collected, with
// file and line, and told at once. Used by the configuration and by the simulator's scenarios. yaml-cpp stays
// behind this door.
//
//   YamlDocument doc = YamlDocument::parse(text, "dcat.yaml");
//   YamlMap root = doc.root();
//   root.read("interval", period, kPositiveDuration);   // absent: `period` keeps its value
//   for (YamlMap tenant : root.maps("tenants")) { ... tenant.finish(); }
//   root.finish();                                       // every key that was not asked for is an error
//   if (!doc.errors().empty()) ...
//
// Durations are written with a unit: 100ms, 1s, 2m. Sizes: 64KiB, 27.5MiB, 2GiB. Plain numbers are refused
// for both.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/units.h"

namespace dcat {

template <class T>
struct Range {
  T least;
  T most;
  const char* unit = "";  // for the message: "want 0..1", "want 1..64 ways"
};

class YamlMap;

class YamlDocument {
 public:
  // A syntax error becomes an error of the document, with an empty root.
  static YamlDocument parse(const std::string& text, const std::string& file_name);

  YamlMap root();
  // `file:line: key: got X, want Y`, in the order of lines.
  std::vector<std::string> errors() const;
  // For checks that need several values: `line` from YamlMap::line_of.
  void add_error(int line, const std::string& key, const std::string& message);
  // ok, or one Error (bad_input) that holds every message, a line each.
  Status status() const;

 private:
  friend class YamlMap;
  struct State;
  std::shared_ptr<State> state_;
};

// A mapping of the document at a key path such as `tenants[2].workload`. A missing or wrongly typed mapping
// reads as an empty one (the error has been noted).
class YamlMap {
 public:
  bool has(const std::string& key);
  int line() const;
  int line_of(const std::string& key);  // the line of `key`, or of the mapping when the key is absent
  std::string path_of(const std::string& key) const;
  std::vector<std::string> keys() const;  // as written, for mappings with free keys; these still need reading

  // Each reads `key` into `out` and returns true when the key is there and right; notes an error when it is
  // there and wrong. `out` changes only on success.
  bool read(const std::string& key, bool& out);
  bool read(const std::string& key, int& out, Range<int> range);
  bool read(const std::string& key, std::uint64_t& out, Range<std::uint64_t> range);
  bool read(const std::string& key, double& out, Range<double> range);  // finite only
  bool read(const std::string& key, std::string& out);
  bool read(const std::string& key, Duration& out, Range<Duration> range);
  bool read_bytes(const std::string& key, std::uint64_t& out, Range<std::uint64_t> range);
  bool read(const std::string& key, Ways& out, Range<int> range);
  // One of `words`; the index of the one that was written.
  bool read_word(const std::string& key, std::size_t& out, const std::vector<std::string_view>& words);
  // A list of scalars, as strings.
  bool read(const std::string& key, std::vector<std::string>& out);
  bool read(const std::string& key, std::vector<int>& out, Range<int> range);
  // Notes an error when the key is absent.
  void require(const std::string& key);

  YamlMap map(const std::string& key);                // the mapping under `key`
  std::vector<YamlMap> maps(const std::string& key);  // the list of mappings under `key`; empty when absent
  // True when `key` holds a mapping / a list / a scalar, for keys that take several shapes.
  bool is_map(const std::string& key);
  bool is_list(const std::string& key);
  bool is_scalar(const std::string& key);

  void error(const std::string& key, const std::string& message);  // at the key's line
  void finish();                                                   // unknown keys become errors

 private:
  friend class YamlDocument;
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace dcat
