// What the page asks for, as JSON. Names are escaped as in docs/api.md; numbers that are not known are left out, or -1
// in lists.
#pragma once

#include <cstddef>
#include <string>

#include "web/publisher.h"

namespace dcat::web {

// Rows that are told one by one; the rest is summed up.
inline constexpr std::size_t kMostShown = 60;
// Points of a small curve: ten minutes in steps of five seconds.
inline constexpr std::size_t kSparkPoints = 120;

// /api/now: the node, and its containers with the most ways of their own, of equals those furthest below their
// baseline.
std::string format_now(const Publisher& publisher);
// /api/ways: who held which way in each slot; runs of [slots, owner], oldest first.
std::string format_ways(const WaysView& view);

}  // namespace dcat::web
