#include "cat/foreign.h"

#include <algorithm>
#include <tuple>

namespace dcat {

namespace {

// The runs of ones in a mask, ascending.
std::vector<Cbm> runs_of(Cbm mask) {
  std::vector<Cbm> runs;
  while (!mask.empty()) {
    const std::uint64_t lowest = mask.bits & (~mask.bits + 1);
    // Adding the lowest bit carries through the whole run; what it clears is the run.
    const Cbm run(mask.bits & ~(mask.bits + lowest));
    runs.push_back(run);
    mask = mask - run;
  }
  return runs;
}

}  // namespace

Cbm held_ways(Cbm cbm_mask, const std::vector<Cbm>& foreign) {
  Cbm held;
  for (const Cbm mask : foreign)
    if (mask != cbm_mask) held = held | (mask & cbm_mask);
  return held;
}

Cbm choose_run(Cbm free, Cbm shareable, Cbm previous) {
  Cbm best;
  for (const Cbm run : runs_of(free)) {
    if (!previous.empty() && run.contains(previous)) return run;
    const auto worth = [&](Cbm r) { return std::tuple(r.size(), (r & shareable).size()); };
    if (worth(run) > worth(best)) best = run;
  }
  return best;
}

std::vector<Cbm> tied_sets(Cbm written, Cbm read_back) {
  std::vector<Cbm> sets;
  if (written.empty()) return sets;
  for (const Cbm extra : runs_of(read_back - written)) {
    Cbm set = extra;
    if (extra.highest() < written.lowest())
      set = set | Cbm::run(written.lowest(), Ways(1));
    else
      set = set | Cbm::run(written.highest(), Ways(1));
    sets.push_back(set);
  }
  return sets;
}

Cbm with_ties(Cbm mask, const std::vector<Cbm>& tied) {
  const auto cut = [&mask](Cbm set) { return mask.overlaps(set) && !mask.contains(set); };
  // One set's ways may touch another.
  for (auto set = std::ranges::find_if(tied, cut); set != tied.end(); set = std::ranges::find_if(tied, cut))
    mask = mask | *set;
  return mask;
}

Cbm leave_out_inner_ties(Cbm run, std::vector<Cbm>& tied) {
  const auto in_the_way = [&run](Cbm set) {
    if (!run.overlaps(set)) return false;
    return !run.contains(set) ||
           (!set.contains(Cbm::run(run.lowest(), Ways(1))) && !set.contains(Cbm::run(run.highest(), Ways(1))));
  };
  // A set that lay at an end may be cut by what another one leaves: until none is in the way, the run gets shorter.
  for (auto set = std::ranges::find_if(tied, in_the_way); set != tied.end();
       set = std::ranges::find_if(tied, in_the_way))
    run = choose_run(run - *set, Cbm(), Cbm());
  // The shared region is one run and holds all tied ways: sets at both ends would make it the whole of it.
  const auto at = [&](WayIndex end) {
    const auto set = std::ranges::find_if(
        tied, [&](Cbm s) { return run.contains(s) && s.contains(Cbm::run(end, Ways(1))) && s != run; });
    return set == tied.end() ? Cbm() : *set;
  };
  if (!run.empty()) {
    const Cbm low = at(run.lowest());
    const Cbm high = at(run.highest());
    if (!low.empty() && !high.empty() && !low.overlaps(high)) run = run - (low.size() <= high.size() ? low : high);
  }
  std::erase_if(tied, [run](Cbm set) { return !run.contains(set); });
  return run;
}

}  // namespace dcat
