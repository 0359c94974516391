// The core on a mix: its guarantee, and seeds.
#include "sim/experiment/policy_list.h"
#include "tests/sim_experiment/build.h"
#include "tests/support/catch.h"

namespace dcat::sim {
namespace {

using namespace test;

TimedQuestion mixed(const std::string& policy, std::uint64_t seed, double noise) {
  TimedQuestion q =
      question(policy, 12,
               {tenant("a", 3, {lasting(gaining(0.5, 1.5, 12, 0.1), 25), lasting(flat(1, 0.3))}),
                tenant("b", 3, {lasting(flat(1.2, 0.2), 40), lasting(gaining(0.4, 1.2, 12, 0.45))}),
                tenant("c", 3, {lasting(gaining(0.9, 1.2, 12, 0.15))}), tenant("d", 3, {lasting(flat(0.6, 0.5, 25))})},
               80);
  q.parameters.shared_ways = Ways(0);
  q.scenario.seed = seed;
  q.scenario.noise_ratio = noise;
  return q;
}

}  // namespace

TEST_CASE("Without noise dCat breaks no guarantee but right after a change of phase") {
  for (const std::string policy : {"dcat-fair", "dcat-max"}) {
    const Result<TimedResult> r = run_over_time(mixed(policy, 1, 0));
    REQUIRE(r.ok());
    int last_change = 0;  // the start is one
    for (int p = 0; p < 80; ++p) {
      const TimedPeriod& period = r->series[static_cast<std::size_t>(p)];
      if (period.changed) last_change = p;
      // An Unknown that misses most of its references may be tried at one way for a period, three after the change.
      for (std::size_t t = 0; t < 4; ++t) {
        INFO(policy << " period " << p << " tenant " << t << " at " << period.tenants[t].normalised_ipc);
        if (period.tenants[t].normalised_ipc < 0.95) CHECK(p - last_change <= 4);
      }
      CHECK(period.tenants[0].state.has_value());
    }
    // It did something: the gaining one had more than its contract for most of its first phase.
    CHECK(r->series[24].tenants[0].ways_held > 4);
    CHECK(r->normalised_ipc > 4.0);
  }
}

TEST_CASE("A contract taken back is counted, of those that have states") {
  // a changes after 25 periods, b after 40; admission is none.
  const Result<TimedResult> r = run_over_time(mixed("dcat-fair", 1, 0));
  REQUIRE(r.ok());
  std::uint64_t reclaims = 0;
  for (std::size_t p = 1; p < r->series.size(); ++p)
    for (std::size_t t = 0; t < 4; ++t)
      if (r->series[p].tenants[t].state == State::reclaim && r->series[p - 1].tenants[t].state != State::reclaim)
        ++reclaims;
  CHECK(reclaims >= 2);
  CHECK(r->reclaims == reclaims);
  CHECK_FALSE(run_over_time(mixed("ucp", 1, 0))->reclaims);
}

TEST_CASE("The same seed gives the same run, another seed another, for every policy that measures") {
  for (const std::string& policy : simulated_policies()) {
    const auto run = [&](std::uint64_t seed) { return *run_over_time(mixed(policy, seed, 0.1)); };
    const TimedResult first = run(1);
    const TimedResult again = run(1);
    INFO(policy);
    REQUIRE(first.series.size() == again.series.size());
    for (std::size_t p = 0; p < first.series.size(); ++p) REQUIRE(first.series[p].tenants == again.series[p].tenants);
    CHECK(first.stp == again.stp);
    // Noise is in counters alone: who reads none does the same with every seed.
    if (policy == "dcat-fair" || policy == "dunn") CHECK(run(2).stp != first.stp);
    if (policy == "ucp" || policy == "static" || policy == "oracle") CHECK(run(2).stp == first.stp);
  }
}

TEST_CASE("A dCat whose every period is refused has no figures, but the reason") {
  TimedQuestion q = mixed("dcat-fair", 1, 0);
  q.scenario.domains[0].tied = {Cbm(0x3), Cbm(0xc00)};  // at both ends: no shared region holds both
  const Result<TimedResult> r = run_over_time(q);
  REQUIRE_FALSE(r.ok());
  CHECK(r.error().code == ErrorCode::bad_input);
  CHECK(r.error().what == "policy dcat-fair");
  CHECK_THAT(r.error().why, Catch::StartsWith("every period was refused, the last one: "));
}

}  // namespace dcat::sim
