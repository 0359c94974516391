// Shapes that a miss curve can have: misses per reference over ways, falling from 1 at no ways to a floor. A priori all
// kinds that caches show, on coarse grids of scale and floor.
#pragma once

#include <array>
#include <vector>

namespace dcat {

// Sizes at which curves are kept: finer where ways are few, whole ways from 4 up to kMostModelWays.
inline constexpr std::array kFineNodes{0.0, 0.125, 0.25, 0.375, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5};
// The number of nodes up to `ways`, which is the last one.
std::size_t nodes_up_to(int ways);
double node_at(std::size_t index);

struct Place {
  std::size_t below = 0;  // node
  double part = 0;        // of the way to the next
};
Place place_of(double ways, std::size_t nodes);

struct Shape {
  double log_prior = 0;
  std::vector<double> at;  // by node
};
const std::vector<Shape>& shapes();

}  // namespace dcat
