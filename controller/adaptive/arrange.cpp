#include "controller/adaptive/arrange.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <unordered_map>
#include <utility>

#include "controller/adaptive/sharing.h"

namespace dcat {

namespace {

constexpr double kBroken = 10;    // what one broken floor costs: more than all that could be gained
constexpr double kCrowded = 1e5;  // a part more than there are CLOSIDs
constexpr double kNothing = 1e-9;
constexpr int kOwed = 64;  // floors that a contract which is owed comes before: all of them
constexpr int kMostSteps = 60;
// What a tenant is taken to hold of a shared part when its floor is looked at: shares are expected, not known.
constexpr double kShareDoubt = 0.8;

std::uint64_t bit(std::size_t claimant) {
  return std::uint64_t{1} << claimant;
}

// 1 at the contract, where it rises by as much as normalised IPC, whatever the goal.
double utility(AdaptiveGoal goal, double normalised_ipc) {
  constexpr double kLeast = 0.05;
  return goal == AdaptiveGoal::fairness ? 2 - 1 / std::max(kLeast, normalised_ipc) : normalised_ipc;
}

template <class Visit>
void for_each_member(std::uint64_t members, Visit visit) {
  for (; members != 0; members &= members - 1) visit(static_cast<std::size_t>(std::countr_zero(members)));
}

}  // namespace

class Arranger::Search {
 public:
  explicit Search(const ArrangeQuestion& question) : q_(question) {}

  Arrangement climb(std::vector<Part> parts, std::optional<std::size_t> looked_at);
  Outlook outlook(const Part& part, std::size_t claimant) const;
  Arrangement judge(std::vector<Part> parts, std::optional<std::size_t> looked_at);

 private:
  // Of a set of members with a number of ways, whoever else there is.
  struct Worth {
    double value = 0;
    std::uint64_t unsafe = 0;  // floor not kept with caution
    std::uint64_t broken = 0;  // nor without
    std::uint64_t owed = 0;  // not even with everybody else asleep: the part is smaller than the contract that is owed
  };
  struct Replaced {
    std::size_t at = SIZE_MAX;
    Part part{};  // no members: it is gone
  };
  struct Step {
    double gain = kNothing;
    std::array<Replaced, 3> replaced{};
    std::optional<Part> added;
  };
  struct Use {  // the best uses of some more ways, by three parts: a step touches two at most
    std::array<double, 3> gain{};
    std::array<std::size_t, 3> part{SIZE_MAX, SIZE_MAX, SIZE_MAX};
  };

  const Worth& worth(std::uint64_t members, int ways);
  Worth compute(std::uint64_t members, int ways) const;
  int broken(const Worth& worth) const;
  double score(const Part& part);
  double cost_of(const Part& part) const;
  void find_uses();
  void try_giving();
  void try_moving();
  void try_splitting();
  void try_merging();
  // Takes the step if it is better than the best so far. `freed` ways go to whoever makes the most of them, but for the
  // parts that the step touches; `change` is what it gains before that.
  void consider(double change, const Replaced& one, const Replaced& other, const std::optional<Part>& added, int freed);
  bool take_best();

