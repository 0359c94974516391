// How a policy finds out in the paper's scenario (six tenants of 3 ways on 20) what a stream and a reader are: what the
// stream is fed until then, and how soon the reader has its set. A line for every policy is printed; asserted is what
// dCat does by its rules (docs/algorithm.md). All figures are simulated.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/parameters.h"
#include "tests/scenarios/play.h"
#include "tests/sim/build.h"
#include "tests/support/catch.h"

using namespace dcat;
using namespace dcat::test;

namespace {

constexpr int kContract = 3;
constexpr double kBest = 0.98;   // of the greatest IPC at any size: it has its set
constexpr double kRound = 0.01;  // ways: what a fixed point is off by

struct Figures {
  double most_held = 0;    // by the stream, in ways; the first period aside, in which nobody has a mask yet
  int over_contract = 0;   // periods in which it held more than its contract
  int until_set = -1;      // periods after the first until the reader has its set; -1: never, or not for good
  double reader_held = 0;  // at the end
};

Figures figures_of(const Play& p) {
  Figures f;
  for (std::size_t period = 1; period < p.periods.size(); ++period) {
    const TenantPeriod& stream = p.periods[period].tenants.at("mload");
    f.most_held = std::max(f.most_held, stream.held);
    if (stream.held > kContract + kRound) ++f.over_contract;
    const bool has_set = p.periods[period].tenants.at("mlr").speedup >= kBest;
    if (!has_set) f.until_set = -1;
    if (has_set && f.until_set < 0) f.until_set = static_cast<int>(period) - 1;
  }
  f.reader_held = p.periods.back().tenants.at("mlr").held;
  return f;
}

Figures figures_of(PolicyKind policy, double set_ways) {
  const Play p = play("paper-6x3.yaml", {60, [policy](Config& c) { c.parameters.policy = policy; },
                                         [set_ways](sim::Scenario& s) {
                                           for (sim::TenantSpec& tenant : s.tenants)
                                             if (tenant.id.value == "mlr")
                                               tenant.phases.front().workload = sim::test::mlr(set_ways);
                                         }});
  const Figures f = figures_of(p);
  fmt::print(
      "simulated: {}, a set of {} ways: the stream held {:.1f} ways at most, {} periods above its contract; the "
      "reader has its set {}, and {:.1f} ways at the end\n",
      name_of(policy), set_ways, f.most_held, f.over_contract,
      f.until_set < 0 ? "never" : fmt::format("after {} periods", f.until_set), f.reader_held);
  return f;
}

}  // namespace

TEST_CASE("dCat feeds a stream three times its contract to find it, and a reader a way a period up to its set") {
  const PolicyKind policy = GENERATE(PolicyKind::fair, PolicyKind::max_performance);
  // Beside a set of 8 ways no way is left for the stream's ninth: it is tried at one way.
  const auto [set, most] = GENERATE(std::pair(5.0, 9), std::pair(8.0, 8));
  const Figures f = figures_of(policy, set);
  CHECK(f.most_held == Approx(most));
  CHECK(f.over_contract == most - kContract);  // a period each
  // The baseline and the first judgement at the contract, then a way a period.
  CHECK(f.until_set == static_cast<int>(set) - kContract + 1);
  CHECK(f.reader_held == Approx(set));
}

TEST_CASE("adaptive finds a stream without feeding it, and gives a reader its set within 3 periods") {
  const double set = GENERATE(5.0, 8.0);
  CAPTURE(set);
  const Figures f = figures_of(PolicyKind::adaptive, set);
  CHECK(f.most_held <= kContract + 1 + kRound);
  CHECK(f.until_set >= 0);
  CHECK(f.until_set <= 3);
  CHECK(f.reader_held >= set - kRound);
}

TEST_CASE("every policy has figures in the paper's scenario, contracts alone those of the contract") {
  for (const PolicyKind policy : kPolicyKinds) {
    const Figures f = figures_of(policy, 5);
    INFO(name_of(policy));
    CHECK(f.most_held > 0);
    CHECK(f.reader_held > 0);
    if (policy != PolicyKind::contracts_alone) continue;
    CHECK(f.most_held == Approx(kContract));
    CHECK(f.over_contract == 0);
    CHECK(f.until_set == -1);
  }
}
