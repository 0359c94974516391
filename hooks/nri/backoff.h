// How long to wait before the next attempt: `first`, doubled with every attempt that failed, at most `most`, and of
// that a random part between a half and all, so that the plugins of a restarted runtime do not all come at once. Pure:
// the seed decides. Properties: first / 2 <= wait <= most; after reset() it begins anew.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace dcat {

class Backoff {
 public:
  using Milliseconds = std::chrono::milliseconds;
  // REQUIRES: 0 < first <= most
  Backoff(Milliseconds first, Milliseconds most, std::uint64_t seed)
      : first_(first), most_(most), next_(first), random_(seed) {}
  Milliseconds next() {
    const Milliseconds whole = next_;
    next_ = std::min(most_, next_ * 2);
    const auto half = whole.count() / 2;
    return Milliseconds(half +
                        static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(whole.count() - half + 1)));
  }
  void reset() { next_ = first_; }

 private:
  Milliseconds first_;
  Milliseconds most_;
  Milliseconds next_;
  std::mt19937_64 random_;
};

}  // namespace dcat
