#include "cat/domain_steps.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>

#include "cat/step_taker.h"

namespace dcat {

Cbm longest_run(Cbm ways) {
  Cbm longest;
  for (Cbm rest = ways; !rest.empty();) {
    const WayIndex first = rest.lowest();
    const Cbm run = Cbm::run(first, Ways(std::countr_one(rest.bits >> first.value)));
    if (run.size() > longest.size()) longest = run;
    rest = rest - run;
  }
  return longest;
}

Cbm common_part(const Holder& holder, Ways least) {
  if (holder.home()) return holder.now;
  if (holder.target.empty()) return Cbm();
  const Cbm common = longest_run(holder.now & holder.target);
  return common.size() >= least ? common : holder.now;
}

Cbm taken_from(const HolderState& state, int holder) {
  const Holder& me = state.holders[static_cast<std::size_t>(holder)];
  const Cbm shared_now = state.holders[0].now;
  const bool joins_shared = holder != 0 && me.target == state.holders[0].target;
  Cbm taken;
  for (std::size_t i = 0; i < state.holders.size(); ++i) {
    const Holder& other = state.holders[i];
    if (static_cast<int>(i) == holder || me.target.overlaps(other.target) || me.now.overlaps(other.now)) continue;
    // Where another still lives in the shared region it has no partition that could be overlapped.
    taken = taken | (joins_shared ? other.now - shared_now : other.now);
  }
  return taken;
}

namespace {

// The first two of the header's ways home; the third is repack.
class Jumps : public StepTaker {
 public:
  using StepTaker::StepTaker;

  // Every round but the gathering ones brings somebody home for good.
  bool run() {
    for (int round = 0; round <= 2 * count(); ++round) {
      while (jump_whole() || jump_partly()) {
      }
      if (all_home()) return true;
      if (!gather_waiting() && !give_up_ways() && !park() && !park_in_narrowed()) break;
    }
    return repack(state(), steps());
  }

 private:
  // Somebody takes its whole target. True when it did; those who got only a part of it come later.
  bool jump_whole() {
    return jump_first([this](int holder, Cbm room) { return room == target(holder) ? room : Cbm(); });
  }
  bool jump_partly() {
    return jump_first([this](int, Cbm room) {
      const Cbm run = longest_run(room);
      return run.size() >= least() ? run : Cbm();
    });
  }
  template <class Choose>
  bool jump_first(Choose choose) {
    for (int i = 0; i < count(); ++i) {
      if (is_home(i)) continue;
      const Cbm mask = choose(i, target(i) - taken_from(state(), i));
      if (mask.empty()) continue;
      step(i, mask);
      return true;
    }
    return false;
  }

  // Groups that wait to come home together with the shared region wait in it, and move with it. True when one
  // moved.
  bool gather_waiting() {
    const std::size_t before = steps().size();
    for (int i = 1; legal(now(0)) && i < count(); ++i)
      if (follows_shared(i) && !is_home(i)) step(i, now(0));
    return steps().size() > before;
  }

  // The widest run that `holder` could take in its target if others' masks were as in `state`.
  Ways room_at_home(const HolderState& in, int holder) const {
    Cbm room = target(holder);
    for (const int i : unit_of(holder)) room = room - taken_from(in, i);
    return longest_run(room).size();
  }
  bool waits(int holder) const { return !is_home(holder) && !moves_with_shared(holder); }

  // Two wait for each other's ways: one keeps a part of its mask and the other takes what this frees. The
  // split that leaves the poorer of the two the most; the shared region gives up ways only if no partition
  // can.
  bool give_up_ways() {
    int giver = -1;
    Cbm kept;
    std::pair<Ways, Ways> most{least() - 1_ways, 0_ways};
    for (int i = 1; i <= count(); ++i) {
      const int g = i % count();  // the shared region comes last
      if (!waits(g) || (g == 0 && giver > 0)) continue;
      for (const Cbm keep : parts_of(now(g))) {
        const std::pair<Ways, Ways> left{std::min(keep.size(), room_after(g, keep)), keep.size()};
        if (left.first < least() || left <= most) continue;
        most = left;
        giver = g;
        kept = keep;
      }
    }
    if (giver < 0) return false;
    move_unit(giver, kept);
    return true;
  }
  // The widest run that anybody else who waits could take at home if `holder` had `mask`.
  Ways room_after(int holder, Cbm mask) const {
    const HolderState after = with(holder, mask);
    Ways most;
    for (int i = 0; i < count(); ++i)
      if (i != holder && waits(i)) most = std::max(most, room_at_home(after, i));
    return most;
  }

