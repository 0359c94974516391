// What a cache looks like, and in which set a line is: any number of sets, 1 to 64 ways.
//
// A line address is an address divided by the line size. It is taken apart into key = line / sets and
// position = line % sets, so that (key, position) names the line and the key alone is kept as its tag. The set is the
// position, or with hashed sets the position turned by a number that depends on the key alone:
// (position + turn(key)) % sets. That is a bijection for every key, works for any number of sets, keeps neighbours in
// different sets and sends lines that are any multiple of `sets` apart, which plain indexing piles up in one set, to
// sets that have nothing to do with each other. Real parts hash physical addresses onto slices with functions that
// differ from part to part; slices are not modelled.
#pragma once

#include <cstdint>

#include "core/result.h"

namespace dcat::llc {

using LineAddress = std::uint64_t;

inline constexpr int kMostWays = 64;  // bits of a CBM
// 2^31 - 1 sets of 64 ways and 64 bytes are 8 TiB; the bound is what the division below is exact for.
inline constexpr std::uint64_t kMostSets = 0x7fffffff;

struct Geometry {
  std::uint32_t sets = 1;
  int ways = 1;
  std::uint32_t line_bytes = 64;  // a power of two
  bool hashed = false;

  std::uint64_t lines() const { return std::uint64_t{sets} * static_cast<std::uint64_t>(ways); }
  std::uint64_t way_bytes() const { return std::uint64_t{sets} * line_bytes; }
  std::uint64_t bytes() const { return lines() * line_bytes; }
  bool operator==(const Geometry&) const = default;
};

// The cache of so many bytes. bad_input where the ways are not 1 to 64, the line is not a power of two from 8 to 4096
// bytes, or the bytes are not a whole number of sets (at most kMostSets of them).
Result<Geometry> make_geometry(std::uint64_t bytes, int ways, std::uint32_t line_bytes, bool hashed);

// Divides by the number of sets with a multiplication. With 2^k < sets < 2^(k+1) and m = ceil(2^(64+k) / sets), which
// has 64 bits, (n x m) >> (64 + k) is n / sets for all n < 2^63: m errs by e < 1 and n x e / 2^(64+k) < 1 / sets
// (Granlund and Montgomery, PLDI 1994).
class Locator {
 public:
  explicit Locator(const Geometry& geometry);

  struct Place {
    std::uint64_t key;
    std::uint32_t set;
  };
  Place place_of(LineAddress line) const {
    if (power_of_two_ && !hashed_) return {line >> shift_, static_cast<std::uint32_t>(line) & (sets_ - 1)};
    return place_slowly(line);
  }
  // The inverse of place_of.
  LineAddress line_of(std::uint64_t key, std::uint32_t set) const;
  // Places of n lines, and the bits that any of their keys has.
  std::uint64_t locate(const LineAddress* lines, std::size_t n, std::uint64_t* keys, std::uint32_t* sets) const;

 private:
  std::uint64_t quotient(std::uint64_t n) const {
    if (power_of_two_) return n >> shift_;
    if (n >> 63) return n / sets_;
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((Wide{n} * multiplier_) >> 64) >> shift_;
  }
  // A good mixer: the two rounds of SplitMix64's finaliser, scaled to [0, sets).
  std::uint32_t turn(std::uint64_t key) const {
    key = (key ^ (key >> 30)) * 0xbf58476d1ce4e5b9U;
    key = (key ^ (key >> 27)) * 0x94d049bb133111ebU;
    return static_cast<std::uint32_t>(((key >> 32) * sets_) >> 32);
  }
  Place place_slowly(LineAddress line) const;

  std::uint32_t sets_;
  bool hashed_;
  bool power_of_two_;
  int shift_ = 0;
  std::uint64_t multiplier_ = 0;
};

}  // namespace dcat::llc
