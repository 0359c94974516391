// What a program inserts into the cache, by the ways that it holds, as pieces that can be solved instead of searched.
//
// Between two kinks of a program's curves IPC, misses and the stalled fraction are straight lines, so the lines that
// it inserts a second are a quadratic over a straight line, for any factor on its stalls; and what it holds of a shared
// region, o = own + u x insertions(o) (sim/occupancy.h), is the root of a quadratic. Exact: nothing is sampled. Not for
// Zipf, whose hit ratio is no such line.
#pragma once

#include <vector>

#include "sim/workload.h"

namespace dcat::sim {

class InsertionTable {
 public:
  // `cycles_per_sec`: over its CPUs, whatever slows all of its CPI included. REQUIRES: shape.ways >= 1.
  InsertionTable(const Workload& workload, const LlcShape& shape, double cycles_per_sec);

  // False for workloads whose lines are not straight: then nothing else may be asked.
  bool known() const { return !pieces_.empty(); }

  // The least o in [own, most] with o = own + u x insertions per second at o; `most` where there is none.
  double holds(double own, double u, double most, double stall_factor) const;

 private:
  // From `from` ways to the next piece, x ways further: (n0 + n1 x + n2 x^2) / (c0 + c1 x + (factor - 1)(s0 + s1 x)).
  struct Piece {
    double from = 0;
    double width = 0;
    double n0 = 0, n1 = 0, n2 = 0;
    double c0 = 0, c1 = 0;
    double s0 = 0, s1 = 0;
  };
  void add_lines(const Workload& workload, const LlcShape& shape, double cycles_per_sec);
  void add_curve(const Curve& curve, const LlcShape& shape, double cycles_per_sec);

  std::vector<Piece> pieces_;  // ascending; the last one has no end
};

}  // namespace dcat::sim
