#include "controller/config/yaml_reader.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <system_error>
#include <type_traits>
#include <utility>

#include "controller/config/quantity.h"
#include "controller/config/suggest.h"
#include "controller/config/yaml_tree.h"

namespace dcat {
namespace {

// The text of one Error; a file that is not a configuration at all would fill the screen otherwise.
constexpr std::size_t kMostErrorsShown = 100;
// And what is kept at all.
constexpr std::size_t kMostErrorsKept = 1000;

std::string shown(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null: return "nothing";
    case YamlNode::Kind::list: return "a list";
    case YamlNode::Kind::map: return "a mapping";
    case YamlNode::Kind::scalar: break;
  }
  return node.quoted ? "\"" + shown_text(node.text) + "\"" : shown_text(node.text);
}

std::string got_want(const YamlNode& node, const std::string& want) {
  return "got " + shown(node) + ", want " + want;
}

std::string with_unit(std::string text, const char* unit) {
  return *unit == '\0' ? text : std::move(text) + " " + unit;
}

// "1..64 ways", "at least 1 ways", or empty when any value will do. `from` and `to` are empty where there is
// no bound.
std::string range_text(const std::string& from, const std::string& to, const char* unit) {
  if (!from.empty() && !to.empty()) return with_unit(from + ".." + to, unit);
  if (!from.empty()) return with_unit("at least " + from, unit);
  if (!to.empty()) return with_unit("at most " + to, unit);
  return "";
}

template <class T, class Format>
std::string range_text(const Range<T>& range, T no_least, T no_most, Format format) {
  const std::string to = range.most >= no_most ? "" : format(range.most);
  // An unsigned number's 0 is a bound worth telling where there is another one.
  const bool tell_zero = std::is_unsigned_v<T> && !to.empty();
  return range_text(range.least <= no_least && !tell_zero ? "" : format(range.least), to, range.unit);
}

template <class T>
std::string whole_range(const Range<T>& range) {
  return range_text(range, std::numeric_limits<T>::min(), std::numeric_limits<T>::max(),
                    [](T value) { return std::to_string(value); });
}
std::string number_range(const Range<double>& range) {
  return range_text(range, std::numeric_limits<double>::lowest(), std::numeric_limits<double>::max(), format_number);
}
std::string duration_range(const Range<Duration>& range) {
  return range_text(range, Duration::min(), Duration::max(), format_duration);
}
std::string bytes_range(const Range<std::uint64_t>& range) {
  return range_text(range, std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max(), format_bytes);
}

std::string kind_and_range(const std::string& kind, const std::string& range) {
  return range.empty() ? kind : kind + ", " + range;
}

// People write 3% where 0.03 is wanted.
std::string percent_hint(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::scalar || !node.text.ends_with('%')) return "";
  const std::optional<double> percent = parse_number(std::string_view(node.text).substr(0, node.text.size() - 1));
  return percent ? "; write " + format_number(*percent / 100) + " for " + shown(node) : "";
}

template <class T>
bool within(const T& value, const Range<T>& range) {
  return range.least <= value && value <= range.most;
}

// What went wrong; empty = `out` is set.
template <class T>
std::string read_whole(const YamlNode& node, T& out, const Range<T>& range) {
  if (node.kind != YamlNode::Kind::scalar || node.quoted || !looks_like_whole_number(node.text))
    return got_want(node, kind_and_range("a whole number", whole_range(range)));
  T value = 0;
  const char* end = node.text.data() + node.text.size();
  const auto [parsed_to, ec] = std::from_chars(node.text.data(), end, value);
  const bool fits = ec == std::errc() && parsed_to == end;
  if (!fits || !within(value, range)) {
    const std::string want = whole_range(range);
    const std::string limit = "a number below 2^" + std::to_string(std::numeric_limits<T>::digits);
    return got_want(node, want.empty() ? limit : want);
  }
  out = value;
  return "";
}

}  // namespace

// ---- The document

