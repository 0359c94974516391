// The exact miss ratio curve of a fully associative LRU cache, at every size, in one pass.
//
// An access hits in a cache of c lines when fewer than c other lines were used since its line was last (Mattson and
// others 1970). Lines are numbered by the time of their last use; how many of those numbers lie behind a line's own is
// its stack distance (Olken, LBL-12370, 1981). Here the numbers are bits of a SlotTree and numbering begins anew when
// they run out, so that the structure grows with the lines of the trace, not with its length.
//
// Property: misses(c) is exactly what Cache counts with one set of c ways. Time per access: O(log lines).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/llc/geometry.h"
#include "sim/llc/line_times.h"
#include "sim/llc/slot_tree.h"

namespace dcat::llc {

// Stack distances, an access at a time.
class LruStack {
 public:
  // How many other lines were used since `line` was; absent at its first use.
  std::optional<std::uint64_t> use(LineAddress line);
  // As if the line had never been used. REQUIRES: it has.
  void forget(LineAddress line);
  [[gnu::always_inline]] void prefetch(LineAddress line) const { times_.prefetch(line); }
  std::uint64_t lines() const { return times_.size(); }

 private:
  void number_anew();

  LineTimes times_;
  SlotTree slots_{4096, 0};
  std::size_t next_ = 1;  // slot of the next use; slot 0 stays free, for no time is 0
};

class StackDistances {
 public:
  void access(std::span<const LineAddress> lines);

  std::uint64_t accesses() const { return accesses_; }
  std::uint64_t lines() const { return stack_.lines(); }  // that the trace has touched
  // Accesses that hit in a cache of so many lines; between two whole numbers on the straight line.
  double hits(double lines) const;
  std::uint64_t misses(std::uint64_t lines) const;
  double miss_ratio(std::uint64_t lines) const;

 private:
  LruStack stack_;
  std::uint64_t accesses_ = 0;
  std::vector<std::uint64_t> at_distance_;
};

}  // namespace dcat::llc