  const ArrangeQuestion& q_;
  std::unordered_map<std::uint64_t, std::vector<std::optional<Worth>>> known_;  // by members, then ways
  std::optional<std::size_t> looked_at_;
  std::vector<Part> parts_;
  std::vector<double> scores_;
  std::vector<Use> uses_;  // by ways more
  int free_ = 0;
  Step best_;
};

Outlook Arranger::Search::outlook(const Part& part, std::size_t claimant) const {
  const Claimant& c = q_.claimants[claimant];
  Outlook out{std::popcount(part.members) == 1, static_cast<double>(part.ways), 1};
  if (c.curve == nullptr) return out;
  if (!out.alone) {
    std::vector<Sharer> sharers;
    std::size_t own = 0;
    for_each_member(part.members, [&](std::size_t i) {
      if (i == claimant) own = sharers.size();
      sharers.push_back({q_.claimants[i].curve, q_.claimants[i].cycles_per_sec});
    });
    out.ways = share_out(sharers, part.ways)[own];
  }
  out.normalised_ipc = c.curve->relative_ipc(out.ways, c.contract.count).mean;
  return out;
}

Arranger::Search::Worth Arranger::Search::compute(std::uint64_t members, int ways) const {
  Worth worth;
  const bool alone = std::popcount(members) == 1;
  std::vector<Sharer> sharers;
  std::vector<double> held;
  for_each_member(members, [&](std::size_t i) {
    sharers.push_back({q_.claimants[i].curve, q_.claimants[i].cycles_per_sec});
  });
  held = share_out(sharers, ways);
  std::size_t k = 0;
  for_each_member(members, [&](std::size_t i) {
    const Claimant& c = q_.claimants[i];
    const double has = held[k++];
    const bool owed = c.owed || c.alone;
    if (owed && (!alone || (c.owed && ways < c.contract.count))) worth.broken |= bit(i);
    if (c.owed && ways < c.contract.count) worth.owed |= bit(i);
    if (c.curve == nullptr) {
      worth.value += c.weight;
      return;
    }
    const double contract = c.contract.count;
    const Spread here = c.curve->relative_ipc(has, contract);
    worth.value -= c.weight * c.exposure * std::max(0.0, 1 - has / contract);
    worth.value += c.weight * utility(q_.goal, here.mean);
    if (alone && ways >= c.contract.count) return;
    const Spread careful = alone ? here : c.curve->relative_ipc(kShareDoubt * has, contract);
    if (careful.mean - c.caution * careful.deviation < q_.floor) worth.unsafe |= bit(i);
    if (here.mean < q_.floor) worth.broken |= bit(i);
  });
  return worth;
}

const Arranger::Search::Worth& Arranger::Search::worth(std::uint64_t members, int ways) {
  std::vector<std::optional<Worth>>& by_ways = known_[members];
  if (by_ways.empty()) by_ways.resize(static_cast<std::size_t>(q_.ways) + 1);
  // A contract may be more than there is to divide, where it was admitted with others in mind.
  const auto at = static_cast<std::size_t>(std::min(ways, q_.ways));
  if (!by_ways[at]) by_ways[at] = compute(members, ways);
  return *by_ways[at];
}

double Arranger::Search::cost_of(const Part& part) const {
  int gained = 0;
  for_each_member(part.members, [&](std::size_t i) {
    const Claimant& c = q_.claimants[i];
    gained += c.part_before >= 0 && c.part_before == part.origin ? std::max(0, part.ways - c.had.count) : part.ways;
  });
  return q_.move_cost * gained;
}

int Arranger::Search::broken(const Worth& w) const {
  const std::uint64_t excused = looked_at_ ? bit(*looked_at_) : 0;
  return std::popcount(w.broken | (w.unsafe & ~excused)) + kOwed * std::popcount(w.owed);
}

double Arranger::Search::score(const Part& part) {
  if (part.ways < q_.least) return -1e9;
  const Worth& w = worth(part.members, part.ways);
  return w.value - q_.rent * part.ways - kBroken * broken(w) - cost_of(part);
}

Arrangement Arranger::Search::judge(std::vector<Part> parts, std::optional<std::size_t> looked_at) {
  looked_at_ = looked_at;
  Arrangement out;
  int used = 0;
  for (const Part& part : parts) {
    const Worth& w = worth(part.members, part.ways);
    out.value += w.value - q_.rent * part.ways;
    out.cost += cost_of(part);
    out.broken += broken(w);
    if (part.ways < q_.least) out.possible = false;
    used += part.ways;
  }
  if (used > q_.ways || static_cast<int>(parts.size()) > q_.closids) out.possible = false;
  out.feasible = out.possible && out.broken == 0;
  out.parts = std::move(parts);
  return out;
}

void Arranger::Search::find_uses() {
  uses_.assign(static_cast<std::size_t>(q_.ways) + 1, Use{});
  for (std::size_t more = 1; more < uses_.size(); ++more)
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      Part larger = parts_[p];
      larger.ways += static_cast<int>(more);
      if (larger.ways > q_.ways) continue;
      const double gain = score(larger) - scores_[p];
      Use& use = uses_[more];
      std::size_t place = 0;
      while (place < use.gain.size() && gain <= use.gain[place] + kNothing) ++place;
      if (place == use.gain.size()) continue;
      for (std::size_t k = use.gain.size() - 1; k > place; --k) {
        use.gain[k] = use.gain[k - 1];
        use.part[k] = use.part[k - 1];
      }
      use.gain[place] = gain;
      use.part[place] = p;
    }
}

