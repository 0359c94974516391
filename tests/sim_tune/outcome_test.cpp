#include "sim/tune/outcome.h"

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::sim;

namespace {

Measure measured(double normalised, std::uint64_t violations) {
  return {normalised, normalised / 2, 1.5, violations, 1000, 10};
}

// Present 2.0 with 5 violations per 1,000 in both parts; tuned 2.2 with 4 where it was searched.
Outcome outcome_with(const Measure& held_tuned) {
  Outcome outcome;
  outcome.policy = "dcat-max";
  outcome.objective = Objective::normalised;
  outcome.tolerance = 0.05;
  outcome.seed = 9;
  outcome.trials = 50;
  outcome.found_at = 17;
  outcome.searched =
      *parse_searched({"miss_ratio=0.01:0.2", "streaming_factor=2:6", "count_cumulative_gain=false:true"});
  outcome.present = point_of(outcome.searched, Parameters());
  outcome.tuned = {0.0123, 5, 1};
  outcome.training = {{{0, 0}}, {measured(2, 5)}, {measured(2.2, 4)}};
  outcome.held_back = Part{{{1, 0}}, {measured(2, 5)}, {held_tuned}};
  outcome.inputs = {"a.yaml", "b.yaml"};
  return outcome;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const Maker kMaker{"9.9.9", "dcat tune a.yaml b.yaml"};

}  // namespace

TEST_CASE("a gain on the held-back part confirms, a loss or too many violations there do not") {
  CHECK(verdict_of(outcome_with(measured(2.1, 5))) == Verdict::confirmed);
  CHECK(verdict_of(outcome_with(measured(1.9, 5))) == Verdict::not_confirmed);
  CHECK(verdict_of(outcome_with(measured(2, 5))) == Verdict::not_confirmed);
  CHECK(verdict_of(outcome_with(measured(2.1, 6))) == Verdict::not_confirmed);
}

TEST_CASE("a given bound is the same in both parts: keeping it counts more than the objective") {
  Outcome outcome = outcome_with(measured(2.1, 6));
  outcome.violation_bound = 6;
  CHECK(verdict_of(outcome) == Verdict::confirmed);
  outcome = outcome_with(measured(1.9, 3));
  outcome.violation_bound = 4;  // the present configuration breaks it
  CHECK(verdict_of(outcome) == Verdict::confirmed);
}

TEST_CASE("what is not confirmed says to keep the present configuration, and by how much") {
  const std::string text = verdict_text(outcome_with(measured(1.9, 7)));
  CHECK(contains(text, "not confirmed: keep the present configuration"));
  CHECK(contains(text, "2 -> 1.9 (-5.00 %)"));
  CHECK(contains(text, "violations per 1,000 went 5 -> 7 (bound 5)"));
  CHECK(contains(text, "better in 0 of 1 runs"));
}

TEST_CASE("without a better one, a held-back part or an end of the search nothing is confirmed") {
  Outcome outcome = outcome_with(measured(2.1, 5));
  outcome.found_at = 1;
  CHECK(verdict_of(outcome) == Verdict::nothing_better);
  CHECK(contains(verdict_text(outcome), "nothing better than the present configuration was found in 50 trials"));
  outcome = outcome_with(measured(2.1, 5));
  outcome.held_back.reset();
  CHECK(verdict_of(outcome) == Verdict::unchecked);
  CHECK(contains(verdict_text(outcome), "nothing was held back"));
  outcome.interrupted = true;
  CHECK(contains(verdict_text(outcome), "interrupted"));
}

TEST_CASE("the file parses as the present configuration with what was found, and nothing else is changed") {
  Config base = *parse_config(
      "interval: 500ms\nmax_phases: 7\nphase_change_ratio: 0.2\ntenants:\n  - name: 'a*'\n    contract: 3\n", "base");
  const Outcome outcome = outcome_with(measured(2.1, 5));
  const std::string text = format_tuned_yaml(base, outcome, kMaker);
  const Result<Config> read = parse_config(text, "tuned.yaml");
  if (!read) FAIL(read.error().to_string());
  Config want = base;
  want.parameters.policy = PolicyKind::max_performance;
  want.parameters.miss_ratio = 0.0123;
  want.parameters.streaming_factor = 5;
  want.parameters.count_cumulative_gain = true;
  CHECK(*read == want);
  CHECK_FALSE(*read == base);
  CHECK(*read == tuned_config(base, outcome));
}

TEST_CASE("the file's head says what made it, and no text of the command line leaves its comment") {
  const std::string text =
      format_tuned_yaml(Config(), outcome_with(measured(1.9, 5)), {"9.9.9", "dcat tune 'x\ninterval: 3s' \x01"});
  const std::string head = text.substr(0, text.find("\n\n"));
  for (const char* part :
       {"dcat tune 9.9.9", "simulated", "seed 9", "50 trials", "number 17", "policy dcat-max", "objective 2 -> 2.2",
        "objective 2 -> 1.9", "not confirmed: keep the present configuration", "# miss_ratio: 0.03 -> 0.0123\n",
        "searched on: a.yaml", "held back: b.yaml", "# command: dcat tune 'x?interval: 3s' ?\n"}) {
    INFO(part << " in\n" << head);
    CHECK(contains(head + "\n", part));
  }
  std::size_t lines = 0;
  for (std::size_t at = 0; at < head.size(); at = head.find('\n', at) + 1, ++lines) {
    CHECK(head[at] == '#');
    if (head.find('\n', at) == std::string::npos) break;
  }
  CHECK(lines > 8);
}

TEST_CASE("the table has both parts, both configurations and every searched key, and says that it is simulated") {
  const std::string text = format_outcome_table(outcome_with(measured(2.1, 5)));
  for (const char* part :
       {"searched   present", "searched   tuned", "held back  present", "held back  tuned", "miss_ratio", "0.0123",
        "0.01 to 0.2, logarithmic", "count_cumulative_gain", "false", "confirmed: ", "Every figure is simulated."}) {
    INFO(part << " in\n" << text);
    CHECK(contains(text, part));
  }
}

TEST_CASE("where no trial kept the bound, that is said") {
  Outcome outcome = outcome_with(measured(2.1, 5));
  CHECK_FALSE(contains(format_outcome_table(outcome), "no trial kept the bound"));
  outcome.violation_bound = 1;
  CHECK(contains(format_outcome_table(outcome), "no trial kept the bound"));
}

TEST_CASE("the JSON holds the figures of both parts and the verdict, whatever bytes the command has") {
  const auto json = nlohmann::json::parse(format_outcome_json(outcome_with(measured(1.9, 7)), {"9.9.9", "dcat \xff"}));
  CHECK(json["simulated"] == true);
  CHECK(json["verdict"] == "not_confirmed");
  CHECK(json["searched"]["tuned"]["objective"] == 2.2);
  CHECK(json["searched"]["tuned"]["violations_per_1000"] == 4);
  CHECK(json["held_back"]["present"]["normalised_ipc"] == 2);
  CHECK(json["held_back"]["tuned"]["violations"] == 7);
  CHECK(json["held_back"]["inputs"][0]["input"] == "b.yaml");
  CHECK(json["parameters"][0]["key"] == "miss_ratio");
  CHECK(json["parameters"][0]["tuned"] == "0.0123");
  CHECK(json["parameters"].size() == 3);
}
