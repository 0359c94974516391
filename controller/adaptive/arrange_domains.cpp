// Who shares which ways with whom, domain by domain, and whom to look at.
#include <algorithm>
#include <bit>

#include "controller/adaptive/planner.h"

namespace dcat {

namespace {

// Standard errors by which a price is certainly not exceeded.
constexpr double kSurePrice = 3;
// How long a phase lasts until more is known of it, in periods.
constexpr double kUsualPhase = 60;
// Normalised IPC over a period that a way must be worth to its holder where the shared region could use it.
constexpr double kRent = 0.004;
// Tenants that one period searches for, at least one domain of them.
constexpr int kMostSearched = 24;
// Most tenants that a search without caution is made for in a period.
constexpr std::size_t kMostLookedFor = 3;

bool seen_at_contract(const TenantState& t) {
  const std::vector<Measurement>& measured = t.profile.phases.now().evidence.all();
  return !measured.empty() && measured.back().ways >= (1 - kSameSize) * t.contract.count;
}

// Whether more ways than it has had in this phase could matter: what all its misses could cost at most.
bool could_gain(const Curve& curve, const TenantState& t, double tolerance) {
  const Measurement& most = t.profile.phases.now().evidence.all().back();
  const double price = curve.price().mean + kSurePrice * curve.price().deviation;
  return most.mpki * price > tolerance * most.cpi;
}

}  // namespace

// `to_search`: with curves; else only where things stand and who is owed what.
ArrangeQuestion AdaptivePlanner::question(std::size_t domain, const DomainAllocation& out, bool to_search) {
  const Parameters& p = period_.parameters;
  ArrangeQuestion q;
  q.ways = out.ways.count;
  q.least = period_.domains[domain].least.count;
  q.closids = most_clusters();
  q.goal = p.goal;
  q.floor = 1 - p.ipc_gain_ratio;
  q.move_cost = p.move_cost;
  q.worth_moving = p.worth_moving;
  if (crowd_of(domain).others_refs > p.llc_idle_per_sec) q.rent = kRent;
  std::map<std::int16_t, int> part_of;
  for (std::size_t k = 0; k < out.rows.size(); ++k) {
    const ContainerDecision& r = row(domain, out.rows[k]);
    const TenantState& t = tenant(domain, r);
    Note& note = notes_.at({domain, r.container});
    Claimant c;
    c.contract = t.contract;
    if (p.goal == AdaptiveGoal::priority)
      c.weight = 1 + std::max(0, period_.observation.containers[r.container].priority);
    const bool known = is_known(t);
    const bool asleep = is_asleep(r.metrics);
    if (known && !asleep && to_search) c.curve = &curve_of(domain, r);
    c.caution = p.caution;
    if (known)
      c.exposure = p.change_risk * (t.mind.changes + 1) / (static_cast<double>(t.profile.phases.periods) + kUsualPhase);
    if (r.metrics.llc_refs_per_sec && r.metrics.llc_refs_per_ki.value_or(0) > 0)
      c.cycles_per_sec = *r.metrics.llc_refs_per_sec / *r.metrics.llc_refs_per_ki * 1000 * r.metrics.cpi();
    c.owed = note.owed || (!known && !asleep);
    if (known) {
      const Phase& phase = t.profile.phases.now();
      c.alone = phase.suffered_sharing;
      // What the contract gives must have been seen before anything less is thought of.
      note.owed_first = !asleep && !seen_at_contract(t) && could_gain(curve_of(domain, r), t, p.ipc_gain_ratio);
      c.owed = c.owed || phase.keeps_contract || note.owed_first;
    }
    const std::int16_t g = period_.sight.group_of[r.container];
    if (g >= 0 && period_.sight.at(domain, r.container).disjoint) {
      const auto [at, is_new] = part_of.try_emplace(g, static_cast<int>(q.before.size()));
      if (is_new) q.before.push_back({0, r.ways_before.count, at->second});
      c.part_before = at->second;
      c.had = r.ways_before;
      q.before[static_cast<std::size_t>(at->second)].members |= std::uint64_t{1} << k;
    }
    q.claimants.push_back(c);
  }
  return q;
}

// Somebody whose caution stands in the way of a better arrangement, and who can afford to be wrong about: one at a
// time.
std::optional<std::size_t> AdaptivePlanner::whom_to_look_at(const ArrangeQuestion& q, Arranger& arranger,
                                                            Arrangement& best, std::size_t domain,
                                                            const DomainAllocation& out) {
  std::vector<std::pair<double, std::size_t>> hopeful;
  for (std::size_t k = 0; k < out.rows.size(); ++k) {
    const Claimant& c = q.claimants[k];
    const ContainerDecision& r = row(domain, out.rows[k]);
    if (c.curve == nullptr || c.owed || !r.metrics.valid()) continue;
    // What less would cost is learned only beside what the contract gives.
    if (!seen_at_contract(tenant(domain, r))) continue;
    const Spread least = c.curve->relative_ipc(q.least, c.contract.count);
    const double risk = least.deviation;
    if (tenant(domain, r).mind.look_budget < 0) continue;
    // Already being looked at: that goes on first.
    const double first = tenant(domain, r).mind.looked_at ? -10 : 0;
    hopeful.push_back({first - least.mean + risk, k});
  }
  std::ranges::sort(hopeful);
  if (hopeful.size() > kMostLookedFor) hopeful.resize(kMostLookedFor);
  std::optional<std::size_t> chosen;
  for (const auto& [hope, k] : hopeful) {
    // Who is looked at already stays as it is, but for what is better than that.
    const bool goes_on = tenant(domain, row(domain, out.rows[k])).mind.looked_at;
    Arrangement with = goes_on ? arranger.best(k) : arranger.better_than(best, k);
    if (!with.feasible) continue;
    if (with.value - with.cost <= best.value - best.cost + q.worth_moving) continue;
    best = std::move(with);
    chosen = k;
  }
  return chosen;
}

// Everybody has a place, and who is owed its contract has it.
bool AdaptivePlanner::can_stay(const ArrangeQuestion& q, int tenants) {
  std::uint64_t placed = 0;
  int used = 0;
  for (const Part& part : q.before) {
    placed |= part.members;
    used += part.ways;
    if (part.ways < q.least) return false;
  }
  if (std::popcount(placed) != tenants || used > q.ways || static_cast<int>(q.before.size()) > q.closids) return false;
  return std::ranges::all_of(q.claimants, [&](const Claimant& c) {
    const bool alone = std::popcount(q.before[static_cast<std::size_t>(c.part_before)].members) == 1;
    return !c.owed || (alone && c.had >= c.contract);
  });
}

// Nothing has been learned that could change the arrangement: it stays without a search, but for every
// kSearchAnyway-th period.
bool AdaptivePlanner::settled(std::size_t domain, const DomainAllocation& out) const {
  if ((period_.state.tick + domain) % kSearchAnyway == 0) return false;
  return std::ranges::all_of(out.rows, [&](std::size_t index) {
    const ContainerDecision& r = period_.decision.domains[domain].containers[index];
    const TenantState& t = period_.state.domains[domain].tenants[r.container];
    const Note& note = notes_.at({domain, r.container});
    return !note.learned ||
           (note.lesson.event == PhaseEvent::none && !t.mind.looked_at && note.seen_here >= kSeenEnough);
  });
}

AdaptivePlanner::Crowd AdaptivePlanner::crowd_of(std::size_t domain) const {
  Crowd crowd;
  const std::vector<ContainerDecision>& rows = period_.decision.domains[domain].containers;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const ContainerDecision& r = rows[k];
    if (!in_crowd(r)) continue;
    if (period_.state.domains[domain].tenants[r.container].crowd.confined) {
      crowd.streams.push_back(k);
      crowd.streams_misses += misses_per_sec(r.metrics);
      crowd.apart_now = crowd.apart_now || period_.sight.group_of[r.container] >= 0;
    } else if (r.metrics.valid()) {
      crowd.others_misses += misses_per_sec(r.metrics);
      crowd.others_refs += r.metrics.llc_refs_per_sec.value_or(0);
    }
  }
  return crowd;
}

