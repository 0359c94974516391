#include "cat/tiling.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <unordered_map>

namespace dcat {
namespace {

using ItemSet = std::uint64_t;  // bit i: items[i] has been placed

constexpr int kMostWays = 64;
constexpr int kNever = 200;      // a cost above any other: no way of placing the rest is allowed
constexpr int kUnknown = 255;    // not asked for yet
constexpr int kTableItems = 20;  // up to here a plain table of 2^n bytes (1 MiB) is faster than a hash map

// What the items outside a set cost at least.
class Bounds {
 public:
  explicit Bounds(int items) {
    if (items <= kTableItems) table_.assign(std::size_t{1} << items, kUnknown);
  }
  std::uint8_t& of(ItemSet placed) {
    if (!table_.empty()) return table_[placed];
    return map_.try_emplace(placed, std::uint8_t{kUnknown}).first->second;
  }

 private:
  std::vector<std::uint8_t> table_;
  std::unordered_map<ItemSet, std::uint8_t> map_;
};

class Search {
 public:
  Search(Cbm available, const std::vector<TilingItem>& items)
      : items_(items),
        count_(static_cast<int>(items.size())),
        first_(available.lowest().value),
        end_(first_ + available.size().count),
        all_(Cbm::run(WayIndex(0), Ways(count_)).bits),
        cost_(items.size() * kMostWays, kNever),
        least_(items.size() * (kMostWays + 1), kNever) {
    for (int i = 0; i < count_; ++i) fill_costs(i);
  }

  std::optional<std::vector<int>> run() {
    int budget = lower_bound(0, first_);
    if (budget >= kNever) return std::nullopt;
    if (cost_in_given_order() == budget) return order_of_items();
    Bounds bounds(count_);
    bounds_ = &bounds;
    while (!place(0, first_, budget)) {
      budget = bounds.of(0);
      if (budget >= kNever) return std::nullopt;
    }
    std::ranges::reverse(order_);
    return order_;
  }

 private:
  int& cost(int item, int way) { return cost_[static_cast<std::size_t>(item * kMostWays + way)]; }
  // The least cost of an item that begins at `way` or above.
  int& least(int item, int way) { return least_[static_cast<std::size_t>(item * (kMostWays + 1) + way)]; }
  const TilingItem& item(int i) const { return items_[static_cast<std::size_t>(i)]; }
  static bool has(ItemSet set, int i) { return (set >> i & 1) != 0; }

  void fill_costs(int i) {
    const Ways size = item(i).size;
    for (int way = end_ - size.count; way >= first_; --way) {
      if ((item(i).starts >> way & 1) != 0)
        cost(i, way) = size.count - (Cbm::run(WayIndex(way), size) & item(i).before).size().count;
      least(i, way) = std::min(least(i, way + 1), cost(i, way));
    }
  }

  int lower_bound(ItemSet placed, int way) {
    int sum = 0;
    for (int i = 0; i < count_; ++i)
      if (!has(placed, i)) sum += least(i, way);
    return std::min(sum, kNever);
  }

  int cost_in_given_order() {
    int sum = 0;
    int way = first_;
    for (int i = 0; i < count_; ++i) {
      sum += cost(i, way);
      way += item(i).size.count;
    }
    return sum;
  }

  std::vector<int> order_of_items() const {
    std::vector<int> order(items_.size());
    for (int i = 0; i < count_; ++i) order[static_cast<std::size_t>(i)] = i;
    return order;
  }

  // From `way` up, i and j are the same: exchanging them changes nothing.
  bool exchangeable(int i, int j, int way) const {
    const TilingItem& a = item(i);
    const TilingItem& b = item(j);
    return a.size == b.size && a.before.bits >> way == b.before.bits >> way && a.starts >> way == b.starts >> way;
  }
  bool twin_comes_first(ItemSet placed, int i, int way) const {
    for (int j = 0; j < i; ++j)
      if (!has(placed, j) && exchangeable(i, j, way)) return true;
    return false;
  }

  int rest_costs_at_least(ItemSet placed, int way) {
    std::uint8_t& bound = bounds_->of(placed);
    if (bound == kUnknown) bound = static_cast<std::uint8_t>(lower_bound(placed, way));
    return bound;
  }

  // True when the items outside `placed` can be laid from `way` up for at most `budget`; order_ then ends
  // with them, the lowest last. Else the bound of `placed` has risen above `budget`.
  bool place(ItemSet placed, int way, int budget) {
    if (placed == all_) return true;
    int best = kNever;
    for (int i = 0; i < count_; ++i) {
      if (has(placed, i) || cost(i, way) == kNever || twin_comes_first(placed, i, way)) continue;
      const ItemSet with = placed | ItemSet{1} << i;
      const int above = way + item(i).size.count;
      const int price = cost(i, way);
      if (price + rest_costs_at_least(with, above) <= budget && place(with, above, budget - price)) {
        order_.push_back(i);
        return true;
      }
      best = std::min(best, price + rest_costs_at_least(with, above));
    }
    bounds_->of(placed) = static_cast<std::uint8_t>(best);
    return false;
  }

  const std::vector<TilingItem>& items_;
  const int count_;
  const int first_;  // the lowest way and the one above the highest
  const int end_;
  const ItemSet all_;
  std::vector<int> cost_;
  std::vector<int> least_;
  Bounds* bounds_ = nullptr;
  std::vector<int> order_;
};

}  // namespace

namespace {

// Most periods change nothing: everybody fits where it was. No other order moves no way.
std::optional<std::vector<int>> as_before(Cbm available, const std::vector<TilingItem>& items) {
  Cbm taken;
  for (const TilingItem& item : items) {
    const Cbm before = item.before;
    if (before.size() != item.size || !before.contiguous() || before.overlaps(taken)) return std::nullopt;
    if (((item.starts >> before.lowest().value) & 1) == 0) return std::nullopt;
    taken = taken | before;
  }
  if (taken != available) return std::nullopt;
  std::vector<int> order(items.size());
  std::iota(order.begin(), order.end(), 0);
  const auto lowest = [&](int i) { return items[static_cast<std::size_t>(i)].before.lowest(); };
  std::ranges::sort(order, {}, lowest);
  return order;
}

}  // namespace

std::optional<std::vector<int>> find_tiling(Cbm available, const std::vector<TilingItem>& items) {
  if (std::optional<std::vector<int>> order = as_before(available, items)) return order;
  return Search(available, items).run();
}

}  // namespace dcat
