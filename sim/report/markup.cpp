#include "sim/report/markup.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>

namespace dcat::sim::page {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Character {
  std::size_t bytes = 1;
  std::uint32_t code = 0;
  bool valid = false;
};

// The UTF-8 character at the start of `text` (RFC 3629: shortest form, no surrogates, up to U+10FFFF). REQUIRES: not
// empty.
Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {1, lead, true};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
  std::uint32_t code = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    code = code << 6U | (byte(i) & 0x3FU);
  }
  const bool overlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
  if (overlong || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) return {};
  return {bytes, code, true};
}

bool fit_for_a_page(std::uint32_t code) {
  if (code < 0x20) return code == '\t' || code == '\n';
  if (code >= 0x7F && code <= 0x9F) return false;
  if (code == 0xFFFE || code == 0xFFFF) return false;
  return !(code >= 0x202A && code <= 0x202E) && !(code >= 0x2066 && code <= 0x2069);
}

std::string_view entity(std::uint32_t code) {
  switch (code) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return "";
  }
}

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character c = first_character(text);
    if (!c.valid || !fit_for_a_page(c.code)) {
      // Windows' ends of lines are no damage.
      if (!(c.valid && c.code == '\r' && text.size() > 1 && text[1] == '\n')) out += kReplacement;
    } else if (const std::string_view e = entity(c.code); !e.empty()) {
      out += e;
    } else {
      out += text.substr(0, c.bytes);
    }
    text.remove_prefix(c.bytes);
  }
  return out;
}

std::string shorten(std::string_view text, std::size_t most) {
  std::size_t characters = 0;
  std::size_t cut = 0;  // where the last character begins that can stay beside an ellipsis
  std::string_view rest = text;
  while (!rest.empty()) {
    if (characters + 1 == most) cut = text.size() - rest.size();
    if (characters == most) return std::string(text.substr(0, cut)) + "…";
    rest.remove_prefix(first_character(rest).bytes);
    ++characters;
  }
  return std::string(text);
}

std::string number(double value, int digits) {
  std::string text = fmt::format("{:.{}f}", value, digits);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

std::string figure(double value) {
  if (!std::isfinite(value)) return "-";
  if (value == std::round(value) && std::abs(value) < 1e15) return number(value, 0);
  return fmt::format("{:.4g}", value);
}

}  // namespace dcat::sim::page