// Those that stream without a contract get a least partition of what the contracts leave, if they are worth it.
void AdaptivePlanner::set_streams_apart(std::size_t domain, DomainAllocation& out, int used) {
  const Crowd crowd = crowd_of(domain);
  const int least = period_.domains[domain].least.count;
  const bool room = used + least <= out.ways.count && static_cast<int>(out.allocation.masks.size()) < most_clusters();
  if (crowd.streams.empty() || !room) return;
  if (!worth_apart(crowd.streams_misses, crowd.others_misses, crowd.others_refs, crowd.apart_now, period_.parameters))
    return;
  out.allocation.masks.push_back(Cbm::run(WayIndex(used), Ways(least)));
  for (const std::size_t k : crowd.streams) {
    out.rows.push_back(k);
    out.allocation.cluster_of.push_back(out.allocation.masks.size() - 1);
  }
}

// One period searches for so many tenants, whole domains, in turn: who must wait stays as it is if nobody there is owed
// anything, else has the contracts alone.
Arrangement AdaptivePlanner::arrange(std::size_t domain, DomainAllocation& out) {
  const auto tenants = static_cast<int>(out.rows.size());
  const ArrangeQuestion now = question(domain, out, false);
  const bool may_stay = can_stay(now, tenants);
  const bool must_wait = searched_ > 0 && searched_ + tenants > kMostSearched;
  if (may_stay && (must_wait || settled(domain, out))) {
    Arrangement before;
    before.parts = now.before;
    return before;
  }
  if (must_wait) {
    Arrangement contracts = contracts_alone(now);
    for (const Part& part : contracts.parts)
      for (std::size_t k = 0; k < out.rows.size(); ++k)
        if ((part.members >> k & 1) != 0)
          tenant(domain, row(domain, out.rows[k])).mind.expected = {std::popcount(part.members) == 1,
                                                                    static_cast<double>(part.ways), 1};
    return contracts;
  }
  searched_ += tenants;
  Arranger arranger(question(domain, out, true));
  Arrangement best = arranger.best();
  out.looked_at = whom_to_look_at(arranger.question(), arranger, best, domain, out);
  note_outlooks(domain, out, arranger, best);
  return best;
}

