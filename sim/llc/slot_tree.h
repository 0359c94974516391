// A set of slots 0 .. capacity - 1 that tells how many of its members lie behind a given one: a bit for each slot, and
// above the 64-bit words a tree of counts with 16 sons a node, whose sums are four vector additions. 4 million slots
// take 0.8 MB, so that the tree stays in a core's own caches.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/llc/aligned.h"

namespace dcat::llc {

// Bits that are set, without an instruction that not every x86-64 has (the library's is a table).
constexpr std::uint64_t count_bits(std::uint64_t x) {
  x -= (x >> 1) & 0x5555555555555555U;
  x = (x & 0x3333333333333333U) + ((x >> 2) & 0x3333333333333333U);
  x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fU;
  return (x * 0x0101010101010101U) >> 56;
}

class SlotTree {
 public:
  // With the first `members` slots in the set. REQUIRES: members <= capacity, capacity a multiple of 64.
  SlotTree(std::size_t capacity, std::size_t members);

  std::size_t capacity() const { return capacity_; }
  // REQUIRES, for all three: slot < capacity(); add: not in the set; remove: in the set.
  void add(std::size_t slot) {
    words_[slot / 64] |= std::uint64_t{1} << (slot % 64);
    std::size_t at = slot / 64;
    for (AlignedArray<std::uint32_t>& level : levels_) ++level[at], at /= kSons;
  }
  void remove(std::size_t slot) {
    words_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
    std::size_t at = slot / 64;
    for (AlignedArray<std::uint32_t>& level : levels_) --level[at], at /= kSons;
  }
  std::uint64_t members_behind(std::size_t slot) const {
    std::uint64_t behind = count_bits(words_[slot / 64] >> (slot % 64) >> 1);
    std::size_t at = slot / 64;
    for (const AlignedArray<std::uint32_t>& level : levels_) {
      const std::uint32_t* const brothers = level.data() + at / kSons * kSons;
      const auto own = static_cast<std::uint32_t>(at % kSons);
      std::uint32_t sum = 0;
      for (std::uint32_t i = 0; i < kSons; ++i) sum += brothers[i] & (i > own ? ~0U : 0U);
      behind += sum;
      at /= kSons;
    }
    return behind;
  }
  // For each 64 slots: the members before them.
  std::vector<std::uint64_t> members_before() const;
  // Members among the 64 slots of `slot` that come before it.
  std::uint64_t before_in_word(std::size_t slot) const {
    return count_bits(words_[slot / 64] & ((std::uint64_t{1} << (slot % 64)) - 1));
  }

 private:
  static constexpr std::size_t kSons = 16;

  std::size_t capacity_;
  std::vector<std::uint64_t> words_;
  std::vector<AlignedArray<std::uint32_t>>
      levels_;  // [0]: members in each word; then sums of 16, until one node has all
};

}  // namespace dcat::llc
