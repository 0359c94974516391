#include "sim/llc/geometry.h"

#include <fmt/format.h>

#include <bit>
#include <cstddef>

namespace dcat::llc {

Result<Geometry> make_geometry(std::uint64_t bytes, int ways, std::uint32_t line_bytes, bool hashed) {
  const auto wrong = [&](std::string why, std::string todo) {
    return Error{ErrorCode::bad_input, fmt::format("a cache of {} bytes", bytes), std::move(why), std::move(todo), 0};
  };
  if (ways < 1 || ways > kMostWays) return wrong(fmt::format("got {} ways", ways), "want 1 to 64");
  if (!std::has_single_bit(line_bytes) || line_bytes < 8 || line_bytes > 4096)
    return wrong(fmt::format("got lines of {} bytes", line_bytes), "want a power of two from 8 to 4096");
  const std::uint64_t set_bytes = std::uint64_t{line_bytes} * static_cast<std::uint64_t>(ways);
  if (bytes == 0 || bytes % set_bytes != 0)
    return wrong(fmt::format("it is no whole number of sets of {} ways of {} bytes", ways, line_bytes),
                 fmt::format("want a multiple of {} bytes", set_bytes));
  if (bytes / set_bytes > kMostSets)
    return wrong(fmt::format("it has {} sets", bytes / set_bytes), fmt::format("want at most {}", kMostSets));
  return Geometry{static_cast<std::uint32_t>(bytes / set_bytes), ways, line_bytes, hashed};
}

Locator::Locator(const Geometry& geometry)
    : sets_(geometry.sets), hashed_(geometry.hashed), power_of_two_(std::has_single_bit(geometry.sets)) {
  shift_ = std::bit_width(sets_) - 1;
  if (power_of_two_) return;
  __extension__ using Wide = unsigned __int128;
  multiplier_ = static_cast<std::uint64_t>(((Wide{1} << (64 + shift_)) + sets_ - 1) / sets_);
}

Locator::Place Locator::place_slowly(LineAddress line) const {
  const std::uint64_t key = quotient(line);
  const auto position = static_cast<std::uint32_t>(line - key * sets_);
  if (!hashed_) return {key, position};
  const std::uint32_t set = position + turn(key);  // below 2^32: both are below 2^31
  return {key, set >= sets_ ? set - sets_ : set};
}

LineAddress Locator::line_of(std::uint64_t key, std::uint32_t set) const {
  std::uint32_t position = set;
  if (hashed_) position = set >= turn(key) ? set - turn(key) : set + sets_ - turn(key);
  return key * sets_ + position;
}

std::uint64_t Locator::locate(const LineAddress* lines, std::size_t n, std::uint64_t* keys, std::uint32_t* sets) const {
  std::uint64_t bits = 0;
  if (power_of_two_ && !hashed_) {
    for (std::size_t i = 0; i < n; ++i) {
      keys[i] = lines[i] >> shift_;
      sets[i] = static_cast<std::uint32_t>(lines[i]) & (sets_ - 1);
      bits |= keys[i];
    }
    return bits;
  }
  for (std::size_t i = 0; i < n; ++i) {
    const Place place = place_slowly(lines[i]);
    keys[i] = place.key;
    sets[i] = place.set;
    bits |= place.key;
  }
  return bits;
}

}  // namespace dcat::llc
