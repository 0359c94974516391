#include "sim/llc/slot_tree.h"

namespace dcat::llc {

SlotTree::SlotTree(std::size_t capacity, std::size_t members) : capacity_(capacity), words_(capacity / 64) {
  for (std::size_t w = 0; w < words_.size(); ++w) {
    const std::size_t first = w * 64;
    if (members >= first + 64)
      words_[w] = ~std::uint64_t{0};
    else if (members > first)
      words_[w] = (std::uint64_t{1} << (members - first)) - 1;
  }
  std::size_t nodes = words_.size();
  do {
    AlignedArray<std::uint32_t> level((nodes + kSons - 1) / kSons * kSons);
    for (std::size_t i = 0; i < nodes; ++i) {
      if (levels_.empty()) {
        level[i] = static_cast<std::uint32_t>(count_bits(words_[i]));
      } else {
        for (std::size_t son = 0; son < kSons; ++son) level[i] += levels_.back()[i * kSons + son];
      }
    }
    nodes = level.size() / kSons;
    levels_.push_back(std::move(level));
  } while (nodes > 1);
}

std::vector<std::uint64_t> SlotTree::members_before() const {
  std::vector<std::uint64_t> before(words_.size());
  for (std::size_t w = 1; w < words_.size(); ++w) before[w] = before[w - 1] + count_bits(words_[w - 1]);
  return before;
}

}  // namespace dcat::llc
