#include "sim/llc/shards.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace dcat::llc {
namespace {

constexpr std::size_t kBlock = 4096;
constexpr std::uint64_t kSeedOfSize = 1;

// SplitMix64's finaliser behind a step of its counter, so that line 0 is hashed like any other. Not the hash of the
// sets nor of the table of lines: a sample must not be crowded in either.
std::uint64_t hash_of(LineAddress line, std::uint64_t seed) {
  line += (seed + 1) * 0x9e3779b97f4a7c15U;
  line = (line ^ (line >> 30)) * 0xbf58476d1ce4e5b9U;
  line = (line ^ (line >> 27)) * 0x94d049bb133111ebU;
  return line ^ (line >> 31);
}

// Writes those whose hash is below the threshold; returns how many. No branch on the outcome.
std::size_t sample(std::span<const LineAddress> lines, std::uint64_t threshold, std::uint64_t seed,
                   LineAddress* sampled) {
  std::size_t n = 0;
  for (const LineAddress line : lines) {
    sampled[n] = line;
    n += hash_of(line, seed) <= threshold;
  }
  return n;
}

// 2^64 x rate - 1, so that a rate of 1 takes every line.
std::uint64_t threshold_of(double rate) {
  const double scaled = std::ldexp(rate, 64);
  return scaled >= 0x1p64 ? ~std::uint64_t{0} : static_cast<std::uint64_t>(scaled);
}

}  // namespace

Shards::Shards(double rate, std::uint64_t seed)
    : rate_(rate), seed_(seed), threshold_(threshold_of(rate)), sampled_(kBlock) {}

void Shards::access(std::span<const LineAddress> lines) {
  accesses_ += lines.size();
  for (std::size_t at = 0; at < lines.size(); at += kBlock) {
    const auto block = lines.subspan(at, std::min(kBlock, lines.size() - at));
    const std::size_t n = sample(block, threshold_, seed_, sampled_.data());
    const std::span<const LineAddress> in_sample(sampled_.data(), n);
    all_.access(in_sample);
    // The lowest bits of the hash say nothing of whether it is below the threshold.
    for (const LineAddress& line : in_sample) parts_[hash_of(line, seed_) % kParts].access({&line, 1});
  }
}

double Shards::miss_ratio_of(const StackDistances& sample, double rate, std::uint64_t lines) const {
  const double expected = static_cast<double>(accesses_) * rate;
  if (expected <= 0) return 0;
  const double more_hits = expected - static_cast<double>(sample.accesses());
  return std::clamp(1 - (sample.hits(static_cast<double>(lines) * rate) + more_hits) / expected, 0.0, 1.0);
}

Estimate Shards::estimate(std::uint64_t lines) const {
  double sum = 0, squares = 0;
  for (const StackDistances& part : parts_) {
    const double ratio = miss_ratio_of(part, rate_ / kParts, lines);
    sum += ratio;
    squares += ratio * ratio;
  }
  const double variance = std::max(0.0, (squares - sum * sum / kParts) / (kParts - 1));
  return {miss_ratio_of(all_, rate_, lines), std::sqrt(variance / kParts)};
}

ShardsOfSize::ShardsOfSize(std::size_t most_lines, std::uint64_t bucket_lines)
    : most_lines_(most_lines), bucket_lines_(bucket_lines), sampled_(kBlock) {}

double ShardsOfSize::rate() const {
  return std::ldexp(static_cast<double>(threshold_), -64);
}

void ShardsOfSize::access(std::span<const LineAddress> lines) {
  accesses_ += lines.size();
  for (std::size_t at = 0; at < lines.size(); at += kBlock) {
    const auto block = lines.subspan(at, std::min(kBlock, lines.size() - at));
    const std::size_t n = sample(block, threshold_, kSeedOfSize, sampled_.data());
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint64_t hash = hash_of(sampled_[i], kSeedOfSize);
      if (hash <= threshold_) use(sampled_[i], hash);  // it falls within a block, too
    }
  }
}

void ShardsOfSize::use(LineAddress line, std::uint64_t hash) {
  const double weight = 1 / rate();
  sampled_weight_ += weight;
  if (const auto distance = stack_.use(line)) {
    const double scaled = static_cast<double>(*distance) * weight;
    const auto bucket = static_cast<std::size_t>(scaled / static_cast<double>(bucket_lines_));
    if (bucket >= weight_at_.size()) weight_at_.resize(std::bit_ceil(bucket + 1));
    weight_at_[bucket] += weight;
    return;
  }
  by_hash_.emplace(hash, line);
  if (by_hash_.size() <= most_lines_) return;
  threshold_ = by_hash_.top().first - 1;
  stack_.forget(by_hash_.top().second);
  by_hash_.pop();
}

double ShardsOfSize::miss_ratio(std::uint64_t lines) const {
  if (accesses_ == 0) return 0;
  double hits = static_cast<double>(accesses_) - sampled_weight_;
  const std::size_t buckets = std::min<std::size_t>(lines / bucket_lines_, weight_at_.size());
  for (std::size_t i = 0; i < buckets; ++i) hits += weight_at_[i];
  return std::clamp(1 - hits / static_cast<double>(accesses_), 0.0, 1.0);
}

}  // namespace dcat::llc
