#include "sim/llc/shards.h"

#include <cmath>

#include "sim/llc/patterns.h"
#include "tests/support/catch.h"

namespace dcat::llc {
namespace {

constexpr std::uint64_t kLines = 1 << 17;
constexpr std::size_t kAccesses = 1'000'000;

std::vector<LineAddress> trace_of(int kind) {
  if (kind == 0) return uniform_lines(kAccesses, kLines, 1);
  if (kind == 1) return zipf_lines(kAccesses, kLines, 0.99, 2);
  return cyclic_lines(kAccesses, kLines);
}

// Over 64 sizes up to all lines.
template <class Estimator>
double mean_error(const StackDistances& exact, Estimator&& ratio) {
  double sum = 0;
  for (std::uint64_t i = 1; i <= 64; ++i) sum += std::abs(ratio(kLines * i / 64) - exact.miss_ratio(kLines * i / 64));
  return sum / 64;
}

TEST_CASE("at a rate of 1 the sample is the trace and the estimate exact") {
  const std::vector<LineAddress> trace = zipf_lines(50'000, 5'000, 0.9, 3);
  StackDistances exact;
  exact.access(trace);
  Shards shards(1);
  shards.access(trace);
  CHECK(shards.sampled() == trace.size());
  CHECK(shards.sampled_lines() == exact.lines());
  for (std::uint64_t lines = 1; lines < 5'000; lines += 37)
    CHECK(shards.estimate(lines).miss_ratio == Approx(exact.miss_ratio(lines)).margin(1e-12));
}

TEST_CASE("a sample of a twentieth of the lines gives the curve") {
  const int kind = GENERATE(0, 1, 2);
  const std::vector<LineAddress> trace = trace_of(kind);
  StackDistances exact;
  exact.access(trace);
  Shards shards(0.05);
  shards.access(trace);
  CHECK(mean_error(exact, [&](std::uint64_t lines) { return shards.estimate(lines).miss_ratio; }) < 0.05);
  CHECK(shards.accesses() == kAccesses);
  CHECK(static_cast<double>(shards.sampled_lines()) == Approx(0.05 * static_cast<double>(exact.lines())).epsilon(0.1));
}

TEST_CASE("another seed takes another sample") {
  const std::vector<LineAddress> trace = uniform_lines(100'000, 10'000, 1);
  Shards one(0.1, 1), two(0.1, 2), again(0.1, 1);
  one.access(trace);
  two.access(trace);
  again.access(trace);
  CHECK(one.sampled() != two.sampled());
  CHECK(one.sampled() == again.sampled());
}

TEST_CASE("a popular line in the sample, or missing there, does not move the curve far") {
  // A third of the accesses are of line 0; without the correction a sample is off by as much.
  std::vector<LineAddress> trace = uniform_lines(300'000, 20'000, 4);
  for (std::size_t i = 0; i < trace.size(); i += 3) trace[i] = 20'000;
  StackDistances exact;
  exact.access(trace);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Shards shards(0.1, seed);
    shards.access(trace);
    INFO("seed " << seed << ", sampled " << shards.sampled());
    CHECK(shards.estimate(10'000).miss_ratio == Approx(exact.miss_ratio(10'000)).margin(0.05));
  }
}

TEST_CASE("the standard error is of the size of the errors") {
  const std::vector<LineAddress> trace = uniform_lines(400'000, 40'000, 5);
  StackDistances exact;
  exact.access(trace);
  double squares = 0, claimed = 0;
  constexpr int kSeeds = 40;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Shards shards(0.02, seed);
    shards.access(trace);
    const Estimate e = shards.estimate(20'000);
    squares += std::pow(e.miss_ratio - exact.miss_ratio(20'000), 2) / kSeeds;
    claimed += e.standard_error * e.standard_error / kSeeds;
  }
  const double ratio = std::sqrt(claimed / squares);
  INFO("claimed / true " << ratio);
  CHECK(ratio > 0.5);
  CHECK(ratio < 2);
}

TEST_CASE("a sample of a fixed number of lines never has more, and gives the curve") {
  const int kind = GENERATE(0, 1, 2);
  const std::vector<LineAddress> trace = trace_of(kind);
  StackDistances exact;
  exact.access(trace);
  ShardsOfSize shards(4'096, kLines / 1'024);
  shards.access(trace);
  CHECK(shards.sampled_lines() == 4'096);
  CHECK(shards.rate() == Approx(4'096.0 / static_cast<double>(exact.lines())).epsilon(0.1));
  CHECK(mean_error(exact, [&](std::uint64_t lines) { return shards.miss_ratio(lines); }) < 0.05);
}

TEST_CASE("a sample with room for all lines is exact at its steps") {
  const std::vector<LineAddress> trace = zipf_lines(50'000, 5'000, 0.9, 3);
  StackDistances exact;
  exact.access(trace);
  ShardsOfSize shards(10'000, 50);
  shards.access(trace);
  for (std::uint64_t lines = 50; lines <= 5'000; lines += 50)
    CHECK(shards.miss_ratio(lines) == Approx(exact.miss_ratio(lines)).margin(1e-9));
}

TEST_CASE("a sample without accesses has no misses") {
  CHECK(Shards(0.01).estimate(10).miss_ratio == 0);
  CHECK(ShardsOfSize(10, 1).miss_ratio(10) == 0);
}

}  // namespace
}  // namespace dcat::llc
