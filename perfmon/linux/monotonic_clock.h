// MonotonicClock: CLOCK_MONOTONIC, whose origin is the node's start; it stands still while the node is
// suspended.
#pragma once

#include <atomic>

#include "core/clock.h"

namespace dcat {

class MonotonicClock : public Clock {
 public:
  MonotonicClock() = default;
  // `stop` is what the program's signal handlers set. REQUIRES: it outlives the clock.
  explicit MonotonicClock(const std::atomic<bool>& stop) : stop_(&stop) {}

  TimePoint now() override;
  // Ends early when a signal was handled on this thread, at once, or when `stop` is set elsewhere, within 100
  // ms. A signal that came just before the sleep is seen by its flag.
  void sleep_until(TimePoint until) override;
  void sleep_until_readable(TimePoint until, int fd) override;

 private:
  bool stopped() const { return stop_ != nullptr && stop_->load(std::memory_order_relaxed); }
  const std::atomic<bool>* stop_ = nullptr;
};

}  // namespace dcat
