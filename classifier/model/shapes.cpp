#include "classifier/model/shapes.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "classifier/model/curve.h"

namespace dcat {

namespace {

constexpr std::size_t kNodes = kFineNodes.size() + kMostModelWays - 3;
constexpr std::array kFloors{0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.87, 0.93, 0.97, 0.99};
constexpr std::array kScales{0.2, 0.35, 0.6, 1.0, 1.5, 2.2, 3.2, 4.6, 6.6, 9.5, 14.0, 20.0, 29.0, 42.0};
constexpr std::array kKnees{1.0,  1.5,  2.0,  3.0,  4.0,  5.0,  6.0,  7.0,  8.0,  9.0,
                            10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 24.0, 28.0, 34.0, 42.0};
// How much of the prior each kind has: most programs fall smoothly, some have one set that fits or does not.
constexpr double kExponential = 0.45, kHyperbolic = 0.3, kStraight = 0.2, kCliff = 0.05;

template <class Fall>
void add(std::vector<Shape>& shapes, double prior, double floor, Fall fall) {
  Shape shape{std::log(prior), {}};
  for (std::size_t k = 0; k < kNodes; ++k) shape.at.push_back(floor + (1 - floor) * fall(node_at(k)));
  shapes.push_back(std::move(shape));
}

std::vector<Shape> all_shapes() {
  std::vector<Shape> shapes;
  constexpr double smooth = 1.0 / (kFloors.size() * kScales.size());
  constexpr double kneed = 1.0 / (kFloors.size() * kKnees.size());
  for (const double floor : kFloors) {
    for (const double scale : kScales) {
      add(shapes, kExponential * smooth, floor, [scale](double w) { return std::exp(-w / scale); });
      add(shapes, kHyperbolic * smooth, floor, [scale](double w) { return 1 / (1 + w / scale); });
    }
    for (const double knee : kKnees) {
      add(shapes, kStraight * kneed, floor, [knee](double w) { return std::max(0.0, 1 - w / knee); });
      add(shapes, kCliff * kneed, floor, [knee](double w) { return w < knee ? 1.0 : 0.0; });
    }
  }
  return shapes;
}

}  // namespace

std::size_t nodes_up_to(int ways) {
  if (ways < 4) {
    const auto at = std::ranges::find(kFineNodes, static_cast<double>(ways));
    return static_cast<std::size_t>(at - kFineNodes.begin()) + 1;
  }
  return kFineNodes.size() + static_cast<std::size_t>(ways) - 3;
}

double node_at(std::size_t index) {
  return index < kFineNodes.size() ? kFineNodes[index] : static_cast<double>(index - kFineNodes.size() + 4);
}

Place place_of(double ways, std::size_t nodes) {
  if (ways <= 0) return {0, 0};
  // Below 4 ways nodes are multiples of an eighth of a way: which one is below, by eighths.
  constexpr auto kBelow = [] {
    std::array<std::uint8_t, 32> below{};
    for (std::size_t k = 0; k < kFineNodes.size(); ++k)
      for (auto eighth = static_cast<std::size_t>(kFineNodes[k] * 8); eighth < below.size(); ++eighth)
        below[eighth] = static_cast<std::uint8_t>(k);
    return below;
  }();
  const std::size_t below =
      ways >= 4 ? kFineNodes.size() + static_cast<std::size_t>(ways) - 4 : kBelow[static_cast<std::size_t>(ways * 8)];
  if (below + 1 >= nodes) return {nodes - 1, 0};
  const double from = node_at(below);
  return {below, (ways - from) / (node_at(below + 1) - from)};
}

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> all = all_shapes();
  return all;
}

}  // namespace dcat
