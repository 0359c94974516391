// Curves: how a program's IPC and LLC traffic depend on the ways it has, as measured point by point.
//
// CSV: a header line that names the columns (in any order; columns that are not listed here are ignored),
// then one line per program and number of ways.
//   BENCH            the program
//   NR_WAYS          1, 2, 3, ... without holes, in any order
//   ipc              instructions per cycle, above 0
//   llcrpki, llcmpki LLC references and misses per 1,000 instructions
//   stalls_l3_miss   fraction of the cycles that waited for memory, 0..1
//   bandwidth_mbps   memory traffic as measured, MB/s; may be left out
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace dcat::sim {

struct CurvePoint {
  double ipc = 0;
  double references_per_ki = 0;
  double misses_per_ki = 0;
  double stall_ratio = 0;  // of the cycles, waiting for memory
  // For readers of the table. The model derives traffic from misses, so that it stays true to the ways a
  // program has.
  std::optional<double> bandwidth_mb_per_sec;
  bool operator==(const CurvePoint&) const = default;
};

// points[i] = with i + 1 ways. Never empty.
struct Curve {
  std::vector<CurvePoint> points;
  bool operator==(const Curve&) const = default;
};

using CurveTable = std::map<std::string, Curve>;

// Errors (bad_input), all at once, one a line: `file:line: what is wrong`.
Result<CurveTable> parse_curves(const std::string& csv, const std::string& file_name);

// The curve at `ways` (not below 0, fractions allowed) of a cache of `cache_ways` ways. REQUIRES: cache_ways
// >= 1. N points stand for 1..N-th parts of the whole cache, so they are spread over its ways: `ways` reads
// at 1 + (ways - 1)(N - 1)/(cache_ways - 1), between two points on the straight line. From cache_ways on it
// is the last point. Below the first point the line through the first two goes on, but IPC stays at or above
// a quarter of the first point's, misses lie between 0 and the references, and at most 95 % of the cycles are
// stalls: a line knows nothing of a machine's bounds.
CurvePoint curve_at(const Curve& curve, double ways, int cache_ways);

// The ways between which curve_at is a straight line in every column, ascending from 0; the last one is the size from
// which on it is constant.
std::vector<double> curve_kinks(const Curve& curve, int cache_ways);

}  // namespace dcat::sim