Result<DomainAllocation> AdaptivePlanner::divide(std::size_t domain, DomainAllocation out) {
  if (out.rows.empty()) {
    set_streams_apart(domain, out, 0);
    return out;
  }
  const Arrangement best = arrange(domain, out);
  for (std::size_t k = 0; k < out.rows.size(); ++k)
    tenant(domain, row(domain, out.rows[k])).mind.looked_at = out.looked_at == k;
  out.allocation.cluster_of.assign(out.rows.size(), 0);
  int lowest = 0;
  for (std::size_t p = 0; p < best.parts.size(); ++p) {
    out.allocation.masks.push_back(Cbm::run(WayIndex(lowest), Ways(best.parts[p].ways)));
    lowest += best.parts[p].ways;
    for (std::size_t k = 0; k < out.rows.size(); ++k)
      if ((best.parts[p].members >> k & 1) != 0) out.allocation.cluster_of[k] = p;
  }
  set_streams_apart(domain, out, lowest);
  return out;
}

void AdaptivePlanner::note_outlooks(std::size_t domain, const DomainAllocation& out, const Arranger& arranger,
                                    const Arrangement& arrangement) {
  for (const Part& part : arrangement.parts)
    for (std::size_t k = 0; k < out.rows.size(); ++k)
      if ((part.members >> k & 1) != 0)
        tenant(domain, row(domain, out.rows[k])).mind.expected = arranger.outlook(part, k);
}

}  // namespace dcat
