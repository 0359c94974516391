#include "sim/report/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/report/chart.h"
#include "sim/report/look.h"
#include "sim/report/markup.h"
#include "sim/report/rows_table.h"
#include "sim/report/thinning.h"

namespace dcat::sim {
namespace {

using page::escape;
using page::figure;

std::string head(const Report& report) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
      "script-src 'sha256-{}'; base-uri 'none'; form-action 'none'\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n",
      page::script_hash(), escape(report.title), page::style_sheet());
}

std::string opening(const Report& report) {
  std::string text = fmt::format("<h1>{}</h1>\n", escape(report.title));
  text +=
      "<p class=\"note\">Every figure on this page is simulated: it follows from the scenario and the model of the "
      "cache, none was measured on a machine.</p>\n";
  text += fmt::format("<p class=\"mute\">{} ways, a decision every {} s, tolerance {} %. Made by</p>\n", report.ways,
                      figure(report.period_sec), figure(report.tolerance * 100));
  return text + fmt::format("<pre class=\"command\"><code>{}</code></pre>\n", escape(report.command));
}

// The policy of each run, for links; only the first run of a policy is found.
std::vector<std::string> policies_of_runs(const Report& report) {
  std::vector<std::string> policies;
  for (const ReportRun& run : report.runs) policies.push_back(run.policy);
  return policies;
}

std::string tables(const Report& report) {
  if (report.rows.empty()) return "";
  const std::vector<std::string> linked = policies_of_runs(report);
  const std::string words =
      "Bold: the best of those who do not know the future. What a heading means: rest the pointer on "
      "it; a click sorts.";
  std::string text = "<h2 id=\"policies\">Policies</h2>\n";
  if (!page::worth_means(report.rows)) return text + page::rows_table(report.rows, words, linked);
  text += page::means_table(report.rows, linked);
  text += fmt::format("<details><summary>All {} rows</summary>\n{}</details>\n", report.rows.size(),
                      page::rows_table(report.rows, words, {}));
  return text;
}

std::string legend_item(const std::string& swatch, std::string_view words) {
  return fmt::format("<li><svg width=\"24\" height=\"14\" viewBox=\"0 0 24 14\" aria-hidden=\"true\">{}</svg>{}</li>\n",
                     swatch, escape(words));
}

std::string legend(bool states, bool bounded) {
  std::string text = "<ul class=\"legend\">\n";
  if (states)
    for (const State state : page::kStates)
      text += legend_item(
          fmt::format("<rect width=\"24\" height=\"14\" {}/><text class=\"letter\" x=\"12\" y=\"11\">{}</text>",
                      page::state_fill(state), page::letter_of(state)),
          name_of(state));
  text += legend_item(fmt::format("<rect width=\"24\" height=\"14\" {}/><rect width=\"24\" height=\"14\" {}/>",
                                  page::tenant_fill(0), page::kSharedFill),
                      "shared: others fill a part of its mask");
  text += legend_item("<rect width=\"24\" height=\"14\" class=\"free\"/>", "held by nobody");
  text += legend_item("<path class=\"mark\" d=\"M12 0V14\"/>", "phases change, or somebody comes or goes");
  text += legend_item("<path class=\"floor\" d=\"M0 7H24\"/>", "1 - tolerance");
  text += legend_item("<path class=\"below\" d=\"M2 11H22V14H2Z\"/>", "below it");
  if (bounded) text += legend_item("<path class=\"bound\" d=\"M0 7H24\"/>", "the bound: the best strict partition");
  return text + "</ul>\n";
}

