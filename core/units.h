// The quantities that everything else is made of.
//
// Ways      how many ways of a last-level cache (LLC)
// WayIndex  which way; way 0 is bit 0 of a capacity bitmask (CBM)
// Duration  nanoseconds; TimePoint: nanoseconds since an origin that the node's clock chooses
//
// NodeClock has no now(): the core is told the time by its Observation and cannot ask for it.
#pragma once

#include <chrono>
#include <compare>

namespace dcat {

using Duration = std::chrono::nanoseconds;

struct NodeClock {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<NodeClock, Duration>;
  static constexpr bool is_steady = true;
};
using TimePoint = NodeClock::time_point;

inline double seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}

// A number of ways. Differences may be negative; a size never is.
struct Ways {
  int count = 0;

  constexpr Ways() = default;
  constexpr explicit Ways(int n) : count(n) {}
  constexpr auto operator<=>(const Ways&) const = default;
  constexpr Ways& operator+=(Ways o) { return count += o.count, *this; }
  constexpr Ways& operator-=(Ways o) { return count -= o.count, *this; }
};
constexpr Ways operator+(Ways a, Ways b) {
  return Ways(a.count + b.count);
}
constexpr Ways operator-(Ways a, Ways b) {
  return Ways(a.count - b.count);
}

inline namespace literals {
constexpr Ways operator""_ways(unsigned long long n) {
  return Ways(static_cast<int>(n));
}
}  // namespace literals

// A position in the cache, 0 = the lowest bit of a CBM.
struct WayIndex {
  int value = 0;

  constexpr WayIndex() = default;
  constexpr explicit WayIndex(int v) : value(v) {}
  constexpr auto operator<=>(const WayIndex&) const = default;
};
constexpr WayIndex operator+(WayIndex i, Ways n) {
  return WayIndex(i.value + n.count);
}

}  // namespace dcat
