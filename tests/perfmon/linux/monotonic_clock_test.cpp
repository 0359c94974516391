#include "perfmon/linux/monotonic_clock.h"

#include <pthread.h>

#include <csignal>
#include <thread>

#include "tests/support/catch.h"

using namespace dcat;
using namespace std::chrono_literals;

// These wait for real time, a few milliseconds: they test the clock itself. No upper bound is asserted but
// one that only a sleep that does not end would reach.

TEST_CASE("time goes on, and a sleep ends when it is due and not before") {
  MonotonicClock clock;
  const TimePoint start = clock.now();
  clock.sleep_until(start + 5ms);
  CHECK(clock.now() >= start + 5ms);
  clock.sleep_until(start);  // past: at once
  const std::atomic<bool> stop{false};
  MonotonicClock with_flag(stop);
  with_flag.sleep_until(start + 120ms);  // longer than one nap
  CHECK(clock.now() >= start + 120ms);
}

TEST_CASE("a flag that is set, before or meanwhile, ends a sleep of an hour") {
  std::atomic<bool> stop{true};
  MonotonicClock clock(stop);
  const TimePoint start = clock.now();
  clock.sleep_until(start + 1h);
  stop = false;
  std::thread other([&stop] { stop = true; });
  clock.sleep_until(start + 1h);
  other.join();
  CHECK(clock.now() < start + 10min);
}

TEST_CASE("a signal ends a sleep of an hour") {
  struct sigaction action {
  }, before{};
  action.sa_handler = [](int) {};
  REQUIRE(::sigaction(SIGUSR1, &action, &before) == 0);
  MonotonicClock clock;
  const TimePoint start = clock.now();
  std::atomic<bool> awake{false};
  const pthread_t sleeper = ::pthread_self();
  // Again and again, for the first may come before the sleep.
  std::thread other([&awake, sleeper] {
    while (!awake) {
      ::pthread_kill(sleeper, SIGUSR1);
      std::this_thread::sleep_for(1ms);
    }
  });
  clock.sleep_until(start + 1h);
  awake = true;
  other.join();
  ::sigaction(SIGUSR1, &before, nullptr);
  CHECK(clock.now() < start + 10min);
}
