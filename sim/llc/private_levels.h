// The private caches between a core and the LLC: what misses in all of them is what the LLC is asked for. Each is an
// LRU cache of the same code; an access asks the first level, a miss the next one, and each keeps what it was asked
// for.
//
// Not modelled: prefetchers, write-backs (they are no LLC references in the counters either), lines that an inclusive
// LLC takes out of the levels above.
#pragma once

#include <span>
#include <vector>

#include "sim/llc/cache.h"

namespace dcat::llc {

class PrivateLevels {
 public:
  // From the first level outwards; none: everything passes. REQUIRES: one line size.
  explicit PrivateLevels(const std::vector<Geometry>& levels) {
    for (const Geometry& level : levels) caches_.emplace_back(level, Replacement::lru);
  }

  // Leaves at the front of `lines` those that missed in every level, in order; returns how many.
  std::size_t filter(std::span<LineAddress> lines) {
    std::size_t left = lines.size();
    for (Cache& cache : caches_) left = cache.access_and_pass_on(lines.first(left), lines.data());
    return left;
  }
  TenantCounts counts(std::size_t level) const { return caches_[level].counts(0); }

 private:
  std::vector<Cache> caches_;
};

}  // namespace dcat::llc
