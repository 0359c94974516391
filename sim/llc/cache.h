// A set-associative last-level cache whose ways are partitioned as Intel's Cache Allocation Technology does it: a
// tenant hits in any way and fills only the ways of its mask. A line that is in the cache stays where it is when masks
// change, until somebody who may fill its way evicts it (Intel SDM vol. 3B, "Cache Allocation Technology").
//
// A miss fills an empty way of the mask if there is one, else it evicts the victim that the replacement chooses among
// the ways of the mask. Tags are exact: two lines are never taken for one.
//
// Properties: for LRU and SRRIP, tenants whose masks are disjoint and who touch no line in common have the counts that
// each would have alone in a cache of the same sets and of as many ways as its mask. Lines held = fills - evictions of
// its own lines, and never more than sets x ways over all tenants. The counts depend on neither the batches nor the
// instruction set.
//
// Not modelled: slices, write-backs, inclusion (an eviction here takes nothing out of the levels above), prefetching.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "cat/cbm.h"
#include "sim/llc/aligned.h"
#include "sim/llc/geometry.h"
#include "sim/llc/kernel.h"

namespace dcat::llc {

using Tenant = std::uint8_t;
inline constexpr std::size_t kMostTenants = 254;

struct TenantCounts {
  std::uint64_t accesses = 0;
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t held = 0;  // lines in the cache that this tenant filled
  bool operator==(const TenantCounts&) const = default;
};

class Cache {
 public:
  // Every mask is full at first. REQUIRES: a geometry that make_geometry would make, 1 <= tenants <= kMostTenants.
  Cache(const Geometry& geometry, Replacement replacement, std::size_t tenants = 1, Isa isa = best_isa());

  // REQUIRES: the mask is not empty and within the cache's ways.
  void set_mask(Tenant tenant, Cbm mask);

  // One tenant's accesses, in order. REQUIRES, here and below: lines below 2^64 - 1; tenants that the cache has.
  void access(Tenant tenant, std::span<const LineAddress> lines);
  // Access i is tenants[i]'s.
  void access(std::span<const Tenant> tenants, std::span<const LineAddress> lines);
  // The same for the only tenant; writes the lines that missed to `missed`, in order, and returns how many.
  // REQUIRES: one tenant; room for all lines. `missed` may be where `lines` is.
  std::size_t access_and_pass_on(std::span<const LineAddress> lines, LineAddress* missed);

  TenantCounts counts(Tenant tenant) const;
  // Lines of `victim` that fills of `by` took out.
  std::uint64_t evictions(Tenant by, Tenant victim) const;
  const Geometry& geometry() const { return geometry_; }
  std::size_t tenants() const { return tenant_count_; }

 private:
  static constexpr std::size_t kBlock = 1024;

  void access_block(const Tenant* tenants, const LineAddress* lines, std::size_t n);
  void make_room_for(std::uint64_t key_bits);
  std::uint64_t lines_held() const;
  std::uint64_t counter(std::size_t tenant, std::size_t kind) const;

  Geometry geometry_;
  Replacement replacement_;
  std::size_t tenant_count_;
  Isa isa_;
  PaddedWays padding_;
  Locator locator_;
  TreePaths paths_;
  std::vector<FillMask> masks_;
  std::variant<AlignedArray<std::uint32_t>, AlignedArray<std::uint64_t>> tags_;
  AlignedArray<std::uint8_t> lists_;     // LRU
  AlignedArray<std::uint64_t> words_;    // tree-PLRU, SRRIP
  AlignedArray<std::uint8_t> owners_;    // with more than one tenant
  std::vector<std::uint64_t> counters_;  // of several tenants, see CacheJob
  std::uint64_t accesses_ = 0;           // of one tenant
  std::uint64_t misses_ = 0;
  AlignedArray<std::uint64_t> keys_;
  AlignedArray<std::uint32_t> sets_;
  AlignedArray<std::uint64_t> missed_;
  std::array<Tenant, kBlock> one_tenant_{};
};

}  // namespace dcat::llc
