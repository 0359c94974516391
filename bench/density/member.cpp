#include "bench/density/member.h"

#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

namespace dcat::bench {

namespace {

constexpr Duration::rep kNanoseconds = 1'000'000'000;

Duration read_clock(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return Duration(time.tv_sec * kNanoseconds + time.tv_nsec);
}

void sleep_until(TimePoint until) {
  timespec time{};
  time.tv_sec = until.time_since_epoch().count() / kNanoseconds;
  time.tv_nsec = until.time_since_epoch().count() % kNanoseconds;
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr) != 0) {
  }
}

// Memory that is given back and touched again: each page is a fault.
class Pages {
 public:
  explicit Pages(std::size_t count)
      : size_(count * kBytes),
        memory_(count == 0 ? MAP_FAILED
                           : ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
    if (memory_ != MAP_FAILED) ::madvise(memory_, size_, MADV_NOHUGEPAGE);  // else one fault would bring many pages
  }
  void touch() const {
    if (memory_ == MAP_FAILED) return;
    ::madvise(memory_, size_, MADV_DONTNEED);
    auto* const bytes = static_cast<volatile char*>(memory_);
    for (std::size_t at = 0; at < size_; at += kBytes) bytes[at] = 1;
  }

 private:
  static constexpr std::size_t kBytes = 4096;
  std::size_t size_;
  void* memory_;
};

}  // namespace

TimePoint monotonic_now() {
  return TimePoint(read_clock(CLOCK_MONOTONIC));
}

void live(const Duty& duty, Duration phase) {
  if (duty.every == Duration(0))
    for (;;) ::pause();
  const Pages pages(duty.pages);
  TimePoint next = monotonic_now() + phase;
  for (;;) {
    sleep_until(next);
    // From one wake to the next, the sleeping's own cost is in it too.
    const Duration until = read_clock(CLOCK_THREAD_CPUTIME_ID) + duty.work;
    pages.touch();
    while (read_clock(CLOCK_THREAD_CPUTIME_ID) < until) {
    }
    // What was missed is not made up for: else an overloaded machine would never come to rest.
    next = std::max(next + duty.every, monotonic_now());
  }
}

}  // namespace dcat::bench
