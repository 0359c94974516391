// Masks that overlap in part, patience that ends, and what is told then.
#include "sim/experiment/oracle_call.h"
#include "sim/oracle/local_search.h"
#include "sim/oracle/overlap_search.h"
#include "tests/sim_oracle/measure.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::sim;
using namespace dcat::sim::test;

namespace {

OracleQuestion ask(const SteadyNode& node, Objective objective, bool overlaps) {
  OracleQuestion question;
  question.objective = objective;
  question.clusters = true;
  question.overlaps = overlaps;
  question.contracts = equal_contracts(node.ways, node.programs.size());
  return question;
}

Allocation random_masks(Random& random, const SteadyNode& node) {
  Allocation allocation;
  for (std::size_t i = 0; i < node.programs.size(); ++i) {
    const int low = pick(random, 0, node.ways.count - node.least.count);
    const int size = pick(random, node.least.count, node.ways.count - low);
    allocation.masks.push_back(Cbm::run(WayIndex(low), Ways(size)));
    allocation.cluster_of.push_back(i);
  }
  return allocation;
}

void check_masks(const SteadyNode& node, const Allocation& a) {
  REQUIRE(a.cluster_of.size() == node.programs.size());
  CHECK(a.masks.size() <= static_cast<std::size_t>(node.closids));
  for (const Cbm mask : a.masks) {
    CHECK(mask.contiguous());
    CHECK(mask.size() >= node.least);
    CHECK((mask.bits >> node.ways.count) == 0);
  }
}

// A clock of half a second a look.
double ticking_us() {
  static double now = 0;
  return now += 5e5;
}

SteadyNode long_search(Random& random) {
  SteadyNode node = random_node(random, 13, 16);
  node.memory_bytes_per_sec = 0.4 * traffic_at_one_way(node);
  return node;
}

}  // namespace

TEST_CASE(
    "masks that overlap are as good as the best clustering and as every start, and marked where they are better") {
  int better_than_clusters = 0;
  int better_alone = 0;  // from the clustering, without starts
  int starts_won = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed, "overlap", 0);
    const int tenants = pick(random, 2, 5);
    SteadyNode node = random_node(random, tenants, pick(random, tenants, 9));
    if (random.uniform() < 0.3) node.memory_bytes_per_sec = 0.4 * traffic_at_one_way(node) + 1;
    if (random.uniform() < 0.3) node.closids = tenants;
    OracleQuestion question = ask(node, static_cast<Objective>(seed % 3), false);
    if (random.uniform() < 0.5) question.floor_tolerance = 0.1;
    INFO("seed " << seed);
    const auto clusters = ask_oracle(node, question);
    question.overlaps = true;
    const auto alone = ask_oracle(node, question);
    REQUIRE(alone);
    if (clusters &&
        beats(measure(node, question, alone->allocation), measure(node, question, clusters->allocation), question))
      ++better_alone;
    for (int i = 0; i < 20; ++i) question.starts.push_back(random_masks(random, node));
    const auto found = ask_oracle(node, question);
    REQUIRE(clusters);
    REQUIRE(found);
    check_masks(node, found->allocation);
    const Measure ours = measure(node, question, found->allocation);
    const Measure theirs = measure(node, question, clusters->allocation);
    CHECK_FALSE(beats(theirs, ours, question));
    for (const Allocation& start : question.starts) {
      CHECK_FALSE(beats(measure(node, question, start), ours, question));
      if (start == found->allocation) ++starts_won;
    }
    CHECK(found->value == Approx(question.objective == Objective::fairness ? -ours.value : ours.value).epsilon(1e-9));
    if (!beats(ours, theirs, question)) continue;
    ++better_than_clusters;
    CHECK(overlaps_in_part(found->allocation));
    if (found->exact) continue;
    if (question.objective == Objective::fairness)
      CHECK(found->bound <= found->value);
    else
      CHECK(found->bound >= found->value);
  }
  CHECK(better_than_clusters > 5);
  CHECK(better_alone > 5);
  CHECK(starts_won < better_than_clusters);  // the search goes on from what it is given
}

TEST_CASE("nothing that masks can do is above the loose bound") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed, "loose", 0);
    SteadyNode node = random_node(random, pick(random, 2, 6), pick(random, 2, 11));
    OracleQuestion question = ask(node, Objective::throughput, true);
    question.contracts.assign(node.programs.size(), Ways(1));
    if (seed % 2 == 0) question.objective = Objective::normalised;
    Judge judge(node, question);
    const double bound = loose_bound(node, judge);
    INFO("seed " << seed);
    for (int i = 0; i < 30; ++i) CHECK(measure(node, question, random_masks(random, node)).value <= bound + 1e-6);
  }
}