  // Somebody moves to free ways, so that another who waits can go home.
  bool park() {
    for (int i = 1; i <= count(); ++i) {
      const int j = i % count();
      const Cbm place = waits(j) ? parking_for(state(), j) : Cbm();
      if (place.empty()) continue;
      move_unit(j, place);
      return true;
    }
    return false;
  }
  // Ways for `holder`, as many as it has if possible, away from the target of one who can go home then.
  // Empty: none.
  Cbm parking_for(const HolderState& in, int holder) const {
    HolderState gone = in;
    for (const int i : unit_of(holder)) gone.holders[static_cast<std::size_t>(i)].now = Cbm();
    Cbm best;
    for (int k = 0; k < count(); ++k) {
      if (k == holder || !waits(k) || room_at_home(gone, k) < least()) continue;
      Cbm room = in.available - target(k);
      for (const int i : unit_of(holder)) room = room - taken_from(in, i);
      const Cbm run = longest_run(room);
      if (run.size() < least() || run.size() <= best.size()) continue;
      best = Cbm::run(run.lowest(), std::min(run.size(), std::max(now(holder).size(), least())));
    }
    return best;
  }

  // The same, in ways that another gives up for the time being: as few as will do.
  bool park_in_narrowed() {
    for (int i = 1; i <= count(); ++i) {
      const int n = i % count();
      if (moves_with_shared(n)) continue;
      std::vector<Cbm> parts = parts_of(now(n));
      std::ranges::stable_sort(parts, std::ranges::greater{}, &Cbm::size);
      for (const Cbm keep : parts) {
        const HolderState narrowed = with(n, keep);
        for (int k = 1; k <= count(); ++k) {
          const int j = k % count();
          const Cbm place = j != n && waits(j) ? parking_for(narrowed, j) : Cbm();
          if (place.empty()) continue;
          move_unit(n, keep);
          move_unit(j, place);
          return true;
        }
      }
    }
    return false;
  }

  // What is left of a mask, at least `least` ways, when ways are cut off at one end.
  std::vector<Cbm> parts_of(Cbm mask) const {
    std::vector<Cbm> parts;
    if (!mask.contiguous()) return parts;
    for (Ways size = least(); size < mask.size(); size += 1_ways) {
      parts.push_back(Cbm::run(mask.lowest(), size));
      parts.push_back(Cbm::run(mask.lowest() + (mask.size() - size), size));
    }
    return parts;
  }
};

// Whether its target and another partition's overlap; who is in the shared region has none.
bool overlaps_partitions(const HolderState& state, std::size_t holder) {
  const Cbm target = state.holders[holder].target;
  const Cbm shared = state.holders.front().target;
  if (holder == 0 || target == shared) return false;
  for (std::size_t i = 1; i < state.holders.size(); ++i)
    if (i != holder && state.holders[i].target != shared && state.holders[i].target.overlaps(target)) return true;
  return false;
}

}  // namespace

bool bring_home(HolderState& state, std::vector<Step>& steps) {
  return std::ranges::all_of(state.holders, &Holder::home) || Jumps(state, steps).run();
}

bool bring_home_overlapping(HolderState& state, std::vector<Step>& steps) {
  std::vector<std::size_t> together;
  Cbm others;
  for (std::size_t i = 0; i < state.holders.size(); ++i) {
    if (overlaps_partitions(state, i))
      together.push_back(i);
    else
      others = others | state.holders[i].now;
  }
  const auto go = [&](std::size_t i, Cbm mask) {
    if (state.holders[i].now == mask) return;
    state.holders[i].now = mask;
    steps.push_back({static_cast<int>(i), mask});
  };
  const auto in_the_way = [&](std::size_t i) { return state.holders[i].target.overlaps(others); };
  if (std::ranges::none_of(together, in_the_way))
    for (const std::size_t i : together)
      if (!state.holders[i].home()) go(i, state.holders[i].target);
  if (std::ranges::all_of(state.holders, &Holder::home)) return true;

  if (state.holders.front().target.empty()) return false;
  for (const std::size_t i : together) {
    state.holders[i].target = state.holders.front().target;
    go(i, common_part(state.holders[i], state.least));
  }
  return bring_home(state, steps);
}

}  // namespace dcat
