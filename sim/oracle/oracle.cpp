#include "sim/oracle/oracle.h"

#include <algorithm>
#include <string>

#include "sim/oracle/fair_search.h"
#include "sim/oracle/local_search.h"
#include "sim/oracle/overlap_search.h"

namespace dcat::sim {
namespace {

constexpr double kOfTable = 0.5;  // of a search, as far as progress goes

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
    if (question.contracts[i] < Ways(0) || question.contracts[i] > node.ways)
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

// What a search came to, in the judge's terms.
struct Outcome {
  Judged best;
  double bound = 0;
  bool exact = true;
};

OracleAnswer answer(const SteadyNode& node, const Judge& judge, Outcome outcome) {
  const Merit& merit = outcome.best.merit;
  OracleAnswer a;
  a.allocation = std::move(outcome.best.allocation);
  a.value = judge.fair() ? -merit.value : merit.value;
  if (!outcome.exact) outcome.bound = std::min(outcome.bound, loose_bound(node, judge));
  a.exact = outcome.exact || outcome.bound <= merit.value + kTie;
  a.bound = a.exact ? a.value : judge.fair() ? -outcome.bound : outcome.bound;
  a.floors_hold = merit.depth <= kTie;
  a.evaluations = judge.evaluations();
  return a;
}

// Within the reach of exact methods. Nothing is picked where it was cut too early.
Found search(const Problem& problem) {
  Found depth;
  double limit = 0;
  Patience& patience = problem.judge.patience();
  if (problem.judge.floors()) {
    patience.begin_part(kOfTable, (1 + kOfTable) / 2);
    depth = least_depth(problem);
    if (depth.picks.empty()) return depth;
    limit = std::max(0.0, depth.merit.depth);
    patience.begin_part((1 + kOfTable) / 2, 1);
  } else {
    patience.begin_part(kOfTable, 1);
  }
  Found found = problem.judge.fair() ? least_unfairness(problem, limit, depth.picks)
                                     : greatest_value(problem, limit, depth.picks);
  found.exact = found.exact && (depth.exact || limit <= kTie);
  return found;
}

// Nothing: cut before anything was found.
std::optional<Outcome> exact(const SteadyNode& node, Judge& judge, bool clusters) {
  judge.patience().begin_part(0, kOfTable);
  const ClusterTable table(node, clusters, judge.patience());
  if (!table.complete()) return std::nullopt;
  const StateSpace space(node.programs.size(), clusters, node.ways.count, node.least.count, node.closids);
  const Found found = search({table, space, judge});
  if (found.picks.empty()) return std::nullopt;
  return Outcome{
      {lay_out(clusters_of(table, found.picks), node.programs.size()), found.merit}, found.bound, found.exact};
}

Outcome climbed(const SteadyNode& node, Judge& judge, const OracleQuestion& question) {
  Cluster everybody{{}, node.ways.count};
  for (std::size_t i = 0; i < node.programs.size(); ++i) everybody.tenants.push_back(static_cast<std::uint16_t>(i));
  Climbed best = climb(node, judge, {everybody});
  OracleQuestion apart = question;
  apart.clusters = false;
  if (check(node, apart)) {
    const ClusterTable table(node, false, judge.patience());
    const StateSpace space(node.programs.size(), false, node.ways.count, node.least.count, node.closids);
    if (const Found found = search({table, space, judge}); table.complete() && !found.picks.empty())
      if (const Climbed other = climb(node, judge, clusters_of(table, found.picks)); better(other.merit, best.merit))
        best = other;
  }
  return {{lay_out(best.clusters, node.programs.size()), best.merit}, loose_bound(node, judge), false};
}

}  // namespace

Result<OracleAnswer> ask_oracle(const SteadyNode& node, const OracleQuestion& question) {
  if (Status checked = check(node, question); !checked) return checked.error();
  Judge judge(node, question);
  std::optional<Outcome> outcome;
  if (!question.clusters || node.programs.size() <= kMostClusteredTenants)
    outcome = exact(node, judge, question.clusters);
  if (!outcome) {
    // Short, so that there is something at all where the patience is over; but nobody waits for it after a stop.
    OracleQuestion short_one = question;
    short_one.enough = {};
    Judge other(node, short_one);
    outcome = climbed(node, other, short_one);
  }
  if (question.overlaps) {
    const Judged whole = search_overlaps(node, judge, outcome->best, question.starts);
    // What is better by rounding alone takes nothing from what is exact.
    if (better(whole.merit, outcome->best.merit) && (!outcome->exact || overlaps_in_part(whole.allocation)))
      *outcome = {whole, 0, false};
    // A bound of clusterings says nothing of masks that overlap.
    outcome->bound = loose_bound(node, judge);
  }
  if (judge.patience().stopped()) return Error{ErrorCode::failed, "oracle", "interrupted", "", 0};
  const bool cut = judge.spent();
  judge.patience().begin_part(0, 1);
  judge.patience().report(1);
  OracleAnswer found = answer(node, judge, *std::move(outcome));
  found.cut = cut && !found.exact;
  return found;
}

}  // namespace dcat::sim
