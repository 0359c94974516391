#include "sim/insertion_table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <variant>

namespace dcat::sim {
namespace {

constexpr double kNoEnd = std::numeric_limits<double>::infinity();

}  // namespace

InsertionTable::InsertionTable(const Workload& workload, const LlcShape& shape, double cycles_per_sec) {
  if (const auto* program = std::get_if<CurveProgram>(&workload.kind))
    add_curve(*program->curve, shape, cycles_per_sec);
  else if (!std::holds_alternative<Zipf>(workload.kind))
    add_lines(workload, shape, cycles_per_sec);
}

// Misses and CPI fall in a straight line up to the set's size, and stay.
void InsertionTable::add_lines(const Workload& workload, const LlcShape& shape, double cycles_per_sec) {
  const auto* mlr = std::get_if<Mlr>(&workload.kind);
  const double set = mlr != nullptr ? mlr->set.in_ways(shape) : 0;
  const WorkloadPoint end = evaluate(workload, set, shape);
  if (set > 0) {
    const WorkloadPoint start = evaluate(workload, 0, shape);
    const double stall = (end.stall_cpi - start.stall_cpi) / set;
    pieces_.push_back({0, set, cycles_per_sec * start.misses_per_instruction,
                       cycles_per_sec * (end.misses_per_instruction - start.misses_per_instruction) / set, 0,
                       start.cpi(), stall, start.stall_cpi, stall});
  }
  pieces_.push_back({set, kNoEnd, cycles_per_sec * end.misses_per_instruction, 0, 0, end.cpi(), 0, end.stall_cpi, 0});
}

void InsertionTable::add_curve(const Curve& curve, const LlcShape& shape, double cycles_per_sec) {
  std::vector<double> sizes = curve_kinks(curve, shape.ways);
  std::vector<CurvePoint> points;
  for (const double size : sizes) points.push_back(curve_at(curve, size, shape.ways));
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    const CurvePoint& a = points[k];
    const double misses = a.misses_per_ki / 1000 * cycles_per_sec;
    if (k + 1 == sizes.size()) {
      pieces_.push_back({sizes[k], kNoEnd, a.ipc * misses, 0, 0, 1, 0, a.stall_ratio, 0});
      break;
    }
    const CurvePoint& b = points[k + 1];
    const double width = sizes[k + 1] - sizes[k];
    const double ipc_slope = (b.ipc - a.ipc) / width;
    const double misses_slope = (b.misses_per_ki - a.misses_per_ki) / 1000 * cycles_per_sec / width;
    pieces_.push_back({sizes[k], width, a.ipc * misses, a.ipc * misses_slope + ipc_slope * misses,
                       ipc_slope * misses_slope, 1, 0, a.stall_ratio, (b.stall_ratio - a.stall_ratio) / width});
  }
}

double InsertionTable::holds(double own, double u, double most, double stall_factor) const {
  const double more = stall_factor - 1;
  for (const Piece& p : pieces_) {
    if (p.from + p.width <= own) continue;
    if (p.from >= most) break;
    // (from + x - own)(d0 + d1 x) = u (n0 + n1 x + n2 x^2): below zero where more would be inserted than is held.
    const double d0 = p.c0 + more * p.s0;
    const double d1 = p.c1 + more * p.s1;
    const double beside = p.from - own;
    const double square = d1 - u * p.n2;
    const double linear = d0 + beside * d1 - u * p.n1;
    const double constant = beside * d0 - u * p.n0;
    if (p.width < kNoEnd && constant + p.width * (linear + p.width * square) < 0) continue;
    if (constant >= 0) return std::clamp(p.from, own, most);  // the piece before ended here
    const double root = std::sqrt(std::max(0.0, linear * linear - 4 * square * constant));
    return std::clamp(p.from - 2 * constant / (linear + root), own, most);
  }
  return most;
}

}  // namespace dcat::sim
