#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/sweep/row.h"
#include "sim/tune/outcome.h"

namespace dcat::sim {
namespace {

using Json = nlohmann::ordered_json;

const char* objective_word(Objective objective) {
  switch (objective) {
    case Objective::throughput: return "throughput";
    case Objective::normalised: return "normalised";
    case Objective::fairness: return "fairness";
  }
  return "";
}

const char* objective_words(Objective objective) {
  switch (objective) {
    case Objective::throughput: return "throughput: STP, the sum of speedups; more is better";
    case Objective::normalised: return "normalised: the sum of IPC / IPC at the contract; more is better";
    case Objective::fairness: return "fairness: unfairness, greatest slowdown / least; less is better";
  }
  return "";
}

const char* verdict_word(Verdict verdict) {
  switch (verdict) {
    case Verdict::nothing_better: return "nothing_better";
    case Verdict::confirmed: return "confirmed";
    case Verdict::not_confirmed: return "not_confirmed";
    case Verdict::unchecked: return "unchecked";
  }
  return "";
}

Row figures_row(const std::string& part, const std::string& configuration, const std::vector<Measure>& runs,
                Objective objective) {
  const Measure m = together(runs);
  Row row;
  row.add("part", part);
  row.add("configuration", configuration);
  row.add("runs", static_cast<std::int64_t>(runs.size()));
  row.add("objective", objective_value(m, objective));
  row.add("violations_per_1000", m.violations_per_1000());
  row.add("moved_ways", static_cast<std::int64_t>(m.moved_ways));
  row.add("normalised_ipc", m.normalised_ipc);
  row.add("stp", m.stp);
  row.add("unfairness", m.unfairness);
  return row;
}

std::vector<Row> figures_rows(const Outcome& outcome) {
  std::vector<Row> rows;
  const auto add = [&](const std::string& name, const Part& part) {
    rows.push_back(figures_row(name, "present", part.present, outcome.objective));
    rows.push_back(figures_row(name, "tuned", part.tuned, outcome.objective));
  };
  add("searched", outcome.training);
  if (outcome.held_back) add("held back", *outcome.held_back);
  return rows;
}

std::vector<Row> parameter_rows(const Outcome& outcome) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < outcome.searched.size(); ++i) {
    const Searched& each = outcome.searched[i];
    Row row;
    row.add("key", each.dimension.name);
    row.add("present", value_text(each, outcome.present[i]));
    row.add("tuned", value_text(each, outcome.tuned[i]));
    row.add("searched", value_text(each, each.dimension.from) + " to " + value_text(each, each.dimension.to) +
                            (each.dimension.logarithmic ? ", logarithmic" : ""));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string part_names(const Outcome& outcome, const Part& part) {
  std::vector<std::string> names;
  for (const Case& each : part.cases)
    names.push_back(outcome.inputs[each.input] + (each.rerun > 0 ? fmt::format(" (seed + {})", each.rerun) : ""));
  return fmt::format("{}", fmt::join(names, ", "));
}

// Sentences about the search itself; for the table and the file's head.
std::vector<std::string> method_lines(const Outcome& outcome) {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("policy {}, objective {}", outcome.policy, objective_words(outcome.objective)));
  const Part& part = outcome.training;
  const double bound = violation_bound_of(outcome, part);
  lines.push_back(
      fmt::format("at most {:.4g} violations per 1,000 tenant-periods{}; a violation is less than {:.4g} of "
                  "the IPC at the contract",
                  bound, outcome.violation_bound ? "" : ", what the present configuration has", 1 - outcome.tolerance));
  lines.push_back(fmt::format("{} trials from seed {}; the best one was number {}{}", outcome.trials, outcome.seed,
                              outcome.found_at, outcome.found_at == 1 ? ", the present configuration" : ""));
  if (together(part.tuned).violations_per_1000() > bound)
    lines.emplace_back("no trial kept the bound on violations: this is the one with the fewest");
  lines.push_back("searched on: " + part_names(outcome, part));
  if (outcome.held_back) lines.push_back("held back: " + part_names(outcome, *outcome.held_back));
  if (outcome.held_back && outcome.reruns)
    lines.emplace_back(
        "there is one input only: what is held back is the same one with other phases and noise, a weak check");
  lines.insert(lines.end(), outcome.notes.begin(), outcome.notes.end());
  return lines;
}

Json part_json(const Outcome& outcome, const Part& part) {
  const auto figures = [&](const std::vector<Measure>& runs) {
    const Measure m = together(runs);
    return Json{{"objective", objective_value(m, outcome.objective)},
                {"violations_per_1000", m.violations_per_1000()},
                {"violations", m.violations},
                {"tenant_periods", m.tenant_periods},
                {"moved_ways", m.moved_ways},
                {"normalised_ipc", m.normalised_ipc},
                {"stp", m.stp},
                {"unfairness", m.unfairness}};
  };
  Json inputs = Json::array();
  for (const Case& each : part.cases)
    inputs.push_back(Json{{"input", outcome.inputs[each.input]}, {"seed_plus", each.rerun}});
  return Json{{"inputs", inputs},
              {"violation_bound_per_1000", violation_bound_of(outcome, part)},
              {"present", figures(part.present)},
              {"tuned", figures(part.tuned)},
              {"better_runs", better_cases(outcome, part)}};
}

// A comment is one line, whatever the text.
std::string comment(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, '?');
  return "# " + text + "\n";
}

}  // namespace

