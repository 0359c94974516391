#include "sim/experiment/mixes.h"

#include "sim/experiment/policy_list.h"
#include "sim/experiment/question.h"
#include "sim/experiment/steady_run.h"
#include "tests/support/catch.h"

namespace dcat::sim {
namespace {

CurveTable two_curves() {
  return {{"a", Curve{{{1, 5, 4, 0.1, {}}, {2, 5, 1, 0.1, {}}}}}, {"b", Curve{{{1, 2, 1, 0, {}}}}}};
}

std::vector<int> counts(const Result<std::vector<Ways>>& ways) {
  std::vector<int> all;
  if (ways)
    for (const Ways w : *ways) all.push_back(w.count);
  return all;
}

}  // namespace

TEST_CASE("Mixes are numbered by the lines that hold one") {
  const auto mixes = parse_mixes("# some\n\na, b ,a\r\n  \n b", "m.csv", two_curves());
  REQUIRE(mixes.ok());
  CHECK(*mixes == std::vector<Mix>{{1, {"a", "b", "a"}}, {2, {"b"}}});
}

TEST_CASE("What is wrong with mixes is told with file and line, all at once") {
  const auto mixes = parse_mixes("a,b\na,x,y\n\nb,,a\n", "m.csv", two_curves());
  REQUIRE_FALSE(mixes.ok());
  CHECK(mixes.error().code == ErrorCode::bad_input);
  CHECK(mixes.error().why ==
        "m.csv:2: program 'x' is not in the curves\nm.csv:2: program 'y' is not in the curves\n"
        "m.csv:4: a program is missing between two commas");
  CHECK_THAT(parse_mixes("# none\n", "m.csv", two_curves()).error().why, Catch::StartsWith("m.csv:1: no mix"));
  CHECK_THAT(parse_mixes("a,b,\n", "m.csv", two_curves()).error().why, Catch::StartsWith("m.csv:1: a program is"));
}

TEST_CASE("Policies are named once each, all is every one but the best clustering") {
  CHECK(simulated_policies() == std::vector<std::string>{"shared", "static", "dcat-fair", "dcat-max", "adaptive", "ucp",
                                                         "dunn", "lfoc", "kpart", "cacheman", "aimd", "oracle",
                                                         "oracle-clusters"});
  CHECK(*parse_policies("ucp,static,ucp") == std::vector<std::string>{"ucp", "static"});
  CHECK(parse_policies("all")->size() == 12);
  CHECK(parse_policies("oracle-clusters,all")->size() == 13);
  for (const std::string bad : {"", "ucp,,static", "UCP", "ucp,best", "dcat"})
    CHECK(parse_policies(bad).error().code == ErrorCode::bad_input);
  CHECK_THAT(parse_policies("best").error().why, Catch::Contains("'best'"));
}

TEST_CASE("Contracts by weights are rounded down, at least one, the rest to the first") {
  MixNode node;
  node.ways = Ways(11);
  CHECK(counts(contracts_of(node, 4)) == std::vector<int>{3, 3, 3, 2});
  node.contract_weights = {4, 2, 1, 1};
  CHECK(counts(contracts_of(node, 4)) == std::vector<int>{6, 3, 1, 1});  // 5.5, 2.75, 1.4, 1.4 and two left
  int sum = 0;
  for (const int ways : counts(contracts_of(node, 6))) sum += ways;
  CHECK(sum == 11);
  node.contract_weights = {100, 1, 1};
  CHECK(counts(contracts_of(node, 3)) == std::vector<int>{9, 1, 1});
  node.least = Ways(3);
  CHECK(counts(contracts_of(node, 3)) == std::vector<int>{5, 3, 3});
  node.ways = Ways(8);
  node.least = Ways(2);
  node.contract_weights = {4, 1, 1};
  CHECK(counts(contracts_of(node, 3)) == std::vector<int>{4, 2, 2});  // 5.3, 1.3, 1.3
}

TEST_CASE("Where there are more tenants than ways the first have a contract, and leave a way to the others") {
  MixNode node;
  node.ways = Ways(4);
  CHECK(counts(contracts_of(node, 4)) == std::vector<int>{1, 1, 1, 1});
  CHECK(counts(contracts_of(node, 6)) == std::vector<int>{1, 1, 1, 0, 0, 0});
  node.contract_weights = {1, 1, 2};  // parts: 1 1 2 1 1 2
  CHECK(counts(contracts_of(node, 6)) == std::vector<int>{1, 0, 1, 0, 0, 1});
  node.contract_weights.clear();
  node.least = Ways(2);  // two masks of two: one for the first, one for the others
  CHECK(counts(contracts_of(node, 3)) == std::vector<int>{2, 0, 0});
  node.ways = Ways(1);
  node.least = Ways(1);
  CHECK(counts(contracts_of(node, 2)) == std::vector<int>{0, 0});
}

TEST_CASE("A tenant without a contract has a way to run in, and is no violation of anything") {
  CurveTable curves = two_curves();
  SteadyQuestion question;
  question.mix = {1, {"a", "b", "a"}};
  question.node.ways = Ways(2);
  for (const std::string policy :
       {"shared", "dunn", "lfoc", "kpart", "cacheman", "aimd", "dcat-fair", "dcat-max", "adaptive"}) {
    question.policy = policy;
    const Result<SteadyResult> result = run_steady(question, curves);
    INFO(policy << (result ? "" : result.error().to_string()));
    REQUIRE(result.ok());
    for (const TenantFigures& tenant : result->figures.tenants) CHECK(tenant.ways_held > 0);
    for (const Cbm mask : result->allocation.masks) CHECK_FALSE(mask.empty());
    CHECK(result->figures.tenants[0].normalised_ipc > 0);
    CHECK(result->figures.tenants[1].normalised_ipc == 0);
    CHECK(result->figures.tenants[2].normalised_ipc == 0);
    CHECK(result->figures.violations <= 1);
    CHECK(result->figures.normalised_ipc == result->figures.tenants[0].normalised_ipc);
  }
  for (const std::string policy : {"static", "ucp", "oracle"}) {
    question.policy = policy;
    CHECK(run_steady(question, curves).error().code == ErrorCode::bad_input);
  }
}

TEST_CASE("A mix over time has its tenants' phases from the seed, whole seconds between the bounds") {
  CurveTable curves = two_curves();
  curves["c"] = curves["a"];
  MixNode node;
  node.ways = Ways(4);
  const Mix mix{1, {"a", "b"}};
  TimeFrame frame;
  frame.periods = 100;
  frame.phases = PhaseChanges{std::chrono::seconds(5), std::chrono::seconds(7)};
  const std::vector<Ways> contracts = contracts_of(node, 2);
  const Scenario scenario = scenario_of(mix, curves, node, contracts, frame);
  CHECK(scenario.tenants[0].id.value == "01:a");
  CHECK(scenario.tenants[1].id.value == "02:b");
  for (const TenantSpec& tenant : scenario.tenants) {
    Duration until{};
    for (std::size_t p = 0; p + 1 < tenant.phases.size(); ++p) {
      CHECK(*tenant.phases[p].time >= std::chrono::seconds(5));
      CHECK(*tenant.phases[p].time <= std::chrono::seconds(7));
      until += *tenant.phases[p].time;
    }
    CHECK_FALSE(tenant.phases.back().time);
    CHECK(until < std::chrono::seconds(100));
    CHECK(until > std::chrono::seconds(92));
  }
  const auto lengths = [&](std::uint64_t seed) {
    frame.seed = seed;
    std::vector<Duration> all;
    const Scenario drawn = scenario_of(mix, curves, node, contracts, frame);
    for (const PhaseSpec& phase : drawn.tenants[0].phases) all.push_back(phase.time.value_or(Duration{}));
    return all;
  };
  CHECK(lengths(1) == lengths(1));
  CHECK(lengths(1) != lengths(2));
}

TEST_CASE("One at a time, one tenant changes after a time between the bounds, and everybody has a turn") {
  CurveTable curves = two_curves();
  curves["c"] = curves["a"];
  MixNode node;
  node.ways = Ways(4);
  TimeFrame frame;
  frame.periods = 200;
  frame.phases = PhaseChanges{std::chrono::seconds(5), std::chrono::seconds(7)};
  frame.one_at_a_time = true;
  const auto changes = [&] {
    const Scenario scenario = scenario_of({1, {"a", "b", "c"}}, curves, node, contracts_of(node, 3), frame);
    std::vector<Duration> all;
    for (const TenantSpec& tenant : scenario.tenants) {
      CHECK(tenant.phases.size() > 1);
      CHECK_FALSE(tenant.phases.back().time);
      Duration at{};
      for (std::size_t p = 0; p + 1 < tenant.phases.size(); ++p) all.push_back(at += *tenant.phases[p].time);
    }
    std::ranges::sort(all);
    return all;
  };
  const std::vector<Duration> all = changes();
  Duration last{};
  for (const Duration at : all) {
    CHECK(at - last >= std::chrono::seconds(5));
    CHECK(at - last <= std::chrono::seconds(7));
    last = at;
  }
  CHECK(last >= std::chrono::seconds(193));
  CHECK(last < std::chrono::seconds(200));
  CHECK(changes() == all);
  frame.seed = 2;
  CHECK(changes() != all);
}

TEST_CASE("A mix as it stands: equal parts give the closed form") {
  SteadyQuestion question;
  question.mix = {1, {"a", "b"}};
  question.node.ways = Ways(2);
  question.policy = "static";
  const Result<SteadyResult> result = run_steady(question, two_curves());
  REQUIRE(result.ok());
  CHECK(result->figures.stp == Approx(1.0 / 2 + 1));
  CHECK(result->figures.antt == Approx((2.0 + 1) / 2));
  CHECK(result->figures.unfairness == Approx(2));
  CHECK(result->figures.normalised_ipc == Approx(2));
  CHECK(result->settled);
  question.mix.programs = {"a", "b", "b"};
  CHECK(run_steady(question, two_curves()).error().code == ErrorCode::bad_input);
}

TEST_CASE("Every policy has an answer for a mix as it stands") {
  SteadyQuestion question;
  question.mix = {1, {"a", "b", "a"}};
  question.node.ways = Ways(6);
  for (const std::string& policy : simulated_policies()) {
    question.policy = policy;
    question.parameters.shared_ways = Ways(0);
    const Result<SteadyResult> result = run_steady(question, two_curves());
    INFO(policy);
    REQUIRE(result.ok());
    CHECK(result->allocation.cluster_of.size() == 3);
    CHECK(result->figures.stp > 0);
    CHECK(result->figures.stp <= 3 + 1e-9);
  }
}

}  // namespace dcat::sim
