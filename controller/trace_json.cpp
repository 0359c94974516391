#include "controller/trace_json.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "controller/trace_writer.h"

namespace dcat::trace {

namespace {

// Text of theirs in a message of ours: short, and printable whatever it holds.
std::string shown(const Json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  constexpr std::size_t kMost = 60;
  std::string text = value.dump(-1, ' ', true);
  if (text.size() > kMost) text = text.substr(0, kMost) + "...";
  return text;
}

// A key may be theirs, too (an annotation's).
std::string shown_key(std::string_view key) {
  constexpr std::size_t kMost = 200;
  std::string text;
  for (const char c : key.substr(0, kMost)) text += c >= ' ' && c <= '~' ? c : '?';
  return text + (key.size() > kMost ? "..." : "");
}

// Builds the tree as the parser goes, and stops at what a plain tree could not show any more.
class TreeBuilder {
 public:
  explicit TreeBuilder(Json& root) : root_(root) {}

  bool null() { return add(nullptr), true; }
  bool boolean(bool value) { return add(value), true; }
  bool number_integer(std::int64_t value) { return add(value), true; }
  bool number_unsigned(std::uint64_t value) { return add(value), true; }
  bool number_float(double value, const std::string&) { return add(value), true; }
  bool string(std::string& value) { return add(std::move(value)), true; }
  bool binary(Json::binary_t&) { return false; }  // not in text
  bool start_object(std::size_t) { return open(Json::value_t::object); }
  bool start_array(std::size_t) { return open(Json::value_t::array); }
  bool end_object() { return stack_.pop_back(), true; }
  bool end_array() { return stack_.pop_back(), true; }
  bool key(std::string& key) {
    const auto [at, is_new] = stack_.back()->get_ref<Json::object_t&>().try_emplace(key);
    if (!is_new) why_ = "key " + shown(Json(key)) + " is there twice in one object";
    member_ = &at->second;
    return is_new;
  }
  bool parse_error(std::size_t position, const std::string&, const Json::exception& error) {
    constexpr int kOutOfRange = 406;
    why_ = (error.id == kOutOfRange ? "a number is too large, near byte " : "not JSON from about byte ") +
           std::to_string(position) + " on";
    return false;
  }
  const std::string& why() const { return why_; }

 private:
  Json* add(Json value) {
    if (stack_.empty()) return &(root_ = std::move(value));
    if (!stack_.back()->is_array()) return &(*member_ = std::move(value));
    return &stack_.back()->emplace_back(std::move(value));
  }
  bool open(Json::value_t kind) {
    if (stack_.size() == kMostDepth) {
      why_ = "nested more than " + std::to_string(kMostDepth) + " deep";
      return false;
    }
    stack_.push_back(add(Json(kind)));
    return true;
  }

  Json& root_;
  std::vector<Json*> stack_;  // what is open, outermost first
  Json* member_ = nullptr;    // where the value of the last key goes
  std::string why_;
};

}  // namespace

Result<Json> parse_json(std::string_view line, const std::string& what) {
  const auto wrong = [&what](const std::string& why) { return Error{ErrorCode::bad_input, what, why, kRecordAgain}; };
  if (line.empty()) return wrong("the line is empty");
  // The parser takes a NUL for the end of its input.
  if (const std::size_t nul = line.find('\0'); nul != std::string_view::npos)
    return wrong("byte " + std::to_string(nul) + " is a NUL");
  Json root;
  TreeBuilder builder(root);
  if (!Json::sax_parse(line.begin(), line.end(), &builder))
    return wrong(builder.why() + " (the line has " + std::to_string(line.size()) + " bytes)");
  return root;
}

void Fault::note(const std::string& path, const std::string& why, const std::string& todo) {
  if (error_) return;
  error_ = Error{ErrorCode::bad_input, path.empty() ? what_ : what_ + ": " + path, why, todo};
}

std::string Node::path() const {
  if (parent_ == nullptr) return "";
  const std::string before = parent_->path();
  if (key_.empty()) return before + "[" + std::to_string(index_) + "]";
  return before.empty() ? shown_key(key_) : before + "." + shown_key(key_);
}

void Node::expected(const std::string& what) const {
  fail("got " + shown(value_) + ", want " + what);
}

std::int64_t Node::integer(std::int64_t least, std::int64_t most) const {
  const auto want = [&] { return "an integer of " + std::to_string(least) + " to " + std::to_string(most); };
  // Above the largest signed value an integer is unsigned, and would wrap.
  const bool wraps = value_.is_number_unsigned() && value_.get<std::uint64_t>() > std::uint64_t{INT64_MAX};
  if (!value_.is_number_integer() || wraps) return expected(want()), least;
  const auto n = value_.get<std::int64_t>();
  if (n < least || n > most) return expected(want()), least;
  return n;
}

std::uint64_t Node::count() const {
  if (!value_.is_number_unsigned()) return expected("an integer of 0 to 18446744073709551615"), 0;
  return value_.get<std::uint64_t>();
}

double Node::number(double least, double most) const {
  const double n = value_.is_number() ? value_.get<double>() : std::nan("");
  if (n >= least && n <= most) return n;
  expected("a number of " + Json(least).dump() + " to " + Json(most).dump());
  return least;
}

bool Node::truth() const {
  if (!value_.is_boolean()) return expected("true or false"), false;
  return value_.get<bool>();
}

std::string_view Node::text() const {
  if (!value_.is_string()) return expected("a string"), "";
  return value_.get_ref<const std::string&>();
}

std::string Node::name() const {
  if (!value_.is_string()) return expected("a name"), "";
  auto bytes = unescape_name(value_.get_ref<const std::string&>());
  if (!bytes) return expected("a name without NUL, each % followed by two of 0-9A-F"), "";
  return *std::move(bytes);
}

std::uint64_t Node::mask() const {
  const std::string_view digits = value_.is_string() ? value_.get_ref<const std::string&>() : std::string_view();
  std::uint64_t bits = 0;
  const char* last = digits.data() + digits.size();
  const std::from_chars_result end = std::from_chars(digits.data(), last, bits, 16);
  if (digits.empty() || end.ec != std::errc{} || end.ptr != last)
    return expected("a mask of at most 64 ways in hexadecimal"), 0;
  return bits;
}

Fields::Fields(const Node& node) : node_(node) {
  if (!node.value().is_object()) node.expected("an object");
}

const Json* Fields::find(std::string_view key) {
  known_.push_back(key);
  const auto at = node_.value().find(key);
  return at == node_.value().end() ? nullptr : &*at;
}

void Fields::missing(std::string_view key) const {
  node_.fail("key \"" + std::string(key) + "\" is missing");
}

void Fields::done() {
  if (node_.failed()) return;
  for (const auto& [key, value] : node_.value().items())
    if (std::find(known_.begin(), known_.end(), key) == known_.end())
      return node_.fail("key " + shown(Json(key)) + " is unknown");
}

}  // namespace dcat::trace
