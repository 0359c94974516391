#include "controller/shell/counting_schedule.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "tests/support/catch.h"

namespace dcat {
namespace {

using namespace std::chrono_literals;

// Milliseconds before the end and a letter each: l look, r resume, t change of turns, R read, p pause.
std::string text(const std::vector<CountingStep>& steps) {
  std::string text;
  for (const CountingStep& step : steps) {
    const auto before = std::chrono::duration_cast<std::chrono::milliseconds>(TimePoint(10s) - step.at).count();
    text += std::to_string(before) + "lrtRp"[static_cast<int>(step.act)] + ' ';
  }
  return text;
}

std::string steps(const CountingRules& rules) {
  return text(counting_steps(TimePoint(10s), rules));
}

TEST_CASE("without windows the counters are read at equal distances, the last time at the end") {
  CHECK(steps({400ms, 100ms, {}, 1, false}) == "300R 200R 100R 0R ");
  CHECK(steps({100ms, 100ms, {}, 1, false}) == "0R ");
}

TEST_CASE("where counters are read rarely, who comes and goes is looked for twice a second all the same") {
  CHECK(steps({2s, 2s, {}, 1, false}) == "1500l 1000l 500l 0R ");
  CHECK(steps({1200ms, 600ms, {}, 1, false}) == "1000l 600R 500l 0R ");
}

TEST_CASE("events take turns before every read") {
  CHECK(steps({200ms, 100ms, {}, 2, false}) == "150t 100R 50t 0R ");
  CHECK(steps({90ms, 90ms, {}, 3, false}) == "60t 30t 0R ");
}

TEST_CASE("with windows counting is on for the end of every part of the period, and read within") {
  const CountingWindows fifth{100ms, 500ms};
  CHECK(steps({500ms, 100ms, fifth, 1, false}) == "400l 300l 200l 100r 100l 0R 0p ");
  CHECK(steps({500ms, 50ms, fifth, 1, false}) == "450l 400l 350l 300l 250l 200l 150l 100r 100l 50R 50l 0R 0p ");
  CHECK(steps({500ms, 250ms, fifth, 2, false}) == "250l 100r 50t 0R 0p ");
  CHECK(steps({1s, 500ms, fifth, 1, false}) == "600r 500R 500p 500l 100r 0R 0p ");
  // A window shorter than the distance of readings is read at its end.
  CHECK(steps({500ms, 500ms, CountingWindows{40ms, 500ms}, 2, false}) == "40r 20t 0R 0p ");
}

TEST_CASE("a window as long as its part is no window") {
  CHECK(steps({200ms, 100ms, CountingWindows{200ms, 200ms}, 1, false}) == "100R 0R ");
}

TEST_CASE("a source that is dear to read is read once, its counting stays on, and who comes is looked for") {
  CHECK(steps({300ms, 100ms, CountingWindows{100ms, 300ms}, 1, true}) == "200l 100l 0R ");
  CHECK(steps({1s, 400ms, {}, 2, true}) == "800l 500t 400l 0R ");
}

TEST_CASE("there is something to do every half second at least, however long the period") {
  for (const Duration interval : {Duration(1s), Duration(90s), Duration(1h)})
    for (const Duration sample : {Duration(100ms), Duration(500ms), interval / 2, interval})
      for (const bool one_read : {false, true})
        for (const bool windows : {false, true})
          for (const std::size_t turns : {1, 3}) {
            CountingRules rules{interval, sample, {}, turns, one_read};
            if (windows) rules.windows = CountingWindows{interval / 2, interval};
            TimePoint last = TimePoint(10s) - interval;
            Duration longest{};
            for (const CountingStep& step : counting_steps(TimePoint(10s), rules)) {
              longest = std::max(longest, step.at - last);
              last = step.at;
            }
            INFO(interval.count() << ' ' << sample.count() << ' ' << one_read << windows << turns);
            CHECK(longest <= 500ms);
            CHECK(last == TimePoint(10s));
          }
}

}  // namespace
}  // namespace dcat