TEST_CASE("the loose bound of straight lines is the ways handed out to the steepest") {
  // In speedup the first has 0.2 with no ways and gets 0.2 from each, the second 0.5 and 0.125: 0.2 + 3 x 0.2 + 0.5.
  Curve steep;
  Curve flat;
  for (int w = 1; w <= 4; ++w) {
    steep.points.push_back({0.2 + 0.2 * w, 20, 10, 0.1, std::nullopt});
    flat.points.push_back({0.5 + 0.125 * w, 20, 10, 0.1, std::nullopt});
  }
  SteadyNode node;
  node.ways = 3_ways;
  node.programs = {program_of(steep, 4), program_of(flat, 4)};
  OracleQuestion question;
  question.contracts = {1_ways, 1_ways};
  CHECK(loose_bound(node, Judge(node, question)) == Approx(1.3));
}

TEST_CASE("a tenant without a contract has no floor and adds nothing to the normalised sum") {
  Random random(11, "none", 0);
  const SteadyNode node = random_node(random, 3, 6);
  OracleQuestion question = ask(node, Objective::normalised, false);
  question.clusters = false;
  question.contracts = {3_ways, 3_ways, 0_ways};
  question.floor_tolerance = 0.0;
  const auto answer = ask_oracle(node, question);
  REQUIRE(answer);
  const Measure ours = measure(node, question, answer->allocation);
  CHECK(answer->value == Approx(ours.value));
  CHECK(answer->allocation.masks[answer->allocation.cluster_of[2]].size() == 1_ways);
}

TEST_CASE("a search whose time is over gives the best found, no worse than its starts, with a bound that is true") {
  Random random(5, "patience", 0);
  for (const Objective objective : {Objective::throughput, Objective::normalised, Objective::fairness}) {
    SteadyNode node = random_node(random, 7, 9);
    if (objective == Objective::normalised) node.memory_bytes_per_sec = 0.4 * traffic_at_one_way(node);
    OracleQuestion question = ask(node, objective, true);
    const auto full = ask_oracle(node, question);
    REQUIRE(full);
    CHECK_FALSE(full->cut);
    for (const int looks : {0, 1, 2, 5, 20, 100}) {
      int left = looks;
      question.enough = [&] { return left-- <= 0; };
      question.starts = {random_masks(random, node)};
      const auto cut = ask_oracle(node, question);
      INFO("objective " << static_cast<int>(objective) << " looks " << looks);
      REQUIRE(cut);
      check_masks(node, cut->allocation);
      if (looks < 2) CHECK(cut->cut);
      const Measure ours = measure(node, question, cut->allocation);
      CHECK_FALSE(beats(measure(node, question, question.starts[0]), ours, question));
      if (objective == Objective::fairness)
        CHECK(cut->bound <= full->value + 1e-9);
      else
        CHECK(cut->bound >= full->value - 1e-9);
    }
  }
}

TEST_CASE("a stop ends a search anywhere with an error") {
  Random random(6, "stop", 0);
  const SteadyNode node = long_search(random);
  for (const Objective objective : {Objective::throughput, Objective::fairness}) {
    std::atomic<bool> stop = false;
    int asked = 0;
    OracleQuestion question = ask(node, objective, true);
    question.floor_tolerance = 0.05;
    question.stop = &stop;
    // From the third look on, somewhere in the tables; then behind them.
    for (const int after : {3, 70}) {
      stop = false;
      asked = 0;
      question.progress = [&](double) {
        if (++asked >= after) stop = true;
      };
      const auto answer = ask_oracle(node, question);
      REQUIRE_FALSE(answer);
      CHECK(answer.error().code == ErrorCode::failed);
      CHECK(answer.error().why == "interrupted");
      CHECK(asked < after + 10);
    }
  }
}

TEST_CASE("the simulator's seconds are counted from each question on") {
  Random random(8, "seconds", 0);
  const SteadyNode node = random_node(random, 6, 8);
  const OracleQuestion question = oracle_question({}, true, equal_contracts(node.ways, 6));
  for (int i = 0; i < 3; ++i) {
    const auto cut = call_oracle(node, question, {.seconds = 0.4, .now_us = ticking_us});
    const auto full = call_oracle(node, question, {.seconds = 1e6, .now_us = ticking_us});
    REQUIRE(cut);
    REQUIRE(full);
    CHECK(cut->cut);
    CHECK_FALSE(full->cut);
  }
}
