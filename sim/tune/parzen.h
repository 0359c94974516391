// Where values of one dimension have been, as a density that values can be drawn from: a normal kernel at each of them,
// cut off at the ends of the unit scale, and one even kernel, so that no place is ever ruled out. A kernel is as wide
// as the greater of the distances to its neighbours, the rule of Bergstra, Bardenet, Bengio and Kegl, "Algorithms for
// Hyper-Parameter Optimization", NIPS 2011 (4); ours: their normal prior is an even one here, and a width is never
// below 1 / (1 + number of values) or below 1 %, that a heap of equal values does not become a spike. Choices have
// counts instead: each category's part of the values, with one even value added.
//   Properties: density > 0 on the whole scale; its integral over the scale (sum over categories) is 1.
#pragma once

#include <cstddef>
#include <vector>

#include "sim/random.h"
#include "sim/tune/space.h"

namespace dcat::sim {

class Parzen {
 public:
  // `units`: of the values seen, in any order.
  Parzen(const Dimension& dimension, std::vector<double> units);

  // A unit; for choices the middle of the category's part of the scale.
  double draw(Random& random) const;
  double density(double unit) const;

 private:
  double draw_kernel(std::size_t k, Random& random) const;
  std::size_t category(double unit) const;

  std::size_t categories_ = 0;   // 0: normal kernels
  std::vector<double> centres_;  // ascending
  std::vector<double> widths_;
  std::vector<double> masses_;  // of each kernel within the scale, before it was cut off; of each category
};

// Of `candidates` (at least 1) values drawn from `good` the one where it is greatest against `rest`: the first of
// equals.
double most_promising(const Parzen& good, const Parzen& rest, int candidates, Random& random);

}  // namespace dcat::sim
