#include "sim/oracle/overlap_search.h"

#include <algorithm>
#include <map>
#include <utility>

#include "sim/occupancy.h"

namespace dcat::sim {
namespace {

constexpr std::size_t kMostStarts = 3;  // of the allocations given, that are searched from

struct Group {
  int low = 0;  // ways [low, high)
  int high = 0;
  std::vector<std::uint16_t> tenants;
};
using Groups = std::vector<Group>;

Cbm mask_of(const Group& group) {
  return Cbm::run(WayIndex(group.low), Ways(group.high - group.low));
}

Groups groups_of(const Allocation& allocation) {
  Groups groups;
  for (std::size_t i = 0; i < allocation.cluster_of.size(); ++i) {
    const Cbm mask = allocation.masks[allocation.cluster_of[i]];
    auto at = std::ranges::find(groups, mask, mask_of);
    if (at == groups.end()) {
      const int low = mask.lowest().value;
      at = groups.insert(at, {low, low + mask.size().count, {}});
    }
    at->tenants.push_back(static_cast<std::uint16_t>(i));
  }
  return groups;
}

Allocation allocation_of(const Groups& groups, std::size_t tenants) {
  Allocation allocation;
  allocation.cluster_of.resize(tenants);
  for (std::size_t c = 0; c < groups.size(); ++c) {
    allocation.masks.push_back(mask_of(groups[c]));
    for (const std::uint16_t tenant : groups[c].tenants) allocation.cluster_of[tenant] = c;
  }
  return allocation;
}

// Groups whose masks hang together, settled once: what they hold depends on nobody else, nor on where they lie.
class Patches {
 public:
  explicit Patches(const SteadyNode& node) : node_(node) {}

  // In the order of `patch`, group by group.
  const std::vector<Member>& members(std::span<const Group* const> patch) {
    std::vector<int> key;
    const int low = patch.front()->low;
    for (const Group* group : patch) {
      key.insert(key.end(), {-1, group->low - low, group->high - low});
      key.insert(key.end(), group->tenants.begin(), group->tenants.end());
    }
    const auto [at, is_new] = known_.try_emplace(std::move(key));
    if (is_new) at->second = settled(patch);
    return at->second;
  }

 private:
  std::vector<Member> settled(std::span<const Group* const> patch) const {
    if (patch.size() == 1) {
      std::vector<Member> members(patch.front()->tenants.size());
      members_of(node_, patch.front()->tenants, patch.front()->high - patch.front()->low, members);
      return members;
    }
    std::vector<Filler> fillers;
    std::vector<const SteadyProgram*> programs;
    for (const Group* group : patch) {
      for (const std::uint16_t tenant : group->tenants) {
        const SteadyProgram& program = node_.programs[tenant];
        programs.push_back(&program);
        fillers.push_back(
            {mask_of(*group), [&program](double ways) { return program.insertions_per_sec(ways); },
             [&program](double own, double u, double most) { return program.ways_held_beside(own, u, most); }});
      }
    }
    const std::vector<double> held = share_ways(fillers);
    std::vector<Member> members;
    for (std::size_t k = 0; k < held.size(); ++k) {
      const ProgramPoint point = programs[k]->at(held[k]);
      members.push_back({point.ipc, bus_load(point, programs[k]->cycles_per_sec())});
    }
    return members;
  }

  const SteadyNode& node_;
  std::map<std::vector<int>, std::vector<Member>> known_;
};

class Search {
 public:
  Search(const SteadyNode& node, Judge& judge) : node_(node), judge_(judge), patches_(node) {}

  // `groups` as good as nothing to begin with.
  void begin(Groups groups) {
    looks_left_ = kMostLooks;
    merit_ = evaluate(groups);
    groups_ = std::move(groups);
  }
  // Only what is better than `merit` counts.
  void begin(const Merit& merit) {
    looks_left_ = kMostLooks;
    merit_ = merit;
    groups_.clear();
  }
  const Groups& groups() const { return groups_; }

