// Repairs: whether somebody else keeps undoing what we did. What was written and is not there at the next look (a group
// removed, a mask rewritten, the file system mounted anew) is repaired by the next period's changes, like any
// difference; this says it once and tells when to give up.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "cat/changes.h"
#include "cat/geometry.h"
#include "cat/masks.h"
#include "core/units.h"

namespace dcat {

class Repairs {
 public:
  static constexpr int kMost = 3;  // within kWithin, then the node is given up
  static constexpr Duration kWithin = std::chrono::minutes(1);

  // The node as it was read, at the start of a period. Returns what somebody else changed since the last period's
  // changes, for the first repair after a minute without one; nullopt: nothing, or it has been said.
  std::optional<std::string> look(TimePoint at, const Geometry& geometry, const Masks& observed);
  // A change of ours was applied.
  void applied(const Change& change);
  // A change of ours failed half-way: what is there now is not known before the next look.
  void lost_track() { expected_.reset(); }

  bool give_up() const { return times_.size() >= kMost; }

 private:
  std::optional<Masks> expected_;
  Geometry geometry_;            // that `expected_` was seen with
  std::deque<TimePoint> times_;  // of repairs within kWithin
};

// What of the masks of `expected` is not so in `observed`, in words; "" = all of it is. Members are not compared, nor
// domains that one of them lacks (their CPUs come and go), nor, of the default group's masks, ways that one of the
// geometries leaves to others.
std::string damage(const Masks& expected, const Geometry& before, const Masks& observed, const Geometry& now);

}  // namespace dcat
