// The steps of one L3 domain from its masks now to the desired ones; diff merges the domains' steps to
// writes.
//
// A holder has a mask in the domain: holder 0 is the shared region, the others are groups. A holder is home
// when it has no way outside its target. Targets of partitions are disjoint, so once all are home every one
// can take its whole target, in any order. Who has too little in common with its target jumps:
// - into its target, when nobody else is there, or into the part of it that is free;
// - else one of those that wait for each other gives up ways for the time being, or moves to free ways
//   elsewhere, for which a neighbour (last of all the shared region) is narrowed when there are none. Each
//   time one more holder comes home for good, so this ends;
// - else all are narrowed to the least size and packed to one side, put in order through the ways that this
//   frees, and moved home. If it frees none, partitions pass by exchanging places with the shared region: the
//   only case in which a partition comes to overlap the shared region. With isolated holders among them, one that is
//   not waits in the shared region, and they pass through the ways it left.
//
// At no step does a holder come to overlap one that it did not overlap before, other than as the targets do
// and as above. Groups whose target is the shared region's move with it.
#pragma once

#include <vector>

#include "cat/cbm.h"
#include "core/units.h"

namespace dcat {

struct Holder {
  Cbm now;  // empty: it holds nothing yet
  Cbm target;
  bool isolated = false;  // no other mask ever comes to overlap its own; REQUIRES: no other target does
  bool home() const { return target.contains(now); }
};

struct HolderState {
  Cbm available;  // where a holder may be parked
  Ways least{1};  // of ways in a mask
  std::vector<Holder> holders;
};

struct Step {
  int holder = 0;
  Cbm mask;
  bool operator==(const Step&) const = default;
};

// The longest run of ways in `ways`, the lowest of several; empty when there is none.
Cbm longest_run(Cbm ways);

// What a holder keeps of its mask when everybody shrinks to what it has in common with its target: its mask
// itself when it is home or has too little in common.
Cbm common_part(const Holder& holder, Ways least);

// The ways that `holder` must not take now because they are somebody else's.
Cbm taken_from(const HolderState& state, int holder);

// Appends the steps after which every holder is home, and takes them in `state`. False when there are none.
// REQUIRES: everybody has been narrowed to its common part.
bool bring_home(HolderState& state, std::vector<Step>& steps);

// The same where some targets overlap each other; those who have such a target are kept apart from nobody but the rest:
// they take it at once when nobody else is there, else they wait in the shared region until the rest is home. False
// also when there is no shared region to wait in.
bool bring_home_overlapping(HolderState& state, std::vector<Step>& steps);

}  // namespace dcat
