#include "sim/report/chart.h"

#include <set>

#include "sim/report/look.h"
#include "sim/report/markup.h"
#include "tests/sim_report/example.h"
#include "tests/support/catch.h"

namespace dcat::sim::page {
namespace {

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

std::string chart_of(const Report& report, std::size_t run) {
  const ChartFrame frame{report.ways, report.period_sec, report.tolerance,
                         ranges_of({&report.runs[run]}, report.tolerance)};
  return run_chart(report.runs[run], frame);
}

TEST_CASE("Every tenant has a band, a name beside it and a row of its own") {
  const Report report = example_report(60);
  const std::string chart = chart_of(report, 0);
  for (const std::string& tenant : report.runs[0].result.tenants) {
    CAPTURE(tenant);
    CHECK(count_of(chart, "<title>" + escape(tenant) + "</title>") == 3);  // band, name in the stack, name of the row
  }
  CHECK(count_of(chart, "<g class=\"band\">") == 5);
}

TEST_CASE("States are drawn for a policy that has them, with letters where there is room") {
  const Report report = example_report(60);
  const std::string fair = chart_of(report, 0);
  CHECK(count_of(fair, "class=\"letter\"") >= 20);
  CHECK(count_of(fair, state_fill(State::reclaim)) >= 3);
  CHECK(count_of(chart_of(report, 2), "class=\"letter\"") == 0);
  CHECK(count_of(chart_of(report, 2), "url(#s") == count_of(chart_of(report, 2), "url(#shared)"));
}

TEST_CASE("Where masks are shared the bands are hatched") {
  const Report report = example_report(60);
  CHECK(count_of(chart_of(report, 1), std::string(kSharedFill)) == 5);
  CHECK(count_of(chart_of(report, 2), std::string(kSharedFill)) == 0);
}

TEST_CASE("Phase changes are marked in the panels of all and in the row of the tenant") {
  Report report = example_report(60);
  CHECK(count_of(chart_of(report, 0), "phases change") == 4);  // cache, sum, alpha's phases, the sleeper's sleep
  for (TimedPeriod& period : report.runs[0].result.series) period.changed = false;
  CHECK(count_of(chart_of(report, 0), "phases change") == 2);
}

TEST_CASE("A tenant's own change is marked where its new phase begins to count") {
  Report report = example_report(60);
  // The row of period 19 has the phase at its end already: the mark is at 20 of 60, a third of 150 .. 856.
  CHECK(count_of(chart_of(report, 0), "M385.3 ") >= 2);
  for (TimedPeriod& period : report.runs[0].result.series)
    for (TimedTenant& tenant : period.tenants) tenant.phase = 0;
  report.runs[0].result.series[19].tenants[0].phase = 1;
  for (TimedPeriod& period : report.runs[0].result.series) period.changed = false;
  const std::string chart = chart_of(report, 0);
  CHECK(count_of(chart, "<title>phases change</title>") == 2);
  CHECK(count_of(chart, "class=\"mark\" d=\"M385.3 ") == 1);
}

TEST_CASE("Without a bound there is none drawn") {
  Report report = example_report(60);
  CHECK(count_of(chart_of(report, 0), "class=\"bound\"") == 1);
  for (TimedPeriod& period : report.runs[0].result.series) period.oracle_normalised.reset();
  report.runs[0].result.oracle_normalised.reset();
  const std::string chart = chart_of(report, 0);
  CHECK(count_of(chart, "class=\"bound\"") == 0);
  CHECK(count_of(chart, "bound") == 0);
}

TEST_CASE("A tenant without a contract says so, one below the tolerance how often") {
  const Report report = example_report(60);
  const std::string chart = chart_of(report, 0);
  CHECK(count_of(chart, ">no contract<") == 1);
  std::size_t below = 0;
  for (const TimedPeriod& period : report.runs[0].result.series)
    below += period.tenants[1].normalised_ipc < 0.95 ? 1 : 0;
  REQUIRE(below > 0);
  CHECK(count_of(chart, "> " + std::to_string(below) + " below<") == 1);
  CHECK(count_of(chart, "class=\"below\"") == 1);
}

TEST_CASE("Axes span all runs of an input, the contract and what is tolerated") {
  const Report report = example_report(60);
  Report wide = report;
  wide.runs[1].result.series[7].tenants[0].normalised_ipc = 3;
  const Ranges ranges = ranges_of({&report.runs[0], &wide.runs[1]}, 0.05);
  CHECK(ranges.tenants.at("alpha").high == 3);
  CHECK(ranges.tenants.at("sleeper").low <= 0.95);
  CHECK(ranges.tenants.at("sleeper").high >= 1.05);
  CHECK(!ranges.tenants.contains("guest"));
  CHECK(ranges.sum.high >= 4.3);
}

TEST_CASE("From the ninth tenant on colours come again with patterns") {
  std::set<std::string> fills;
  for (std::size_t t = 0; t < 40; ++t) fills.insert(tenant_fill(t));
  CHECK(fills.size() == 40);
  CHECK(tenant_fill(7) == "class=\"t7\"");
  CHECK(tenant_fill(8) == "fill=\"url(#t8)\"");
  CHECK(count_of(pattern_definitions(8), "id=\"t") == 0);
  const std::string definitions = pattern_definitions(40);
  for (const char* id : {"\"t8\"", "\"t39\"", "\"shared\"", "\"sR\""})
    CHECK(count_of(definitions, std::string("id=") + id) == 1);
}

TEST_CASE("No two states share a letter") {
  std::set<char> letters;
  for (const State state : kStates) letters.insert(letter_of(state));
  CHECK(letters.size() == kStates.size());
}

}  // namespace
}  // namespace dcat::sim::page
