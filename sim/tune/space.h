// What is searched: dimensions with bounds, and points in them. A point holds values as they are used (0.03, 3 ways, 1
// for true); kernels and draws see them on a unit scale from 0 to 1, logarithmic where a dimension says so. Properties:
// value_at never leaves the bounds, whatever the unit; whole numbers are whole, and on a linear scale an even draw
// meets each of them equally often; value_at(unit_of(v)) == v for every v that value_at gave.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace dcat::sim {

enum class Kind {
  real,    // with four significant digits, so that what is written down is what was tried
  whole,   // a whole number
  choice,  // a category, numbered from 0: no order between them
};

// REQUIRES: from <= to; logarithmic: from > 0; whole, choice: both whole.
struct Dimension {
  std::string name;
  Kind kind = Kind::real;
  double from = 0;
  double to = 1;
  bool logarithmic = false;
  bool operator==(const Dimension&) const = default;
};

using Point = std::vector<double>;  // a value a dimension

// `unit` from 0 to 1.
double value_at(const Dimension& dimension, double unit);
// From 0 to 1; a value beyond the bounds counts as the bound.
double unit_of(const Dimension& dimension, double value);

struct Space {
  std::vector<Dimension> dimensions;
  // What the bounds do not say: combinations that make no sense. Absent: every point is legal.
  std::function<bool(const Point&)> legal;
};

}  // namespace dcat::sim
