#include "sim/llc/way_stacks.h"

#include <algorithm>
#include <cassert>

namespace dcat::llc {

WayStacks::WayStacks(const Geometry& geometry, Isa isa)
    : geometry_(geometry),
      isa_(isa),
      padding_(padding_of(geometry.ways)),
      locator_(geometry),
      stacks_(AlignedArray<std::uint32_t>(geometry.sets * padded_ways(padding_))),
      depths_(kDepthTables * kDepths),
      keys_(kBlock),
      sets_(kBlock) {}

void WayStacks::access(std::span<const LineAddress> lines) {
  for (std::size_t at = 0; at < lines.size(); at += kBlock) {
    StackJob job;
    job.n = std::min(kBlock, lines.size() - at);
    make_room_for(locator_.locate(lines.data() + at, job.n, keys_.data(), sets_.data()));
    job.stacks = std::visit([](auto& stacks) -> void* { return stacks.data(); }, stacks_);
    job.sets = sets_.data();
    job.keys = keys_.data();
    job.ways = geometry_.ways;
    job.depths = depths_.data();
    kernels_of(isa_).stack[padding_][stacks_.index()](job);
  }
  accesses_ += lines.size();
}

void WayStacks::make_room_for(std::uint64_t key_bits) {
  if (key_bits < 0xffffffffU || stacks_.index() == kTags64) return;
  const auto& narrow = std::get<kTags32>(stacks_);
  AlignedArray<std::uint64_t> wide(narrow.size());
  std::copy(narrow.begin(), narrow.end(), wide.begin());
  stacks_ = std::move(wide);
}

std::uint64_t WayStacks::misses(int ways) const {
  assert(ways >= 1 && ways <= geometry_.ways);
  std::uint64_t hits = 0;
  for (std::size_t table = 0; table < kDepthTables; ++table)
    for (std::size_t depth = 0; depth < static_cast<std::size_t>(ways); ++depth)
      hits += depths_[table * kDepths + depth];
  return accesses_ - hits;
}

}  // namespace dcat::llc
