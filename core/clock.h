// Port: the node's time. Implementations: a Linux monotonic clock, simulated time, recorded time.
#pragma once

#include "core/units.h"

namespace dcat {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() = 0;
  // Returns when now() >= until, or earlier when the program has been asked to end (a signal). Simulated clocks
  // move the node's model forward instead of waiting.
  virtual void sleep_until(TimePoint until) = 0;
  // The same, and also returns when `fd` is readable; -1: nothing is waited for. Simulated time does not look at it.
  virtual void sleep_until_readable(TimePoint until, int fd) {
    (void)fd;
    sleep_until(until);
  }
};

}  // namespace dcat