struct YamlDocument::State {
  std::string file_name;
  YamlTree tree;
  std::vector<YamlProblem> problems;
  // Keys that the program asked for, per mapping: what it knows.
  std::map<const YamlNode*, std::vector<std::string>> asked;

  bool is_full() const { return problems.size() >= kMostErrorsKept; }

  void add(int line, const std::string& path, const std::string& message) {
    if (is_full()) return;
    for (const YamlProblem& p : problems)
      if (p.line == line && p.path == path && p.message == message) return;
    problems.push_back({line, path, message});
  }
};

YamlDocument YamlDocument::parse(const std::string& text, const std::string& file_name) {
  YamlDocument document;
  document.state_ = std::make_shared<State>();
  document.state_->file_name = file_name;
  document.state_->tree = parse_yaml(text);
  document.state_->problems = document.state_->tree.problems;
  return document;
}

std::vector<std::string> YamlDocument::errors() const {
  std::vector<YamlProblem> sorted = state_->problems;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const YamlProblem& a, const YamlProblem& b) { return a.line < b.line; });
  std::vector<std::string> lines;
  lines.reserve(sorted.size());
  for (const YamlProblem& p : sorted) {
    const std::string place = state_->file_name + ":" + std::to_string(p.line) + ": ";
    lines.push_back(place + (p.path.empty() ? "" : shown_text(p.path) + ": ") + p.message);
  }
  return lines;
}

void YamlDocument::add_error(int line, const std::string& key, const std::string& message) {
  state_->add(line, key, message);
}

Status YamlDocument::status() const {
  const std::vector<std::string> lines = errors();
  if (lines.empty()) return Status();
  Error error;
  error.code = ErrorCode::bad_input;
  for (std::size_t i = 0; i < std::min(lines.size(), kMostErrorsShown); ++i)
    error.what += (i == 0 ? "" : "\n") + lines[i];
  if (lines.size() > kMostErrorsShown)
    error.what += "\nand " + std::to_string(lines.size() - kMostErrorsShown) + " more";
  return error;
}

// ---- A mapping

struct YamlMap::Impl {
  std::shared_ptr<YamlDocument::State> state;
  const YamlNode* node = nullptr;  // null when the mapping is missing or something else stands there
  std::string path;
  int line = 1;
  bool silent = false;  // something else stands there, or the file has a syntax error: it has been told already

  std::string path_of(const std::string& key) const { return path.empty() ? key : path + "." + key; }

  const YamlEntry* find(const std::string& key) const {
    if (node == nullptr) return nullptr;
    std::vector<std::string>& asked = state->asked[node];
    if (std::find(asked.begin(), asked.end(), key) == asked.end()) asked.push_back(key);
    for (const YamlEntry& entry : node->entries)
      if (entry.key == key) return &entry;
    return nullptr;
  }

  int line_of(const std::string& key) const {
    const YamlEntry* entry = find(key);
    return entry == nullptr ? line : entry->line;
  }

  void error(const std::string& key, const std::string& message) const {
    if (!silent) state->add(line_of(key), path_of(key), message);
  }

  bool is_kind(const std::string& key, YamlNode::Kind kind) const {
    const YamlEntry* entry = find(key);
    return entry != nullptr && entry->value.kind == kind;
  }

  // Reads the value under `key` with `read_node(node, value)`, which returns what went wrong.
  template <class T, class ReadNode>
  bool read(const std::string& key, T& out, ReadNode read_node) const {
    const YamlEntry* entry = find(key);
    if (entry == nullptr) return false;
    T value{};
    const std::string wrong = read_node(entry->value, value);
    if (!wrong.empty()) {
      error(key, wrong);
      return false;
    }
    out = std::move(value);
    return true;
  }

  const YamlNode* find_list(const std::string& key, const std::string& of_what) const {
    const YamlEntry* entry = find(key);
    if (entry == nullptr) return nullptr;
    if (entry->value.kind == YamlNode::Kind::list) return &entry->value;
    error(key, got_want(entry->value, "a list of " + of_what));
    return nullptr;
  }

