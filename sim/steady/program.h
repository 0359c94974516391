// A program as the steady model sees it: tables instead of functions, for inner loops.
//
// Between breakpoints IPC, misses, references and the stalled fraction are straight lines. For a measured curve the
// breakpoints are its points (and four below one way), so the tables are exact; a parametric workload is sampled
// at eight sizes a way.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "controller/policies/policy.h"
#include "sim/workload.h"

namespace dcat::sim {

struct ProgramPoint {
  double ipc = 0;
  double references_per_ki = 0;
  double misses_per_ki = 0;
  double stall_ratio = 0;
  bool operator==(const ProgramPoint&) const = default;
};

class SteadyProgram {
 public:
  // REQUIRES: shape.ways >= 1.
  SteadyProgram(std::string name, const Workload& workload, const LlcShape& shape, double cycles_per_sec);

  const std::string& name() const { return name_; }
  double cycles_per_sec() const { return cycles_per_sec_; }
  int cache_ways() const { return static_cast<int>(whole_.size()) - 1; }
  // The greatest at any size: what its slowdown is measured against.
  double best_ipc() const { return best_ipc_; }

  // Between which everything is a straight line; ascending from 0 to cache_ways().
  std::span<const double> sizes() const { return sizes_; }

  // REQUIRES: 1 <= ways <= cache_ways().
  const ProgramPoint& at(int ways) const { return whole_[static_cast<std::size_t>(ways)]; }
  // REQUIRES: ways >= 0. From cache_ways() on the last point. IPC is never above best_ipc().
  ProgramPoint at(double ways) const;

  // The least number of ways at which the program, inserting lines at that size's rate, needs `u` (ways x seconds a
  // line) to hold them: the solution of ways = u x misses a second at these ways, at most `most`.
  double ways_held(double u, double most) const { return held_with(u, most).ways; }
  // The same with its derivative by log u, for Newton's method; 0 where `most` cuts it.
  struct Held {
    double ways = 0;
    double per_log_u = 0;
  };
  Held held_with(double u, double most) const;
  // The same beside `own` ways that nobody else may fill: the least o >= own with o = own + u x misses a second at o.
  double ways_held_beside(double own, double u, double most) const;
  // Misses a second with that many ways, on an idle bus.
  double insertions_per_sec(double ways) const;

  KnownCurve known() const;  // for policies

 private:
  struct Root {
    double ways = 0;
    double per_log_u = 0;  // without own ways
  };
  Root root_in_segment(std::size_t k, double own, double u) const;

  std::string name_;
  double cycles_per_sec_ = 0;
  double best_ipc_ = 0;
  std::vector<double> sizes_;          // breakpoints in ways, ascending from 0
  std::vector<ProgramPoint> points_;   // by breakpoint
  std::vector<double> held_per_rate_;  // by breakpoint: size / insertions, the u that holds exactly this size
  std::vector<ProgramPoint> whole_;    // by number of ways; [0] is the extension to none
};

}  // namespace dcat::sim
