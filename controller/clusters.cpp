#include "controller/clusters.h"

#include <algorithm>
#include <cassert>
#include <tuple>

namespace dcat {

namespace {

class Clustering {
 public:
  Clustering(const std::vector<Tenancy>& tenancies, std::size_t most) : tenancies_(tenancies), most_(most) {
    for (std::size_t i = 0; i < tenancies.size(); ++i) clusters_.push_back({ClusterKind::own, {i}});
  }

  std::vector<Cluster> run() {
    const auto idle = [&](std::size_t i) { return tenancies_[i].idle && !tenancies_[i].isolated; };
    const auto streaming = [&](std::size_t i) { return tenancies_[i].streaming && !tenancies_[i].isolated; };
    if (too_many()) join_all(ClusterKind::idle, idle);
    if (too_many()) join_all(ClusterKind::streaming, streaming);
    if (too_many()) pack();
    if (too_many()) merge_least_losers();
    std::sort(clusters_.begin(), clusters_.end(), by_first_member);
    return std::move(clusters_);
  }

 private:
  bool too_many() const { return clusters_.size() > most_; }

  // One cluster of every own group that `wanted` picks, if that saves any.
  template <class Wanted>
  void join_all(ClusterKind kind, Wanted wanted) {
    Cluster joined{kind, {}};
    std::vector<Cluster> rest;
    for (Cluster& c : clusters_) {
      if (c.kind == ClusterKind::own && wanted(c.members.front()))
        joined.members.push_back(c.members.front());
      else
        rest.push_back(std::move(c));
    }
    if (joined.members.size() == 1) joined.kind = ClusterKind::own;
    if (!joined.members.empty()) rest.push_back(std::move(joined));
    clusters_ = std::move(rest);
    std::sort(clusters_.begin(), clusters_.end(), by_first_member);
  }

  static bool by_first_member(const Cluster& a, const Cluster& b) { return a.members.front() < b.members.front(); }

  static bool disjoint(const std::vector<bool>& a, const std::vector<bool>& b) {
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
      if (a[i] && b[i]) return false;
    return true;
  }

  bool may_pack(const Cluster& c) const {
    return c.kind == ClusterKind::own && !tenancies_[c.members.front()].isolated;
  }

  // First fit in order of ids, until there are few enough: who meets in no domain takes nothing from each other.
  void pack() {
    for (std::size_t i = 0; i < clusters_.size() && too_many(); ++i) {
      if (!may_pack(clusters_[i])) continue;
      std::vector<bool> used = tenancies_[clusters_[i].members.front()].domains;
      for (std::size_t j = i + 1; j < clusters_.size() && too_many();) {
        const std::vector<bool>& other = tenancies_[clusters_[j].members.front()].domains;
        if (!may_pack(clusters_[j]) || !disjoint(used, other)) {
          ++j;
          continue;
        }
        for (std::size_t d = 0; d < other.size(); ++d) used[d] = used[d] || other[d];
        clusters_[i].members.push_back(clusters_[j].members.front());
        clusters_[i].kind = ClusterKind::packed;
        clusters_.erase(clusters_.begin() + static_cast<std::ptrdiff_t>(j));
      }
      // A packed cluster is not looked at again as a partner: `j` only visits own groups.
    }
  }

  // Whatever is left over: the clusters whose members lose least become one, the sum of their ways.
  void merge_least_losers() {
    assert(most_ >= 1);
    const auto cost = [&](const Cluster& c) {
      bool isolated = false, alone = false, suffered = false;
      double loss = 0;
      for (const std::size_t i : c.members) {
        isolated = isolated || tenancies_[i].isolated;
        alone = alone || tenancies_[i].alone;
        suffered = suffered || tenancies_[i].suffered;
        loss += tenancies_[i].loss;
      }
      // Idle containers disturb nobody; Streaming ones disturb everybody, so they stay apart as long as others can
      // merge.
      if (c.kind == ClusterKind::idle) loss = 0;
      return std::tuple(isolated, c.kind == ClusterKind::streaming, alone, suffered, loss, c.members.front());
    };
    std::sort(clusters_.begin(), clusters_.end(),
              [&](const Cluster& a, const Cluster& b) { return cost(a) < cost(b); });
    const std::size_t merged = clusters_.size() - most_ + 1;
    Cluster joined{ClusterKind::merged, {}};
    for (std::size_t i = 0; i < merged; ++i)
      joined.members.insert(joined.members.end(), clusters_[i].members.begin(), clusters_[i].members.end());
    std::sort(joined.members.begin(), joined.members.end());
    clusters_.erase(clusters_.begin(), clusters_.begin() + static_cast<std::ptrdiff_t>(merged));
    clusters_.push_back(std::move(joined));
  }

  const std::vector<Tenancy>& tenancies_;
  std::size_t most_;
  std::vector<Cluster> clusters_;
};

}  // namespace

std::vector<Cluster> cluster(const std::vector<Tenancy>& tenancies, std::size_t most_groups) {
  return Clustering(tenancies, most_groups).run();
}

GroupId group_name(ClusterKind kind, const ContainerId& leader) {
  switch (kind) {
    case ClusterKind::idle: return GroupId{"~idle"};
    case ClusterKind::streaming: return GroupId{"~streaming"};
    case ClusterKind::merged: return GroupId{"~merged"};
    case ClusterKind::packed: return GroupId{"~packed." + leader.value};
    case ClusterKind::own: break;
  }
  // No container's name can be taken for a cluster's.
  return GroupId{leader.value.empty() || leader.value.front() == '~' ? "~~" + leader.value : leader.value};
}

}  // namespace dcat
