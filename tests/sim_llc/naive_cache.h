// The cache written down as its rules read, without any thought of speed: what the real one is compared with.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "cat/cbm.h"
#include "sim/llc/cache.h"

namespace dcat::llc::test {

class NaiveCache {
 public:
  NaiveCache(const Geometry& geometry, Replacement replacement, std::size_t tenants)
      : geometry_(geometry),
        replacement_(replacement),
        locator_(geometry),
        masks_(tenants, Cbm::run(WayIndex(0), Ways(geometry.ways))),
        counts_(tenants),
        evictions_(tenants, std::vector<std::uint64_t>(tenants)),
        sets_(geometry.sets) {
    for (Set& set : sets_) set.ways.resize(static_cast<std::size_t>(geometry.ways));
  }

  void set_mask(Tenant tenant, Cbm mask) { masks_[tenant] = mask; }

  // Whether it hit.
  bool access(Tenant tenant, LineAddress line) {
    Set& set = sets_[locator_.place_of(line).set];
    ++now_;
    ++counts_[tenant].accesses;
    for (std::size_t w = 0; w < set.ways.size(); ++w) {
      if (set.ways[w].line != line) continue;
      ++counts_[tenant].hits;
      set.ways[w].prediction = 0;
      touch(set, w);
      return true;
    }
    ++counts_[tenant].misses;
    const std::size_t w = victim(set, masks_[tenant]);
    if (set.ways[w].line) {
      --counts_[set.ways[w].owner].held;
      ++evictions_[tenant][set.ways[w].owner];
    }
    ++counts_[tenant].held;
    set.ways[w].line = line;
    set.ways[w].owner = tenant;
    set.ways[w].prediction = 2;
    touch(set, w);
    return false;
  }

  TenantCounts counts(Tenant tenant) const { return counts_[tenant]; }
  std::uint64_t evictions(Tenant by, Tenant victim) const { return evictions_[by][victim]; }

 private:
  struct Way {
    std::optional<LineAddress> line;
    Tenant owner = 0;
    std::uint64_t used = 0;
    int prediction = 3;
  };
  struct Set {
    std::vector<Way> ways;
    std::vector<bool> right = std::vector<bool>(64);  // [node]: the victim is on the right
  };

  static bool has(Cbm mask, std::size_t way) { return way < 64 && (mask.bits >> way & 1) != 0; }

  void touch(Set& set, std::size_t way) {
    set.ways[way].used = now_;
    std::size_t node = 1;
    for (std::size_t from = 0, width = leaves(); width > 1; width /= 2) {
      const bool in_right = way >= from + width / 2;
      set.right[node] = !in_right;
      node = 2 * node + (in_right ? 1 : 0);
      if (in_right) from += width / 2;
    }
  }

  std::size_t victim(Set& set, Cbm mask) const {
    for (std::size_t w = 0; w < set.ways.size(); ++w)
      if (has(mask, w) && !set.ways[w].line) return w;
    switch (replacement_) {
      case Replacement::lru: return oldest(set, mask);
      case Replacement::plru: return down_the_tree(set, mask);
      case Replacement::srrip: return distant(set, mask);
    }
    return 0;
  }

  static std::size_t oldest(const Set& set, Cbm mask) {
    std::optional<std::size_t> best;
    for (std::size_t w = 0; w < set.ways.size(); ++w)
      if (has(mask, w) && (!best || set.ways[w].used < set.ways[*best].used)) best = w;
    return *best;
  }

  static bool any(Cbm mask, std::size_t from, std::size_t width) {
    for (std::size_t w = from; w < from + width; ++w)
      if (has(mask, w)) return true;
    return false;
  }

  std::size_t down_the_tree(const Set& set, Cbm mask) const {
    std::size_t node = 1, from = 0;
    for (std::size_t width = leaves(); width > 1; width /= 2) {
      bool right = set.right[node];
      if (!any(mask, from + (right ? width / 2 : 0), width / 2)) right = !right;
      node = 2 * node + (right ? 1 : 0);
      if (right) from += width / 2;
    }
    return from;
  }

  static std::size_t distant(Set& set, Cbm mask) {
    for (;;) {
      for (std::size_t w = 0; w < set.ways.size(); ++w)
        if (has(mask, w) && set.ways[w].prediction == 3) return w;
      for (std::size_t w = 0; w < set.ways.size(); ++w)
        if (has(mask, w)) ++set.ways[w].prediction;
    }
  }

  std::size_t leaves() const {
    std::size_t n = 1;
    while (n < static_cast<std::size_t>(geometry_.ways)) n *= 2;
    return n;
  }

  Geometry geometry_;
  Replacement replacement_;
  Locator locator_;
  std::vector<Cbm> masks_;
  std::vector<TenantCounts> counts_;
  std::vector<std::vector<std::uint64_t>> evictions_;
  std::vector<Set> sets_;
  std::uint64_t now_ = 0;
};

}  // namespace dcat::llc::test
