// One run as one SVG, panels one below the other over one axis of time: the cache as bands, the sum against the bound,
// and for every tenant its states and its IPC against the contract.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/report/report.h"

namespace dcat::sim::page {

struct Range {
  double low = 1;
  double high = 1;
  void include(double value) {
    low = value < low ? value : low;
    high = value > high ? value : high;
  }
};

// What the vertical axes span: the same in all runs of one input, so that policies compare by eye.
struct Ranges {
  Range sum;
  std::map<std::string, Range> tenants;  // around 1; those without a contract are not in it
};
Ranges ranges_of(const std::vector<const ReportRun*>& runs, double tolerance);

struct ChartFrame {
  int ways = 0;
  double period_sec = 1;
  double tolerance = 0;
  Ranges ranges;
};

// REQUIRES: the run has a series.
std::string run_chart(const ReportRun& run, const ChartFrame& frame);

}  // namespace dcat::sim::page
