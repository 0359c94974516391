#include "controller/grant.h"

#include <algorithm>
#include <cassert>

namespace dcat {

namespace {

class Pool {
 public:
  Pool(const std::vector<Claim>& claims, Ways total, const Parameters& parameters)
      : claims_(claims), p_(parameters), total_(total), ways_(claims.size()) {}

  Grants run();

 private:
  Ways secured(const Claim& claim) const;
  void take_excess();
  void restore();
  std::vector<std::size_t> in_turn(State state) const;
  void grow(State state);
  void choose_probe();
  void maximise();
  double value(const Claim& claim, Ways ways) const;
  bool takes_part(const Claim& claim) const;
  Ways most(const Claim& claim) const;
  bool grows(std::size_t i, State state) const {
    return !claims_[i].rides && claims_[i].state == state && claims_[i].demand.kind == DemandKind::grow;
  }

  const std::vector<Claim>& claims_;
  const Parameters& p_;
  Ways total_;
  std::vector<Ways> ways_;
  Ways free_;
  std::optional<std::size_t> probe_;
};

// What a claim has before the pool is shared out.
Ways Pool::secured(const Claim& c) const {
  if (c.rides) return Ways(0);
  Ways ways = c.held;
  switch (c.demand.kind) {
    case DemandKind::hold:
    case DemandKind::grow: break;
    case DemandKind::contract: ways = c.contract; break;
    case DemandKind::give: ways = std::min(c.held, c.demand.ways); break;
    case DemandKind::restore:
      ways = c.demand.ways <= c.contract ? c.demand.ways : std::max(std::min(c.held, c.demand.ways), c.contract);
      break;
  }
  return std::max(ways, c.least);
}

void Pool::take_excess() {
  while (free_ < Ways(0)) {
    std::optional<std::size_t> richest;
    Ways largest(0);
    for (std::size_t i = 0; i < claims_.size(); ++i) {
      if (claims_[i].rides) continue;
      const Ways excess = ways_[i] - std::max(claims_[i].contract, claims_[i].least);
      if (excess > largest) {
        largest = excess;
        richest = i;
      }
    }
    assert(richest && "contracts fit, so somebody holds more than its own");
    if (!richest) return;
    ways_[*richest] -= Ways(1);
    free_ += Ways(1);
  }
}

void Pool::restore() {
  for (std::size_t i = 0; i < claims_.size(); ++i) {
    const Claim& c = claims_[i];
    if (c.rides || c.demand.kind != DemandKind::restore || c.demand.ways <= ways_[i]) continue;
    const Ways more = std::min(free_, c.demand.ways - ways_[i]);
    ways_[i] += more;
    free_ -= more;
  }
}

// Who has least beyond its contract comes first, so that ways arrive evenly.
std::vector<std::size_t> Pool::in_turn(State state) const {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < claims_.size(); ++i)
    if (grows(i, state)) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return ways_[a] - claims_[a].contract < ways_[b] - claims_[b].contract;
  });
  return order;
}

void Pool::grow(State state) {
  for (const std::size_t i : in_turn(state)) {
    if (free_ <= Ways(0)) return;
    if (ways_[i] > claims_[i].held) continue;  // it has had its way
    ways_[i] += Ways(1);
    free_ -= Ways(1);
  }
}

// An Unknown that cannot grow is tried at the least size, one at a time, the one that misses most.
void Pool::choose_probe() {
  bool left_out = false;
  std::optional<std::size_t> worst;
  for (std::size_t i = 0; i < claims_.size(); ++i) {
    if (claims_[i].being_probed) return;
    if (!grows(i, State::unknown) || ways_[i] > claims_[i].held) continue;
    left_out = true;
    const auto& ratio = claims_[i].probe_miss_ratio;
    if (ratio && ways_[i] > claims_[i].least && (!worst || *ratio > *claims_[*worst].probe_miss_ratio)) worst = i;
  }
  if (!left_out || !worst) return;
  free_ += ways_[*worst] - claims_[*worst].least;
  ways_[*worst] = claims_[*worst].least;
  probe_ = worst;
}

bool Pool::takes_part(const Claim& c) const {
  if (c.rides || c.table == nullptr || c.table->empty()) return false;
  if (c.state == State::keeper) return c.demand.kind == DemandKind::hold;
  return c.state == State::receiver && c.demand.kind == DemandKind::grow;
}

Ways Pool::most(const Claim& c) const {
  if (c.most) return std::max(c.held, *c.most);
  const Ways next = c.state == State::receiver ? Ways(1) : Ways(0);
  return std::max(c.held, c.table->largest() + next);
}

double Pool::value(const Claim& c, Ways ways) const {
  const double known = c.table->at(ways);
  return ways > c.table->largest() ? known * (1 + c.last_gain) : known;
}

// Dynamic programme over the ways that the claims which take part hold now, and the free ones.
void Pool::maximise() {
  std::vector<std::size_t> part;
  Ways budget = free_;
  for (std::size_t i = 0; i < claims_.size(); ++i) {
    if (!takes_part(claims_[i])) continue;
    part.push_back(i);
    budget += ways_[i];
  }
  const std::vector<Ways> before = ways_;
  const Ways free_before = free_;
  grow(State::receiver);  // the fair split is what the best has to beat
  if (part.empty()) return;
  double fair = 0;
  for (const std::size_t i : part) fair += value(claims_[i], ways_[i]);

  const auto width = static_cast<std::size_t>(budget.count) + 1;
  constexpr double kNever = -1;
  std::vector<double> best(width, kNever);
  best[0] = 0;
  std::vector<std::vector<int>> choice(part.size(), std::vector<int>(width, -1));
  // The last to choose takes most of what is equal: the first by position.
  std::reverse(part.begin(), part.end());
  for (std::size_t k = 0; k < part.size(); ++k) {
    const Claim& c = claims_[part[k]];
    const int least = std::min(c.contract, before[part[k]]).count;
    std::vector<double> next(width, kNever);
    for (std::size_t used = 0; used < width; ++used) {
      if (best[used] < 0) continue;
      for (int w = least; w <= most(c).count && used + static_cast<std::size_t>(w) < width; ++w) {
        const std::size_t sum = used + static_cast<std::size_t>(w);
        const double total = best[used] + value(c, Ways(w));
        if (total > next[sum]) {
          next[sum] = total;
          choice[k][sum] = w;
        }
      }
    }
    best = std::move(next);
  }
  const auto top = std::max_element(best.begin(), best.end());  // the first: fewest ways of equals
  if (*top <= fair + p_.max_perf_margin_ratio) return;
  auto sum = static_cast<std::size_t>(top - best.begin());
  ways_ = before;
  free_ = free_before;
  for (std::size_t k = part.size(); k-- > 0;) {
    const Ways w(choice[k][sum]);
    free_ += ways_[part[k]] - w;
    ways_[part[k]] = w;
    sum -= static_cast<std::size_t>(w.count);
  }
}

Grants Pool::run() {
  free_ = total_;
  for (std::size_t i = 0; i < claims_.size(); ++i) {
    ways_[i] = secured(claims_[i]);
    free_ -= ways_[i];
  }
  take_excess();
  restore();
  grow(State::unknown);
  if (p_.policy == PolicyKind::max_performance) {
    maximise();
    grow(State::unknown);  // the best split may have left ways over
  } else {
    grow(State::receiver);
  }
  choose_probe();
  return {std::move(ways_), probe_, free_};
}

}  // namespace

Grants grant(const std::vector<Claim>& claims, Ways total, const Parameters& parameters) {
  return Pool(claims, total, parameters).run();
}

}  // namespace dcat
