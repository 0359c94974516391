// Numbers, durations and sizes as people write them: 100ms, 1.5s, 27.5MiB, 0.05. Strict: the whole text must
// be the quantity, durations and sizes need their unit, nothing depends on the locale. What format_x writes,
// parse_x reads back to the same value. An error's `why` says what was wanted ("want a duration with a unit
// such as 100ms, 1s or 2m").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/units.h"

namespace dcat {

// Units ns, us, ms, s, m, h; a fraction is allowed as long as it is whole nanoseconds. May be negative.
Result<Duration> parse_duration(std::string_view text);
// With the largest unit that leaves a whole number: 90s, 1500ms, 2h.
std::string format_duration(Duration duration);

// Units B, KiB, MiB, GiB, TiB; a fraction of a byte is rounded down.
Result<std::uint64_t> parse_bytes(std::string_view text);
std::string format_bytes(std::uint64_t bytes);

// What a whole number or a plain number may look like: an optional minus sign, decimal digits, no leading
// zeros.
bool looks_like_whole_number(std::string_view text);
// Absent when `text` is no finite decimal number or does not fit.
std::optional<double> parse_number(std::string_view text);
// The shortest text that reads back as the same number.
std::string format_number(double number);

}  // namespace dcat
