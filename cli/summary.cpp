#include "cli/summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/explain.h"
#include "sim/comparison.h"

namespace dcat::cli {

namespace {

constexpr double kLow = 0.95;  // the guarantee's tolerance, as the scenarios' promise has it

std::string cell(std::optional<double> value) {
  return value ? fmt::format("{:>8.3f}", *value) : "       -";
}

std::optional<double> mean(const std::vector<std::optional<double>>& values) {
  double sum = 0;
  int n = 0;
  for (const auto& v : values)
    if (v) sum += *v, ++n;
  return n > 0 ? std::optional(sum / n) : std::nullopt;
}

std::optional<double> find(const std::vector<sim::FixedResult>& results, const ContainerId& id) {
  for (const sim::FixedResult& r : results)
    if (r.tenant == id) return r.normalised_ipc;
  return std::nullopt;
}

}  // namespace

void SimulationRecord::on_decision(const Observation& o, const Decision& d) {
  ++periods_;
  // Advice that is not followed comes again every period; it counts once.
  if (mode_ == Mode::enforce || !last_plan_ || *last_plan_ != d.plan) changes_ += static_cast<int>(d.changes.size());
  last_plan_ = d.plan;
  const std::vector<sim::TruthRow> now = node_.truth();
  for (std::size_t i = 0; i < now.size(); ++i) {
    const auto normalised = sim::normalised_ipc(last_[i], now[i]);
    if (!normalised || !now[i].present) continue;
    Tenant& t = tenants_[now[i].tenant];
    t.worst = t.judged ? std::min(t.worst, *normalised) : *normalised;
    t.judged = true;
    t.low_in_a_row = *normalised < kLow ? t.low_in_a_row + 1 : 0;
    t.longest_low = std::max(t.longest_low, t.low_in_a_row);
  }
  last_ = now;
  for (auto& [id, tenant] : tenants_) tenant.ways = Ways(0);
  for (const DomainDecision& domain : d.domains)
    for (const ContainerDecision& row : domain.containers) {
      if (row.container == kSharedRegion) continue;
      Tenant& t = tenants_[o.containers[row.container].id];
      t.state = state_text(row);
      t.ways = std::max(t.ways, row.ways_after);
    }
}

Result<std::vector<std::string>> SimulationRecord::lines(Duration interval, PolicyKind policy) const {
  std::vector<std::string> out;
  const std::string did = mode_ == Mode::enforce  ? fmt::format("{} changes", changes_)
                          : mode_ == Mode::advise ? fmt::format("{} changes advised, none written", changes_)
                                                  : "nothing written";
  out.push_back(fmt::format("Summary (simulated): {} periods of {} s on node {}, policy {}, {}", periods_,
                            seconds(interval), printable(node_.scenario().name), name_of(policy), did));
  if (periods_ == 0) return out;
  using sim::FixedMasks;
  auto alone = sim::run_fixed(node_.scenario(), FixedMasks::static_contracts, interval, periods_);
  if (!alone) return std::move(alone).error().with_context("compare with contracts alone");
  auto shared = sim::run_fixed(node_.scenario(), FixedMasks::shared_cache, interval, periods_);
  if (!shared) return std::move(shared).error().with_context("compare with no partitions");

  std::size_t width = 9;
  for (const sim::TruthRow& row : last_) width = std::max(width, row.tenant.value.size());
  out.emplace_back("Mean IPC over the run, 1 = the contract's ways with nobody else on the node (simulated):");
  // With the others' names the column would read as if it were one of the two that are always there.
  out.push_back(fmt::format("{:<{}} {:>8} {:>8} {:>8}  {:>7} {:>10}  {}", "TENANT", width,
                            is_dcat(policy) ? "dcat" : "this run", "static", "shared", "worst", "below 0.95",
                            "ends as"));
  std::vector<std::optional<double>> dcat_column, static_column, shared_column;
  for (const sim::TruthRow& row : last_) {
    dcat_column.push_back(sim::normalised_ipc(sim::TruthRow{}, row));
    static_column.push_back(find(*alone, row.tenant));
    shared_column.push_back(find(*shared, row.tenant));
    const auto t = tenants_.find(row.tenant);
    const bool known = t != tenants_.end();
    const bool ruled = known && mode_ == Mode::enforce;
    out.push_back(fmt::format("{:<{}} {} {} {}  {:>7} {:>10}  {}", row.tenant.value, width, cell(dcat_column.back()),
                              cell(static_column.back()), cell(shared_column.back()),
                              known && t->second.judged ? fmt::format("{:.3f}", t->second.worst) : "-",
                              known ? fmt::format("{} periods", t->second.longest_low) : "-",
                              !row.present ? "gone"
                              : ruled      ? fmt::format("{}, {} way{}", t->second.state, t->second.ways.count,
                                                    t->second.ways.count == 1 ? "" : "s")
                                           : "-"));
  }
  out.push_back(fmt::format("{:<{}} {} {} {}", "mean", width, cell(mean(dcat_column)), cell(mean(static_column)),
                            cell(mean(shared_column))));
  out.emplace_back(
      "static: the contracts alone; shared: no partitions; worst: the lowest period; below 0.95: most periods in a "
      "row");
  return out;
}

}  // namespace dcat::cli
