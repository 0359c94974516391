// Nobody beats the oracle on its own objective, among allocations that keep the same floors.
#include "tests/sim_oracle/measure.h"
#include "tests/support/cases.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::sim;
using namespace dcat::sim::test;

namespace {

std::vector<int> random_sizes(Random& random, std::size_t count, int ways) {
  std::vector<int> sizes(count, 1);
  for (int left = ways - static_cast<int>(count) - pick(random, 0, 1); left > 0; --left)
    ++sizes[static_cast<std::size_t>(pick(random, 0, static_cast<int>(count) - 1))];
  return sizes;
}

Allocation apart(const std::vector<int>& sizes) {
  std::vector<std::size_t> cluster_of(sizes.size());
  std::iota(cluster_of.begin(), cluster_of.end(), 0);
  return side_by_side(sizes, cluster_of);
}

Allocation random_clustering(Random& random, std::size_t tenants, int ways) {
  std::vector<std::size_t> cluster_of(tenants);
  std::size_t count = 0;
  for (std::size_t& c : cluster_of) {
    c = static_cast<std::size_t>(pick(random, 0, static_cast<int>(count)));
    count = std::max(count, c + 1);
  }
  return side_by_side(random_sizes(random, count, ways), cluster_of);
}

// One way each, then way by way to whom it helps the question most.
Allocation greedy(const SteadyNode& node, const OracleQuestion& question) {
  std::vector<int> sizes(node.programs.size(), 1);
  for (int left = node.ways.count - static_cast<int>(sizes.size()); left > 0; --left) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < sizes.size(); ++i) {
      std::vector<int> mine = sizes;
      std::vector<int> other = sizes;
      ++mine[best];
      ++other[i];
      if (beats(measure(node, question, apart(other)), measure(node, question, apart(mine)), question)) best = i;
    }
    ++sizes[best];
  }
  return apart(sizes);
}

void challenge(std::uint64_t seed) {
  Random random(seed, "beaten", 0);
  const int tenants = pick(random, 2, 5);
  SteadyNode node = random_node(random, tenants, pick(random, tenants, 11));
  if (random.uniform() < 0.3) node.memory_bytes_per_sec = traffic_at_one_way(node) * (0.05 + random.uniform()) + 1;
  OracleQuestion question;
  question.objective = static_cast<Objective>(pick(random, 0, 2));
  question.contracts = equal_contracts(node.ways, node.programs.size());
  if (random.uniform() < 0.5) question.floor_tolerance = 0.2 * random.uniform();
  std::vector<int> equal;
  for (const Ways contract : question.contracts) equal.push_back(contract.count);
  for (const bool clusters : {false, true}) {
    question.clusters = clusters;
    const Result<OracleAnswer> answer = ask_oracle(node, question);
    REQUIRE(answer);
    const Measure best = measure(node, question, answer->allocation);
    std::vector<Allocation> others{apart(equal), greedy(node, question)};
    for (int i = 0; i < 4; ++i) others.push_back(apart(random_sizes(random, node.programs.size(), node.ways.count)));
    for (int i = 0; clusters && i < 8; ++i)
      others.push_back(random_clustering(random, node.programs.size(), node.ways.count));
    for (const Allocation& other : others) {
      INFO("seed " << seed << " clusters " << clusters << " objective " << static_cast<int>(question.objective));
      const Measure theirs = measure(node, question, other);
      REQUIRE_FALSE(beats(theirs, best, question));
      if (theirs.depth == 0) REQUIRE(answer->floors_hold);
    }
  }
}

}  // namespace

TEST_CASE("random workloads (a tenth under sanitizers) never beat the oracle, with and without floors") {
  for (std::uint64_t seed = 0; seed < testing::kCases; ++seed) challenge(seed);
}
