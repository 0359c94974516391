// IpcCurve: what is known of IPC at several sizes, whatever it is known from. Pure.
//
// Points ascend by ways and never fall: more cache is not slower, and where measurements say so it is their noise (they
// are pooled, weighted by how often they were measured: isotonic regression by pooling adjacent violators).
#pragma once

#include <optional>
#include <vector>

namespace dcat {

struct IpcPoint {
  double ways = 0;  // > 0
  double ipc = 0;   // in any unit, the same for all points of a curve
  double weight = 1;
  bool operator==(const IpcPoint&) const = default;
};

class IpcCurve {
 public:
  IpcCurve() = default;
  // In any order; of equal sizes the mean counts.
  explicit IpcCurve(std::vector<IpcPoint> points);

  // Two sizes at least: one says nothing about others.
  bool tells() const { return points_.size() >= 2; }
  const std::vector<IpcPoint>& points() const { return points_; }
  // Linear between points; above the largest its value, which is the least that it can be; nullopt below the least.
  std::optional<double> at(double ways) const;
  // The least size with all but `loss` (0..1) of what the largest has. REQUIRES: tells()
  double enough(double loss) const;

 private:
  std::vector<IpcPoint> points_;
};

}  // namespace dcat
