// clusters: which containers share a class of service when there are more containers than CLOSIDs (ours; the paper
// stops at 16 tenants).
//
// Order, each step only as far as it is needed: idle Donors share one group; Streaming containers share one; containers
// that run in different L3 domains share a group without sharing a way; then those whose performance tables say that
// they lose least share one, the sum of their ways. A container in Reclaim shares last of all.
// Who is isolated shares nothing as long as others can share more, not even a group without a way in common.
// A container keeps a group of its own, named after it, whenever that is possible.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/ids.h"

namespace dcat {

struct Tenancy {
  std::uint32_t container = 0;  // index; ascending = by id
  bool idle = false;            // an idle Donor wherever it counts
  bool streaming = false;       // Streaming wherever it counts
  bool alone = false;           // it is being measured (baseline, trial): shares last, for these few periods
  bool isolated = false;        // shares after everybody else
  bool suffered = false;        // sharing broke its guarantee once in this phase: shares only after those it did not
  double loss = 0;              // normalised IPC that it stands to lose, over its domains
  std::vector<bool> domains;    // where it counts, by domain index
};

enum class ClusterKind { own, idle, streaming, packed, merged };

struct Cluster {
  ClusterKind kind = ClusterKind::own;
  std::vector<std::size_t> members;  // indices into the tenancies, ascending
  bool operator==(const Cluster&) const = default;

  // Idle and Streaming containers need one least partition between them; others add up.
  bool one_for_all() const { return kind == ClusterKind::idle || kind == ClusterKind::streaming; }
};

// At most `most_groups` clusters that hold every tenancy once, in order of their first member. REQUIRES: most_groups >=
// 1 or no tenancies.
std::vector<Cluster> cluster(const std::vector<Tenancy>& tenancies, std::size_t most_groups);

// The name of a cluster's group. `leader` is the id of its first member.
GroupId group_name(ClusterKind kind, const ContainerId& leader);

}  // namespace dcat
