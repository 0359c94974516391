// The misses of an LRU cache at every number of ways from 1 to W in one pass.
//
// LRU has the stack property (Mattson, Gecsei, Slutz and Traiger, IBM Systems Journal 9(2), 1970): with as many sets, a
// cache of w ways holds in each set the w most recently used of the lines that a larger one holds. So each set keeps a
// list of its last W lines, the most recent first, and an access that finds its line at place d (from 0) hits in every
// cache of more than d ways and misses in the others.
//
// Property: misses(w) is exactly what Cache (LRU, one tenant) counts with w ways and as many sets.
#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "sim/llc/aligned.h"
#include "sim/llc/geometry.h"
#include "sim/llc/kernel.h"

namespace dcat::llc {

class WayStacks {
 public:
  explicit WayStacks(const Geometry& geometry, Isa isa = best_isa());

  // REQUIRES: lines below 2^64 - 1.
  void access(std::span<const LineAddress> lines);

  std::uint64_t accesses() const { return accesses_; }
  // With so many ways. REQUIRES: 1 <= ways <= the geometry's.
  std::uint64_t misses(int ways) const;

 private:
  static constexpr std::size_t kBlock = 1024;

  void make_room_for(std::uint64_t key_bits);

  Geometry geometry_;
  Isa isa_;
  PaddedWays padding_;
  Locator locator_;
  std::variant<AlignedArray<std::uint32_t>, AlignedArray<std::uint64_t>> stacks_;
  std::vector<std::uint64_t> depths_;
  std::uint64_t accesses_ = 0;
  AlignedArray<std::uint64_t> keys_;
  AlignedArray<std::uint32_t> sets_;
};

}  // namespace dcat::llc
