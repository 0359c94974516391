#include "perfmon/linux/monotonic_clock.h"

#include <poll.h>

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

void MonotonicClock::sleep_until_readable(TimePoint until, int fd) {
  if (fd < 0) return sleep_until(until);
  for (TimePoint at = now(); at < until && !stopped(); at = now()) {
    const Duration left = std::min(until - at, stop_ != nullptr ? kLongestNap : until - at);
    timespec time{};
    time.tv_sec = left.count() / kNanosecondsPerSecond;
    time.tv_nsec = left.count() % kNanosecondsPerSecond;
    pollfd news{fd, POLLIN, 0};
    if (::ppoll(&news, 1, &time, nullptr) != 0) return;  // news, or a signal
  }
}

}  // namespace dcat
