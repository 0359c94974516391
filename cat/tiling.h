// Tiling: the order in which runs of given sizes fill a run of ways so that the fewest ways move. It is the
// search behind layout, without names and without choices of its own.
//
// Problem: items lie side by side from the lowest way up and fill `available` exactly, so a tiling is an
// order of the items. An item that begins at way w costs size - |before & its ways|. Wanted: the least sum.
//
// Approach: the start of an item follows from the set of items below it, so the least cost of the rest is a
// function of that set. Depth-first search for a cost of at most B, for B rising from a lower bound; what a
// set's rest costs at least is remembered over all B. Steps in practice cost little more than the lower
// bound, so few sets are looked at. Items that can be exchanged (same size, same ways left to gain) are tried
// in one order only. Exact: at most 2^n sets of n items are looked at for each B.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "cat/cbm.h"
#include "core/units.h"

namespace dcat {

struct TilingItem {
  Ways size;                 // at least 1
  Cbm before;                // the ways that it had; empty when it is new
  std::uint64_t starts = 0;  // bit w: the item may begin at way w
};

// The items' indices from the lowest way up; of all cheapest orders the lexicographically first. Nothing when
// no order keeps to the items' starts. REQUIRES: available is contiguous and at most 64 items' sizes add up
// to it.
std::optional<std::vector<int>> find_tiling(Cbm available, const std::vector<TilingItem>& items);

}  // namespace dcat
