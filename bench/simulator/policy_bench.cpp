// What policies cost: a UCP solve, every policy's answer for one mix, and whole runs over time. Programs are made up
// (tests/support/random_node.h has the same for tests), from a fixed seed.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "controller/policies/lookahead.h"
#include "controller/policies/policy.h"
#include "sim/experiment/policy_list.h"
#include "sim/experiment/timed_run.h"
#include "sim/random.h"

namespace {

using namespace dcat;
using namespace dcat::sim;

// A third stream, a third are light, the rest gain along a bend.
CurveTable made_up(int programs, int ways) {
  CurveTable table;
  Random random(7, "curves", 0);
  for (int p = 0; p < programs; ++p) {
    Curve curve;
    const double references = p % 3 == 1 ? 0.5 : 5 + 30 * random.uniform();
    const double knee = 1 + (ways - 1) * random.uniform();
    const double best = 0.5 + 2 * random.uniform();
    for (int w = 1; w <= ways; ++w) {
      const double missing = p % 3 == 0 ? 0.95 : std::max(0.02, 1 - w / knee);
      curve.points.push_back({best * (p % 3 == 2 ? 1 - 0.5 * std::max(0.0, 1 - w / knee) : 1 - 0.002 / w),
                              references,
                              references * missing,
                              0.5 * missing,
                              {}});
    }
    table["p" + std::to_string(100 + p)] = curve;
  }
  return table;
}

Mix first_programs(const CurveTable& curves, int count) {
  Mix mix{1, {}};
  for (const auto& [name, curve] : curves)
    if (static_cast<int>(mix.programs.size()) < count) mix.programs.push_back(name);
  return mix;
}

void look_ahead_over(benchmark::State& state) {
  const int tenants = static_cast<int>(state.range(0));
  const int ways = static_cast<int>(state.range(1));
  std::vector<std::vector<double>> costs;
  for (const auto& [name, curve] : made_up(tenants, ways)) {
    std::vector<double>& cost = costs.emplace_back();
    for (const CurvePoint& point : curve.points) cost.push_back(point.misses_per_ki);
  }
  const std::vector<int> least(costs.size(), 1);
  for (auto _ : state) benchmark::DoNotOptimize(look_ahead(costs, least, ways));
}
BENCHMARK(look_ahead_over)->Name("ucp lookahead, tenants/ways")->Args({8, 11})->Args({8, 20});

struct Asked {
  CurveTable curves;
  SteadyNode node;
  std::vector<KnownCurve> known;
  PolicyInput input;

  Asked(int tenants, int ways) : curves(made_up(tenants, ways)) {
    MixNode shape;
    shape.ways = Ways(ways);
    node = steady_node_of(first_programs(curves, tenants), curves, shape);
    for (const SteadyProgram& program : node.programs) known.push_back(program.known());
    input = {node.ways, node.least, node.closids, {}, {}};
    const std::vector<Ways> contracts = contracts_of(shape, node.programs.size());
    for (std::size_t i = 0; i < known.size(); ++i)
      input.tenants.push_back({contracts[i], 0, &known[i],
                               Measured{1, 1e6 * static_cast<double>(i + 1), 1e7, 0.1 * static_cast<double>(i), 1}});
  }
};

void answer(benchmark::State& state, const std::string& name) {
  const Asked asked(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  const std::unique_ptr<Policy> policy = make_policy(name);
  for (auto _ : state) benchmark::DoNotOptimize(policy->allocate(asked.input));
}

void run(benchmark::State& state, const std::string& name) {
  const CurveTable curves = made_up(30, 20);
  MixNode node;
  node.ways = Ways(20);
  const Mix mix = first_programs(curves, 10);
  TimeFrame frame;
  frame.phases = PhaseChanges{std::chrono::seconds(20), std::chrono::seconds(60)};
  TimedQuestion question;
  question.scenario = scenario_of(mix, curves, node, contracts_of(node, 10), frame);
  question.policy = name;
  question.parameters.shared_ways = Ways(0);
  question.periods = frame.periods;
  for (auto _ : state) benchmark::DoNotOptimize(run_over_time(question));
}

}  // namespace

int main(int argc, char** argv) {
  for (const std::string& name : simulated_policies()) {
    if (!is_of_core(name) && !is_oracle(name))
      benchmark::RegisterBenchmark((name + ", one answer, tenants/ways").c_str(),
                                   [name](benchmark::State& s) { answer(s, name); })
          ->Args({8, 11})
          ->Args({8, 20})
          ->Unit(benchmark::kMicrosecond);
  }
  for (const std::string& name : simulated_policies())
    if (name != kOracleClusters)
      benchmark::RegisterBenchmark((name + ", 300 periods of 10 tenants on 20 ways").c_str(), [name](
                                                                                                  benchmark::State& s) {
        run(s, name);
      })->Unit(benchmark::kMillisecond);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
