#include "controller/config/quantity.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <system_error>

namespace dcat {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t size;
};

constexpr std::array<Unit, 6> kDurationUnits{{{"ns", 1},
                                              {"us", 1'000},
                                              {"ms", 1'000'000},
                                              {"s", 1'000'000'000},
                                              {"m", 60'000'000'000},
                                              {"h", 3'600'000'000'000}}};
constexpr std::array<Unit, 5> kByteUnits{{{"B", 1},
                                          {"KiB", std::uint64_t{1} << 10},
                                          {"MiB", std::uint64_t{1} << 20},
                                          {"GiB", std::uint64_t{1} << 30},
                                          {"TiB", std::uint64_t{1} << 40}}};

// So that fraction x unit stays within 64 bits (10^6 x 2^40, 10^6 x 3.6 * 10^12).
constexpr std::size_t kMostFractionDigits = 6;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view take_digits(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  const std::string_view digits = text.substr(0, n);
  text.remove_prefix(n);
  return digits;
}

// `12.25MiB` in its parts.
struct Parts {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  std::uint64_t unit = 0;  // 0 = none of the units
};

std::optional<Parts> split(std::string_view text, const auto& units) {
  Parts parts;
  if (text.starts_with('-')) {
    parts.negative = true;
    text.remove_prefix(1);
  }
  parts.whole = take_digits(text);
  if (parts.whole.empty()) return std::nullopt;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    parts.fraction = take_digits(text);
    if (parts.fraction.empty() || parts.fraction.size() > kMostFractionDigits) return std::nullopt;
  }
  for (const Unit& unit : units)
    if (unit.name == text) parts.unit = unit.size;
  if (parts.unit == 0) return std::nullopt;
  return parts;
}

std::optional<std::uint64_t> to_uint64(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (ec != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

struct Scaled {
  std::uint64_t value = 0;
  bool exact = true;
};

// Absent when it does not fit into 64 bits.
std::optional<Scaled> scale(const Parts& parts) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  const std::optional<std::uint64_t> whole = to_uint64(parts.whole);
  if (!whole || *whole > kMost / parts.unit) return std::nullopt;
  Scaled scaled{*whole * parts.unit, true};
  if (parts.fraction.empty()) return scaled;
  std::uint64_t ten_power = 1;
  for (std::size_t i = 0; i < parts.fraction.size(); ++i) ten_power *= 10;
  const std::uint64_t product = *to_uint64(parts.fraction) * parts.unit;
  scaled.exact = product % ten_power == 0;
  if (product / ten_power > kMost - scaled.value) return std::nullopt;
  scaled.value += product / ten_power;
  return scaled;
}

Error bad_quantity(std::string want) {
  return Error{ErrorCode::bad_input, "", std::move(want), "", 0};
}

std::string format_with_unit(std::uint64_t value, const auto& units) {
  const Unit* unit = &units[0];
  for (const Unit& u : units)
    if (value != 0 && value % u.size == 0) unit = &u;
  return std::to_string(value / unit->size) + std::string(unit->name);
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  const std::optional<Parts> parts = split(text, kDurationUnits);
  if (!parts) return bad_quantity("want a duration with a unit such as 100ms, 1s or 2m");
  const std::optional<Scaled> ns = scale(*parts);
  if (!ns || ns->value > static_cast<std::uint64_t>(Duration::max().count()))
    return bad_quantity("want a duration of at most 2562047h");
  if (!ns->exact) return bad_quantity("want a duration in whole nanoseconds");
  const auto count = static_cast<Duration::rep>(ns->value);
  return Duration(parts->negative ? -count : count);
}

std::string format_duration(Duration duration) {
  const Duration::rep count = duration.count();
  // The magnitude of the least value does not fit into the signed type.
  const std::uint64_t size =
      count < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  if (size == 0) return "0s";
  return (count < 0 ? "-" : "") + format_with_unit(size, kDurationUnits);
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  const std::optional<Parts> parts = split(text, kByteUnits);
  if (!parts || parts->negative) return bad_quantity("want a size with a unit such as 64KiB, 27.5MiB or 2GiB");
  const std::optional<Scaled> bytes = scale(*parts);
  if (!bytes) return bad_quantity("want a size below 16777216TiB");
  return bytes->value;
}

std::string format_bytes(std::uint64_t bytes) {
  return format_with_unit(bytes, kByteUnits);
}

bool looks_like_whole_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::string_view digits = take_digits(text);
  return !digits.empty() && text.empty() && (digits.size() == 1 || digits.front() != '0');
}

std::optional<double> parse_number(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  // from_chars would take "inf", "nan" and ".5"; YAML 1.1 takes 012 for ten.
  if (digits.empty() || !is_digit(digits.front())) return std::nullopt;
  if (digits.size() > 1 && digits[0] == '0' && is_digit(digits[1])) return std::nullopt;
  double value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string format_number(double number) {
  std::array<char, 32> buffer{};
  const auto [end, ec] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return ec == std::errc() ? std::string(buffer.data(), end) : std::string("nan");
}

}  // namespace dcat
