// Counting more events than may be in use at once: events take turns, and what the turns counted becomes one
// Sample. Pure; no I/O.
//
// Turns: cycles and instructions are in every turn, the other events are shared out, so that a turn has at
// most kMostEventsAtOnce events. With all five events there are two turns,
//     A {cycles, instructions, llc_references, llc_misses}    B {cycles, instructions, memory_accesses},
// with four or fewer there is one, and nothing ever waits. A window is one turn's time; an interval, the time
// between two readings, has one window or more.
//
// The Sample, all cumulative, and none ever falls:
//     enabled                sum over all windows of the time the container ran in them
//     cycles, instructions   value and running: sums over all windows
//     an event of turn X     value: sum over the windows of X; running: sum over intervals of the credit of X
//     credit = R x (i / I)   in one interval; I, R: instructions and running time of all its windows,
//                            i: instructions of the windows of X. Without instructions, X's running time.
//
// Why not the plain running time: the core estimates an event's whole count as value x enabled / running.
// With plain times that takes accesses per *second* to be the same in the windows of A and of B. A
// container's instructions per second change with its neighbours, and accesses per instruction, the signature
// of a program's phase, would seem to change with them. Shared out by instructions, the estimate takes
// accesses per *instruction* to be the same: between two readings with windows of A and B, memory accesses /
// instructions of the estimates is exactly what B counted, and misses / instructions exactly what A counted,
// however fast the container ran in each. With one window an interval, credit is the plain time, and the
// events of the other turn are not counted in that interval. Since i <= I, credit is never more than R.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "perfmon/counting_fault.h"
#include "perfmon/linux/perf_event.h"
#include "perfmon/sample.h"

namespace dcat {

using Turn = std::vector<Event>;

// At most `most_at_once` events in a turn. With only two at once, instructions are in every turn and cycles take turns
// with the others. REQUIRES: no event twice; most_at_once is 2 to kMostEventsAtOnce. Empty only when nothing is
// available.
std::vector<Turn> plan_turns(const std::vector<Event>& available, std::size_t most_at_once = kMostEventsAtOnce);

// What was counted in one window, by event; only the turn's events are set.
struct Window {
  std::array<std::uint64_t, kEventCount> counts{};
  Duration enabled{};
  Duration running{};

  std::uint64_t& operator[](Event e) { return counts[static_cast<std::size_t>(e)]; }
  std::uint64_t operator[](Event e) const { return counts[static_cast<std::size_t>(e)]; }
};
// REQUIRES: readings of a group opened with `turn`'s events in their order.
Window window_between(const Turn& turn, const GroupReading& from, const GroupReading& to);
void operator+=(Window& sum, const Window& more);

// What a window is held against.
struct CountBounds {
  bool hardware = true;  // false: events that the kernel counts itself can only fall or jump
  double most_hz = 8e9;  // the CPU's highest frequency; 8 GHz is beyond any
};
// Why the window of one container on one CPU cannot be true, if it cannot. A CPU that ran it for less than a
// millisecond may really have counted nothing.
std::optional<CountingFault> window_fault(const Turn& turn, const Window& window, const CountBounds& bounds);

// The sums of one container in one L3 domain.
class DomainTotals {
 public:
  explicit DomainTotals(const std::vector<Turn>& turns) : turns_(turns), pending_(turns.size()) {}

  // Takes in a window of turns[index], summed over the domain's CPUs. It shows in the Sample after
  // end_interval().
  void add(std::size_t index, const Window& window) { pending_[index] += window; }
  void end_interval();
  // Other turns from now on; ends the interval. An event that is in none of them keeps what it had.
  void change_plan(const std::vector<Turn>& turns);
  // Of the intervals that have ended; an event that was never on a counter is absent.
  Sample sample(TimePoint at) const;
  Duration enabled() const { return enabled_; }

 private:
  bool in_every_turn(Event event) const;

  std::vector<Turn> turns_;
  std::vector<Window> pending_;  // of every turn, in this interval
  std::array<Reading, kEventCount> totals_{};
  Duration enabled_{};
};

}  // namespace dcat
