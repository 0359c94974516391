// No partition policy that keeps the same floors is above the oracle, in any period.
#include "tests/sim_experiment/build.h"
#include "tests/support/catch.h"
#include "tests/support/random_node.h"

namespace dcat::sim {

TEST_CASE("In every period in which a partition policy keeps the floors the oracle is at least as good") {
  int compared = 0;
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    Random random(seed, "bound", 0);
    const int ways = test::pick(random, 6, 14);
    std::vector<TenantSpec> tenants;
    for (int t = 0; t < 4; ++t) {
      std::vector<PhaseSpec> phases;
      for (int p = 0; p < 3; ++p) {
        Workload workload;
        workload.kind = CurveProgram{std::make_shared<const Curve>(test::random_curve(random, ways, seed % 2 == 0))};
        workload.memory_accesses_per_instruction = 0.1 * (p + 1) + 0.01 * t;
        phases.push_back(test::lasting(std::move(workload), test::pick(random, 4, 9)));
      }
      tenants.push_back(test::tenant("t" + std::to_string(t), ways / 4, std::move(phases)));
    }
    for (const bool floors : {true, false}) {
      OracleMemo memo;
      for (const std::string policy : {"ucp", "static", "oracle"}) {
        TimedQuestion q = test::question(policy, ways, tenants, 20);
        q.goal.floors = floors;
        q.goal.objective = Objective::normalised;
        q.oracle = &memo;
        const Result<TimedResult> r = run_over_time(q);
        INFO(policy << " seed " << seed << " floors " << floors);
        REQUIRE(r.ok());
        for (const TimedPeriod& period : r->series) {
          bool keeps = true;
          for (const TimedTenant& t : period.tenants)
            keeps = keeps && (!floors || !t.ran || t.normalised_ipc >= 1 - q.goal.tolerance);
          if (!keeps) continue;
          ++compared;
          REQUIRE(period.normalised_ipc <= *period.oracle_normalised + 1e-9);
          if (policy == "oracle") REQUIRE(period.normalised_ipc >= *period.oracle_normalised - 1e-9);
        }
      }
    }
  }
  CHECK(compared > 1000);
}

}  // namespace dcat::sim
