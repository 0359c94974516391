// What foreign groups leave: by example, and all cases of a cache of 8 ways against a search through all runs.
#include "cat/foreign.h"

#include <algorithm>
#include <tuple>

#include "tests/support/catch.h"

namespace dcat {
namespace {

constexpr std::uint64_t kAll = 0xff;

// Every contiguous mask of 8 ways, from the lowest way upwards.
std::vector<Cbm> all_runs() {
  std::vector<Cbm> runs;
  for (int first = 0; first < 8; ++first)
    for (int size = 1; first + size <= 8; ++size) runs.push_back(Cbm::run(WayIndex(first), Ways(size)));
  return runs;
}

// Word by word what foreign.h says: maximal runs only, the one that was there, else the longest, ...
Cbm run_by_search(Cbm free, Cbm shareable, Cbm previous) {
  Cbm best;
  for (const Cbm run : all_runs()) {
    const bool maximal = free.contains(run) && std::ranges::none_of(all_runs(), [&](Cbm other) {
                           return other != run && free.contains(other) && other.contains(run);
                         });
    if (!maximal) continue;
    if (!previous.empty() && run.contains(previous)) return run;
    const auto better = std::tuple(run.size(), (run & shareable).size(), -run.lowest().value) >
                        std::tuple(best.size(), (best & shareable).size(), best.empty() ? -64 : -best.lowest().value);
    if (better) best = run;
  }
  return best;
}

TEST_CASE("foreign groups hold the ways of their masks, and none when their mask is the whole cache") {
  CHECK(held_ways(Cbm(kAll), {}) == Cbm());
  CHECK(held_ways(Cbm(kAll), {Cbm(0x3), Cbm(0x6)}) == Cbm(0x7));
  CHECK(held_ways(Cbm(kAll), {Cbm(kAll)}) == Cbm());
  CHECK(held_ways(Cbm(kAll), {Cbm(kAll), Cbm(0x80)}) == Cbm(0x80));
  CHECK(held_ways(Cbm(kAll), {Cbm()}) == Cbm());
  CHECK(held_ways(Cbm(kAll), {Cbm(0x7f), Cbm(0x80)}) == Cbm(kAll));
}

TEST_CASE("of all pairs of foreign masks every way of one that is not the whole cache is held, and no other") {
  for (std::uint64_t a = 0; a <= kAll; ++a)
    for (std::uint64_t b = 0; b <= kAll; ++b) {
      const std::uint64_t held = (a == kAll ? 0 : a) | (b == kAll ? 0 : b);
      if (held_ways(Cbm(kAll), {Cbm(a), Cbm(b)}) != Cbm(held)) FAIL("of " << a << " and " << b);
    }
}

TEST_CASE("the run that dCat had stays and grows, else the longest is taken") {
  CHECK(choose_run(Cbm(0xf0), Cbm(), Cbm()) == Cbm(0xf0));
  CHECK(choose_run(Cbm(0xf3), Cbm(), Cbm(0x03)) == Cbm(0x03));  // shorter, but it was ours
  CHECK(choose_run(Cbm(0xf7), Cbm(), Cbm(0x03)) == Cbm(0x07));  // way 2 came free
  CHECK(choose_run(Cbm(0xf1), Cbm(), Cbm(0x03)) == Cbm(0xf0));  // way 1 was taken
  CHECK(choose_run(Cbm(), Cbm(0xc0), Cbm(0xff)) == Cbm());
}

TEST_CASE("of runs of one length the one with more shareable ways is taken, then the lower") {
  CHECK(choose_run(Cbm(0xe7), Cbm(0xc0), Cbm()) == Cbm(0xe0));
  CHECK(choose_run(Cbm(0xe7), Cbm(), Cbm()) == Cbm(0x07));
  CHECK(choose_run(Cbm(0xe7), Cbm(0x81), Cbm()) == Cbm(0x07));
}

TEST_CASE("the run is what a search through all runs finds, for every free, shareable and previous mask of 8 ways") {
  std::vector<Cbm> previous = all_runs();
  previous.push_back(Cbm());
  for (std::uint64_t free = 0; free <= kAll; ++free)
    for (const std::uint64_t shareable : {0x00ull, 0x01ull, 0x03ull, 0x81ull, 0xc0ull, 0x3cull, 0xffull})
      for (const Cbm last : previous) {
        const Cbm run = choose_run(Cbm(free), Cbm(shareable), last);
        if (run != run_by_search(Cbm(free), Cbm(shareable), last))
          FAIL("free " << free << " shareable " << shareable << " previous " << last.bits << ": got " << run.bits);
      }
}

TEST_CASE("the highest way of 64 is no special one") {
  const std::uint64_t top = std::uint64_t{1} << 63;
  CHECK(choose_run(Cbm(~std::uint64_t{0}), Cbm(), Cbm()) == Cbm(~std::uint64_t{0}));
  CHECK(choose_run(Cbm(top | 1), Cbm(top), Cbm()) == Cbm(top));
  CHECK(choose_run(Cbm(top | (top >> 1) | 1), Cbm(), Cbm()) == Cbm(top | (top >> 1)));
  CHECK(tied_sets(Cbm(top >> 1), Cbm(top | (top >> 1))) == std::vector<Cbm>{Cbm(top | (top >> 1))});
}

TEST_CASE("ways that were added on reading back hang on to the end of the mask that is next to them") {
  CHECK(tied_sets(Cbm(0x400), Cbm(0x600)) == std::vector<Cbm>{Cbm(0x600)});
  CHECK(tied_sets(Cbm(0x3f), Cbm(0xff)) == std::vector<Cbm>{Cbm(0xe0)});
  CHECK(tied_sets(Cbm(0x3c), Cbm(0x7e)) == std::vector<Cbm>{Cbm(0x06), Cbm(0x60)});
  CHECK(tied_sets(Cbm(0x0c), Cbm(0x0c)).empty());
  CHECK(tied_sets(Cbm(0x0c), Cbm(0x04)).empty());
  CHECK(tied_sets(Cbm(), Cbm(0x04)).empty());
}

TEST_CASE("all tied sets of 8 ways together are what was added and one way of the mask for each") {
  for (const Cbm written : all_runs())
    for (std::uint64_t bits = 0; bits <= kAll; ++bits) {
      const Cbm extra = Cbm(bits) - written;
      Cbm together;
      for (const Cbm set : tied_sets(written, Cbm(bits))) {
        const bool one_of_written = (set & written).size() == Ways(1);
        const bool at_an_end =
            set.contains(Cbm::run(written.lowest(), Ways(1))) || set.contains(Cbm::run(written.highest(), Ways(1)));
        if (!one_of_written || !at_an_end || (set - written).empty()) FAIL(written.bits << " read back " << bits);
        together = together | set;
      }
      if (together - written != extra) FAIL(written.bits << " read back " << bits);
    }
}

bool legal(Cbm run, Cbm set) {
  if (!run.overlaps(set)) return true;
  return run.contains(set) &&
         (set.contains(Cbm::run(run.lowest(), Ways(1))) || set.contains(Cbm::run(run.highest(), Ways(1))));
}

TEST_CASE("a mask that touches tied ways is made to hold all of them, and of those that they touch") {
  const std::vector<Cbm> tied{Cbm(0x06), Cbm(0x0c), Cbm(0xc0)};
  CHECK(with_ties(Cbm(0x02), tied) == Cbm(0x0e));
  CHECK(with_ties(Cbm(0x08), tied) == Cbm(0x0e));
  CHECK(with_ties(Cbm(0x70), tied) == Cbm(0xf0));
  for (const int untouched : {0x01, 0x30, 0x0e, 0xc0, 0x00}) {
    const Cbm mask(static_cast<std::uint64_t>(untouched));
    CHECK(with_ties(mask, tied) == mask);
  }
  CHECK(with_ties(Cbm(0x02), {}) == Cbm(0x02));
}

TEST_CASE("a tied set in the middle of the run is left out, one at an end stays") {
  std::vector<Cbm> tied{Cbm(0x06)};
  CHECK(leave_out_inner_ties(Cbm(0xff), tied) == Cbm(0xf8));
  CHECK(tied.empty());
  tied = {Cbm(0xc0)};
  CHECK(leave_out_inner_ties(Cbm(0xff), tied) == Cbm(0xff));
  CHECK(tied == std::vector<Cbm>{Cbm(0xc0)});
  tied = {Cbm(0x180)};  // half of it is a foreign group's
  CHECK(leave_out_inner_ties(Cbm(0xff), tied) == Cbm(0x7f));
  CHECK(tied.empty());
}

TEST_CASE("of tied sets at both ends the smaller one is left out, for one shared region cannot hold both") {
  std::vector<Cbm> tied{Cbm(0x03), Cbm(0xe0)};
  CHECK(leave_out_inner_ties(Cbm(0xff), tied) == Cbm(0xfc));
  CHECK(tied == std::vector<Cbm>{Cbm(0xe0)});
  tied = {Cbm(0x07), Cbm(0xc0)};
  CHECK(leave_out_inner_ties(Cbm(0xff), tied) == Cbm(0x3f));
  CHECK(tied == std::vector<Cbm>{Cbm(0x07)});
}

TEST_CASE("every pair of tied sets in 8 ways is left at an end or left out whole, in either order") {
  std::vector<Cbm> sets;
  for (const Cbm run : all_runs())
    if (run.size() >= Ways(2) && run.size() <= Ways(4)) sets.push_back(run);
  for (const Cbm run : all_runs())
    for (const Cbm a : sets)
      for (const Cbm b : sets) {
        std::vector<Cbm> tied{a, b};
        const Cbm left = leave_out_inner_ties(run, tied);
        INFO("run " << run.bits << " tied " << a.bits << " and " << b.bits << ": left " << left.bits);
        const bool contiguous = left.empty() || left.contiguous();
        if (!contiguous || !run.contains(left) || !legal(left, a) || !legal(left, b)) FAIL("not legal");
        for (const Cbm kept : {a, b})
          if ((std::ranges::count(tied, kept) > 0) != (!left.empty() && left.contains(kept)))
            FAIL("kept " << kept.bits);
      }
}

TEST_CASE("with one tied set the longest run without it in the middle is left") {
  for (const Cbm run : all_runs())
    for (const Cbm set : all_runs()) {
      std::vector<Cbm> tied{set};
      const Cbm left = leave_out_inner_ties(run, tied);
      Ways longest(0);
      if (legal(run, set)) longest = run.size();
      for (const Cbm other : all_runs())
        if (run.contains(other) && !other.overlaps(set)) longest = std::max(longest, other.size());
      INFO("run " << run.bits << " tied " << set.bits);
      if (left.size() != longest) FAIL("left " << left.bits);
    }
}

}  // namespace
}  // namespace dcat
