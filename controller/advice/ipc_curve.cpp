#include "controller/advice/ipc_curve.h"

#include <algorithm>
#include <iterator>

namespace dcat {

namespace {

void add(IpcPoint& to, const IpcPoint& from) {
  const double weight = to.weight + from.weight;
  to.ipc = (to.ipc * to.weight + from.ipc * from.weight) / weight;
  to.weight = weight;
}

struct Pool {
  IpcPoint mean;
  std::size_t count;
};

}  // namespace

IpcCurve::IpcCurve(std::vector<IpcPoint> points) {
  std::ranges::sort(points, {}, &IpcPoint::ways);
  for (const IpcPoint& point : points) {
    if (!points_.empty() && points_.back().ways == point.ways)
      add(points_.back(), point);
    else
      points_.push_back(point);
  }
  std::vector<Pool> pools;
  for (const IpcPoint& point : points_) {
    pools.push_back({point, 1});
    while (pools.size() > 1 && pools[pools.size() - 2].mean.ipc > pools.back().mean.ipc) {
      const Pool last = pools.back();
      pools.pop_back();
      add(pools.back().mean, last.mean);
      pools.back().count += last.count;
    }
  }
  auto at = points_.begin();
  for (const Pool& pool : pools)
    for (std::size_t i = 0; i < pool.count; ++i) (at++)->ipc = pool.mean.ipc;
}

std::optional<double> IpcCurve::at(double ways) const {
  if (points_.empty() || ways < points_.front().ways) return std::nullopt;
  const auto above = std::ranges::upper_bound(points_, ways, {}, &IpcPoint::ways);
  const IpcPoint& below = *std::prev(above);
  if (above == points_.end()) return below.ipc;
  const double part = (ways - below.ways) / (above->ways - below.ways);
  return below.ipc + part * (above->ipc - below.ipc);
}

double IpcCurve::enough(double loss) const {
  const double want = points_.back().ipc * (1 - loss);
  return std::ranges::find_if(points_, [want](const IpcPoint& point) { return point.ipc >= want; })->ways;
}

}  // namespace dcat
