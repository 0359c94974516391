#include <algorithm>

#include "tests/sim_oracle/measure.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::sim;
using namespace dcat::sim::test;

namespace {

Curve curve_of(std::initializer_list<double> ipcs, double misses = 1, double stall = 0.1) {
  Curve curve;
  for (const double ipc : ipcs) curve.points.push_back({ipc, 20, misses, stall, std::nullopt});
  return curve;
}

OracleQuestion ask(const SteadyNode& node, Objective objective, bool clusters = false) {
  OracleQuestion question;
  question.objective = objective;
  question.clusters = clusters;
  question.contracts.assign(node.programs.size(), Ways(1));
  return question;
}

}  // namespace

TEST_CASE("a way that would slow a program stays unused") {
  SteadyNode node;
  node.ways = 4_ways;
  node.programs = {program_of(curve_of({1, 0.9, 0.8, 0.7}), 4), program_of(curve_of({1, 2, 1.5, 1.4}), 4)};
  const auto answer = ask_oracle(node, ask(node, Objective::throughput));
  REQUIRE(answer);
  CHECK(answer->allocation.masks == std::vector<Cbm>{Cbm(0b001), Cbm(0b110)});
  CHECK(answer->value == Approx(2));
}

TEST_CASE("normalised throughput weighs a program by its contract") {
  // One way more is worth 0.5 / 4 in speedup to the first and 1 / 2.2 to the second; against the contract's one way,
  // 0.5 / 0.5 and 1 / 1.2.
  SteadyNode node;
  node.ways = 3_ways;
  node.programs = {program_of(curve_of({0.5, 1, 4}), 3), program_of(curve_of({1.2, 2.2, 2.2}), 3)};
  const auto speedups = ask_oracle(node, ask(node, Objective::throughput));
  const auto normalised = ask_oracle(node, ask(node, Objective::normalised));
  REQUIRE(speedups);
  REQUIRE(normalised);
  CHECK(speedups->allocation.masks == std::vector<Cbm>{Cbm(0b001), Cbm(0b110)});
  CHECK(normalised->allocation.masks == std::vector<Cbm>{Cbm(0b011), Cbm(0b100)});
  CHECK(normalised->value == Approx(3));
}

TEST_CASE("a floor is kept though it costs throughput") {
  SteadyNode node;
  node.ways = 4_ways;
  node.programs = {program_of(curve_of({0.9, 1, 1, 1}), 4), program_of(curve_of({0.1, 0.2, 1, 1}), 4)};
  OracleQuestion question = ask(node, Objective::throughput);
  question.contracts = {2_ways, 2_ways};
  const auto free = ask_oracle(node, question);
  question.floor_tolerance = 0.05;
  const auto kept = ask_oracle(node, question);
  REQUIRE(free);
  REQUIRE(kept);
  CHECK(free->value == Approx(1.9));
  CHECK(kept->value == Approx(1.2));
  CHECK(kept->floors_hold);
}

TEST_CASE("where not all floors can be kept the least is missed") {
  SteadyNode node;
  node.ways = 3_ways;
  node.programs = {program_of(curve_of({0.5, 1, 1}), 3), program_of(curve_of({0.9, 1, 1}), 3)};
  OracleQuestion question = ask(node, Objective::throughput);
  question.contracts = {2_ways, 2_ways};
  question.floor_tolerance = 0.0;
  const auto answer = ask_oracle(node, question);
  REQUIRE(answer);
  CHECK_FALSE(answer->floors_hold);
  CHECK(answer->allocation.masks[0].size() == 2_ways);
  CHECK(answer->exact);
}

TEST_CASE("a budget ends a search with a bound that is true") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Random random(seed, "budget", 0);
    SteadyNode node = random_node(random, 5, 8);
    node.memory_bytes_per_sec = 0.4 * traffic_at_one_way(node) + 1;
    OracleQuestion question = ask(node, static_cast<Objective>(seed % 3), true);
    const auto full = ask_oracle(node, question);
    question.budget = 3;
    const auto cut = ask_oracle(node, question);
    REQUIRE(full);
    REQUIRE(cut);
    CHECK(full->exact);
    CHECK(cut->evaluations <= 10);
    CHECK(legal(node, cut->allocation));
    if (question.objective == Objective::fairness) {
      CHECK(cut->bound <= full->value + 1e-9);
      CHECK(cut->value >= full->value - 1e-9);
    } else {
      CHECK(cut->bound >= full->value - 1e-9);
      CHECK(cut->value <= full->value + 1e-9);
    }
    CHECK(cut->exact == (cut->bound == cut->value));
  }
}

TEST_CASE("progress rises to the end") {
  Random random(3, "progress", 0);
  SteadyNode node = random_node(random, 5, 8);
  node.memory_bytes_per_sec = 0.3 * traffic_at_one_way(node) + 1;
  for (const Objective objective : {Objective::throughput, Objective::fairness}) {
    OracleQuestion question = ask(node, objective, true);
    std::vector<double> told;
    question.progress = [&](double done) { told.push_back(done); };
    REQUIRE(ask_oracle(node, question));
    REQUIRE_FALSE(told.empty());
    CHECK(std::is_sorted(told.begin(), told.end()));
    CHECK(told.back() == Approx(1));
  }
}

TEST_CASE("beyond the exact reach clusters are the best found, with a bound") {
  Random random(5, "many", 0);
  for (const int tenants : {15, 18}) {
    SteadyNode node = random_node(random, tenants, 16);
    const OracleQuestion question = ask(node, Objective::throughput, true);
    const auto answer = ask_oracle(node, question);
    REQUIRE(answer);
    CHECK(legal(node, answer->allocation));
    CHECK_FALSE(answer->exact);
    CHECK(answer->bound >= answer->value);
    CHECK(answer->bound <= tenants + 1e-9);
    const Measure all =
        measure(node, question, side_by_side({16}, std::vector<std::size_t>(static_cast<std::size_t>(tenants), 0)));
    CHECK(answer->value > all.value);
    if (tenants > 16) continue;
    OracleQuestion apart = question;
    apart.clusters = false;
    CHECK(answer->value >= ask_oracle(node, apart)->value - 1e-9);
  }
}

TEST_CASE("what cannot be asked is refused with a reason") {
  Random random(7, "refused", 0);
  SteadyNode node = random_node(random, 4, 4);
  const auto why = [&](const OracleQuestion& question) {
    const auto answer = ask_oracle(node, question);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::bad_input);
    return answer.error().why;
  };
  OracleQuestion question = ask(node, Objective::throughput);
  node.closids = 3;
  CHECK(why(question) == "4 tenants with 3 CLOSIDs: not everybody can have one alone");
  node.closids = 16;
  node.least = 2_ways;
  CHECK(why(question) == "4 tenants in 4 ways: not everybody can have ways alone");
  node.least = 1_ways;
  question.contracts[1] = 5_ways;
  CHECK(why(question) == "tenant 2: a contract of 5 of 4 ways");
  question.contracts.pop_back();
  CHECK(why(question) == "3 contracts for 4 tenants");
  node.programs.clear();
  CHECK(why(question) == "no tenants");
}
