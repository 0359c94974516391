#include "tests/sim_report/example.h"

#include <cmath>

namespace dcat::sim {
namespace {

constexpr int kWays = 12;

TimedTenant tenant_at(const std::string& policy, std::size_t t, int period) {
  TimedTenant tenant;
  const bool later = period % 40 >= 20;
  const int start = 2 * static_cast<int>(t);
  tenant.phase = t == 0 && later ? 1 : 0;
  tenant.ran = !(t == 4 && period % 50 >= 30);
  if (policy == "shared") {
    tenant.mask = Cbm::run(WayIndex(0), Ways(kWays));
    tenant.ways_held = tenant.ran ? 1.5 + 0.1 * static_cast<double>(t) : 0;
  } else {
    const bool grown = t == 4 && later;
    tenant.mask = Cbm::run(WayIndex(start), Ways(grown ? 3 : 2));
    tenant.ways_held = grown ? 3 : 2;
  }
  if (!tenant.ran) return tenant;
  tenant.ipc = 1;
  // The fourth has no contract; the second falls below the tolerance now and then.
  if (t != 3) tenant.normalised_ipc = 1 + 0.3 * std::sin(0.21 * period + static_cast<double>(t)) * (t == 1 ? 0.4 : 0.1);
  tenant.speedup = 0.9;
  if (policy == "dcat-fair") tenant.state = static_cast<State>((static_cast<std::size_t>(period / 12) + t) % 6);
  return tenant;
}

TimedResult result_of(const std::string& policy, int periods) {
  TimedResult result;
  result.tenants = {"alpha", "beta", kHarm, "guest", "sleeper"};
  result.tenant_normalised.assign(result.tenants.size(), 1);
  result.tenant_speedup.assign(result.tenants.size(), 0.9);
  result.stp = 4.5;
  result.normalised_ipc = 4;
  result.oracle_normalised = 4.2;
  for (int i = 0; i < periods; ++i) {
    TimedPeriod& period = result.series.emplace_back();
    period.changed = i > 0 && i % 20 == 0;
    period.oracle_normalised = 4.3;
    for (std::size_t t = 0; t < result.tenants.size(); ++t) {
      period.tenants.push_back(tenant_at(policy, t, i));
      period.normalised_ipc += period.tenants.back().normalised_ipc;
    }
  }
  return result;
}

}  // namespace

Report example_report(int periods) {
  Report report;
  report.title = "Example <of> a report";
  report.command = "dcat simulate --policy dcat-fair,shared,oracle 'a & b.yaml'";
  report.scenario_text = "name: an example # <see> https://example.org\ntenants: []\n";
  report.ways = kWays;
  for (const char* name : {"dcat-fair", "shared", "oracle"}) {
    const std::string policy = name;
    report.runs.push_back({"a & b.yaml", policy, result_of(policy, periods)});
    Row& row = report.rows.emplace_back();
    row.add("mix", std::string("a & b.yaml"));
    row.add("policy", policy);
    row.add("stp", policy == "oracle" ? 4.75 : policy == "shared" ? 4.25 : 4.5);
    row.add("violations", std::int64_t{policy == "dcat-fair" ? 3 : 10});
    row.add("periods_to_98", policy == "shared" ? Value() : Value(2.5));
  }
  return report;
}

}  // namespace dcat::sim