void Arranger::Search::consider(double change, const Replaced& one, const Replaced& other,
                                const std::optional<Part>& added, int freed) {
  const int spare = free_ + freed;
  if (spare < 0) return;
  double gain = change;
  Replaced larger;
  if (spare > 0) {
    const Use& use = uses_[static_cast<std::size_t>(std::min(spare, q_.ways))];
    if (gain + use.gain[0] <= best_.gain) return;
    for (int k = 0; k < 3 && use.part[k] != SIZE_MAX; ++k) {
      if (use.part[k] == one.at || use.part[k] == other.at) continue;
      larger = {use.part[k], parts_[use.part[k]]};
      larger.part.ways += spare;
      gain += use.gain[k];
      break;
    }
  }
  if (gain <= best_.gain) return;
  best_ = {gain, {one, other, larger}, added};
}

// Ways from one part to where they do most.
void Arranger::Search::try_giving() {
  consider(0, {}, {}, {}, 0);
  for (std::size_t a = 0; a < parts_.size(); ++a)
    for (int k = 1; parts_[a].ways - k >= q_.least; ++k) {
      Part smaller = parts_[a];
      smaller.ways -= k;
      consider(score(smaller) - scores_[a], {a, smaller}, {}, {}, k);
    }
}

// A tenant from one part to another, with some of its ways.
void Arranger::Search::try_moving() {
  for (std::size_t a = 0; a < parts_.size(); ++a)
    for_each_member(parts_[a].members, [&](std::size_t x) {
      const bool empties = parts_[a].members == bit(x);
      const int most = empties ? parts_[a].ways : std::min(parts_[a].ways - q_.least, 4);
      for (int d = empties ? most : 0; d <= most; ++d) {
        Part left = parts_[a];
        left.members &= ~bit(x);
        left.ways -= d;
        const double change = (empties ? 0 : score(left)) - scores_[a];
        for (std::size_t b = 0; b < parts_.size(); ++b) {
          if (b == a) continue;
          for (int e = 0; e <= d + free_; ++e) {
            Part joined = parts_[b];
            joined.members |= bit(x);
            joined.ways += e;
            if (joined.ways > q_.ways) break;
            consider(change + score(joined) - scores_[b], {a, left}, {b, joined}, {}, d - e);
            if (e >= 3 && e < d) e = d - 1;  // few or all
          }
        }
      }
    });
}

// A tenant out of a part into one of its own.
void Arranger::Search::try_splitting() {
  if (static_cast<int>(parts_.size()) >= q_.closids) return;
  for (std::size_t a = 0; a < parts_.size(); ++a) {
    if (std::popcount(parts_[a].members) < 2) continue;
    for_each_member(parts_[a].members, [&](std::size_t x) {
      for (int k = q_.least; k <= q_.ways; ++k) {
        const Part own{bit(x), k, -1};
        const double gain = score(own) - scores_[a];
        for (int d = 0; d <= std::min(k, parts_[a].ways - q_.least); ++d) {
          Part left = parts_[a];
          left.members &= ~bit(x);
          left.ways -= d;
          if (d + free_ >= k) {
            consider(gain + score(left), {a, left}, {}, own, d - k);
            continue;
          }
          if (d > 0 && d < std::min(k, parts_[a].ways - q_.least)) continue;  // from one donor, or all that A can give
          const int missing = k - d - free_;
          for (std::size_t b = 0; b < parts_.size(); ++b) {
            if (b == a || parts_[b].ways - missing < q_.least) continue;
            Part smaller = parts_[b];
            smaller.ways -= missing;
            consider(gain + score(left) + score(smaller) - scores_[b], {a, left}, {b, smaller}, own, missing + d - k);
          }
        }
      }
    });
  }
}

