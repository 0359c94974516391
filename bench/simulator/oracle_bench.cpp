// The oracle: Google Benchmark over whole questions, on made-up curves of 11 ways.
//
//   build/bench/oracle_bench
//
// Aims: partition/10 0.1 ms; clusters/8 20 ms, clusters/10 100 ms; with a ceiling (0.4 x the traffic that everybody
// asks for at one way): busy_clusters/6 100 ms, busy_clusters/8 5 s; evaluations: 1 million a second of 8 tenants in
// four clusters with the bus beyond its ceiling. Objective: 0 throughput, 1 normalised, 2 fairness. Each run
// takes the next of eight random nodes.
#include <benchmark/benchmark.h>

#include "sim/oracle/judge.h"
#include "sim/steady/figures.h"
#include "tests/support/random_node.h"

namespace {

using namespace dcat;
using namespace dcat::sim;

constexpr std::size_t kNodes = 8;
constexpr int kCacheWays = 11;

std::vector<SteadyNode> nodes(int tenants, bool busy) {
  std::vector<SteadyNode> nodes;
  for (std::size_t i = 0; i < kNodes; ++i) {
    Random random(i, "bench", 0);
    nodes.push_back(test::random_node(random, tenants, kCacheWays));
    if (busy) nodes.back().memory_bytes_per_sec = 0.4 * test::traffic_at_one_way(nodes.back());
  }
  return nodes;
}

void ask(benchmark::State& state, bool clusters, bool busy, bool floors, bool overlaps = false) {
  const std::vector<SteadyNode> all = nodes(static_cast<int>(state.range(0)), busy);
  OracleQuestion question;
  question.objective = static_cast<Objective>(state.range(1));
  question.clusters = clusters;
  question.overlaps = overlaps;
  question.contracts = equal_contracts(Ways(kCacheWays), all.front().programs.size());
  if (floors) question.floor_tolerance = 0.05;
  std::size_t next = 0;
  std::uint64_t evaluations = 0;
  for (auto _ : state) {
    const auto answer = ask_oracle(all[next++ % kNodes], question);
    if (!answer || (!answer->exact && !overlaps)) state.SkipWithError("no exact answer");
    evaluations += answer->evaluations;
  }
  state.counters["evaluations"] =
      benchmark::Counter(static_cast<double>(evaluations), benchmark::Counter::kAvgIterations);
}

void partition(benchmark::State& state) {
  ask(state, false, false, false);
}
void floor_partition(benchmark::State& state) {
  ask(state, false, false, true);
}
void busy_partition(benchmark::State& state) {
  ask(state, false, true, false);
}
void clusters(benchmark::State& state) {
  ask(state, true, false, false);
}
void floor_clusters(benchmark::State& state) {
  ask(state, true, false, true);
}
// The clustering, and the search among overlapping masks behind it.
void overlapping(benchmark::State& state) {
  ask(state, true, false, false, true);
}
void busy_overlapping(benchmark::State& state) {
  ask(state, true, true, false, true);
}
void busy_clusters(benchmark::State& state) {
  ask(state, true, true, false);
}
void busy_floor_clusters(benchmark::State& state) {
  ask(state, true, true, true);
}

// One configuration after another out of a table of clusters.
void evaluations(benchmark::State& state) {
  const SteadyNode node = nodes(8, true).front();
  OracleQuestion question;
  question.contracts = equal_contracts(node.ways, node.programs.size());
  Judge judge(node, question);
  const ClusterTable table(node, true, judge.patience());
  std::vector<Picks> configurations;
  for (int a = 1; a <= 8; ++a)
    for (int b = 1; a + b <= 9; ++b)
      for (int c = 1; a + b + c <= 10; ++c)
        configurations.push_back({{0b00000011, a}, {0b00011100, b}, {0b00100000, c}, {0b11000000, 11 - a - b - c}});
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(judge.evaluate(table, configurations[next]));
    if (++next == configurations.size()) next = 0;
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(partition)->Args({10, 0})->Args({10, 1})->Args({10, 2})->Unit(benchmark::kMicrosecond);
BENCHMARK(floor_partition)->Args({10, 0})->Args({10, 2})->Unit(benchmark::kMicrosecond);
BENCHMARK(busy_partition)->Args({10, 0})->Args({10, 2})->Unit(benchmark::kMicrosecond);
BENCHMARK(clusters)->ArgsProduct({{6, 8, 10}, {0, 2}})->Unit(benchmark::kMillisecond);
BENCHMARK(floor_clusters)->ArgsProduct({{8, 10}, {0, 2}})->Unit(benchmark::kMillisecond);
BENCHMARK(overlapping)->ArgsProduct({{6, 8, 10}, {0, 2}})->Unit(benchmark::kMillisecond);
BENCHMARK(busy_overlapping)->ArgsProduct({{6, 8}, {0, 2}})->Unit(benchmark::kMillisecond);
BENCHMARK(busy_clusters)->ArgsProduct({{6, 8}, {0, 2}})->Unit(benchmark::kMillisecond);
BENCHMARK(busy_floor_clusters)->ArgsProduct({{6, 8}, {0, 2}})->Unit(benchmark::kMillisecond);
BENCHMARK(evaluations);

}  // namespace

BENCHMARK_MAIN();
