#include <functional>
#include <optional>

#include "tests/sim_oracle/measure.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::sim;
using namespace dcat::sim::test;

namespace {

// Every clustering (or the one of everybody alone) with every choice of sizes.
class Enumeration {
 public:
  Enumeration(const SteadyNode& node, bool clusters, std::function<void(const Allocation&)> visit)
      : node_(node), clusters_(clusters), visit_(std::move(visit)) {
    place({}, 0);
  }

 private:
  void place(std::vector<std::size_t> cluster_of, std::size_t count) {
    if (cluster_of.size() == node_.programs.size()) {
      if (count <= static_cast<std::size_t>(node_.closids)) size({}, cluster_of, count, node_.ways.count);
      return;
    }
    for (std::size_t c = clusters_ ? 0 : count; c <= count; ++c) {
      std::vector<std::size_t> next = cluster_of;
      next.push_back(c);
      place(next, std::max(count, c + 1));
    }
  }
  void size(std::vector<int> sizes, const std::vector<std::size_t>& cluster_of, std::size_t count, int left) {
    if (sizes.size() == count) return visit_(side_by_side(sizes, cluster_of));
    for (int w = node_.least.count; w <= left; ++w) {
      std::vector<int> next = sizes;
      next.push_back(w);
      size(next, cluster_of, count, left - w);
    }
  }

  const SteadyNode& node_;
  bool clusters_;
  std::function<void(const Allocation&)> visit_;
};

std::string describe(const OracleQuestion& q, const SteadyNode& node, std::uint64_t seed) {
  return "seed " + std::to_string(seed) + " objective " + std::to_string(static_cast<int>(q.objective)) + " clusters " +
         std::to_string(q.clusters) + " tenants " + std::to_string(node.programs.size()) + " ways " +
         std::to_string(node.ways.count) + " least " + std::to_string(node.least.count) + " closids " +
         std::to_string(node.closids) + " floor " + std::to_string(q.floor_tolerance.value_or(-1)) + " ceiling " +
         std::to_string(node.memory_bytes_per_sec);
}

void agrees_with_brute_force(const SteadyNode& node, const OracleQuestion& question, std::uint64_t seed) {
  INFO(describe(question, node, seed));
  std::optional<Measure> best;
  Enumeration(node, question.clusters, [&](const Allocation& a) {
    const Measure m = measure(node, question, a);
    if (!best || beats(m, *best, question, 1e-12)) best = m;
  });
  const Result<OracleAnswer> answer = ask_oracle(node, question);
  REQUIRE(best);
  REQUIRE(answer);
  REQUIRE(legal(node, answer->allocation));
  const Measure ours = measure(node, question, answer->allocation);
  CHECK_FALSE(beats(*best, ours, question));
  CHECK_FALSE(beats(ours, *best, question));  // or the enumeration has a hole
  CHECK(answer->exact);
  CHECK(answer->bound == answer->value);
  CHECK(answer->floors_hold == (ours.depth <= 1e-7));
  const double value = question.objective == Objective::fairness ? -ours.value : ours.value;
  CHECK(answer->value == Approx(value).epsilon(1e-9));
}

OracleQuestion random_question(Random& random, const SteadyNode& node, bool clusters, bool floors) {
  OracleQuestion question;
  question.objective = static_cast<Objective>(pick(random, 0, 2));
  question.clusters = clusters;
  question.contracts = equal_contracts(node.ways, node.programs.size());
  // Some contracts are too large for all to be kept at once.
  for (Ways& contract : question.contracts)
    if (random.uniform() < 0.2 && contract < node.ways) contract += Ways(1);
  if (floors) question.floor_tolerance = 0.1 * random.uniform();
  return question;
}

void compare(std::uint64_t seeds, bool clusters, bool floors, bool ceiling) {
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    Random random(seed, "brute", clusters * 4 + floors * 2 + ceiling);
    const int tenants = pick(random, 1, clusters ? 4 : 5);
    const int least = random.uniform() < 0.2 ? 2 : 1;
    SteadyNode node = random_node(random, tenants, pick(random, tenants * least, tenants * least + (clusters ? 2 : 4)));
    node.least = Ways(least);
    if (clusters && random.uniform() < 0.3) node.closids = pick(random, 1, tenants);
    // From hardly reached to far beyond.
    if (ceiling) node.memory_bytes_per_sec = traffic_at_one_way(node) * std::pow(10, 0.1 - 2 * random.uniform()) + 1;
    agrees_with_brute_force(node, random_question(random, node, clusters, floors), seed);
  }
}

}  // namespace

TEST_CASE("the best partition is brute force's") {
  compare(300, false, false, false);
}
TEST_CASE("the best partition under floors is brute force's") {
  compare(300, false, true, false);
}
TEST_CASE("the best partition on a busy bus is brute force's") {
  compare(200, false, false, true);
}
TEST_CASE("the best partition under floors on a busy bus is brute force's") {
  compare(200, false, true, true);
}
TEST_CASE("the best clustering is brute force's, with few CLOSIDs too") {
  compare(300, true, false, false);
}
TEST_CASE("the best clustering under floors is brute force's") {
  compare(300, true, true, false);
}
TEST_CASE("the best clustering on a busy bus is brute force's") {
  compare(200, true, false, true);
}
TEST_CASE("the best clustering under floors on a busy bus is brute force's") {
  compare(200, true, true, true);
}
TEST_CASE("five and six tenants in clusters are brute force's") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    Random random(seed, "brute six", 0);
    SteadyNode node = random_node(random, pick(random, 5, 6), 6);
    if (seed % 2 == 0) node.memory_bytes_per_sec = 0.5 * traffic_at_one_way(node) + 1;
    agrees_with_brute_force(node, random_question(random, node, true, seed % 3 == 0), seed);
  }
}
