#include "sim/tune/measure.h"

#include <set>

#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::sim;

namespace {

// One tenant whose IPC grows with its ways, one that needs none; both have four of eight.
Experiment two_scenarios() {
  Experiment experiment;
  Curve slope, flat;
  for (int w = 1; w <= 8; ++w) {
    slope.points.push_back({0.2 + 0.1 * w, 20, 18.0 - 2 * w, 0.3, {}});
    flat.points.push_back({1, 5, 0.01, 0, {}});
  }
  experiment.curves = {{"flat", flat}, {"slope", slope}};
  experiment.settings.node.ways = Ways(8);
  experiment.settings.config.parameters.shared_ways = Ways(0);
  experiment.settings.goal.tolerance = 0.05;
  experiment.settings.frame.periods = 30;
  experiment.mixes = {{1, {"flat", "slope"}}, {2, {"slope", "slope"}}};
  experiment.timed = true;
  return experiment;
}

}  // namespace

TEST_CASE("every input is in one part exactly, and both parts have one") {
  for (std::size_t inputs = 2; inputs <= 12; ++inputs)
    for (const double ratio : {0.01, 1.0 / 3, 0.5, 0.9})
      for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const Split split = hold_back(inputs, ratio, seed);
        std::multiset<std::size_t> seen;
        for (const Case& each : split.training) seen.insert(each.input);
        for (const Case& each : split.held_back) seen.insert(each.input);
        CHECK(seen.size() == inputs);
        CHECK(std::set<std::size_t>(seen.begin(), seen.end()).size() == inputs);
        CHECK_FALSE(split.training.empty());
        CHECK_FALSE(split.held_back.empty());
        CHECK_FALSE(split.reruns);
      }
}

TEST_CASE("a third of the inputs is held back by default's ratio, and which depends on the seed") {
  CHECK(hold_back(9, 1.0 / 3, 1).held_back.size() == 3);
  CHECK(hold_back(10, 1.0 / 3, 1).held_back.size() == 3);
  CHECK(hold_back(2, 1.0 / 3, 1).held_back.size() == 1);
  CHECK(hold_back(40, 0.25, 1).held_back.size() == 10);
  CHECK(hold_back(40, 0.25, 1) == hold_back(40, 0.25, 1));
  CHECK_FALSE(hold_back(40, 0.25, 1) == hold_back(40, 0.25, 2));
  // Over many seeds everybody has a turn.
  std::set<std::size_t> held;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) held.insert(hold_back(5, 0.2, seed).held_back.front().input);
  CHECK(held.size() == 5);
}

TEST_CASE("of a single input other runs are held back, and nothing where nothing is to be") {
  const Split split = hold_back(1, 1.0 / 3, 1);
  CHECK(split.reruns);
  CHECK(split.training == std::vector<Case>{{0, 0}});
  CHECK(split.held_back == std::vector<Case>{{0, 1}, {0, 2}, {0, 3}});
  CHECK(hold_back(1, 0, 1).held_back.empty());
  CHECK_FALSE(hold_back(1, 0, 1).reruns);
  CHECK(hold_back(4, 0, 1).held_back.empty());
  CHECK(hold_back(4, 0, 1).training.size() == 4);
}

TEST_CASE("figures of several runs are means, counts are sums") {
  const Measure all = together({{2, 1, 1.2, 3, 100, 7}, {4, 2, 1.6, 1, 300, 2}});
  CHECK(all.normalised_ipc == 3);
  CHECK(all.stp == 1.5);
  CHECK(all.unfairness == Approx(1.4));
  CHECK(all.violations == 4);
  CHECK(all.tenant_periods == 400);
  CHECK(all.moved_ways == 9);
  CHECK(all.violations_per_1000() == 10);
  CHECK(Measure{}.violations_per_1000() == 0);
}

TEST_CASE("a score grows with what is wanted: less unfairness is more") {
  const Measure m{3, 1.5, 1.4, 4, 400, 9};
  CHECK(score_of(m, Objective::normalised) == Score{3, 10});
  CHECK(score_of(m, Objective::throughput) == Score{1.5, 10});
  CHECK(score_of(m, Objective::fairness) == Score{-1.4, 10});
  CHECK(objective_value(m, Objective::fairness) == 1.4);
}

TEST_CASE("a measured run counts every period of every tenant, and dCat moves ways to who gains") {
  const Experiment experiment = two_scenarios();
  const Result<Measure> m = measure(experiment, {0, 0}, "dcat-fair", experiment.settings.config.parameters);
  if (!m) FAIL(m.error().to_string());
  CHECK(m->tenant_periods == 60);
  CHECK(m->moved_ways > 0);
  CHECK(m->normalised_ipc > 2);
}

TEST_CASE("the tolerance of the measure stays what it was although ipc_gain_ratio is another") {
  Experiment experiment = two_scenarios();
  Parameters parameters = experiment.settings.config.parameters;
  parameters.ipc_gain_ratio = 1;
  experiment.settings.goal.tolerance = -1;  // below twice the contract's IPC: all of them
  const Result<Measure> all = measure(experiment, {0, 0}, "dcat-fair", parameters);
  REQUIRE(all);
  CHECK(all->violations == all->tenant_periods);
  experiment.settings.goal.tolerance = 1;
  const Result<Measure> none = measure(experiment, {0, 0}, "dcat-fair", parameters);
  REQUIRE(none);
  CHECK(none->violations == 0);
}

TEST_CASE("another run of an input has other noise, measured noise where there was none, and is the same again") {
  const Experiment experiment = two_scenarios();
  const Parameters& p = experiment.settings.config.parameters;
  const Result<Measure> own = measure(experiment, {1, 0}, "dcat-fair", p);
  const Result<Measure> first = measure(experiment, {1, 1}, "dcat-fair", p),
                        again = measure(experiment, {1, 1}, "dcat-fair", p);
  const Result<Measure> second = measure(experiment, {1, 2}, "dcat-fair", p);
  REQUIRE((own && first && again && second));
  CHECK(*first == *again);
  CHECK_FALSE(*own == *first);
  CHECK_FALSE(*first == *second);
}

TEST_CASE("a run that cannot be names its input") {
  Experiment experiment = two_scenarios();
  experiment.settings.node.ways = Ways(1);
  const Result<Measure> m = measure(experiment, {1, 0}, "static", experiment.settings.config.parameters);
  REQUIRE_FALSE(m);
  CHECK(m.error().to_string().find("mix 2") != std::string::npos);
}
