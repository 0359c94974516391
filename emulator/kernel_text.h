// How the kernel reads numbers and words from what was written to a file (kstrtoul and friends, strim, strsep), and
// prints numbers. The refusals of resctrl hang on the details: " 0" is no number, while "+1", "0x3" in base 16 and a
// last newline are fine.
//
// Text ends at its first NUL byte. Source: Linux lib/kstrtox.c, lib/string.c.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace dcat::emulator {

template <class T>
struct Parsed {
  int error = 0;  // EINVAL: no number; ERANGE: too large
  T value{};
};

// Base 10 or 16 (with or without 0x), or 0: 0x is hexadecimal, a leading 0 octal, the rest decimal.
Parsed<std::uint64_t> parse_unsigned(std::string_view text, unsigned base,
                                     std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
Parsed<int> parse_int(std::string_view text);  // base 0, may be negative

bool is_space(char c);
std::string_view trimmed(std::string_view text);
// As the kernel's string functions see it.
std::string_view until_nul(std::string_view text);
// The part before the first `separator`; `rest` becomes what follows it, or nothing where there is none.
// REQUIRES: rest has a value.
std::string_view take_part(std::optional<std::string_view>& rest, char separator);

// As printf's %0*x, %0*u and %*u.
std::string zero_padded_hex(std::uint64_t value, unsigned width);
std::string zero_padded(std::uint64_t value, unsigned width);
std::string space_padded(std::uint64_t value, unsigned width);

}  // namespace dcat::emulator
