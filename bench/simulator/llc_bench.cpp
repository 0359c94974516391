// The trace-driven LLC and the miss ratio curves: million accesses a second, one table a run.
//
//   build/bench/llc_bench [--accesses N] [--repetitions N]
//
// An LLC of 32 MiB, 16 ways, 64-byte lines; traces over 2^20 lines (64 MiB): sequential (cyclic), uniform and
// zipf 0.99. Medians over the repetitions (5), each with a fresh model; the traces are in memory. Then the errors of
// SHARDS at a rate of 0.01 on traces of 10^7 accesses, against the exact curve at 64 sizes up to 64 MiB, over 20 seeds.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "sim/llc/cache.h"
#include "sim/llc/patterns.h"
#include "sim/llc/shards.h"
#include "sim/llc/stack_distance.h"
#include "sim/llc/way_stacks.h"

namespace {

using namespace dcat;
using namespace dcat::llc;

constexpr Geometry kLlc{32768, 16, 64, false};
constexpr std::uint64_t kLines = 1 << 20;
constexpr double kRate = 0.01;

struct Trace {
  std::string name;
  std::vector<LineAddress> lines;
};

std::vector<Trace> make_traces(std::size_t accesses) {
  std::vector<Trace> traces;
  traces.push_back({"sequential", cyclic_lines(accesses, kLines)});
  traces.push_back({"uniform", uniform_lines(accesses, kLines, 1)});
  traces.push_back({"zipf 0.99", zipf_lines(accesses, kLines, 0.99, 1)});
  return traces;
}

double million_per_sec(std::size_t accesses, int repetitions, const std::function<void()>& run) {
  std::vector<double> rates;
  for (int i = 0; i < repetitions; ++i) {
    const auto start = std::chrono::steady_clock::now();
    run();
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    rates.push_back(static_cast<double>(accesses) / time.count() / 1e6);
  }
  std::sort(rates.begin(), rates.end());
  return rates[rates.size() / 2];
}

struct Row {
  std::string name;
  std::string aims;
  std::function<void(const std::vector<LineAddress>&)> run;
};

// Tenant i % 8 makes access i; two ways each.
void eight_masks(const std::vector<LineAddress>& lines, const std::vector<Tenant>& tenants, Isa isa) {
  Cache cache(kLlc, Replacement::lru, 8, isa);
  for (int t = 0; t < 8; ++t) cache.set_mask(static_cast<Tenant>(t), Cbm::run(WayIndex(2 * t), Ways(2)));
  cache.access(tenants, lines);
}

std::vector<Row> make_rows(const std::vector<Tenant>& tenants) {
  std::vector<Row> rows;
  const auto cache = [&](const std::string& name, const std::string& aims, const Geometry& g, Replacement r, Isa isa) {
    rows.push_back({name, aims, [=](const std::vector<LineAddress>& lines) { Cache(g, r, 1, isa).access(0, lines); }});
  };
  const Isa best = best_isa();
  cache("one tenant, lru", "100 / 50 / 60", kLlc, Replacement::lru, best);
  cache("one tenant, plru", "", kLlc, Replacement::plru, best);
  cache("one tenant, srrip", "", kLlc, Replacement::srrip, best);
  cache("one tenant, lru, hashed sets", "", Geometry{32768, 16, 64, true}, Replacement::lru, best);
  cache("one tenant, lru, 20 ways of 2.25 MiB", "", Geometry{36864, 20, 64, false}, Replacement::lru, best);
  cache("one tenant, lru, without AVX2", "", kLlc, Replacement::lru, Isa::baseline);
  rows.push_back({"eight tenants with masks, lru", "60",
                  [&](const std::vector<LineAddress>& lines) { eight_masks(lines, tenants, best_isa()); }});
  rows.push_back({"all way counts in one pass", "80",
                  [](const std::vector<LineAddress>& lines) { WayStacks(kLlc).access(lines); }});
  rows.push_back({"exact curve", "5", [](const std::vector<LineAddress>& lines) { StackDistances().access(lines); }});
  rows.push_back(
      {"SHARDS, rate 0.01", "150", [](const std::vector<LineAddress>& lines) { Shards(kRate).access(lines); }});
  rows.push_back({"SHARDS, 8192 lines", "",
                  [](const std::vector<LineAddress>& lines) { ShardsOfSize(8192, 1024).access(lines); }});
  return rows;
}

void print_speeds(std::size_t accesses, int repetitions) {
  const std::vector<Trace> traces = make_traces(accesses);
  std::vector<Tenant> tenants(accesses);
  for (std::size_t i = 0; i < accesses; ++i) tenants[i] = static_cast<Tenant>(i % 8);
  std::printf("| million accesses/s, medians of %d |", repetitions);
  for (const Trace& trace : traces) std::printf(" %s |", trace.name.c_str());
  std::printf(" aim |\n|---|---|---|---|---|\n");
  for (const Row& row : make_rows(tenants)) {
    std::printf("| %s |", row.name.c_str());
    for (const Trace& trace : traces) {
      std::printf(" %.1f |", million_per_sec(accesses, repetitions, [&] { row.run(trace.lines); }));
      std::fflush(stdout);
    }
    std::printf(" %s |\n", row.aims.c_str());
  }
}

// Mean over 64 sizes up to all lines.
double mean_error(const StackDistances& exact, const std::function<double(std::uint64_t)>& ratio) {
  constexpr std::uint64_t kSizes = 64;
  double sum = 0;
  for (std::uint64_t i = 1; i <= kSizes; ++i) {
    const std::uint64_t lines = kLines * i / kSizes;
    sum += std::abs(ratio(lines) - exact.miss_ratio(lines));
  }
  return sum / kSizes;
}

void print_errors(std::size_t accesses) {
  constexpr int kSeeds = 20;
  std::printf(
      "\n| SHARDS at 0.01, mean absolute error | default seed | its standard error | median of %d seeds | worst |"
      " 8192 lines |\n|---|---|---|---|---|---|\n",
      kSeeds);
  for (const Trace& trace : make_traces(accesses)) {
    StackDistances exact;
    exact.access(trace.lines);
    std::vector<double> errors;
    double claimed = 0;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      Shards shards(kRate, seed);
      shards.access(trace.lines);
      errors.push_back(mean_error(exact, [&](std::uint64_t lines) { return shards.estimate(lines).miss_ratio; }));
      for (std::uint64_t i = 1; seed == 1 && i <= 64; ++i)
        claimed += shards.estimate(kLines * i / 64).standard_error / 64;
    }
    ShardsOfSize sized(8192, 1024);
    sized.access(trace.lines);
    const double of_size = mean_error(exact, [&](std::uint64_t lines) { return sized.miss_ratio(lines); });
    const double first = errors[0];
    std::sort(errors.begin(), errors.end());
    std::printf("| %s | %.4f | %.4f | %.4f | %.4f | %.4f |\n", trace.name.c_str(), first, claimed, errors[kSeeds / 2],
                errors.back(), of_size);
  }
}

std::size_t option(int argc, char** argv, const std::string& name, std::size_t otherwise) {
  for (int i = 1; i + 1 < argc; i += 2)
    if (argv[i] == name) return std::strtoul(argv[i + 1], nullptr, 10);
  return otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t accesses = option(argc, argv, "--accesses", 50'000'000);
  const std::size_t repetitions = option(argc, argv, "--repetitions", 5);
  if (argc % 2 == 0 || accesses == 0 || repetitions == 0) {
    std::fprintf(stderr, "usage: llc_bench [--accesses N] [--repetitions N]\n");
    return 2;
  }
  print_speeds(accesses, static_cast<int>(repetitions));
  print_errors(std::min<std::size_t>(accesses, 10'000'000));
}
