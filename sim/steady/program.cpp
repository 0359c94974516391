#include "sim/steady/program.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <variant>

namespace dcat::sim {
namespace {

constexpr int kSamplesBelowOneWay = 4;
constexpr int kSamplesAWay = 8;  // of a parametric workload

ProgramPoint sample(const Workload& workload, double ways, const LlcShape& shape) {
  const WorkloadPoint p = evaluate(workload, ways, shape);
  const double cpi = p.cpi();
  return {1 / cpi, p.references_per_instruction * 1000, p.misses_per_instruction * 1000, p.stall_cpi / cpi};
}

// Ascending from 0 to the cache's ways.
std::vector<double> breakpoints(const Workload& workload, const LlcShape& shape) {
  std::vector<double> sizes;
  const auto* curve = std::get_if<CurveProgram>(&workload.kind);
  if (curve == nullptr) {
    for (int i = 0; i <= shape.ways * kSamplesAWay; ++i) sizes.push_back(static_cast<double>(i) / kSamplesAWay);
    return sizes;
  }
  for (int i = 0; i < kSamplesBelowOneWay; ++i) sizes.push_back(static_cast<double>(i) / kSamplesBelowOneWay);
  const std::size_t points = curve->curve->points.size();
  for (std::size_t k = 0; k + 1 < points; ++k)
    sizes.push_back(1 + static_cast<double>(k) * std::max(1, shape.ways - 1) / static_cast<double>(points - 1));
  if (points == 1) sizes.push_back(1);
  if (sizes.back() < shape.ways) sizes.push_back(shape.ways);
  return sizes;
}

double rate_of(const ProgramPoint& p) {
  return p.ipc * p.misses_per_ki;  // misses per 1,000 cycles
}

ProgramPoint between(const ProgramPoint& a, const ProgramPoint& b, double part) {
  const auto mix = [part](double from, double to) { return from + (to - from) * part; };
  return {mix(a.ipc, b.ipc), mix(a.references_per_ki, b.references_per_ki), mix(a.misses_per_ki, b.misses_per_ki),
          mix(a.stall_ratio, b.stall_ratio)};
}

}  // namespace

SteadyProgram::SteadyProgram(std::string name, const Workload& workload, const LlcShape& shape, double cycles_per_sec)
    : name_(std::move(name)), cycles_per_sec_(cycles_per_sec), sizes_(breakpoints(workload, shape)) {
  for (const double size : sizes_) points_.push_back(sample(workload, size, shape));
  for (int w = 0; w <= shape.ways; ++w) whole_.push_back(sample(workload, w, shape));
  for (std::size_t k = 0; k < sizes_.size(); ++k)
    if (sizes_[k] >= 1) best_ipc_ = std::max(best_ipc_, points_[k].ipc);
  // What lies below one way is a line's guess: it does not make a program faster than it was ever seen.
  for (ProgramPoint& p : points_) p.ipc = std::min(p.ipc, best_ipc_);
  double most = 0;
  for (std::size_t k = 0; k < sizes_.size(); ++k) {
    const double rate = rate_of(points_[k]) * cycles_per_sec_ / 1000;
    const double held = rate > 0 ? sizes_[k] / rate : std::numeric_limits<double>::infinity();
    // A measured curve need not fall everywhere; the least size that satisfies a given u is the first one that does.
    most = std::max(most, sizes_[k] > 0 ? held : 0);
    held_per_rate_.push_back(most);
  }
}

ProgramPoint SteadyProgram::at(double ways) const {
  if (ways >= sizes_.back()) return points_.back();
  // Whole numbers read the table of whole numbers: no rounding of an interpolation may tell a tenant with its
  // contract's ways from its baseline.
  const double whole = std::floor(ways);
  if (whole == ways && whole >= 1) return whole_[static_cast<std::size_t>(whole)];
  const auto above = std::upper_bound(sizes_.begin(), sizes_.end(), ways);
  const auto k = static_cast<std::size_t>(above - sizes_.begin());
  if (k == 0) return points_.front();
  return between(points_[k - 1], points_[k], (ways - sizes_[k - 1]) / (sizes_[k] - sizes_[k - 1]));
}

double SteadyProgram::insertions_per_sec(double ways) const {
  return rate_of(at(ways)) * cycles_per_sec_ / 1000;
}

SteadyProgram::Held SteadyProgram::held_with(double u, double most) const {
  std::size_t k = 0;
  while (k < sizes_.size() && held_per_rate_[k] < u) ++k;
  if (k == 0) return {};
  if (k == sizes_.size() || sizes_[k - 1] >= most) return {most, 0};
  const Root root = root_in_segment(k, 0, u);
  if (root.ways >= most) return {most, 0};
  return {root.ways, root.per_log_u};
}

double SteadyProgram::ways_held_beside(double own, double u, double most) const {
  std::size_t k = 1;
  while (k < sizes_.size() && (sizes_[k] < own || sizes_[k] - own < u * rate_of(points_[k]) * cycles_per_sec_ / 1000))
    ++k;
  if (k == sizes_.size()) return most;
  return std::clamp(root_in_segment(k, own, u).ways, own, most);
}

// Between breakpoints k - 1 and k: x + t dx - own = U (ipc + t dipc)(mpki + t dmpki), the smaller positive root.
SteadyProgram::Root SteadyProgram::root_in_segment(std::size_t k, double own, double u) const {
  const ProgramPoint& a = points_[k - 1];
  const ProgramPoint& b = points_[k];
  const double scaled = u * cycles_per_sec_ / 1000;
  const double width = sizes_[k] - sizes_[k - 1];
  const double d_ipc = b.ipc - a.ipc;
  const double d_misses = b.misses_per_ki - a.misses_per_ki;
  const double square = scaled * d_ipc * d_misses;
  const double linear = scaled * (a.ipc * d_misses + d_ipc * a.misses_per_ki) - width;
  const double constant = scaled * a.ipc * a.misses_per_ki - (sizes_[k - 1] - own);
  const double root = std::sqrt(std::max(0.0, linear * linear - 4 * square * constant));
  const double t = constant <= 0 ? 0 : std::clamp(2 * constant / (root - linear), 0.0, 1.0);
  const double ways = sizes_[k - 1] + t * width;
  // x = u q(x): dx / dlog u = u q / (1 - u q'), and at the root the denominator x width is -(2 square t + linear).
  const double steep = -(2 * square * t + linear);
  return {ways, steep > 0 ? ways * width / steep : 0};
}

KnownCurve SteadyProgram::known() const {
  KnownCurve curve;
  for (std::size_t w = 1; w < whole_.size(); ++w)
    curve.at.push_back({whole_[w].ipc, whole_[w].references_per_ki, whole_[w].misses_per_ki, whole_[w].stall_ratio});
  return curve;
}

}  // namespace dcat::sim
