// Reading one line of JSON without trusting it. Private to the trace.
//
// The first fault is kept with its key's path; after it, every read gives a default, so that readers need no
// checks of their own. Recursion is as deep as the format, not as the line.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace dcat::trace {

using Json = nlohmann::json;

inline constexpr const char* kRecordAgain = "the line was damaged or edited: record the trace again";

// Deeper than any line of ours.
inline constexpr std::size_t kMostDepth = 16;

// Duplicate keys, NULs and trailing text are errors, as is nesting beyond kMostDepth. `what`: "trace header".
Result<Json> parse_json(std::string_view line, const std::string& what);

// The first thing that is wrong with a line.
class Fault {
 public:
  explicit Fault(std::string what) : what_(std::move(what)) {}
  bool any() const { return error_.has_value(); }
  void note(const std::string& path, const std::string& why, const std::string& todo);
  const Error& error() const { return *error_; }  // REQUIRES: any()

 private:
  std::string what_;
  std::optional<Error> error_;
};

// A value and the way to it.
class Node {
 public:
  Node(const Json& value, Fault& fault) : value_(value), fault_(fault) {}
  Node(const Node& parent, std::string_view key, const Json& value)
      : value_(value), fault_(parent.fault_), parent_(&parent), key_(key) {}
  Node(const Node& parent, std::size_t index, const Json& value)
      : value_(value), fault_(parent.fault_), parent_(&parent), index_(index) {}

  const Json& value() const { return value_; }
  bool failed() const { return fault_.any(); }
  void fail(const std::string& why, const std::string& todo = kRecordAgain) const {
    if (!failed()) fault_.note(path(), why, todo);
  }

  std::int64_t integer(std::int64_t least, std::int64_t most) const;
  std::uint64_t count() const;  // 0 .. 2^64 - 1
  double number(double least, double most) const;
  bool truth() const;
  std::string_view text() const;
  std::string name() const;  // unescaped
  std::uint64_t mask() const;
  // use(Node) for each element.
  template <class Use>
  void each(Use use) const {
    if (!value_.is_array()) return expected("a list");
    for (std::size_t i = 0; i < value_.size() && !failed(); ++i) use(Node(*this, i, value_[i]));
  }
  void expected(const std::string& what) const;

 private:
  std::string path() const;

  const Json& value_;
  Fault& fault_;
  const Node* parent_ = nullptr;
  std::string_view key_;
  std::size_t index_ = 0;
};

// The keys of an object: each is asked for once, then done() refuses the others.
class Fields {
 public:
  explicit Fields(const Node& node);

  template <class Use>
  void need_with(std::string_view key, Use use) {
    if (node_.failed()) return;
    if (const Json* value = find(key))
      use(Node(node_, key, *value));
    else
      missing(key);
  }
  template <class Use>
  void may_with(std::string_view key, Use use) {
    if (node_.failed()) return;
    if (const Json* value = find(key)) use(Node(node_, key, *value));
  }
  template <class T>
  void need(std::string_view key, T& out) {
    need_with(key, [&out](const Node& n) { read(n, out); });
  }
  // Leaves `out` as it is where the key is absent.
  template <class T>
  void may(std::string_view key, T& out) {
    may_with(key, [&out](const Node& n) { read(n, out); });
  }
  void done();

 private:
  const Json* find(std::string_view key);
  void missing(std::string_view key) const;

  const Node& node_;
  std::vector<std::string_view> known_;
};

}  // namespace dcat::trace
