// Known points on measured curves, where those lie beside the project.
#include <fstream>
#include <sstream>

#include "sim/curves.h"
#include "tests/sim_oracle/measure.h"
#include "tests/support/catch.h"
#include "tests/support/measured_data.h"

using namespace dcat;
using namespace dcat::sim;
using namespace dcat::sim::test;

namespace {

std::string text_of(const std::string& file) {
  std::ifstream in(dcat::test::measured_data() + file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

CurveTable measured_curves() {
  auto table = parse_curves(text_of("spec-skylake-11way.csv"), "spec-skylake-11way.csv");
  REQUIRE(table);
  return *table;
}

SteadyNode node_of(const CurveTable& curves, const std::vector<std::string>& names) {
  SteadyNode node;
  node.ways = 11_ways;
  for (const std::string& name : names) node.programs.push_back(program_of(curves.at(name), 11, name));
  return node;
}

SteadyNode six(const CurveTable& curves) {
  return node_of(curves, {"xalancbmk06", "mcf06", "art00", "gcc06", "leslie3d06", "lbm06"});
}

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> parts;
  std::istringstream in(line);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

OracleQuestion ask(const SteadyNode& node, Objective objective, bool clusters) {
  OracleQuestion question;
  question.objective = objective;
  question.clusters = clusters;
  question.contracts = equal_contracts(node.ways, node.programs.size());
  return question;
}

void check_point(const SteadyNode& node, const std::vector<int>& sizes, double stp, double unfairness) {
  const MixFigures figures = figures_of(node, equal_contracts(node.ways, node.programs.size()),
                                        settle(node, side_by_side(sizes, {0, 1, 2, 3, 4, 5})), 1);
  CHECK(figures.stp == Approx(stp).margin(0.0006));
  CHECK(figures.unfairness == Approx(unfairness).margin(0.0006));
}

std::vector<int> sizes_of(const Allocation& a) {
  std::vector<int> sizes;
  for (const std::size_t c : a.cluster_of) sizes.push_back(a.masks[c].size().count);
  return sizes;
}

}  // namespace

TEST_CASE("partitions of six measured programs have the published figures") {
  const CurveTable curves = measured_curves();
  const SteadyNode node = six(curves);
  check_point(node, {2, 2, 2, 2, 2, 1}, 4.914, 1.609);
  check_point(node, {3, 3, 2, 1, 1, 1}, 5.010, 1.406);
  const auto throughput = ask_oracle(node, ask(node, Objective::throughput, false));
  REQUIRE(throughput);
  CHECK(sizes_of(throughput->allocation) == std::vector<int>{3, 2, 3, 1, 1, 1});
  check_point(node, {3, 2, 3, 1, 1, 1}, 5.077, 1.406);
  const auto fair = ask_oracle(node, ask(node, Objective::fairness, false));
  REQUIRE(fair);
  CHECK(sizes_of(fair->allocation) == std::vector<int>{4, 2, 2, 1, 1, 1});
  check_point(node, {4, 2, 2, 1, 1, 1}, 5.006, 1.368);
}

TEST_CASE("clusters of six measured programs come within 0.02 STP of the published ones and beat every partition") {
  const CurveTable curves = measured_curves();
  const SteadyNode node = six(curves);
  const auto best_of = [&](const std::vector<std::size_t>& cluster_of, std::size_t alone) {
    double best = 0;
    for (int a = 1; a <= 10; ++a)
      for (int b = 1; a + b < 11; ++b)
        for (int c = 1; a + b + c <= 10; ++c) {
          std::vector<int> sizes{a, b, c};
          if (alone == 4) sizes.push_back(10 - a - b - c);
          if (sizes.back() < 1 || (alone == 3 && a + b + c != 10)) continue;
          sizes.push_back(1);
          const Measure m = measure(node, ask(node, Objective::throughput, true), side_by_side(sizes, cluster_of));
          best = std::max(best, m.stp);
        }
    return best;
  };
  const double kpart = best_of({0, 1, 2, 3, 3, 3}, 3);
  const double lfoc = best_of({0, 1, 2, 3, 4, 4}, 4);
  CHECK(kpart == Approx(5.180).margin(0.02));
  CHECK(lfoc == Approx(5.149).margin(0.02));
  const auto clusters = ask_oracle(node, ask(node, Objective::throughput, true));
  REQUIRE(clusters);
  CHECK(clusters->value >= std::max(kpart, lfoc) - 1e-9);
  CHECK(std::min(kpart, lfoc) > 5.077);
}

TEST_CASE("the best partition of every measured mix has the published STP") {
  const CurveTable curves = measured_curves();
  std::istringstream mixes(text_of("mixes.csv"));
  std::vector<std::vector<std::string>> names;
  for (std::string line; std::getline(mixes, line);) names.push_back(split(line));
  std::istringstream results(text_of("pbbcache-results.csv"));
  int compared = 0;
  for (std::string line; std::getline(results, line);) {
    const std::vector<std::string> row = split(line);
    if (row.size() < 3 || row[1] != "opt-stp") continue;
    const SteadyNode node = node_of(curves, names.at(std::stoul(row[0]) - 1));
    const auto answer = ask_oracle(node, ask(node, Objective::throughput, false));
    REQUIRE(answer);
    INFO("mix " << row[0]);
    CHECK(answer->value == Approx(std::stod(row[2])).margin(0.001));
    ++compared;
  }
  CHECK(compared > 0);
}

TEST_CASE("a slowdown is the greatest IPC over the IPC at the ways held") {
  const CurveTable curves = measured_curves();
  for (const auto& [name, curve] : curves) {
    SteadyNode node = node_of(curves, {name});
    double best = 0;
    for (const CurvePoint& point : curve.points) best = std::max(best, point.ipc);
    for (int w = 1; w <= 11; ++w) {
      const Allocation a = side_by_side({w}, {0});
      const auto contract = equal_contracts(11_ways, 1);
      const double slowdown = figures_of(node, contract, settle(node, a), 1).tenants[0].slowdown;
      CHECK(slowdown == Approx(best / curve.points[static_cast<std::size_t>(w) - 1].ipc).epsilon(1e-6));
    }
  }
}
