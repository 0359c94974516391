// Nobody at all beats oracle-clusters on its own objective: every policy by its name, in random workloads.
//
// With floors a policy that keeps them less is behind, whatever its value. One that never rests is judged by the mean
// of what it goes through, which is no better than the best of that.
#include "sim/experiment/policy_list.h"
#include "sim/experiment/steady_run.h"
#include "tests/sim_oracle/measure.h"
#include "tests/support/cases.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::sim;
using namespace dcat::sim::test;

namespace {

constexpr std::uint64_t kOfDcat = 40;  // one workload in so many: dCat runs over time, which takes long

struct Workloads {
  std::string name;
  std::uint64_t seeds = 0;
  int most_tenants = 0;
  bool bus = false;
};

Measure measure_of(const SteadyResult& result, const Goal& goal) {
  Measure m{goal.floors ? result.figures.violation_depth : 0, 0, result.figures.stp};
  switch (goal.objective) {
    case Objective::throughput: m.value = result.figures.stp; break;
    case Objective::normalised: m.value = result.figures.normalised_ipc; break;
    case Objective::fairness: m.value = -result.figures.unfairness; break;
  }
  return m;
}

// A mean has no throughput of its own beside its unfairness: the tie-break counts for answers that rest.
bool above(const SteadyResult& theirs, const SteadyResult& best, const Goal& goal) {
  OracleQuestion question;
  question.objective = theirs.settled ? goal.objective : Objective::throughput;
  return beats(measure_of(theirs, goal), measure_of(best, goal), question);
}

struct Counts {
  int overlapping = 0;  // answers that no clustering could have been
  int compared = 0;
};

bool overlaps_in_part(const Allocation& a) {
  for (const Cbm& one : a.masks)
    for (const Cbm& other : a.masks)
      if (one != other && one.overlaps(other)) return true;
  return false;
}

void challenge(const Workloads& workloads, std::uint64_t seed, Counts& counts) {
  Random random(seed, workloads.name, 0);
  const int tenants = pick(random, 2, workloads.most_tenants);
  const int ways = pick(random, tenants, 11);
  const bool bumpy = random.uniform() < 0.5;
  CurveTable curves;
  SteadyQuestion question;
  question.mix.number = 1;
  for (int i = 0; i < tenants; ++i) {
    const std::string name = "p" + std::to_string(i);
    curves[name] = random_curve(random, ways, bumpy);
    question.mix.programs.push_back(name);
  }
  question.node.ways = Ways(ways);
  if (random.uniform() < 0.2) question.node.closids = pick(random, tenants, tenants + 1);
  if (workloads.bus)
    question.node.memory_bytes_per_sec =
        traffic_at_one_way(steady_node_of(question.mix, curves, question.node)) * (0.05 + random.uniform()) + 1;
  question.goal.objective = static_cast<Objective>(pick(random, 0, 2));
  question.goal.floors = random.uniform() < 0.5;
  question.goal.tolerance = 0.2 * random.uniform();
  question.policy = kOracleClusters;
  const Result<SteadyResult> best = run_steady(question, curves);
  REQUIRE(best);
  if (overlaps_in_part(best->allocation)) ++counts.overlapping;
  for (const std::string& policy : simulated_policies()) {
    if (policy == kOracleClusters || (is_of_core(policy) && seed % kOfDcat != 0)) continue;
    question.policy = policy;
    const Result<SteadyResult> theirs = run_steady(question, curves);
    if (!theirs) continue;  // it does not fit
    ++counts.compared;
    INFO(workloads.name << " seed " << seed << " policy " << policy << " objective "
                        << static_cast<int>(question.goal.objective) << " floors " << question.goal.floors);
    CHECK_FALSE(above(*theirs, *best, question.goal));
  }
}

void challenge(const Workloads& workloads) {
  Counts counts;
  for (std::uint64_t seed = 0; seed < workloads.seeds; ++seed) challenge(workloads, seed, counts);
  CHECK(counts.compared > static_cast<int>(workloads.seeds) * 8);
  CHECK(counts.overlapping > 0);
}

}  // namespace

TEST_CASE("no policy beats oracle-clusters in random workloads, with and without floors") {
  challenge({"idle bus, few tenants", testing::kCases / 10 * 8, 4, false});
  challenge({"idle bus", testing::kCases / 10 * 2, 6, false});
}
TEST_CASE("no policy beats oracle-clusters where the bus is busy") {
  challenge({"busy bus", testing::kSanitized ? 30 : 300, 5, true});
}