  void climb() {
    while (!groups_.empty() && (end_moved() || tenant_moved() || merged())) {
    }
  }

  // Every two clusters beside each other, one reaching into the other by a way or over all of it.
  void reach(const Groups& clusters) {
    for (std::size_t a = 0; a < clusters.size(); ++a) {
      for (std::size_t b = 0; b < clusters.size(); ++b) {
        if (a == b) continue;
        Groups next = side_by_side(clusters, a, b);
        const std::size_t into = next[1].high - next[1].low > 1 ? 2 : 1;
        for (std::size_t how = 0; how < into; ++how) {
          Groups reaching = next;
          reaching[0].high = how == 0 ? next[0].high + 1 : next[1].high;
          taken(std::move(reaching));
        }
      }
    }
  }

 private:
  // `first` and `second` in the lowest ways, then the others.
  static Groups side_by_side(const Groups& clusters, std::size_t first, std::size_t second) {
    Groups laid{clusters[first], clusters[second]};
    for (std::size_t c = 0; c < clusters.size(); ++c)
      if (c != first && c != second) laid.push_back(clusters[c]);
    int next = 0;
    for (Group& group : laid) {
      group.high = next + group.high - group.low;
      group.low = std::exchange(next, group.high);
    }
    return laid;
  }

  Merit evaluate(const Groups& groups) {
    order_.clear();
    for (const Group& group : groups) order_.push_back(&group);
    std::ranges::sort(
        order_, [](const Group* a, const Group* b) { return a->low != b->low ? a->low < b->low : a->high < b->high; });
    judge_.start();
    for (std::size_t from = 0; from < order_.size();) {
      std::size_t to = from + 1;
      for (int end = order_[from]->high; to < order_.size() && order_[to]->low < end; ++to)
        end = std::max(end, order_[to]->high);
      const std::span<const Group* const> patch(order_.data() + from, to - from);
      std::span<const Member> members = patches_.members(patch);
      for (const Group* group : patch) {
        judge_.add(group->tenants, members.first(group->tenants.size()));
        members = members.subspan(group->tenants.size());
      }
      from = to;
    }
    return judge_.settle();
  }

  bool taken(Groups next) {
    std::erase_if(next, [](const Group& group) { return group.tenants.empty(); });
    for (std::size_t c = 0; c < next.size(); ++c) {
      const Group& group = next[c];
      if (group.low < 0 || group.high > node_.ways.count || group.high - group.low < node_.least.count) return false;
      // Groups with the same mask are one.
      for (std::size_t k = next.size() - 1; k > c; --k) {
        if (next[k].low != group.low || next[k].high != group.high) continue;
        next[c].tenants.insert(next[c].tenants.end(), next[k].tenants.begin(), next[k].tenants.end());
        next.erase(next.begin() + static_cast<std::ptrdiff_t>(k));
      }
      std::ranges::sort(next[c].tenants);
    }
    if (next.size() > static_cast<std::size_t>(node_.closids)) return false;
    if (looks_left_ <= 0 || judge_.spent()) return false;
    --looks_left_;
    const Merit merit = evaluate(next);
    if (!better(merit, merit_)) return false;
    merit_ = merit;
    groups_ = std::move(next);
    return true;
  }

  bool end_moved() {
    constexpr std::pair<int, int> kMoves[] = {{-1, 0}, {0, 1}, {1, 0}, {0, -1}, {-1, -1}, {1, 1}};
    for (std::size_t c = 0; c < groups_.size(); ++c) {
      for (const auto& [low, high] : kMoves) {
        Groups next = groups_;
        next[c].low += low;
        next[c].high += high;
        if (taken(std::move(next))) return true;
      }
    }
    return false;
  }

  bool tenant_moved() {
    for (std::size_t from = 0; from < groups_.size(); ++from) {
      for (std::size_t k = 0; k < groups_[from].tenants.size(); ++k) {
        for (std::size_t to = 0; to < groups_.size(); ++to)
          if (to != from && moved(from, k, to)) return true;
        if (groups_[from].tenants.size() > 1 && moved_out(from, k)) return true;
      }
    }
    return false;
  }

