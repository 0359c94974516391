// Which changes count, and how soon each is caught up with: by hand, and in runs.
#include "sim/experiment/convergence.h"

#include "sim/experiment/cast.h"
#include "tests/sim_experiment/build.h"
#include "tests/support/catch.h"

namespace dcat::sim {
namespace {

using namespace test;

void periods(Convergence& convergence, const std::vector<double>& parts) {
  for (const double part : parts) convergence.period(part);
}

TimedResult run(TimedQuestion q, OracleMemo& memo) {
  q.oracle = &memo;
  q.goal.objective = Objective::normalised;
  Result<TimedResult> result = run_over_time(std::move(q));
  if (!result) FAIL(result.error().to_string());
  return *std::move(result);
}

Workload hungry() {
  return gaining(0.4, 1.6, 8, 0.1);
}
Workload idle() {
  return flat(1, 0.3);
}

// a and b are hungry by turns, ten periods each. The same Workload is the same program.
std::vector<TenantSpec> by_turns() {
  const Workload a = hungry(), b = hungry(), a_idle = idle(), b_idle = idle();
  return {tenant("a", 4, {lasting(a, 10), lasting(a_idle, 10), lasting(a, 10), lasting(a_idle)}),
          tenant("b", 4, {lasting(b_idle, 10), lasting(b, 10), lasting(b_idle, 10), lasting(b)})};
}

}  // namespace

TEST_CASE("A change counts the whole periods before the first one at 98 % of the bound") {
  Convergence convergence;
  periods(convergence, {0.5, 1});  // nothing has changed yet
  convergence.change(true, true);
  periods(convergence, {0.9, 0.96, 0.97, 0.98, 0.5, 0.99});
  convergence.change(true, false);
  periods(convergence, {1, 0.9, 0.9, 0.9, 0.9, 0.9});
  convergence.change(true, true);
  periods(convergence, {0.97, 0.97, 0.97, 0.97, 0.97, 0.979, 0.979});
  CHECK(convergence.finish() == std::vector<CaughtUp>{{true, 1, 3}, {false, 0, 0}, {true, 0, std::nullopt}});
}

TEST_CASE("A change that is followed by another within six periods, or that asks for nothing, does not count") {
  Convergence convergence;
  convergence.change(true, true);
  periods(convergence, {0.9, 0.9, 0.9, 0.9, 0.9});
  convergence.change(false, true);
  periods(convergence, {0.9, 0.9, 0.9, 0.9, 0.9, 0.9});
  convergence.change(true, true);
  periods(convergence, {0.9, 0.9, 0.9, 0.9, 0.9, 0.9});
  CHECK(convergence.finish() == std::vector<CaughtUp>{{true, std::nullopt, std::nullopt}});
}

TEST_CASE("A median of never is absent, and never is the greatest") {
  CHECK(median_of({3, std::nullopt, 1}) == 3.0);
  CHECK(median_of({1, 2, std::nullopt, 5}) == 3.5);
  CHECK_FALSE(median_of({1, std::nullopt}));
  CHECK_FALSE(median_of({}));
}

TEST_CASE("Changes are written down as how often each number of periods was, so that runs can be pooled") {
  const std::vector<CaughtUp> changes{{true, 1, 12}, {true, 0, std::nullopt}, {false, 1, 1},
                                      {true, 1, 2},  {true, 1, 12},           {true, 1, std::nullopt}};
  CHECK(to_98_text(changes, true) == "2:1 12:2 never:2");
  CHECK(to_98_text(changes, false) == "1:1");
  CHECK(to_98_text({}, true).empty());
}

TEST_CASE("A change is recurring where nobody runs what it has not run before") {
  OracleMemo memo;
  const TimedResult r = run(question("ucp", 8, by_turns(), 40), memo);
  CHECK(r.caught_up == std::vector<CaughtUp>{{true, 1, 1}, {false, 1, 1}, {false, 1, 1}});
  CHECK(r.changes == 3);
}

TEST_CASE("A load that changes is no other program, and what is best at it is another question") {
  OracleMemo memo;
  std::vector<TenantSpec> tenants = by_turns();
  // At every change of programs a's load does as well, so that only programs tell what was there before.
  for (std::size_t p = 2; p < 4; ++p) tenants[0].phases[p].load = 0.5;
  const TimedResult r = run(question("ucp", 8, tenants, 40), memo);
  CHECK(r.caught_up == std::vector<CaughtUp>{{true, 1, 1}, {false, 1, 1}, {false, 1, 1}});
  Scenario scenario = question("ucp", 8, tenants, 40).scenario;
  const Cast cast(scenario);
  CHECK(cast.scene(0, {0, 0}).key != cast.scene(0, {2, 0}).key);
  CHECK(cast.scene(0, {0, 0}).node.programs[0].cycles_per_sec() ==
        2 * cast.scene(0, {2, 0}).node.programs[0].cycles_per_sec());
}

TEST_CASE("With the best masks asked for, changes are counted against them as well") {
  OracleMemo memo;
  TimedQuestion q = question("static", 8, by_turns(), 40);
  TimedResult r = run(q, memo);
  CHECK_FALSE(r.clusters_normalised);
  CHECK(r.caught_up_clusters.empty());
  q.compare_clusters = true;
  r = run(q, memo);
  REQUIRE(r.clusters_normalised);
  CHECK(*r.clusters_normalised >= *r.oracle_normalised);
  CHECK(r.caught_up_clusters.size() == 3);
  CHECK_FALSE(r.caught_up_clusters.front().to_98);
  q.policy = "oracle-clusters";
  r = run(q, memo);
  CHECK(r.normalised_ipc == Approx(*r.clusters_normalised));
}

TEST_CASE("Masks that change are counted by tenant, and by period in each hundred") {
  OracleMemo memo;
  // ucp: 7 and 1 become 1 and 7 and back, both tenants' masks at a time, in the periods 12, 22 and 32.
  TimedResult r = run(question("ucp", 8, by_turns(), 40), memo);
  CHECK(r.mask_changes == 6);
  CHECK(r.changed_periods == std::vector<int>{3});
  r = run(question("static", 8, by_turns(), 250), memo);
  CHECK(r.mask_changes == 0);
  CHECK(r.changed_periods == std::vector<int>{0, 0, 0});
}

}  // namespace dcat::sim
