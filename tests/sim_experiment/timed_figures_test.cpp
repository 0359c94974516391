// What a run adds up to, on scenarios whose figures are known by hand.
#include "tests/sim_experiment/build.h"
#include "tests/support/catch.h"

namespace dcat::sim {
namespace {

using namespace test;

TimedResult run(const TimedQuestion& q) {
  Result<TimedResult> result = run_over_time(q);
  if (!result) FAIL(result.error().to_string());
  return *std::move(result);
}

// a gains and then idles along, b the other way round; they change at the fifth second.
std::vector<TenantSpec> swapping() {
  return {tenant("a", 4, {lasting(gaining(0.4, 1.6, 8, 0.1), 10), lasting(flat(1, 0.3))}),
          tenant("b", 4, {lasting(flat(1, 0.2), 10), lasting(gaining(0.4, 1.6, 8, 0.4))})};
}

// UCP gives a's ways to b, whose misses fall more a way: a, if it runs IPC 0.5 to 2 over the ways, has 1 of 4 ways,
// half of the IPC at its contract.
std::vector<TenantSpec> robbed(std::vector<PhaseSpec> phases) {
  Workload worse = gaining(0.5, 2, 4, 0.2);
  Curve more = *std::get<CurveProgram>(worse.kind).curve;
  for (CurvePoint& point : more.points) point.misses_per_ki = point.misses_per_ki * 10, point.references_per_ki = 400;
  worse.kind = CurveProgram{std::make_shared<const Curve>(more)};
  return {tenant("a", 2, std::move(phases)), tenant("b", 2, {lasting(worse)})};
}

}  // namespace

TEST_CASE("Figures are means over periods and those that ran, by hand") {
  // Static: 2 of 4 ways. a: IPC 0.5, 1, 1.5, 2 by its ways, at 2 ways 1; then flat. b sleeps in the second period.
  const TimedResult r = run(question("static", 4,
                                     {tenant("a", 2, {lasting(gaining(0.5, 2, 4, 0.1), 1), lasting(flat(3, 0.3))}),
                                      tenant("b", 2, {lasting(gaining(0.8, 2, 4, 0.2), 1), asleep(9)})},
                                     2));
  // Speedups: 1/2 and 1.2/2, then 1.
  CHECK(r.stp == Approx((1.1 + 1.0) / 2));
  CHECK(r.antt == Approx(((2 + 1 / 0.6) / 2 + 1) / 2));
  CHECK(r.unfairness == Approx((2 * 0.6 + 1) / 2));
  CHECK(r.normalised_ipc == Approx((2.0 + 1.0) / 2));
  CHECK(r.tenant_normalised[0] == Approx(1));
  CHECK(r.tenant_normalised[1] == Approx(1));
  CHECK(r.tenant_speedup[0] == Approx(0.75));
  CHECK(r.tenant_speedup[1] == Approx(0.6));
  CHECK(r.violations == 0);
  CHECK(r.closids == 2);
  CHECK(r.series[0].tenants[1].ran);
  CHECK_FALSE(r.series[1].tenants[1].ran);
  CHECK_FALSE(r.series[0].changed);
  CHECK(r.series[1].changed);
}

TEST_CASE("Violations are tenant-periods below the tolerance, their depth what is missing") {
  TimedQuestion q = question("ucp", 4, robbed({lasting(gaining(0.5, 2, 4, 0.1))}), 3);
  TimedResult r = run(q);
  CHECK(r.violations == 3);
  CHECK(r.violation_depth_periods == Approx(3 * (0.95 - 0.5)));
  CHECK(r.violations_in_a_row == 3);
  q.goal.floors = true;
  r = run(q);
  CHECK(r.violations == 0);
  CHECK(r.violations_in_a_row == 0);
  CHECK(r.normalised_ipc == Approx(2));
}

TEST_CASE("Violations in a row are of one tenant, and go on when it wakes up") {
  // ucp learns of each change a period late: until then the hungry one has 1 of 8 ways.
  const Workload hungry = gaining(0.4, 1.6, 8, 0.1), other = gaining(0.4, 1.6, 8, 0.2), idle = flat(1, 0.3);
  TimedResult r = run(question("ucp", 8,
                               {tenant("a", 4, {lasting(hungry, 5), lasting(idle, 1), lasting(hungry)}),
                                tenant("b", 4, {lasting(idle, 5), lasting(other, 1), lasting(idle)})},
                               10));
  CHECK(r.violations == 2);  // b in the sixth period, a in the seventh
  CHECK(r.violations_in_a_row == 1);
  const Workload gains = gaining(0.5, 2, 4, 0.1);
  r = run(question("ucp", 4, robbed({lasting(gains, 2), asleep(2), lasting(gains)}), 6));
  CHECK(r.violations == 4);
  CHECK(r.violations_in_a_row == 4);
}

TEST_CASE("A policy learns of a change one period late, the oracle not at all late, static never") {
  OracleMemo memo;
  const auto asked = [&](const std::string& policy) {
    TimedQuestion q = question(policy, 8, swapping(), 20);
    q.oracle = &memo;
    q.goal.objective = Objective::normalised;
    return run(q);
  };
  const TimedResult ucp = asked("ucp");
  CHECK(ucp.changes == 1);
  CHECK(ucp.periods_to_98 == 1.0);
  CHECK(ucp.periods_to_95 == 1.0);
  CHECK(ucp.moved_ways == 6);  // 7 and 1 become 1 and 7: one of them gets six
  CHECK(ucp.series[9].tenants[0].mask.size() == Ways(7));
  CHECK(ucp.series[10].tenants[0].mask.size() == Ways(7));
  CHECK(ucp.series[11].tenants[0].mask.size() == Ways(1));
  const TimedResult oracle = asked("oracle");
  CHECK(oracle.periods_to_98 == 0.0);
  CHECK(oracle.normalised_ipc == Approx(*oracle.oracle_normalised).epsilon(1e-9));
  const TimedResult fixed = asked("static");
  CHECK(fixed.changes == 1);
  CHECK_FALSE(fixed.periods_to_95);
  CHECK(fixed.moved_ways == 0);
}

TEST_CASE("Without a bound to compare with there is nothing to chase") {
  const TimedResult r = run(question("ucp", 8, swapping(), 20));
  CHECK(r.changes == 0);
  CHECK_FALSE(r.oracle_normalised);
  CHECK_FALSE(r.periods_to_98);
}

TEST_CASE("Static contracts stay where they are while a tenant sleeps") {
  std::vector<TenantSpec> tenants{tenant("a", 3, {lasting(gaining(0.4, 1.6, 8, 0.1))}),
                                  tenant("b", 3, {lasting(flat(1, 0.2), 3), asleep(3), lasting(flat(1, 0.2))})};
  const TimedResult r = run(question("static", 8, tenants, 9));
  CHECK(r.moved_ways == 0);
  for (const TimedPeriod& period : r.series) CHECK(period.tenants[0].mask.size() == Ways(4));
  CHECK_FALSE(r.series[4].tenants[1].ran);
  CHECK(r.series[4].tenants[1].mask.size() == Ways(4));
}

TEST_CASE("Who comes and goes is there from arrival to departure, for every policy") {
  for (const std::string policy : {"shared", "static", "dcat-fair", "dcat-max", "adaptive", "ucp", "dunn", "lfoc",
                                   "kpart", "cacheman", "aimd", "oracle", "oracle-clusters"}) {
    std::vector<TenantSpec> tenants = swapping();
    tenants.push_back(tenant("c", 2, {lasting(flat(0.8, 0.5, 20))}));
    tenants[0].contract = tenants[1].contract = Ways(3);
    tenants[2].arrival = TimePoint(std::chrono::seconds(3));
    tenants[2].departure = TimePoint(std::chrono::seconds(7));
    INFO(policy);
    TimedQuestion q = question(policy, 8, tenants, 15);
    q.parameters.shared_ways = Ways(0);
    const TimedResult r = run(q);
    REQUIRE(r.series.size() == 15);
    CHECK(r.refused == 0);
    for (std::size_t p = 0; p < 15; ++p) CHECK(r.series[p].tenants[2].ran == (p >= 3 && p < 7));
    CHECK(r.series[3].changed);
    CHECK(r.series[7].changed);
  }
}

TEST_CASE("A tenant without a contract has no normalised IPC and is never violated") {
  std::vector<TenantSpec> tenants = swapping();
  tenants[0].contract_kind = ContainerInfo::ContractKind::none;
  const TimedResult r = run(question("static", 8, tenants, 3));
  CHECK(r.tenant_normalised[0] == 0);
  CHECK(r.tenant_speedup[0] > 0);
  CHECK(r.normalised_ipc == Approx(1));
  CHECK(r.violations == 0);
}

TEST_CASE("Domains are allocated each by itself") {
  TimedQuestion q = question("ucp", 8, swapping(), 15);
  DomainSpec second = q.scenario.domains[0];
  second.id = DomainId{1};
  second.ways = Ways(4);
  q.scenario.domains.push_back(second);
  TenantSpec far = tenant("far", 2, {lasting(gaining(0.4, 1.6, 4, 0.15))});
  far.placements = {{DomainId{1}, 1}};
  TenantSpec both = tenant("both", 1, {lasting(flat(1, 0.35))});
  both.placements = {{DomainId{0}, 1}, {DomainId{1}, 1}};
  q.scenario.tenants.push_back(far);
  q.scenario.tenants.push_back(both);
  for (const std::string policy : {"ucp", "kpart", "dunn", "oracle", "dcat-fair"}) {
    q.policy = policy;
    const TimedResult r = run(q);
    INFO(policy);
    CHECK(r.tenants == std::vector<std::string>{"a", "b", "both", "far"});
    for (const TimedTenant& t : r.series.back().tenants) CHECK(t.ran);
    // The far one shares its four ways with a flat program at the most.
    if (policy == "ucp" || policy == "oracle") CHECK(r.series.back().tenants[3].ways_held == Approx(3));
  }
}

TEST_CASE("A policy that cannot allocate at the start is an error, later it leaves what stands") {
  std::vector<TenantSpec> tenants;
  for (int i = 0; i < 5; ++i) tenants.push_back(tenant("t" + std::to_string(i), 1, {lasting(flat(1, 0.1 + 0.1 * i))}));
  CHECK(run_over_time(question("ucp", 4, tenants, 5)).error().code == ErrorCode::bad_input);
  tenants[4].arrival = TimePoint(std::chrono::seconds(2));
  const TimedResult r = run(question("ucp", 4, tenants, 5));
  CHECK(r.refused == 2);  // it is known of at the end of the third period
  CHECK(r.series.back().tenants[0].mask.size() == Ways(1));
}

}  // namespace dcat::sim