  bool moved(std::size_t from, std::size_t k, std::size_t to) {
    Groups next = groups_;
    next[to].tenants.push_back(next[from].tenants[k]);
    next[from].tenants.erase(next[from].tenants.begin() + static_cast<std::ptrdiff_t>(k));
    return taken(std::move(next));
  }

  bool moved_out(std::size_t from, std::size_t k) {
    constexpr std::pair<int, int> kMoves[] = {{-1, 0}, {0, 1}, {1, 0}, {0, -1}};
    for (const auto& [low, high] : kMoves) {
      Groups next = groups_;
      next.push_back({next[from].low + low, next[from].high + high, {next[from].tenants[k]}});
      next[from].tenants.erase(next[from].tenants.begin() + static_cast<std::ptrdiff_t>(k));
      if (taken(std::move(next))) return true;
    }
    return false;
  }

  bool merged() {
    for (std::size_t a = 0; a < groups_.size(); ++a) {
      for (std::size_t b = a + 1; b < groups_.size(); ++b) {
        const Group& one = groups_[a];
        const Group& other = groups_[b];
        const Group hull{std::min(one.low, other.low), std::max(one.high, other.high), {}};
        for (const Group& mask : {one, other, hull}) {
          Groups next = groups_;
          next[a].low = mask.low;
          next[a].high = mask.high;
          next[b].low = mask.low;
          next[b].high = mask.high;
          if (taken(std::move(next))) return true;
        }
      }
    }
    return false;
  }

  const SteadyNode& node_;
  Judge& judge_;
  Patches patches_;
  Groups groups_;
  Merit merit_;
  int looks_left_ = 0;
  std::vector<const Group*> order_;
};

}  // namespace

bool overlaps_in_part(const Allocation& allocation) {
  for (std::size_t a = 0; a < allocation.cluster_of.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      const Cbm one = allocation.masks[allocation.cluster_of[a]];
      const Cbm other = allocation.masks[allocation.cluster_of[b]];
      if (one != other && one.overlaps(other)) return true;
    }
  }
  return false;
}

Merit judge_whole(const SteadyNode& node, Judge& judge, const Allocation& allocation) {
  const SteadyState state = settle(node, allocation);
  judge.start();
  for (std::size_t i = 0; i < state.tenants.size(); ++i) {
    const auto tenant = static_cast<std::uint16_t>(i);
    const ProgramPoint& point = state.tenants[i].point;
    const Member member{point.ipc, bus_load(point, node.programs[i].cycles_per_sec())};
    judge.add({&tenant, 1}, {&member, 1});
  }
  return judge.settle();
}

Judged search_overlaps(const SteadyNode& node, Judge& judge, const Judged& best, std::span<const Allocation> starts) {
  std::vector<Judged> given;
  for (const Allocation& start : starts) given.push_back({start, judge_whole(node, judge, start)});
  std::ranges::stable_sort(given, [](const Judged& a, const Judged& b) { return better(a.merit, b.merit); });
  Judged found = best;
  if (!given.empty() && better(given.front().merit, found.merit)) found = given.front();
  Search search(node, judge);
  const auto keep = [&] {
    if (search.groups().empty()) return;
    Judged candidate{allocation_of(search.groups(), node.programs.size()), {}};
    candidate.merit = judge_whole(node, judge, candidate.allocation);
    if (better(candidate.merit, found.merit)) found = std::move(candidate);
  };
  search.begin(best.merit);
  search.reach(groups_of(best.allocation));
  search.climb();
  keep();
  for (std::size_t i = 0; i < std::min(kMostStarts, given.size()); ++i) {
    search.begin(groups_of(given[i].allocation));
    search.climb();
    keep();
  }
  return found;
}

}  // namespace dcat::sim
