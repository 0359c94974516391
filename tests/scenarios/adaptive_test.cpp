// What `adaptive` does on simulated nodes whose tenants are steady, swing or come, with counters as noisy as real ones
// are. A line of figures each is printed; all of them are simulated.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "tests/scenarios/play.h"
#include "tests/sim/build.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::test;

namespace {

constexpr double kMeasuredNoise = 0.041;  // docs/simulator.md
constexpr std::size_t kLearning = 100;    // periods until everything has been seen

void under_adaptive(Config& c) {
  c.parameters.policy = PolicyKind::adaptive;
}

sim::Scenario with_noise(std::vector<sim::TenantSpec> tenants, std::uint64_t seed) {
  sim::Scenario s = sim::test::scenario(std::move(tenants));
  s.noise_ratio = kMeasuredNoise;
  s.seed = seed;
  return s;
}

int changes_after(const Play& p, std::size_t period) {
  return static_cast<int>(std::count_if(p.periods.begin() + static_cast<std::ptrdiff_t>(period), p.periods.end(),
                                        [](const PlayedPeriod& one) { return !one.decision.changes.empty(); }));
}

std::string changes_of(const Play& p, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < p.periods.size(); ++i) {
    if (p.periods[i].decision.changes.empty()) continue;
    text += fmt::format("{}:", i + 1);
    for (const auto& [name, t] : p.periods[i].tenants)
      text += fmt::format(" {} {}->{} {}{}", name, t.in_force, t.ways, name_of(t.why),
                          t.reason.normalised_ipc ? fmt::format(" {:.3f}", *t.reason.normalised_ipc) : "");
    text += "\n";
  }
  return text;
}

std::vector<sim::TenantSpec> steady_tenants(int kind) {
  using namespace sim::test;
  switch (kind) {
    case 0:
      return {tenant("a", 3, mlr(5)),     tenant("b", 3, mload()),    tenant("c", 3, lookbusy()),
              tenant("d", 3, lookbusy()), tenant("e", 3, lookbusy()), tenant("f", 3, lookbusy())};
    case 1:
      return {tenant("a", 4, zipf(9, 200'000, 0.9)), tenant("b", 4, zipf(20, 1'000'000, 0.8)), tenant("c", 4, mlr(6)),
              tenant("d", 4, mload())};
    case 2:
      return {tenant("a", 5, zipf(30, 1'000'000, 0.6)), tenant("b", 5, zipf(30, 1'000'000, 1.1)),
              tenant("c", 5, zipf(6, 100'000, 0.9))};
    default:
      return {tenant("a", 2, mlr(12)),    tenant("b", 2, mlr(3)),
              tenant("c", 2, mload()),    tenant("d", 2, zipf(9, 200'000, 0.9)),
              tenant("e", 2, lookbusy()), tenant("f", 2, zipf(15, 500'000, 0.7)),
              tenant("g", 2, mlr(2)),     tenant("h", 2, mload())};
  }
}

}  // namespace

TEST_CASE("steady tenants with the noise of real counters are moved less than once in 100 periods") {
  constexpr int kPeriods = 500;
  int changes = 0, periods = 0, at_first = 0;
  std::string text;
  for (const int kind : {0, 1, 2, 3})
    for (const std::uint64_t seed : {1, 2}) {
      Config config;
      under_adaptive(config);
      const Play p = play(with_noise(steady_tenants(kind), seed), config, kPeriods);
      const int here = changes_after(p, kLearning);
      at_first += changes_after(p, 0) - here;
      fmt::print("simulated: steady tenants, kind {}, seed {}: {} changes in {} periods after the first {}\n", kind,
                 seed, here, kPeriods - kLearning, kLearning);
      if (here > 0) text += fmt::format("kind {}, seed {}\n{}", kind, seed, changes_of(p, kLearning));
      changes += here;
      periods += kPeriods - static_cast<int>(kLearning);
    }
  INFO(text);
  CHECK(at_first >= 8);  // in each run once
  CHECK(changes * 100 < periods);
}

TEST_CASE("a load that swings by half takes nobody's contract back, and is no other phase") {
  const Play p = play("load-swings.yaml", {0, under_adaptive, {}});
  constexpr std::size_t kComing = 5;  // everybody begins at its contract
  int reclaims = 0;
  for (std::size_t i = kComing; i < p.periods.size(); ++i)
    for (const auto& [name, t] : p.periods[i].tenants) reclaims += t.dedicated && t.state == State::reclaim ? 1 : 0;
  const int changes = changes_after(p, kComing);
  fmt::print("simulated: a load that swings: {} changes and {} contracts taken back in {} periods after the first {}\n",
             changes, reclaims, p.periods.size() - kComing, kComing);
  INFO(changes_of(p, kComing));
  for (const auto& [name, t] : p.periods.back().tenants) {
    INFO(name << "\n" << p.describe(name));
    CHECK(t.phase == p.at(kComing + 1, name).phase);
  }
  CHECK(reclaims == 0);
}

TEST_CASE("nobody is below its guarantee for two periods in a row, whatever is tried with it") {
  for (const int kind : {0, 1, 2, 3}) {
    Config config;
    under_adaptive(config);
    sim::Scenario scenario = with_noise(steady_tenants(kind), 7);
    const Play p = play(std::move(scenario), config, 200);
    for (const auto& [name, t] : p.periods.back().tenants) {
      if (name == "shared") continue;
      INFO(name << "\n" << p.describe(name));
      // The first period is nobody's: no mask is in force yet.
      CHECK(p.longest_below(name, 1 - config.parameters.ipc_gain_ratio) <= 1);
    }
  }
}
