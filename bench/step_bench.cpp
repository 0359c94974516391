// One control period of the core: Google Benchmark over `step`.
//
//   build/bench/step_bench --benchmark_counters_tabular=true
//
// A node of 8 L3 domains with 20 ways and 16 CLOSIDs. `spread` 1: each container runs in one domain; 8: in all of
// them. A container's contract is 1 way; who does not fit runs in the shared region and is measured all the same.
// Counters are made up: they vary between periods and containers, so that states and masks keep changing. Only `step`
// is timed; the observation's making is not.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "cat/diff.h"
#include "controller/step.h"

namespace {

using namespace dcat;

constexpr int kDomains = 8;

class MadeUpNode {
 public:
  MadeUpNode(int containers, int spread) : spread_(spread) {
    for (int d = 0; d < kDomains; ++d) {
      o_.geometry.domains.push_back({DomainId{d}, Cbm(0xfffff), Cbm(0xc0000), Ways(1), {}, false, 9 << 18});
      o_.masks.domains.push_back({DomainId{d}, Cbm(0xfffff), {}});
      o_.domains.push_back({DomainId{d}, {}, {}});
    }
    o_.geometry.closids = 16;
    for (int c = 0; c < containers; ++c) {
      std::string id = std::to_string(c);
      id = "kubepods/burstable/pod" + std::string(6 - id.size(), '0') + id;
      o_.containers.push_back({ContainerId{id}, ContainerInfo::ContractKind::given, Ways(1), 0});
    }
    for (int d = 0; d < kDomains; ++d)
      for (int c = 0; c < containers; ++c)
        if (runs(c, d)) {
          DomainObservation& domain = o_.domains[static_cast<std::size_t>(d)];
          domain.series.push_back(
              {static_cast<std::uint32_t>(c), static_cast<std::uint32_t>(domain.samples.size()), 1});
          domain.samples.emplace_back();
        }
  }

  // One second later.
  void advance(const Changes& changes) {
    for (const Change& change : changes) apply_change(o_.masks, change);
    ++period_;
    o_.at += std::chrono::seconds(1);
    for (DomainObservation& domain : o_.domains)
      for (const SampleSeries& series : domain.series) count(domain.samples[series.first], series.container);
  }

  const Observation& observation() const { return o_; }

 private:
  bool runs(int container, int domain) const { return spread_ == kDomains || container % kDomains == domain; }

  // A hash of container and period stands for what programs do.
  static std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 31)) * 0x7fb5d329728ea185;
    return x ^ (x >> 27);
  }

  void count(Sample& s, std::uint32_t container) const {
    const std::uint64_t kind = mix(container + 1) % 4;  // idle, fits, grows, streams
    const std::uint64_t jitter = mix(container * 131 + period_) % 1000;
    const std::uint64_t cycles = 1'000'000'000;
    const std::uint64_t instructions = cycles - (kind * 150'000'000) + jitter * 100'000;
    const std::uint64_t refs = kind == 0 ? 1'000 : 20'000'000 + jitter * 1'000;
    const std::uint64_t misses = kind == 1 ? refs / 200 : kind == 2 ? refs / 4 : refs;
    add(s, Event::instructions, instructions);
    add(s, Event::cycles, cycles);
    add(s, Event::memory_accesses, instructions / (3 + kind));
    add(s, Event::llc_references, refs);
    add(s, Event::llc_misses, kind == 0 ? 0 : misses);
    s.at = o_.at;
    s.enabled += std::chrono::seconds(1);
  }

  static void add(Sample& s, Event event, std::uint64_t n) {
    if (!s[event]) s[event] = Reading{};
    s[event]->value += n;
    s[event]->running += std::chrono::seconds(1);
  }

  int spread_;
  std::uint64_t period_ = 0;
  Observation o_;
};

void one_period(benchmark::State& state) {
  MadeUpNode node(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  Parameters parameters;
  parameters.policy = state.range(2) == 0 ? PolicyKind::fair : PolicyKind::adaptive;
  StepResult result;
  double worst = 0;
  for (int warm_up = 0; warm_up < 10; ++warm_up) {
    node.advance(result.decision.changes);
    result = step(std::move(result.state), node.observation(), parameters);
  }
  std::int64_t changes = 0;
  for (auto _ : state) {
    node.advance(result.decision.changes);
    const auto start = std::chrono::steady_clock::now();
    result = step(std::move(result.state), node.observation(), parameters);
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    state.SetIterationTime(took);
    worst = std::max(worst, took);
    changes += static_cast<std::int64_t>(result.decision.changes.size());
  }
  if (result.decision.refused) state.SkipWithError(result.decision.refused->c_str());
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["worst_us"] = worst * 1e6;
  state.counters["peak_rss_MiB"] = static_cast<double>(usage.ru_maxrss) / 1024;
  state.counters["changes"] = benchmark::Counter(static_cast<double>(changes), benchmark::Counter::kAvgIterations);
}

BENCHMARK(one_period)
    ->ArgNames({"containers", "spread", "adaptive"})
    ->ArgsProduct({{25, 250, 2500}, {1, 8}, {0, 1}})
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
