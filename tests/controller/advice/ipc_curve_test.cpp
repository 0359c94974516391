// IPC at several sizes: means, pooling, reading between points.
#include "controller/advice/ipc_curve.h"

#include "tests/support/catch.h"

namespace dcat {
namespace {

TEST_CASE("a curve is read between its points, flat above them and not below") {
  const IpcCurve curve({{6, 2.0}, {2, 1.0}});
  CHECK(curve.tells());
  CHECK_FALSE(curve.at(1.9));
  CHECK(curve.at(2) == 1.0);
  CHECK(curve.at(3) == 1.25);
  CHECK(curve.at(6) == 2.0);
  CHECK(curve.at(20) == 2.0);
}

TEST_CASE("of one size the mean by weight counts, and one size tells nothing") {
  const IpcCurve curve({{4, 1.0, 1}, {4, 2.0, 3}});
  CHECK_FALSE(curve.tells());
  CHECK(curve.points() == std::vector<IpcPoint>{{4, 1.75, 4}});
  CHECK_FALSE(IpcCurve().tells());
  CHECK_FALSE(IpcCurve().at(3));
}

TEST_CASE("points that fall are pooled by weight until none does") {
  // 3 and 4 fall: (3 x 1 + 1 x 3) / 4 = 1.5, which 2 does not exceed.
  const IpcCurve curve({{1, 1}, {2, 1.5}, {3, 3, 1}, {4, 1, 3}});
  CHECK(curve.points() == std::vector<IpcPoint>{{1, 1}, {2, 1.5}, {3, 1.5}, {4, 1.5, 3}});
  // All of them: (4 + 2 + 3) / 3
  CHECK(IpcCurve({{1, 4}, {2, 2}, {3, 3}}).points() == std::vector<IpcPoint>{{1, 3}, {2, 3}, {3, 3}});
}

TEST_CASE("enough is the least size with all but the loss of the most") {
  const IpcCurve curve({{1, 0.5}, {3, 0.98}, {5, 0.995}, {9, 1.0}});
  CHECK(curve.enough(0.01) == 5);
  CHECK(curve.enough(0.02) == 3);
  CHECK(curve.enough(0) == 9);
  CHECK(curve.enough(1) == 1);
}

}  // namespace
}  // namespace dcat
