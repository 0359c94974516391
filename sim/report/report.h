// The report: an experiment as one HTML page that needs nothing but itself. It shows the table of policies and, for
// every run with a series, what happened: ways over time, states, IPC against the contract, the sum against the bound.
//
// Properties: no network, and a Content-Security-Policy that forbids it and any script but the page's own; every word
// from outside is escaped; readable without script, in light and dark; long runs are thinned out
// (sim/report/thinning.h), and the page says so; the same report gives the same bytes. Colours: Okabe and Ito, "Color
// universal design" (2008).
#pragma once

#include <string>
#include <vector>

#include "sim/experiment/timed_run.h"
#include "sim/sweep/row.h"

namespace dcat::sim {

struct ReportRun {
  std::string input;  // the mix or the scenario
  std::string policy;
  TimedResult result;  // with its series
};

struct Report {
  std::string title;
  std::string command;
  std::string scenario_text;  // may be empty
  int ways = 0;               // of all L3 domains together
  double period_sec = 1;
  double tolerance = 0.05;  // below 1 - tolerance of its IPC at the contract a tenant is worse off than promised
  std::vector<Row> rows;    // one a job; those with a column `policy` are put together by it
  std::vector<ReportRun> runs;
};

std::string report_html(const Report& report);

}  // namespace dcat::sim
