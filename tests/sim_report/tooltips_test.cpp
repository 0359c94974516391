#include "sim/report/tooltips.h"

#include "tests/support/catch.h"

namespace dcat::sim::page {
namespace {

TimedResult two_periods() {
  TimedResult result;
  result.tenants = {"web", "batch"};
  TimedTenant web{true, 0, Cbm(7), 3, 1, 1.04, 1, State::receiver};
  TimedTenant batch{false, 0, Cbm(8), 1, 0, 0, 0, {}};
  result.series.push_back({{web, batch}, 1.04, 1.1, false});
  web.ways_held = 4;
  web.state = State::keeper;
  result.series.push_back({{web, batch}, 1.08, {}, false});
  return result;
}

TEST_CASE("A period tells the sum, the bound, and each tenant's ways, state and IPC") {
  CHECK(stretch_words(two_periods(), {0, 1}, 2) ==
        "0–2 s: sum 1.04, bound 1.1\nweb: 3, Receiver, IPC 1.04\nbatch: 1, not running");
}

TEST_CASE("A stretch of periods tells ranges and every state in it") {
  CHECK(stretch_words(two_periods(), {0, 2}, 0.5) ==
        "0–1 s: sum 1.04–1.08, bound 1.1\nweb: 3–4, Receiver/Keeper, IPC 1.04\nbatch: 1, not running");
}

}  // namespace
}  // namespace dcat::sim::page
