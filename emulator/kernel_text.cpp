#include "emulator/kernel_text.h"

#include <cerrno>
#include <cstddef>

namespace dcat::emulator {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

bool has_hex_prefix(std::string_view text) {
  return text.size() >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
}

// Takes the prefix away and says in which base the rest is.
unsigned base_of(std::string_view& text, unsigned base) {
  if (base == 0) {
    if (has_hex_prefix(text) && text.size() > 2 && digit_of(text[2]) < 16) {
      base = 16;
    } else {
      base = !text.empty() && text[0] == '0' ? 8 : 10;
    }
  }
  if (base == 16 && has_hex_prefix(text)) text.remove_prefix(2);
  return base;
}

Parsed<std::uint64_t> parse_digits(std::string_view text, unsigned base, std::uint64_t most) {
  base = base_of(text, base);
  std::uint64_t value = 0;
  bool overflow = false;
  std::size_t used = 0;
  for (; used < text.size(); ++used) {
    const auto digit = static_cast<unsigned>(digit_of(text[used]));
    if (digit >= base) break;
    if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / base) overflow = true;
    value = value * base + digit;
  }
  if (overflow) return {ERANGE, 0};
  if (used == 0) return {EINVAL, 0};
  text.remove_prefix(used);
  if (text.starts_with('\n')) text.remove_prefix(1);
  if (!text.empty()) return {EINVAL, 0};
  if (value > most) return {ERANGE, 0};
  return {0, value};
}

std::string padded(const std::string& digits, char with, unsigned width) {
  return digits.size() < width ? std::string(width - digits.size(), with) + digits : digits;
}

}  // namespace

Parsed<std::uint64_t> parse_unsigned(std::string_view text, unsigned base, std::uint64_t most) {
  text = until_nul(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  return parse_digits(text, base, most);
}

Parsed<int> parse_int(std::string_view text) {
  text = until_nul(text);
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
  if (text.starts_with('-')) {
    const auto parsed = parse_digits(text.substr(1), 0, kMost + 1);
    return {parsed.error, static_cast<int>(-static_cast<std::int64_t>(parsed.value))};
  }
  const auto parsed = parse_unsigned(text, 0, kMost);
  return {parsed.error, static_cast<int>(parsed.value)};
}

bool is_space(char c) {
  // The kernel's table is Latin-1's: a non-breaking space counts.
  return c == ' ' || (c >= '\t' && c <= '\r') || c == '\xa0';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view until_nul(std::string_view text) {
  return text.substr(0, text.find('\0'));
}

std::string_view take_part(std::optional<std::string_view>& rest, char separator) {
  const std::string_view text = *rest;
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) {
    rest.reset();
    return text;
  }
  rest = text.substr(at + 1);
  return text.substr(0, at);
}

std::string zero_padded_hex(std::uint64_t value, unsigned width) {
  std::string digits;
  do {
    digits.insert(digits.begin(), "0123456789abcdef"[value % 16]);
    value /= 16;
  } while (value != 0);
  return padded(digits, '0', width);
}

std::string zero_padded(std::uint64_t value, unsigned width) {
  return padded(std::to_string(value), '0', width);
}

std::string space_padded(std::uint64_t value, unsigned width) {
  return padded(std::to_string(value), ' ', width);
}

}  // namespace dcat::emulator
