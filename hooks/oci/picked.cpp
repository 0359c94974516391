#include "hooks/oci/picked.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

namespace dcat {

namespace {

// A seccomp profile, the deepest that a config.json has, is at 6.
constexpr std::size_t kMostDepth = 64;

Error bad(const std::string& what, const std::string& why) {
  return {ErrorCode::bad_input, what, why, "the runtime wrote it: tell its makers, or the scan finds the container"};
}

// Hears the file's words as the parser goes.
class Picker {
 public:
  Picker(const std::string& what, const std::vector<std::string>& paths, Picked& picked)
      : what_(what), paths_(paths), picked_(picked) {}

  bool null() { return other("null"); }
  bool boolean(bool) { return other("true or false"); }
  bool number_integer(std::int64_t) { return other("a number"); }
  bool number_unsigned(std::uint64_t) { return other("a number"); }
  bool number_float(double, const std::string&) { return other("a number"); }
  bool binary(nlohmann::json::binary_t&) { return false; }  // not in text
  bool string(std::string& value) {
    if (!wanted()) return is_inside() || other("a string");
    picked_.insert_or_assign(path_, std::move(value));
    return true;
  }
  bool key(std::string& key) {
    if (open_.back().list) return true;
    path_.resize(open_.back().path);
    if (open_.size() > 1) path_ += '.';
    // A key with a dot of its own is on the way to nothing.
    if (key.find('.') != std::string::npos) path_ += "..";
    path_ += key;
    return true;
  }
  bool start_object(std::size_t) { return open(false); }
  bool start_array(std::size_t) { return open(true); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
    why_ = "not JSON from about byte " + std::to_string(position) + " on";
    return false;
  }
  const std::string& why() const { return why_; }

 private:
  struct Open {
    bool list = false;
    std::size_t path = 0;  // length of the path to it
  };

  bool is_inside() const { return !open_.empty(); }
  // What is in a list has the list's path, which is not its own.
  bool wanted() const {
    return is_inside() && !open_.back().list && std::find(paths_.begin(), paths_.end(), path_) != paths_.end();
  }
  bool other(const char* got) {
    if (!is_inside()) why_ = std::string("got ") + got + ", want an object";
    if (wanted())
      picked_.insert_or_assign(path_, bad(what_ + ": " + path_, std::string("got ") + got + ", want a string"));
    return why_.empty();
  }
  bool open(bool list) {
    if (open_.size() == kMostDepth) why_ = "nested more than " + std::to_string(kMostDepth) + " deep";
    if (list || is_inside()) other(list ? "a list" : "an object");
    if (!why_.empty()) return false;
    // Within a list nothing is anybody's path.
    const bool in_list = list || (is_inside() && open_.back().list);
    open_.push_back({in_list, path_.size()});
    return true;
  }
  bool close() {
    path_.resize(open_.back().path);
    open_.pop_back();
    return true;
  }

  const std::string& what_;
  const std::vector<std::string>& paths_;
  Picked& picked_;
  std::vector<Open> open_;
  std::string path_;  // to the value that comes next
  std::string why_;
};

}  // namespace

Result<Picked> pick_strings(std::string_view json, const std::string& what, const std::vector<std::string>& paths) {
  Picked picked;
  Picker picker(what, paths, picked);
  // The parser takes a NUL for the end of its input.
  if (json.find('\0') != std::string_view::npos) return bad(what, "got a NUL");
  if (!nlohmann::json::sax_parse(json.begin(), json.end(), &picker)) return bad(what, picker.why());
  return picked;
}

}  // namespace dcat
