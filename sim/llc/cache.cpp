#include "sim/llc/cache.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace dcat::llc {
namespace {

std::uint64_t ones(int n) {
  return n >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << n) - 1;
}

// Every list is 0 .. ways - 1 from the end: empty ways are filled from the lowest up.
AlignedArray<std::uint8_t> first_lists(const Geometry& g, std::size_t padded) {
  AlignedArray<std::uint8_t> lists(g.sets * padded);
  const auto ways = static_cast<std::size_t>(g.ways);
  for (std::size_t set = 0; set < g.sets; ++set)
    for (std::size_t i = 0; i < padded; ++i)
      lists[set * padded + i] = static_cast<std::uint8_t>(i < ways ? ways - 1 - i : i);
  return lists;
}

TreePaths paths_of(int ways) {
  TreePaths paths;
  const auto leaves = std::bit_ceil(static_cast<unsigned>(ways));
  paths.levels = std::countr_zero(leaves);
  for (unsigned way = 0; way < leaves; ++way) {
    for (unsigned node = leaves + way; node > 1; node /= 2) {
      const std::uint64_t parent = std::uint64_t{1} << (node / 2);
      paths.touched[way] |= parent;
      if (node % 2 == 0) paths.away[way] |= parent;
    }
  }
  return paths;
}

FillMask fill_mask(Cbm mask, int ways) {
  FillMask fill;
  fill.bits = mask.bits;
  for (unsigned way = 0; way < 64; ++way) fill.bytes[way] = (mask.bits >> way) & 1 ? 0xff : 0;
  const auto leaves = std::bit_ceil(static_cast<unsigned>(ways));
  std::vector<bool> has(std::size_t{2} * leaves);
  for (unsigned way = 0; way < leaves; ++way) has[leaves + way] = (mask.bits >> way) & 1;
  for (unsigned node = leaves - 1; node >= 1; --node) {
    has[node] = has[std::size_t{2} * node] || has[std::size_t{2} * node + 1];
    if (has[std::size_t{2} * node]) fill.left |= std::uint64_t{1} << node;
    if (has[std::size_t{2} * node + 1]) fill.right |= std::uint64_t{1} << node;
  }
  return fill;
}

}  // namespace

Cache::Cache(const Geometry& geometry, Replacement replacement, std::size_t tenants, Isa isa)
    : geometry_(geometry),
      replacement_(replacement),
      tenant_count_(tenants),
      isa_(isa),
      padding_(padding_of(geometry.ways)),
      locator_(geometry),
      paths_(paths_of(geometry.ways)),
      masks_(tenants, fill_mask(Cbm(ones(geometry.ways)), geometry.ways)),
      tags_(AlignedArray<std::uint32_t>(geometry.sets * padded_ways(padding_))),
      keys_(kBlock),
      sets_(kBlock),
      missed_(kBlock) {
  assert(tenants >= 1 && tenants <= kMostTenants);
  switch (replacement) {
    case Replacement::lru: lists_ = first_lists(geometry, padded_ways(padding_)); break;
    case Replacement::plru: words_ = AlignedArray<std::uint64_t>(geometry.sets); break;
    case Replacement::srrip: words_ = AlignedArray<std::uint64_t>(std::size_t{2} * geometry.sets); break;
  }
  if (tenants == 1) return;
  owners_ = AlignedArray<std::uint8_t>(geometry.sets * padded_ways(padding_), static_cast<std::uint8_t>(tenants));
  counters_.resize(tenants * (tenants + kCountersBesideTenants));
}

void Cache::set_mask(Tenant tenant, Cbm mask) {
  assert(!mask.empty() && (mask.bits & ~ones(geometry_.ways)) == 0);
  masks_[tenant] = fill_mask(mask, geometry_.ways);
}

void Cache::access(Tenant tenant, std::span<const LineAddress> lines) {
  one_tenant_.fill(tenant);
  for (std::size_t at = 0; at < lines.size(); at += kBlock)
    access_block(one_tenant_.data(), lines.data() + at, std::min(kBlock, lines.size() - at));
}

void Cache::access(std::span<const Tenant> tenants, std::span<const LineAddress> lines) {
  assert(tenants.size() == lines.size());
  for (std::size_t at = 0; at < lines.size(); at += kBlock)
    access_block(tenants.data() + at, lines.data() + at, std::min(kBlock, lines.size() - at));
}

std::size_t Cache::access_and_pass_on(std::span<const LineAddress> lines, LineAddress* missed) {
  assert(tenant_count_ == 1);
  const LineAddress* const begin = missed;
  for (std::size_t at = 0; at < lines.size(); at += kBlock) {
    const std::uint64_t before = misses_;
    access_block(nullptr, lines.data() + at, std::min(kBlock, lines.size() - at));
    missed = std::copy_n(missed_.data(), misses_ - before, missed);
  }
  return static_cast<std::size_t>(missed - begin);
}

void Cache::access_block(const Tenant* tenants, const LineAddress* lines, std::size_t n) {
  make_room_for(locator_.locate(lines, n, keys_.data(), sets_.data()));
  CacheJob job;
  job.tags = std::visit([](auto& tags) -> void* { return tags.data(); }, tags_);
  job.state = replacement_ == Replacement::lru ? static_cast<void*>(lists_.data()) : words_.data();
  job.owners = owners_.data();
  job.sets = sets_.data();
  job.keys = keys_.data();
  job.lines = lines;
  job.tenants = tenants;
  job.n = n;
  job.masks = masks_.data();
  job.paths = &paths_;
  job.tenant_count = tenant_count_;
  job.counters = counters_.data();
  job.missed = missed_.data();
  const auto& by_tags = kernels_of(isa_).cache[static_cast<std::size_t>(replacement_)][padding_][tags_.index()];
  misses_ += by_tags[tenant_count_ == 1 ? kAlone : kShared](job);
  accesses_ += n;
}

// Tags of 32 bits give way to those of 64 once a key needs them.
void Cache::make_room_for(std::uint64_t key_bits) {
  if (key_bits < 0xffffffffU || tags_.index() == kTags64) return;
  const auto& narrow = std::get<kTags32>(tags_);
  AlignedArray<std::uint64_t> wide(narrow.size());
  std::copy(narrow.begin(), narrow.end(), wide.begin());
  tags_ = std::move(wide);
}

std::uint64_t Cache::lines_held() const {
  return std::visit(
      [](const auto& tags) {
        return static_cast<std::uint64_t>(std::count_if(tags.begin(), tags.end(), [](auto tag) { return tag != 0; }));
      },
      tags_);
}

std::uint64_t Cache::counter(std::size_t tenant, std::size_t kind) const {
  return counters_[tenant * (tenant_count_ + kCountersBesideTenants) + kind];
}

TenantCounts Cache::counts(Tenant tenant) const {
  if (tenant_count_ == 1) return {accesses_, accesses_ - misses_, misses_, lines_held()};
  TenantCounts c;
  c.hits = counter(tenant, tenant_count_ + 1);
  for (std::size_t kind = 0; kind <= tenant_count_; ++kind) c.misses += counter(tenant, kind);
  c.accesses = c.hits + c.misses;
  c.held = c.misses;
  for (std::size_t by = 0; by < tenant_count_; ++by) c.held -= counter(by, tenant);
  return c;
}

std::uint64_t Cache::evictions(Tenant by, Tenant victim) const {
  return tenant_count_ == 1 ? misses_ - lines_held() : counter(by, victim);
}

}  // namespace dcat::llc
