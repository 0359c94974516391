// StepTaker: takes steps in a domain's state and notes them. It knows who moves with whom.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "cat/domain_steps.h"

namespace dcat {

class StepTaker {
 public:
  StepTaker(HolderState& state, std::vector<Step>& steps) : state_(state), steps_(steps) {}

 protected:
  HolderState& state() { return state_; }
  const HolderState& state() const { return state_; }
  std::vector<Step>& steps() { return steps_; }
  int count() const { return static_cast<int>(state_.holders.size()); }
  Ways least() const { return state_.least; }
  const Holder& holder(int i) const { return state_.holders[static_cast<std::size_t>(i)]; }
  Cbm now(int i) const { return holder(i).now; }
  Cbm target(int i) const { return holder(i).target; }
  bool is_home(int i) const { return holder(i).home(); }
  bool all_home() const { return std::ranges::all_of(state_.holders, &Holder::home); }
  bool legal(Cbm mask) const { return mask.contiguous() && mask.size() >= least(); }

  // A group without ways of its own.
  bool follows_shared(int i) const { return i != 0 && target(i) == target(0) && !now(i).empty(); }
  // Such a group moves with the shared region, unless it has come home before it.
  bool moves_with_shared(int i) const { return follows_shared(i) && (is_home(0) || !is_home(i)); }
  // Who moves when `holder` does. The shared region goes last: while it is there, whoever has had to overlap
  // it does not overlap a group that has nothing to do with it.
  std::vector<int> unit_of(int holder) const {
    std::vector<int> unit;
    for (int i = 1; holder == 0 && i < count(); ++i)
      if (moves_with_shared(i)) unit.push_back(i);
    unit.push_back(holder);
    return unit;
  }
  // The state after a unit has moved.
  HolderState with(int holder, Cbm mask) const {
    HolderState after = state_;
    for (const int i : unit_of(holder)) after.holders[static_cast<std::size_t>(i)].now = mask;
    return after;
  }

  void step(int holder, Cbm mask) {
    Cbm& current = state_.holders[static_cast<std::size_t>(holder)].now;
    if (current == mask) return;
    steps_.push_back({holder, mask});
    current = mask;
  }
  void move_unit(int holder, Cbm mask) {
    for (const int i : unit_of(holder)) step(i, mask);
  }

 private:
  HolderState& state_;
  std::vector<Step>& steps_;
};

// The last way home of domain_steps.h. False when no order of steps exists; `state` and `steps` are then of
// no use.
bool repack(HolderState& state, std::vector<Step>& steps);

}  // namespace dcat
