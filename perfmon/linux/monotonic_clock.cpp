#include "perfmon/linux/monotonic_clock.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>

namespace dcat {

namespace {
// How long a stop flag that was set without a signal to this thread may go unseen.
constexpr Duration kLongestNap = std::chrono::milliseconds(100);
constexpr Duration::rep kNanosecondsPerSecond = 1'000'000'000;
}  // namespace

TimePoint MonotonicClock::now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);  // cannot fail: the clock exists since Linux 2.6
  return TimePoint(Duration(time.tv_sec * kNanosecondsPerSecond + time.tv_nsec));
}

void MonotonicClock::sleep_until(TimePoint until) {
  for (TimePoint at = now(); at < until && !stopped(); at = now()) {
    const Duration wake = std::min(until, at + (stop_ != nullptr ? kLongestNap : until - at)).time_since_epoch();
    timespec time{};
    time.tv_sec = wake.count() / kNanosecondsPerSecond;
    time.tv_nsec = wake.count() % kNanosecondsPerSecond;
    if (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr) == EINTR) return;
  }
}

}  // namespace dcat
