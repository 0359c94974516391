// A throttle: how much of the traffic between its cores and the L3 a group may have in a domain, in percent, as Memory
// Bandwidth Allocation (MBA) takes it. 100 = not throttled. It holds for each core by itself, and for hits in the L3 as
// for what goes on to memory.
// Source: Linux Documentation/arch/x86/resctrl.rst, "Memory bandwidth Allocation and monitoring"; Intel SDM vol. 3B.
#pragma once

#include <compare>

namespace dcat {

struct Throttle {
  int percent = 100;

  constexpr Throttle() = default;
  constexpr explicit Throttle(int p) : percent(p) {}
  constexpr auto operator<=>(const Throttle&) const = default;
};
inline constexpr Throttle kUnthrottled{};

// Which throttles a domain's MBA takes: multiples of `step` from `least` to 100 (info/MB/min_bandwidth,
// bandwidth_gran).
struct ThrottleSteps {
  Throttle least{10};
  int step = 10;  // percent
  bool operator==(const ThrottleSteps&) const = default;

  bool takes(Throttle t) const {
    return t == kUnthrottled || (t >= least && t < kUnthrottled && t.percent % step == 0);
  }
  // The next throttle down; `t` itself where there is none.
  Throttle below(Throttle t) const {
    const Throttle next((t.percent - 1) / step * step);
    return next >= least ? next : t;
  }
  // The next one up.
  Throttle above(Throttle t) const {
    const Throttle next((t.percent / step + 1) * step);
    return next < kUnthrottled ? next : kUnthrottled;
  }
};

}  // namespace dcat
