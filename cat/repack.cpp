// The last way home of domain_steps.h: narrow everybody to the least size, pack, put in order, move home.
//
// It always ends well if at least `least` ways are free once all are at the least size, or if there is a
// shared region to exchange places with. Otherwise no holder can pass another, and it succeeds exactly when
// they are in the order of their targets already.
#include <utility>

#include "cat/step_taker.h"

namespace dcat {
namespace {

class Repack : public StepTaker {
 public:
  using StepTaker::StepTaker;

  bool run() {
    gather_in_shared();
    narrow_all();
    while (make_one_legal()) {
    }
    std::vector<int> order = holders_by([this](int i) { return now(i).lowest(); });
    const std::vector<int> wanted = holders_by([this](int i) { return target(i).lowest(); });
    if (!slide(order, packed(order.size()))) return false;
    if (!put_in_order(order, wanted)) return false;
    std::vector<Cbm> homes;
    for (const int i : wanted) homes.push_back(Cbm::run(target(i).lowest(), least()));
    return slide(wanted, homes);
  }

 private:
  // Who has a place of its own: whoever holds ways, less those who are in the shared region.
  bool has_place(int i) const { return !now(i).empty() && !target(i).empty() && !follows_shared(i); }
  template <class Key>
  std::vector<int> holders_by(Key key) const {
    std::vector<int> holders;
    for (int i = 0; i < count(); ++i)
      if (has_place(i)) holders.push_back(i);
    std::ranges::stable_sort(holders, {}, key);
    return holders;
  }

  void gather_in_shared() {
    for (int i = 1; i < count(); ++i) {
      if (!follows_shared(i)) continue;
      if (now(0).empty()) step(0, now(i));
      if (legal(now(0))) step(i, now(0));
    }
  }
  void narrow_all() {
    for (int i = count() - 1; i >= 0; --i) {
      const Cbm run = longest_run(now(i));
      if (has_place(i) && run.size() >= least()) move(i, Cbm::run(run.lowest(), least()));
    }
  }

  // Masks that no machine takes (a broken read, an emulation) have nothing to narrow to: their holders move
  // to free ways, for want of any onto the shared region; that itself, onto somebody. True when one did.
  bool make_one_legal() {
    for (int i = 0; i < count(); ++i) {
      if (!has_place(i) || legal(now(i))) continue;
      const Cbm run = longest_run(free_for(i));
      if (run.size() >= least()) {
        move(i, Cbm::run(run.lowest(), least()));
        return true;
      }
      if (i == 0 ? lay_shared_over_somebody() : join_shared_for_now(i)) return true;
    }
    return false;
  }
  Cbm free_for(int holder) const {
    Cbm ways = state().available - taken_from(state(), holder);
    for (int i = 1; holder == 0 && i < count(); ++i)
      if (follows_shared(i)) ways = ways - taken_from(state(), i);
    return ways;
  }
  bool join_shared_for_now(int holder) {
    HolderState others = state();
    for (int i = 0; i < count(); ++i)
      if (i == 0 || follows_shared(i)) others.holders[static_cast<std::size_t>(i)].now = Cbm();
    if (this->holder(holder).isolated) return false;
    if (!legal(now(0)) || now(0).overlaps(taken_from(others, holder))) return false;
    step(holder, now(0));
    return true;
  }
  bool lay_shared_over_somebody() {
    for (int i = 1; i < count(); ++i) {
      if (!has_place(i) || !legal(now(i)) || holder(i).isolated) continue;
      step(0, now(i));
      gather_in_shared();
      return true;
    }
    return false;
  }

  // A unit, here with all the groups in the shared region.
  void move(int holder, Cbm mask) {
    for (int i = 1; holder == 0 && i < count(); ++i)
      if (follows_shared(i)) step(i, mask);
    step(holder, mask);
  }
  bool move_if_free(int holder, Cbm mask) {
    if (mask != now(holder) && !free_for(holder).contains(mask)) return false;
    move(holder, mask);
    return true;
  }