std::string format_outcome_table(const Outcome& outcome) {
  std::string text;
  for (const std::string& line : method_lines(outcome)) text += line + "\n";
  text += "\n" + format_rows(figures_rows(outcome), RowFormat::table);
  text += "\n" + format_rows(parameter_rows(outcome), RowFormat::table);
  text += "\n" + verdict_text(outcome) + "\n\nEvery figure is simulated.\n";
  return text;
}

std::string format_outcome_json(const Outcome& outcome, const Maker& maker) {
  Json parameters = Json::array();
  for (std::size_t i = 0; i < outcome.searched.size(); ++i) {
    const Searched& each = outcome.searched[i];
    parameters.push_back(Json{{"key", each.dimension.name},
                              {"present", value_text(each, outcome.present[i])},
                              {"tuned", value_text(each, outcome.tuned[i])},
                              {"from", value_text(each, each.dimension.from)},
                              {"to", value_text(each, each.dimension.to)},
                              {"logarithmic", each.dimension.logarithmic}});
  }
  const Json json{{"simulated", true},
                  {"version", maker.version},
                  {"command", maker.command},
                  {"policy", outcome.policy},
                  {"objective", objective_word(outcome.objective)},
                  {"tolerance_ratio", outcome.tolerance},
                  {"seed", outcome.seed},
                  {"trials", outcome.trials},
                  {"found_at_trial", outcome.found_at},
                  {"interrupted", outcome.interrupted},
                  {"parameters", parameters},
                  {"searched", part_json(outcome, outcome.training)},
                  {"held_back", outcome.held_back ? part_json(outcome, *outcome.held_back) : Json(nullptr)},
                  {"held_back_are_reruns", outcome.reruns},
                  {"notes", outcome.notes},
                  {"verdict", verdict_word(verdict_of(outcome))},
                  {"verdict_text", verdict_text(outcome)}};
  // Paths may hold any bytes.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string format_tuned_yaml(const Config& base, const Outcome& outcome, const Maker& maker) {
  std::string text = comment("Thresholds that dcat tune " + maker.version + " found. Every figure here is simulated.");
  text += comment("command: " + maker.command);
  for (const std::string& line : method_lines(outcome)) text += comment(line);
  const auto figures = [&](const std::string& name, const Part& part) {
    const Measure present = together(part.present), tuned = together(part.tuned);
    text += comment(
        fmt::format("{}: objective {:.6g} -> {:.6g}, violations per 1,000 {:.4g} -> {:.4g}, ways moved {} -> {}", name,
                    objective_value(present, outcome.objective), objective_value(tuned, outcome.objective),
                    present.violations_per_1000(), tuned.violations_per_1000(), present.moved_ways, tuned.moved_ways));
  };
  figures("searched", outcome.training);
  if (outcome.held_back) figures("held back", *outcome.held_back);
  text += comment(verdict_text(outcome));
  for (const Row& row : parameter_rows(outcome)) {
    const std::string& present = std::get<std::string>(*row.find("present"));
    const std::string& tuned = std::get<std::string>(*row.find("tuned"));
    if (present != tuned) text += comment(std::get<std::string>(*row.find("key")) + ": " + present + " -> " + tuned);
  }
  return text + "\n" + format_config(tuned_config(base, outcome));
}

}  // namespace dcat::sim
