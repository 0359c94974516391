// Every choice of clusters and their sizes, depth first, but those that the walker cuts off.
#pragma once

#include <optional>

#include "sim/oracle/plan.h"

namespace dcat::sim {

// Who is left, and with what.
struct Place {
  std::size_t layer = 0;
  std::uint32_t state = 0;
  int left = 0;  // ways
};

inline Place whole(const StateSpace& space) {
  return {space.top(), space.start(), space.ways()};
}

// Walker:
//   std::optional<Sofar> extend(const Sofar&, Pick, const Place& next)  nothing: no choice behind it can be of use
//   bool tired()                                                        asked at every pick; true ends the walk
//   void consider(const Picks&)                                         a whole choice
// False: the walk was ended.
template <class Walker, class Sofar>
bool walk_choices(const StateSpace& space, Walker& walker, const Place& place, const Sofar& sofar, Picks& path) {
  if (place.state == 0) {
    walker.consider(path);
    return true;
  }
  if (space.exhausted(place.layer)) return true;
  for (const Option option : space.options(place.state)) {
    for (int w = space.least(); w <= place.left; ++w) {
      const Pick pick{option.item, w};
      const Place next{space.below(place.layer), option.next, place.left - w};
      const std::optional<Sofar> with = walker.extend(sofar, pick, next);
      if (!with) continue;
      if (walker.tired()) return false;
      path.push_back(pick);
      const bool all = walk_choices(space, walker, next, *with, path);
      path.pop_back();
      if (!all) return false;
    }
  }
  return true;
}

}  // namespace dcat::sim
