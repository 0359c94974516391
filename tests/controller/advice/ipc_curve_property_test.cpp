// Properties of IpcCurve: it never falls, keeps the weighted sum, and lies between its points.
#include <algorithm>

#include "controller/advice/ipc_curve.h"
#include "tests/support/property.h"

namespace dcat {
namespace {

std::vector<IpcPoint> some_points() {
  return *rc::gen::container<std::vector<IpcPoint>>(rc::gen::apply(
      [](int ways, int ipc, int weight) {
        return IpcPoint{1.0 * ways, 0.01 * ipc, 1.0 * weight};
      },
      rc::gen::inRange(1, 21), rc::gen::inRange(1, 400), rc::gen::inRange(1, 9)));
}

double weighted_sum(const std::vector<IpcPoint>& points) {
  double sum = 0;
  for (const IpcPoint& point : points) sum += point.ipc * point.weight;
  return sum;
}

TEST_CASE("a curve never falls, has each size once and keeps what was measured in sum") {
  testing::require_for_all("never falls", [] {
    const std::vector<IpcPoint> points = some_points();
    const IpcCurve curve(points);
    for (std::size_t i = 1; i < curve.points().size(); ++i) {
      RC_ASSERT(curve.points()[i].ways > curve.points()[i - 1].ways);
      RC_ASSERT(curve.points()[i].ipc >= curve.points()[i - 1].ipc);
    }
    RC_ASSERT(std::abs(weighted_sum(points) - weighted_sum(curve.points())) < 1e-6);
  });
}

TEST_CASE("the order of points does not matter") {
  testing::require_for_all("any order", [] {
    std::vector<IpcPoint> points = some_points();
    const IpcCurve one(points);
    std::reverse(points.begin(), points.end());
    const IpcCurve other(points);
    RC_ASSERT(one.points().size() == other.points().size());
    for (std::size_t i = 0; i < one.points().size(); ++i)
      RC_ASSERT(std::abs(one.points()[i].ipc - other.points()[i].ipc) < 1e-9);
  });
}

TEST_CASE("enough is a size that was measured, and all below it lose more") {
  testing::require_for_all("enough", [] {
    const IpcCurve curve(some_points());
    if (!curve.tells()) return;
    const double loss = 0.01 * *rc::gen::inRange(0, 30);
    const double size = curve.enough(loss);
    RC_ASSERT(*curve.at(size) >= curve.points().back().ipc * (1 - loss));
    for (const IpcPoint& point : curve.points())
      if (point.ways < size) RC_ASSERT(point.ipc < curve.points().back().ipc * (1 - loss));
  });
}

}  // namespace
}  // namespace dcat