std::string figures_line(const TimedResult& result) {
  std::vector<std::string> parts{"STP " + figure(result.stp), "unfairness " + figure(result.unfairness),
                                 "sum of IPC against contract " + figure(result.normalised_ipc)};
  if (result.oracle_normalised && *result.oracle_normalised > 0)
    parts.back() += fmt::format(" ({:.1f} % of the bound)", 100 * result.normalised_ipc / *result.oracle_normalised);
  parts.push_back(fmt::format("{} tenant-periods below tolerance", result.violations));
  parts.push_back(fmt::format("{} ways moved", result.moved_ways));
  parts.push_back(fmt::format("{} CLOSIDs", result.closids));
  if (result.refused > 0) parts.push_back(fmt::format("{} periods refused", result.refused));
  return fmt::format("<p class=\"mute\">{}</p>\n", escape(fmt::format("{}", fmt::join(parts, " · "))));
}

bool drawable(const ReportRun& run) {
  const std::size_t tenants = run.result.tenants.size();
  return !run.result.series.empty() && tenants > 0 && run.result.tenant_normalised.size() == tenants &&
         std::ranges::all_of(run.result.series, [&](const TimedPeriod& p) { return p.tenants.size() == tenants; });
}

std::string run_section(const Report& report, std::size_t index, const page::ChartFrame& frame) {
  const ReportRun& run = report.runs[index];
  std::string text = fmt::format("<section id=\"run-{}\">\n<h3>{} <span class=\"mute\">on {}</span></h3>\n", index + 1,
                                 escape(run.policy), escape(run.input));
  text += figures_line(run.result);
  text += drawable(run) ? page::run_chart(run, frame) : "<p class=\"mute\">This run kept no series.</p>\n";
  return text + "</section>\n";
}

page::ChartFrame frame_of(const Report& report, const std::string& input) {
  std::vector<const ReportRun*> alike;
  for (const ReportRun& run : report.runs)
    if (run.input == input && drawable(run)) alike.push_back(&run);
  return {report.ways, report.period_sec, report.tolerance, page::ranges_of(alike, report.tolerance)};
}

std::string runs(const Report& report) {
  if (report.runs.empty()) return "";
  bool states = false;
  bool bounded = false;
  std::size_t longest = 0;
  std::size_t tenants = 0;
  std::string links;
  for (std::size_t i = 0; i < report.runs.size(); ++i) {
    const ReportRun& run = report.runs[i];
    longest = std::max(longest, run.result.series.size());
    tenants = std::max(tenants, run.result.tenants.size());
    for (const TimedPeriod& period : run.result.series) {
      bounded = bounded || period.oracle_normalised;
      states = states || std::ranges::any_of(period.tenants, [](const TimedTenant& t) { return t.state.has_value(); });
    }
    const bool one_input = std::ranges::all_of(report.runs, [&](const ReportRun& r) { return r.input == run.input; });
    links += fmt::format("<a href=\"#run-{}\">{}{}</a>\n", i + 1, escape(run.policy),
                         one_input ? "" : " on " + escape(run.input));
  }
  std::string text =
      fmt::format("<h2 id=\"runs\">Over time</h2>\n<nav>{}</nav>\n", links) + page::pattern_definitions(tenants);
  text += legend(states, bounded);
  text +=
      "<p class=\"mute\">Vertical axes are the same in all runs of one input. Rest the pointer on a chart for the "
      "numbers of that time.</p>\n";
  if (longest > page::kMostPoints)
    text += fmt::format(
        "<p class=\"note\">Thinned out: of {} periods at most {} are drawn in each curve, the least and the greatest "
        "of every stretch among them.</p>\n",
        longest, page::kMostPoints);
  for (std::size_t i = 0; i < report.runs.size(); ++i)
    text += run_section(report, i, frame_of(report, report.runs[i].input));
  return text;
}

}  // namespace

std::string report_html(const Report& report) {
  std::string text = head(report) + opening(report) + tables(report) + runs(report);
  if (!report.scenario_text.empty())
    text += fmt::format(
        "<h2 id=\"scenario\">Scenario</h2>\n<details><summary>{} bytes, as they were read</summary>\n"
        "<pre><code>{}</code></pre></details>\n",
        report.scenario_text.size(), escape(report.scenario_text));
  text += fmt::format("<script>{}</script>\n</body>\n</html>\n", page::script());
  return text;
}

}  // namespace dcat::sim