  template <class T, class ReadNode>
  bool read_list(const std::string& key, std::vector<T>& out, const std::string& of_what, ReadNode read_node) const {
    const YamlNode* list = find_list(key, of_what);
    if (list == nullptr) return false;
    std::vector<T> values;
    bool good = true;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      T value{};
      const std::string wrong = read_node(list->items[i], value);
      if (!wrong.empty()) state->add(list->items[i].line, path_of(key) + "[" + std::to_string(i) + "]", wrong);
      good = good && wrong.empty();
      values.push_back(std::move(value));
    }
    if (good) out = std::move(values);
    return good;
  }
};

YamlMap YamlDocument::root() {
  YamlMap map;
  map.impl_ = std::make_shared<YamlMap::Impl>();
  map.impl_->state = state_;
  map.impl_->node = &state_->tree.root;
  map.impl_->silent = state_->tree.broken;
  return map;
}

bool YamlMap::has(const std::string& key) {
  return impl_->find(key) != nullptr;
}
int YamlMap::line() const {
  return impl_->line;
}
int YamlMap::line_of(const std::string& key) {
  return impl_->line_of(key);
}
std::string YamlMap::path_of(const std::string& key) const {
  return impl_->path_of(key);
}

std::vector<std::string> YamlMap::keys() const {
  std::vector<std::string> names;
  if (impl_->node != nullptr)
    for (const YamlEntry& entry : impl_->node->entries) names.push_back(entry.key);
  return names;
}

bool YamlMap::read(const std::string& key, bool& out) {
  return impl_->read(key, out, [](const YamlNode& node, bool& value) -> std::string {
    const bool is_plain = node.kind == YamlNode::Kind::scalar && !node.quoted;
    value = node.text == "true";
    return is_plain && (value || node.text == "false") ? "" : got_want(node, "true or false");
  });
}

bool YamlMap::read(const std::string& key, int& out, Range<int> range) {
  return impl_->read(key, out, [&](const YamlNode& node, int& value) { return read_whole(node, value, range); });
}

bool YamlMap::read(const std::string& key, std::uint64_t& out, Range<std::uint64_t> range) {
  return impl_->read(key, out,
                     [&](const YamlNode& node, std::uint64_t& value) { return read_whole(node, value, range); });
}

bool YamlMap::read(const std::string& key, Ways& out, Range<int> range) {
  if (*range.unit == '\0') range.unit = "ways";
  return impl_->read(key, out, [&](const YamlNode& node, Ways& value) { return read_whole(node, value.count, range); });
}

bool YamlMap::read(const std::string& key, double& out, Range<double> range) {
  return impl_->read(key, out, [&](const YamlNode& node, double& value) -> std::string {
    const bool is_plain = node.kind == YamlNode::Kind::scalar && !node.quoted;
    const std::optional<double> number = is_plain ? parse_number(node.text) : std::nullopt;
    if (!number) return got_want(node, kind_and_range("a number", number_range(range)) + percent_hint(node));
    value = *number;
    return within(value, range) ? "" : got_want(node, number_range(range));
  });
}

bool YamlMap::read(const std::string& key, std::string& out) {
  return impl_->read(key, out, [](const YamlNode& node, std::string& value) -> std::string {
    value = node.text;
    return node.kind == YamlNode::Kind::scalar ? "" : got_want(node, "text");
  });
}

bool YamlMap::read(const std::string& key, Duration& out, Range<Duration> range) {
  return impl_->read(key, out, [&](const YamlNode& node, Duration& value) -> std::string {
    if (node.kind != YamlNode::Kind::scalar) return got_want(node, "a duration with a unit such as 100ms");
    const Result<Duration> duration = parse_duration(node.text);
    if (!duration) return "got " + shown(node) + ", " + duration.error().why;
    value = *duration;
    return within(value, range) ? "" : got_want(node, duration_range(range));
  });
}

