#include "controller/trace_writer.h"

#include <charconv>
#include <cmath>
#include <cstddef>

namespace dcat::trace {

namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

unsigned char byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

bool plain(unsigned char c) {
  return c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && c != '%';
}

void append_hex(std::string& out, std::string_view prefix, unsigned char c) {
  out += prefix;
  out += kHex[c >> 4];
  out += kHex[c & 0xF];
}

int hex_digit(char c) {
  const std::size_t at = kHex.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

std::size_t utf8_sequence_size(std::string_view text, std::size_t i) {
  const unsigned char lead = byte_at(text, i);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const std::size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (text.size() - i < size) return 0;
  // Overlong forms, surrogates and what lies beyond U+10FFFF show in the second byte.
  const unsigned char least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (byte_at(text, i + 1) < least || byte_at(text, i + 1) > most) return 0;
  for (std::size_t k = 2; k < size; ++k)
    if ((byte_at(text, i + k) & 0xC0) != 0x80) return 0;
  return size;
}

void append_name(std::string& out, std::string_view bytes) {
  out += '"';
  for (std::size_t i = 0; i < bytes.size();) {
    std::size_t run = i;
    while (run < bytes.size() && plain(byte_at(bytes, run))) ++run;
    out.append(bytes, i, run - i);
    i = run;
    if (i == bytes.size()) break;
    const unsigned char c = byte_at(bytes, i);
    const std::size_t size = utf8_sequence_size(bytes, i);
    if (c == '%' || size == 0) {
      append_hex(out, "%", c);
    } else if (c == '"' || c == '\\') {
      (out += '\\') += bytes[i];
    } else if (c < 0x20) {
      append_hex(out, "\\u00", c);
    } else {
      out.append(bytes, i, size);
    }
    i += size == 0 ? 1 : size;
  }
  out += '"';
}

std::string percent_text(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t size = bytes[i] == '%' ? 0 : utf8_sequence_size(bytes, i);
    if (size == 0)
      append_hex(out, "%", byte_at(bytes, i));
    else
      out.append(bytes, i, size);
    i += size == 0 ? 1 : size;
  }
  return out;
}

std::optional<std::string> unescape_name(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (c == '\0') return std::nullopt;
    bytes += c;
  }
  return bytes;
}

void Writer::separate() {
  if (out_.empty()) return;
  const char last = out_.back();
  if (last != '{' && last != '[' && last != ':') out_ += ',';
}

void Writer::key(std::string_view key) {
  separate();
  quote(key);
  out_ += ':';
}

void Writer::word(std::string_view key, std::string_view word) {
  this->key(key);
  quote(word);
}

void Writer::field(std::string_view key, double value) {
  if (!std::isfinite(value)) return;
  this->key(key);
  char text[32];  // the shortest form of a double has at most 24 characters
  const std::to_chars_result end = std::to_chars(text, text + sizeof text, value);
  out_.append(text, end.ptr);
  // JSON readers take -0 for an integer and lose its sign.
  if (value == 0 && std::signbit(value)) out_ += ".0";
}

void Writer::integer(std::int64_t n) {
  char text[24];
  out_.append(text, std::to_chars(text, text + sizeof text, n).ptr);
}

void Writer::integer(std::uint64_t n) {
  char text[24];
  out_.append(text, std::to_chars(text, text + sizeof text, n).ptr);
}

}  // namespace dcat::trace