void Arranger::Search::try_merging() {
  const double crowded = static_cast<int>(parts_.size()) > q_.closids ? kCrowded : 0;
  for (std::size_t a = 0; a < parts_.size(); ++a)
    for (std::size_t b = 0; b < parts_.size(); ++b) {
      if (a == b) continue;  // both orders: either one's place goes on
      const int together = parts_[a].ways + parts_[b].ways;
      for (int freed = 0; together - freed >= q_.least; ++freed) {
        const Part joined{parts_[a].members | parts_[b].members, together - freed, parts_[a].origin};
        consider(crowded + score(joined) - scores_[a] - scores_[b], {a, joined}, {b, Part{}}, {}, freed);
      }
    }
}

bool Arranger::Search::take_best() {
  if (best_.gain <= kNothing * 10) return false;
  for (const auto& [at, part] : best_.replaced)
    if (at != SIZE_MAX) parts_[at] = part;
  if (best_.added) parts_.push_back(*best_.added);
  std::erase_if(parts_, [](const Part& p) { return p.members == 0; });
  return true;
}

Arrangement Arranger::Search::climb(std::vector<Part> parts, std::optional<std::size_t> looked_at) {
  looked_at_ = looked_at;
  parts_ = std::move(parts);
  for (int step = 0; step < kMostSteps; ++step) {
    free_ = q_.ways;
    scores_.clear();
    for (const Part& part : parts_) {
      scores_.push_back(score(part));
      free_ -= part.ways;
    }
    find_uses();
    best_ = Step{};
    try_giving();
    try_moving();
    try_splitting();
    try_merging();
    if (!take_best()) break;
  }
  return judge(std::move(parts_), looked_at);
}

Arrangement contracts_alone(const ArrangeQuestion& q) {
  std::vector<Part> parts;
  for (std::size_t i = 0; i < q.claimants.size(); ++i) {
    const Claimant& c = q.claimants[i];
    // Alone already: its part goes on.
    const bool was_alone = c.part_before >= 0 && q.before[static_cast<std::size_t>(c.part_before)].members == bit(i);
    parts.push_back({bit(i), std::max(c.contract.count, q.least), was_alone ? c.part_before : -1});
  }
  // Whoever is too many shares the sum: who is not owed anything and has least first.
  while (static_cast<int>(parts.size()) > std::max(1, q.closids)) {
    const auto keep = [&](const Part& p) {
      bool owed = false;
      for_each_member(p.members, [&](std::size_t i) { owed = owed || q.claimants[i].owed || q.claimants[i].alone; });
      return owed;
    };
    std::ranges::stable_sort(
        parts, [&](const Part& a, const Part& b) { return std::pair(keep(a), a.ways) < std::pair(keep(b), b.ways); });
    parts[0].members |= parts[1].members;
    parts[0].ways += parts[1].ways;
    parts.erase(parts.begin() + 1);
  }
  Arrangement out;
  out.parts = std::move(parts);
  return out;
}

Arranger::Arranger(ArrangeQuestion question)
    : question_(std::move(question)), search_(std::make_unique<Search>(question_)) {}
Arranger::~Arranger() = default;

Outlook Arranger::outlook(const Part& part, std::size_t claimant) const {
  return search_->outlook(part, claimant);
}

Arrangement Arranger::better_than(const Arrangement& start, std::size_t looked_at) {
  return search_->climb(start.parts, looked_at);
}

Arrangement Arranger::best(std::optional<std::size_t> looked_at) {
  Arrangement best = search_->climb(contracts_alone(question_).parts, looked_at);
  std::uint64_t everybody = 0, placed = 0;
  for (std::size_t i = 0; i < question_.claimants.size(); ++i) everybody |= bit(i);
  int used = 0;
  std::vector<Part> now;
  for (const Part& part : question_.before) {
    placed |= part.members;
    used += part.ways;
    now.push_back(part);
  }
  // Where things stand may be no start: somebody has no place yet, or it takes more than there is.
  if (placed != everybody || used > question_.ways || now.empty()) return best;
  const Arrangement stays = search_->judge(now, looked_at);
  Arrangement climbed = search_->climb(now, looked_at);
  const auto better = [](const Arrangement& a, const Arrangement& b) {
    if (a.possible != b.possible) return a.possible;
    if (a.broken != b.broken) return a.broken < b.broken;
    return a.value - a.cost > b.value - b.cost + kNothing;
  };
  if (better(climbed, best)) best = std::move(climbed);
  if (stays.feasible && best.value - best.cost <= stays.value + question_.worth_moving) return stays;
  return best;
}

}  // namespace dcat
