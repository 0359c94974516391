// SHARDS: the miss ratio curve of a fully associative LRU cache from a sample of the lines (Waldspurger, Park,
// Garthwaite, Ahmad, FAST 2015). A line is in the sample when its hash is below a threshold, so that all of its
// accesses are or none; distances among sampled lines, divided by the rate, are distances among all.
//
// Both correct for a sample that has more or fewer accesses than the rate promised: the difference counts as hits in
// the smallest cache (SHARDS-adj, section 3.4). It is mostly popular lines that are in the sample or are not.
#pragma once

#include <cstdint>
#include <queue>
#include <span>
#include <utility>
#include <vector>

#include "sim/llc/geometry.h"
#include "sim/llc/stack_distance.h"

namespace dcat::llc {

struct Estimate {
  double miss_ratio = 0;
  double standard_error = 0;
};

// With a fixed rate. Memory grows with rate x lines of the trace. The standard error comes from eight disjoint
// sub-samples of the sample, each a SHARDS of an eighth of the rate with its own correction: their deviation / sqrt(8).
class Shards {
 public:
  // Another seed takes another sample. REQUIRES: 0 < rate <= 1.
  explicit Shards(double rate, std::uint64_t seed = 1);

  void access(std::span<const LineAddress> lines);

  std::uint64_t accesses() const { return accesses_; }
  std::uint64_t sampled() const { return all_.accesses(); }
  std::uint64_t sampled_lines() const { return all_.lines(); }
  double rate() const { return rate_; }
  // Of a cache of so many lines.
  Estimate estimate(std::uint64_t lines) const;

 private:
  static constexpr std::size_t kParts = 8;

  double miss_ratio_of(const StackDistances& sample, double rate, std::uint64_t lines) const;

  double rate_;
  std::uint64_t seed_;
  std::uint64_t threshold_;
  std::uint64_t accesses_ = 0;
  StackDistances all_;
  std::vector<StackDistances> parts_{kParts};
  std::vector<LineAddress> sampled_;
};

// With a fixed number of lines in the sample: when one too many is in it, the one with the greatest hash leaves and the
// threshold falls to its hash. Memory does not depend on the trace, but for the histogram's `bucket_lines` steps up to
// the greatest distance.
class ShardsOfSize {
 public:
  // Sizes are told apart in steps of bucket_lines. REQUIRES: both above 0.
  ShardsOfSize(std::size_t most_lines, std::uint64_t bucket_lines);

  void access(std::span<const LineAddress> lines);

  double rate() const;  // that the threshold has come to
  std::uint64_t sampled_lines() const { return stack_.lines(); }
  double miss_ratio(std::uint64_t lines) const;

 private:
  void use(LineAddress line, std::uint64_t hash);

  std::size_t most_lines_;
  std::uint64_t bucket_lines_;
  std::uint64_t threshold_ = ~std::uint64_t{0};
  std::uint64_t accesses_ = 0;
  double sampled_weight_ = 0;  // of accesses, each worth 1 / the rate when it was sampled
  LruStack stack_;
  std::priority_queue<std::pair<std::uint64_t, LineAddress>> by_hash_;
  std::vector<double> weight_at_;  // [i]: at distances from i x bucket_lines up
  std::vector<LineAddress> sampled_;
};

}  // namespace dcat::llc
