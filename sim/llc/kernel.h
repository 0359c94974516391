// The inner loops of the cache and of the stacks, for each instruction set of x86-64 that helps them, as tables of
// functions that are chosen when a cache is made. They work on plain arrays that the classes own (cache.h,
// way_stacks.h); what they compute does not depend on the instruction set.
//
// Layout: a set has `padded` = 16, 32 or 64 entries, of which the first `ways` are used. A tag is a line's key + 1, so
// that 0 is an empty way and the padding never matches; it has 32 bits as long as every key fits, else 64.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dcat::llc {

enum class Isa { baseline, avx2 };

// How the next victim is chosen. kReplacementCount of them.
enum class Replacement { lru, plru, srrip };
inline constexpr int kReplacementCount = 3;

// The best that this machine has.
Isa best_isa();

// What a tenant may fill, in the forms that the loops want.
struct alignas(64) FillMask {
  std::uint8_t bytes[64] = {};  // 0xff for each way of the mask
  std::uint64_t bits = 0;
  // Of the tree's inner nodes (bit n: node n, the root is 1, the sons of n are 2n and 2n + 1): which sides have a way
  // of the mask.
  std::uint64_t left = 0, right = 0;
};

// The path from the root to each way: which bits an access to it writes, and what.
struct TreePaths {
  int levels = 0;
  std::uint64_t touched[64] = {};
  std::uint64_t away[64] = {};
};

// Counters of one tenant's accesses, kCountersBesideTenants + tenants of them: [victim's tenant] evictions, behind them
// fills of empty ways and hits.
inline constexpr std::size_t kCountersBesideTenants = 2;

struct CacheJob {
  void* tags = nullptr;                 // sets x padded
  void* state = nullptr;                // LRU: bytes, sets x padded; tree: 1, SRRIP: 2 words of 64 bits a set
  std::uint8_t* owners = nullptr;       // sets x padded; an empty way's owner is `tenant_count`
  const std::uint32_t* sets = nullptr;  // of the n accesses
  const std::uint64_t* keys = nullptr;
  const std::uint64_t* lines = nullptr;
  const std::uint8_t* tenants = nullptr;
  std::size_t n = 0;
  const FillMask* masks = nullptr;  // of each tenant
  const TreePaths* paths = nullptr;
  std::size_t tenant_count = 1;
  std::uint64_t* counters = nullptr;
  std::uint64_t* missed = nullptr;  // room for n lines: those that missed, in order
};
// For one tenant (no owners, tenants or counters): how many missed. For several: 0, and nothing in `missed`.
using CacheKernel = std::size_t (*)(const CacheJob&);

struct StackJob {
  void* stacks = nullptr;  // sets x padded tags, the most recently used first
  const std::uint32_t* sets = nullptr;
  const std::uint64_t* keys = nullptr;
  std::size_t n = 0;
  int ways = 1;
  std::uint64_t* depths = nullptr;  // kDepthTables x kDepths counters: accesses found at depth d, [ways..]: not found
};
using StackKernel = void (*)(const StackJob&);
inline constexpr std::size_t kDepths = 65;
inline constexpr std::size_t kDepthTables = 4;  // the same counter twice in a row would wait for itself

enum PaddedWays : std::size_t { kPadded16, kPadded32, kPadded64, kPaddedCount };
enum TagWidth : std::size_t { kTags32, kTags64, kTagWidthCount };
enum Sharing : std::size_t { kAlone, kShared, kSharingCount };

struct Kernels {
  CacheKernel cache[kReplacementCount][kPaddedCount][kTagWidthCount][kSharingCount];
  StackKernel stack[kPaddedCount][kTagWidthCount];
};

const Kernels& kernels_of(Isa isa);

constexpr PaddedWays padding_of(int ways) {
  return ways <= 16 ? kPadded16 : ways <= 32 ? kPadded32 : kPadded64;
}
constexpr std::size_t padded_ways(PaddedWays padding) {
  return std::size_t{16} << padding;
}

}  // namespace dcat::llc