bool YamlMap::read_bytes(const std::string& key, std::uint64_t& out, Range<std::uint64_t> range) {
  return impl_->read(key, out, [&](const YamlNode& node, std::uint64_t& value) -> std::string {
    if (node.kind != YamlNode::Kind::scalar) return got_want(node, "a size with a unit such as 64KiB");
    const Result<std::uint64_t> bytes = parse_bytes(node.text);
    if (!bytes) return "got " + shown(node) + ", " + bytes.error().why;
    value = *bytes;
    return within(value, range) ? "" : got_want(node, bytes_range(range));
  });
}

bool YamlMap::read_word(const std::string& key, std::size_t& out, const std::vector<std::string_view>& words) {
  return impl_->read(key, out, [&](const YamlNode& node, std::size_t& value) -> std::string {
    const auto found = std::find(words.begin(), words.end(), node.text);
    value = static_cast<std::size_t>(found - words.begin());
    if (node.kind == YamlNode::Kind::scalar && found != words.end()) return "";
    std::string want;
    for (std::size_t i = 0; i < words.size(); ++i)
      want += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + std::string(words[i]);
    const std::string near = closest_word(node.text, std::vector<std::string>(words.begin(), words.end()));
    return got_want(node, want) + (near.empty() ? "" : "; did you mean " + near + "?");
  });
}

bool YamlMap::read(const std::string& key, std::vector<std::string>& out) {
  return impl_->read_list(key, out, "texts", [](const YamlNode& node, std::string& value) -> std::string {
    value = node.text;
    return node.kind == YamlNode::Kind::scalar ? "" : got_want(node, "text");
  });
}

bool YamlMap::read(const std::string& key, std::vector<int>& out, Range<int> range) {
  return impl_->read_list(key, out, "whole numbers",
                          [&](const YamlNode& node, int& value) { return read_whole(node, value, range); });
}

void YamlMap::require(const std::string& key) {
  if (!has(key)) impl_->error(key, "missing");
}

YamlMap YamlMap::map(const std::string& key) {
  const YamlEntry* entry = impl_->find(key);
  YamlMap child;
  child.impl_ = std::make_shared<Impl>(Impl{impl_->state, nullptr, path_of(key), line_of(key), impl_->silent});
  if (entry == nullptr) return child;
  if (entry->value.kind == YamlNode::Kind::map) {
    child.impl_->node = &entry->value;
    return child;
  }
  impl_->error(key, got_want(entry->value, "a mapping"));
  child.impl_->silent = true;
  return child;
}

std::vector<YamlMap> YamlMap::maps(const std::string& key) {
  std::vector<YamlMap> children;
  const YamlNode* list = impl_->find_list(key, "mappings");
  if (list == nullptr) return children;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const YamlNode& item = list->items[i];
    const std::string path = path_of(key) + "[" + std::to_string(i) + "]";
    if (item.kind != YamlNode::Kind::map) {
      impl_->state->add(item.line, path, got_want(item, "a mapping"));
      continue;
    }
    children.emplace_back();
    children.back().impl_ = std::make_shared<Impl>(Impl{impl_->state, &item, path, item.line, false});
  }
  return children;
}

bool YamlMap::is_map(const std::string& key) {
  return impl_->is_kind(key, YamlNode::Kind::map);
}
bool YamlMap::is_list(const std::string& key) {
  return impl_->is_kind(key, YamlNode::Kind::list);
}
bool YamlMap::is_scalar(const std::string& key) {
  return impl_->is_kind(key, YamlNode::Kind::scalar);
}

void YamlMap::error(const std::string& key, const std::string& message) {
  impl_->error(key, message);
}

void YamlMap::finish() {
  if (impl_->node == nullptr) return;
  const std::vector<std::string>& known = impl_->state->asked[impl_->node];
  for (const YamlEntry& entry : impl_->node->entries) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    if (impl_->state->is_full()) return;
    const std::string near = closest_word(entry.key, known);
    const std::string hint = near.empty() ? "" : "; did you mean " + near + "?";
    impl_->state->add(entry.line, path_of(entry.key), "unknown key" + hint);
  }
}

}  // namespace dcat
