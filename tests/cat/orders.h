// Enumeration for the exhaustive tests: all ways of cutting a domain into pieces, all orders of pieces.
#pragma once

#include <algorithm>
#include <functional>
#include <numeric>
#include <vector>

#include "cat/cbm.h"

namespace dcat::testing {

// All lists of `pieces` sizes of at least `least` that add up to `ways`.
inline std::vector<std::vector<int>> compositions(int ways, int pieces, int least = 1) {
  if (pieces == 0) return ways == 0 ? std::vector<std::vector<int>>{{}} : std::vector<std::vector<int>>{};
  std::vector<std::vector<int>> all;
  for (int size = least; size <= ways; ++size)
    for (std::vector<int>& rest : compositions(ways - size, pieces - 1, least)) {
      rest.insert(rest.begin(), size);
      all.push_back(std::move(rest));
    }
  return all;
}

// Calls `visit` with every order of 0 .. n - 1, in lexicographic order.
inline void for_each_order(int n, const std::function<void(const std::vector<int>&)>& visit) {
  std::vector<int> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  do visit(order);
  while (std::next_permutation(order.begin(), order.end()));
}

// masks[i] = where piece i lies when the pieces lie side by side in `order` from way 0 up.
inline void lay_side_by_side(const std::vector<int>& sizes, const std::vector<int>& order, std::vector<Cbm>& masks) {
  WayIndex next(0);
  for (const int i : order) {
    const Ways size(sizes[static_cast<std::size_t>(i)]);
    masks[static_cast<std::size_t>(i)] = Cbm::run(next, size);
    next = next + size;
  }
}
inline std::vector<Cbm> side_by_side(const std::vector<int>& sizes, const std::vector<int>& order) {
  std::vector<Cbm> masks(sizes.size());
  lay_side_by_side(sizes, order, masks);
  return masks;
}

}  // namespace dcat::testing
