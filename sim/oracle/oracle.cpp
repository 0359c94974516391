#include "sim/oracle/oracle.h"

#include <algorithm>
#include <string>

#include "sim/oracle/fair_search.h"
#include "sim/oracle/local_search.h"

namespace dcat::sim {
namespace {

Error refused(std::string why, std::string todo) {
  return {ErrorCode::bad_input, "oracle", std::move(why), std::move(todo)};
}

Status check(const SteadyNode& node, const OracleQuestion& question) {
  const std::size_t tenants = node.programs.size();
  if (tenants == 0) return refused("no tenants", "name at least one program");
  if (node.least.count < 1 || node.ways < node.least)
    return refused("a mask needs " + std::to_string(node.least.count) + " ways of " + std::to_string(node.ways.count),
                   "check the geometry");
  if (node.closids < 1) return refused("no CLOSID to use", "check the geometry");
  if (question.contracts.size() != tenants)
    return refused(std::to_string(question.contracts.size()) + " contracts for " + std::to_string(tenants) + " tenants",
                   "give each tenant one");
  for (std::size_t i = 0; i < tenants; ++i) {
    if (question.contracts[i] < Ways(1) || question.contracts[i] > node.ways)
      return refused("tenant " + std::to_string(i + 1) + ": a contract of " +
                         std::to_string(question.contracts[i].count) + " of " + std::to_string(node.ways.count) +
                         " ways",
                     "give it between one way and all");
  }
  if (question.clusters) return {};
  if (tenants > static_cast<std::size_t>(node.ways.count / node.least.count))
    return refused(std::to_string(tenants) + " tenants in " + std::to_string(node.ways.count) +
                       " ways: not everybody can have ways alone",
                   "use clusters or fewer tenants");
  if (tenants > static_cast<std::size_t>(node.closids))
    return refused(std::to_string(tenants) + " tenants with " + std::to_string(node.closids) +
                       " CLOSIDs: not everybody can have one alone",
                   "use clusters or fewer tenants");
  return {};
}

// Side by side from way 0, in the order of their first tenants.
Allocation lay_out(std::vector<Cluster> clusters, std::size_t tenants) {
  for (Cluster& cluster : clusters) std::sort(cluster.tenants.begin(), cluster.tenants.end());
  std::sort(clusters.begin(), clusters.end(),
            [](const Cluster& a, const Cluster& b) { return a.tenants.front() < b.tenants.front(); });
  Allocation allocation;
  allocation.cluster_of.resize(tenants);
  int next = 0;
  for (std::size_t c = 0; c < clusters.size(); ++c) {
    allocation.masks.push_back(Cbm::run(WayIndex(next), Ways(clusters[c].ways)));
    next += clusters[c].ways;
    for (const std::uint16_t tenant : clusters[c].tenants) allocation.cluster_of[tenant] = c;
  }
  return allocation;
}

std::vector<Cluster> clusters_of(const ClusterTable& table, const Picks& picks) {
  std::vector<Cluster> clusters;
  for (const Pick& pick : picks) {
    const auto tenants = table.tenants(pick.item);
    clusters.push_back({{tenants.begin(), tenants.end()}, pick.ways});
  }
  return clusters;
}

// `bound`: in the judge's terms.
OracleAnswer answer(const SteadyNode& node, const Judge& judge, std::vector<Cluster> clusters, const Merit& merit,
                    double bound, bool exact) {
  OracleAnswer a;
  a.allocation = lay_out(std::move(clusters), node.programs.size());
  a.value = judge.fair() ? -merit.value : merit.value;
  a.exact = exact || bound <= merit.value + kTie;
  a.bound = a.exact ? a.value : judge.fair() ? -bound : bound;
  a.floors_hold = merit.depth <= kTie;
  a.evaluations = judge.evaluations();
  return a;
}

// Within the reach of exact methods.
Found search(const Problem& problem) {
  Found depth;
  double limit = 0;
  if (problem.judge.floors()) {
    depth = least_depth(problem);
    limit = std::max(0.0, depth.merit.depth);
  }
  Found found = problem.judge.fair() ? least_unfairness(problem, limit, depth.picks)
                                     : greatest_value(problem, limit, depth.picks);
  found.exact = found.exact && (depth.exact || limit <= kTie);
  return found;
}

OracleAnswer exact(const SteadyNode& node, const OracleQuestion& question) {
  const ClusterTable table(node, question.clusters);
  const StateSpace space(node.programs.size(), question.clusters, node.ways.count, node.least.count, node.closids);
  Judge judge(node, question);
  const Found found = search({table, space, judge, question.progress});
  return answer(node, judge, clusters_of(table, found.picks), found.merit, found.bound, found.exact);
}

OracleAnswer climbed(const SteadyNode& node, const OracleQuestion& question) {
  Judge judge(node, question);
  Cluster everybody{{}, node.ways.count};
  for (std::size_t i = 0; i < node.programs.size(); ++i) everybody.tenants.push_back(static_cast<std::uint16_t>(i));
  Climbed best = climb(node, judge, {everybody});
  OracleQuestion apart = question;
  apart.clusters = false;
  if (check(node, apart)) {
    const ClusterTable table(node, false);
    const StateSpace space(node.programs.size(), false, node.ways.count, node.least.count, node.closids);
    const Climbed other = climb(node, judge, clusters_of(table, search({table, space, judge, {}}).picks));
    if (better(other.merit, best.merit)) best = other;
  }
  if (question.progress) question.progress(1);
  return answer(node, judge, best.clusters, best.merit, loose_bound(node, judge), false);
}

}  // namespace

Result<OracleAnswer> ask_oracle(const SteadyNode& node, const OracleQuestion& question) {
  if (Status checked = check(node, question); !checked) return checked.error();
  if (question.clusters && node.programs.size() > kMostClusteredTenants) return climbed(node, question);
  return exact(node, question);
}

}  // namespace dcat::sim
