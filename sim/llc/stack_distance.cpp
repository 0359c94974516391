#include "sim/llc/stack_distance.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>

namespace dcat::llc {
namespace {

constexpr std::size_t kAhead = 16;
// Room for so many uses per line before numbering begins anew, which costs a walk over all lines.
constexpr std::size_t kSlotsPerLine = 4;

}  // namespace

std::optional<std::uint64_t> LruStack::use(LineAddress line) {
  if (next_ == slots_.capacity()) number_anew();
  std::uint64_t& time = times_[line];
  if (time + 1 == next_ && time != 0) return 0;  // it is in front already
  std::optional<std::uint64_t> distance;
  if (time != 0) {
    distance = slots_.members_behind(time);
    slots_.remove(time);
  }
  time = next_;
  slots_.add(next_++);
  return distance;
}

void LruStack::forget(LineAddress line) {
  slots_.remove(times_.erase(line));
}

void LruStack::number_anew() {
  const std::vector<std::uint64_t> before = slots_.members_before();
  times_.for_each_time([&](std::uint64_t& time) { time = 1 + before[time / 64] + slots_.before_in_word(time); });
  const std::size_t live = times_.size();
  slots_ = SlotTree(std::max(slots_.capacity(), std::bit_ceil(kSlotsPerLine * (live + 1))), live + 1);
  slots_.remove(0);
  next_ = live + 1;
}

// The counter of a distance is anywhere in a large array: it is fetched when the distance is known and counted up some
// accesses later.
void StackDistances::access(std::span<const LineAddress> lines) {
  accesses_ += lines.size();
  std::array<std::uint64_t, kAhead> late{};
  std::size_t reuses = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i + kAhead < lines.size()) stack_.prefetch(lines[i + kAhead]);
    const std::optional<std::uint64_t> distance = stack_.use(lines[i]);
    if (!distance) continue;
    if (*distance >= at_distance_.size()) at_distance_.resize(std::bit_ceil(*distance + 1));
    __builtin_prefetch(&at_distance_[*distance], 1);
    std::uint64_t& slot = late[reuses % kAhead];
    if (reuses++ >= kAhead) ++at_distance_[slot];
    slot = *distance;
  }
  for (std::size_t i = 0; i < std::min(reuses, kAhead); ++i) ++at_distance_[late[i]];
}

double StackDistances::hits(double lines) const {
  const double whole = std::min(std::floor(lines), static_cast<double>(at_distance_.size()));
  const auto n = static_cast<std::size_t>(whole);
  const auto end = at_distance_.begin() + static_cast<std::ptrdiff_t>(n);
  const double hits = static_cast<double>(std::accumulate(at_distance_.begin(), end, std::uint64_t{0}));
  return n < at_distance_.size() ? hits + (lines - whole) * static_cast<double>(*end) : hits;
}

std::uint64_t StackDistances::misses(std::uint64_t lines) const {
  const auto n = static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(lines, at_distance_.size()));
  return accesses_ - std::accumulate(at_distance_.begin(), at_distance_.begin() + n, std::uint64_t{0});
}

double StackDistances::miss_ratio(std::uint64_t lines) const {
  return accesses_ == 0 ? 0 : static_cast<double>(misses(lines)) / static_cast<double>(accesses_);
}

}  // namespace dcat::llc