  Cbm slot(std::size_t i) const {
    return Cbm::run(state().available.lowest() + Ways(static_cast<int>(i) * least().count), least());
  }
  std::vector<Cbm> packed(std::size_t n) const {
    std::vector<Cbm> slots;
    if (fits(n))
      for (std::size_t i = 0; i < n; ++i) slots.push_back(slot(i));
    return slots;
  }
  bool fits(std::size_t slots) const {
    return static_cast<int>(slots) * least().count <= state().available.size().count;
  }

  // Moves the holders, which lie in this order, to `places`, which do too: those that go up from the highest,
  // then those that go down from the lowest, so that every way is free when its turn comes.
  bool slide(const std::vector<int>& order, const std::vector<Cbm>& places) {
    if (places.size() != order.size()) return false;
    for (std::size_t i = order.size(); i-- > 0;)
      if (now(order[i]).lowest() < places[i].lowest() && !move_if_free(order[i], places[i])) return false;
    for (std::size_t i = 0; i < order.size(); ++i)
      if (!move_if_free(order[i], places[i])) return false;
    return true;
  }

  // Holders are in their slots, in `order`; afterwards in the wanted order.
  bool put_in_order(std::vector<int>& order, const std::vector<int>& wanted) {
    const bool spare_slot = fits(order.size() + 1);
    const bool any_isolated = std::ranges::any_of(order, [this](int i) { return holder(i).isolated; });
    if (order != wanted && !spare_slot && any_isolated) return put_in_order_through_hole(order, wanted);
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (order[i] == wanted[i]) continue;
      const auto from = static_cast<std::size_t>(std::ranges::find(order, wanted[i]) - order.begin());
      if (!(spare_slot ? exchange_through_spare(order, i, from) : exchange_through_shared(order, i, from)))
        return false;
      std::swap(order[i], order[from]);
    }
    return true;
  }
  bool exchange_through_spare(const std::vector<int>& order, std::size_t a, std::size_t b) {
    return move_if_free(order[a], slot(order.size())) && move_if_free(order[b], slot(a)) &&
           move_if_free(order[a], slot(b));
  }
  // One that is not isolated waits in the shared region; the others pass through the slot that it left, until that is
  // its own.
  bool put_in_order_through_hole(std::vector<int>& order, const std::vector<int>& wanted) {
    const auto waiting = std::ranges::find_if(order, [this](int i) { return i != 0 && !holder(i).isolated; });
    if (waiting == order.end() || !legal(now(0))) return false;
    const int waiter = *waiting;
    auto hole = static_cast<std::size_t>(waiting - order.begin());
    step(waiter, now(0));
    const auto fill_from = [&](std::size_t from) {
      if (order[from] == 0) {
        move(0, slot(hole));
        step(waiter, slot(hole));
      } else if (!move_if_free(order[from], slot(hole))) {
        return false;
      }
      std::swap(order[from], order[hole]);
      hole = from;
      return true;
    };
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (wanted[i] == waiter || order[i] == wanted[i]) continue;
      if (hole != i && !fill_from(i)) return false;
      if (!fill_from(static_cast<std::size_t>(std::ranges::find(order, wanted[i]) - order.begin()))) return false;
    }
    step(waiter, slot(hole));
    return true;
  }
  // The last resort. The shared region ends where it began, whoever changed places.
  bool exchange_through_shared(const std::vector<int>& order, std::size_t a, std::size_t b) {
    if (std::ranges::find(order, 0) == order.end()) return false;
    if (order[a] == 0) return exchange_with_shared(order[b]);
    if (order[b] == 0) return exchange_with_shared(order[a]);
    return exchange_with_shared(order[a]) && exchange_with_shared(order[b]) && exchange_with_shared(order[a]);
  }
  bool exchange_with_shared(int holder) {
    const Cbm theirs = now(holder);
    step(holder, now(0));
    move(0, theirs);
    return true;
  }
};

}  // namespace

bool repack(HolderState& state, std::vector<Step>& steps) {
  return Repack(state, steps).run();
}

}  // namespace dcat
