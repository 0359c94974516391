#include "sim/llc/patterns.h"

#include <cmath>
#include <numeric>

#include "sim/random.h"

namespace dcat::llc {
namespace {

__extension__ using Wide = unsigned __int128;

std::uint64_t below(sim::Random& random, std::uint64_t n) {
  return static_cast<std::uint64_t>((Wide{random.next()} * n) >> 64);
}

// Column i holds i with probability keep[i], else other[i].
struct Alias {
  std::vector<double> keep;
  std::vector<std::uint32_t> other;
};

Alias alias_of(std::vector<double> weights) {
  const std::size_t n = weights.size();
  const double mean = std::accumulate(weights.begin(), weights.end(), 0.0) / static_cast<double>(n);
  Alias alias{std::vector<double>(n, 1.0), std::vector<std::uint32_t>(n)};
  std::vector<std::uint32_t> small, large;
  for (std::size_t i = 0; i < n; ++i) {
    weights[i] /= mean;
    (weights[i] < 1 ? small : large).push_back(static_cast<std::uint32_t>(i));
  }
  while (!small.empty() && !large.empty()) {
    const std::uint32_t poor = small.back();
    const std::uint32_t rich = large.back();
    small.pop_back();
    alias.keep[poor] = weights[poor];
    alias.other[poor] = rich;
    weights[rich] -= 1 - weights[poor];
    if (weights[rich] >= 1) continue;
    large.pop_back();
    small.push_back(rich);
  }
  return alias;
}

}  // namespace

std::vector<LineAddress> cyclic_lines(std::size_t accesses, std::uint64_t lines) {
  std::vector<LineAddress> trace(accesses);
  for (std::size_t i = 0; i < accesses; ++i) trace[i] = i % lines;
  return trace;
}

std::vector<LineAddress> uniform_lines(std::size_t accesses, std::uint64_t lines, std::uint64_t seed) {
  sim::Random random(seed, "uniform lines", lines);
  std::vector<LineAddress> trace(accesses);
  for (LineAddress& line : trace) line = below(random, lines);
  return trace;
}

std::vector<LineAddress> zipf_lines(std::size_t accesses, std::uint64_t lines, double theta, std::uint64_t seed) {
  sim::Random random(seed, "zipf lines", lines);
  std::vector<double> weights(lines);
  for (std::size_t i = 0; i < lines; ++i) weights[i] = std::pow(static_cast<double>(i + 1), -theta);
  const Alias alias = alias_of(std::move(weights));
  std::vector<std::uint32_t> scattered(lines);
  std::iota(scattered.begin(), scattered.end(), 0U);
  for (std::size_t i = lines; i > 1; --i) std::swap(scattered[i - 1], scattered[below(random, i)]);
  std::vector<LineAddress> trace(accesses);
  for (LineAddress& line : trace) {
    const std::uint64_t column = below(random, lines);
    line = scattered[random.uniform() <= alias.keep[column] ? column : alias.other[column]];
  }
  return trace;
}

}  // namespace dcat::llc
