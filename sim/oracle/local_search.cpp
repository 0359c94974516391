#include "sim/oracle/local_search.h"

#include <algorithm>
#include <functional>

namespace dcat::sim {
namespace {

class Climb {
 public:
  Climb(const SteadyNode& node, Judge& judge, std::vector<Cluster> start) : node_(node), judge_(judge) {
    best_.clusters = std::move(start);
    for (const Cluster& cluster : best_.clusters) members_.push_back(members(cluster));
    best_.merit = evaluate(best_.clusters, members_);
  }

  Climbed run() {
    while (!judge_.spent() && (ways_improved() || tenant_improved() || merge_improved())) {
    }
    return best_;
  }

 private:
  using Members = std::vector<Member>;

  Members members(const Cluster& cluster) const {
    Members members(cluster.tenants.size());
    members_of(node_, cluster.tenants, cluster.ways, members);
    return members;
  }

  Merit evaluate(const std::vector<Cluster>& clusters, const std::vector<Members>& members) {
    judge_.start();
    for (std::size_t c = 0; c < clusters.size(); ++c) judge_.add(clusters[c].tenants, members[c]);
    return judge_.settle();
  }

  // Takes the neighbour if it is better. `changed`: the clusters in which it differs.
  bool taken(std::vector<Cluster> clusters, std::initializer_list<std::size_t> changed) {
    std::vector<Members> figures = members_;
    figures.resize(clusters.size());
    for (const std::size_t c : changed) figures[c] = members(clusters[c]);
    for (std::size_t c = clusters.size(); c-- > 0;) {
      if (!clusters[c].tenants.empty()) continue;
      clusters.erase(clusters.begin() + static_cast<std::ptrdiff_t>(c));
      figures.erase(figures.begin() + static_cast<std::ptrdiff_t>(c));
    }
    if (clusters.size() > static_cast<std::size_t>(node_.closids)) return false;
    const Merit merit = evaluate(clusters, figures);
    if (!better(merit, best_.merit)) return false;
    best_ = {std::move(clusters), merit};
    members_ = std::move(figures);
    return true;
  }

  int unused() const {
    int ways = node_.ways.count;
    for (const Cluster& cluster : best_.clusters) ways -= cluster.ways;
    return ways;
  }

  bool ways_improved() {
    const std::size_t count = best_.clusters.size();
    for (std::size_t from = 0; from <= count; ++from) {  // `count` stands for nobody
      if (from == count ? unused() == 0 : best_.clusters[from].ways <= node_.least.count) continue;
      for (std::size_t to = 0; to <= count; ++to) {
        if (to == from) continue;
        std::vector<Cluster> next = best_.clusters;
        if (from < count) --next[from].ways;
        if (to < count) ++next[to].ways;
        if (taken(std::move(next), {from < count ? from : to, to < count ? to : from})) return true;
      }
    }
    return false;
  }

  bool tenant_improved() {
    for (std::size_t from = 0; from < best_.clusters.size(); ++from) {
      for (std::size_t k = 0; k < best_.clusters[from].tenants.size(); ++k) {
        for (std::size_t to = 0; to < best_.clusters.size(); ++to)
          if (to != from && moved(from, k, to)) return true;
        for (std::size_t giver = 0; giver <= best_.clusters.size(); ++giver)
          if (best_.clusters[from].tenants.size() > 1 && moved_out(from, k, giver)) return true;
      }
    }
    return false;
  }

  bool moved(std::size_t from, std::size_t k, std::size_t to) {
    std::vector<Cluster> next = best_.clusters;
    next[to].tenants.push_back(next[from].tenants[k]);
    next[from].tenants.erase(next[from].tenants.begin() + static_cast<std::ptrdiff_t>(k));
    if (next[from].tenants.empty()) next[to].ways += next[from].ways;
    return taken(std::move(next), {from, to});
  }

  // Into a cluster of its own, with ways of `giver`, or of nobody.
  bool moved_out(std::size_t from, std::size_t k, std::size_t giver) {
    const int least = node_.least.count;
    const std::size_t count = best_.clusters.size();
    if (giver == count ? unused() < least : best_.clusters[giver].ways < 2 * least) return false;
    std::vector<Cluster> next = best_.clusters;
    next.push_back({{next[from].tenants[k]}, least});
    next[from].tenants.erase(next[from].tenants.begin() + static_cast<std::ptrdiff_t>(k));
    if (giver < count) next[giver].ways -= least;
    return taken(std::move(next), {from, count, giver < count ? giver : from});
  }

  bool merge_improved() {
    for (std::size_t a = 0; a < best_.clusters.size(); ++a) {
      for (std::size_t b = a + 1; b < best_.clusters.size(); ++b) {
        std::vector<Cluster> next = best_.clusters;
        next[a].ways += next[b].ways;
        next[a].tenants.insert(next[a].tenants.end(), next[b].tenants.begin(), next[b].tenants.end());
        next[b].tenants.clear();
        if (taken(std::move(next), {a})) return true;
      }
    }
    return false;
  }

  const SteadyNode& node_;
  Judge& judge_;
  Climbed best_;
  std::vector<Members> members_;  // as best_.clusters
};

// A straight piece of the concave hull of a tenant's value over the ways that it holds.
struct HullPiece {
  double ways = 0;
  double per_way = 0;
};

// The value with no ways; its rising pieces come steepest first.
double append_hull(const SteadyProgram& program, const Judge& judge, std::size_t tenant,
                   std::vector<HullPiece>& pieces) {
  struct Corner {
    double ways = 0;
    double value = 0;
  };
  const auto slope = [](const Corner& a, const Corner& b) { return (b.value - a.value) / (b.ways - a.ways); };
  std::vector<Corner> hull;
  for (const double size : program.sizes()) {
    const Corner next{size, judge.value(tenant, program.at(size).ipc)};
    while (hull.size() > 1 && slope(hull[hull.size() - 2], hull.back()) <= slope(hull.back(), next)) hull.pop_back();
    hull.push_back(next);
  }
  for (std::size_t k = 1; k < hull.size() && hull[k].value > hull[k - 1].value; ++k)
    pieces.push_back({hull[k].ways - hull[k - 1].ways, slope(hull[k - 1], hull[k])});
  return hull.front().value;
}

}  // namespace

Climbed climb(const SteadyNode& node, Judge& judge, std::vector<Cluster> start) {
  return Climb(node, judge, std::move(start)).run();
}

double loose_bound(const SteadyNode& node, const Judge& judge) {
  if (judge.fair()) return -1;
  double bound = 0;
  std::vector<HullPiece> pieces;
  for (std::size_t i = 0; i < node.programs.size(); ++i) bound += append_hull(node.programs[i], judge, i, pieces);
  std::ranges::sort(pieces, std::ranges::greater(), &HullPiece::per_way);
  double left = node.ways.count;
  for (const HullPiece& piece : pieces) {
    const double ways = std::min(left, piece.ways);
    bound += ways * piece.per_way;
    left -= ways;
  }
  return bound;
}

}  // namespace dcat::sim
