// One line of JSON, written key by key in the order of the calls. Private to the trace.
//
// Names (containers, groups) may hold any byte but a trace is UTF-8: '%' and bytes that are not part of
// well-formed UTF-8 are written as %XX, upper-case hexadecimal.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cat/cbm.h"
#include "core/ids.h"
#include "core/units.h"

namespace dcat::trace {

// Bytes of the well-formed UTF-8 sequence that starts at i; 0: there is none. Source: The Unicode Standard,
// table 3-7.
std::size_t utf8_sequence_size(std::string_view text, std::size_t i);
// Appends `bytes`, %-escaped, as a JSON string with its quotes.
void append_name(std::string& out, std::string_view bytes);
// The same without JSON: well-formed UTF-8, %XX for '%' and every byte that is no part of it.
std::string percent_text(std::string_view bytes);
// Back to bytes; nullopt: a '%' that no %XX follows, or a NUL.
std::optional<std::string> unescape_name(std::string_view text);

class Writer {
 public:
  void open(std::string_view key, char bracket) { this->key(key), open(bracket); }
  void open(char bracket) { separate(), out_ += bracket; }
  void close(char bracket) { out_ += bracket; }
  void key(std::string_view key);  // one of ours: never escaped

  void number(std::integral auto n) { separate(), integer(n); }
  void flag(std::string_view key, bool set) {
    if (set) truth(key, true);
  }
  void word(std::string_view key, std::string_view word);  // one of ours
  void truth(std::string_view key, bool value) { this->key(key), out_ += value ? "true" : "false"; }
  void name(std::string_view key, std::string_view bytes) { this->key(key), append_name(out_, bytes); }
  void field(std::string_view key, std::integral auto n) { this->key(key), integer(n); }
  void field(std::string_view key, double value);  // left out when it is not finite
  void field(std::string_view key, const std::optional<double>& value) {
    if (value) field(key, *value);
  }
  void field(std::string_view key, Ways ways) { field(key, ways.count); }
  void field(std::string_view key, TimePoint at) { field(key, at.time_since_epoch().count()); }
  void field(std::string_view key, Duration d) { field(key, d.count()); }
  void field(std::string_view key, DomainId id) { field(key, id.value); }
  void field(std::string_view key, const ContainerId& id) { name(key, id.value); }
  void field(std::string_view key, const GroupId& id) { name(key, id.value); }
  void field(std::string_view key, Cbm mask) { word(key, format_cbm(mask)); }
  void mask(Cbm mask) { separate(), quote(format_cbm(mask)); }
  // Left out when it is its type's default.
  template <class T>
  void unless_default(std::string_view key, const T& value) {
    if (value != T{}) field(key, value);
  }

  void reserve(std::size_t bytes) { out_.reserve(bytes); }
  std::string take() && { return std::move(out_); }

 private:
  void separate();
  void quote(std::string_view text) { out_.append("\"").append(text).append("\""); }
  void integer(std::int64_t n);
  void integer(std::uint64_t n);
  void integer(std::int32_t n) { integer(std::int64_t{n}); }
  void integer(std::uint32_t n) { integer(std::uint64_t{n}); }

  std::string out_;
};

}  // namespace dcat::trace
