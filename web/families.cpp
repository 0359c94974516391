#include "web/families.h"

#include <prometheus/client_metric.h>

#include <array>
#include <utility>

#include "cat/linux/group_names.h"
#include "controller/trace_writer.h"
#include "web/metric_table.h"

namespace dcat::web {

namespace {

using Label = prometheus::ClientMetric::Label;
using Labels = std::vector<Label>;
using prometheus::ClientMetric;
using prometheus::MetricFamily;

std::string truth(bool value) {
  return value ? "true" : "false";
}

ClientMetric measured(Labels labels, double value, prometheus::MetricType type) {
  ClientMetric metric;
  metric.label = std::move(labels);
  if (type == prometheus::MetricType::Counter)
    metric.counter.value = value;
  else
    metric.gauge.value = value;
  return metric;
}

void add(MetricFamily& out, Labels labels, double value) {
  out.metric.push_back(measured(std::move(labels), value, out.type));
}

void single(const FamilySink& sink, std::string_view name, Labels labels, double value) {
  MetricFamily out = family(name);
  add(out, std::move(labels), value);
  sink(std::move(out));
}

void domain_families(const Snapshot& s, const FamilySink& sink) {
  MetricFamily ways = family("dcat_domain_ways"), shared = family("dcat_domain_shared_ways"),
               free = family("dcat_domain_free_ways");
  for (const Snapshot::Domain& domain : s.domains) {
    const Labels labels{{"cache_id", std::to_string(domain.id.value)}};
    add(ways, labels, domain.ways.count);
    add(shared, labels, domain.shared.count);
    add(free, labels, domain.free.count);
  }
  for (MetricFamily* each : {&ways, &shared, &free}) sink(std::move(*each));
}

void closid_families(const Snapshot& s, const FamilySink& sink) {
  MetricFamily out = family("dcat_closids");
  add(out, {{"state", "used"}}, s.closids.used);
  add(out, {{"state", "free"}}, s.closids.free);
  if (s.closids.foreign_known) add(out, {{"state", "foreign"}}, s.closids.foreign);
  sink(std::move(out));
  if (s.closids.foreign_known) single(sink, "dcat_foreign_groups", {}, s.closids.foreign_groups);
}

void count_families(const Snapshot& s, const FamilySink& sink) {
  const NodeTotals& totals = s.totals;
  single(sink, "dcat_decisions_total", {}, static_cast<double>(totals.decisions));
  single(sink, "dcat_refused_decisions_total", {}, static_cast<double>(totals.refused));
  single(sink, "dcat_guarantee_violations_total", {}, static_cast<double>(totals.guarantee_violations));
  single(sink, "dcat_foreign_writes_total", {}, static_cast<double>(totals.foreign_writes));
  single(sink, "dcat_ways_moved_total", {}, static_cast<double>(totals.ways_moved));
  MetricFamily reasons = family("dcat_reallocations_total");
  for (const auto& [reason, count] : totals.reallocations)
    add(reasons, {{"reason", std::string(name_of(reason))}}, static_cast<double>(count));
  sink(std::move(reasons));
  MetricFamily faults = family("dcat_counting_faults_total");
  for (const CountingFault fault : kAllCountingFaults)
    add(faults, {{"fault", std::string(name_of(fault))}}, static_cast<double>(s.faults[fault]));
  sink(std::move(faults));
}

// ---- Of containers

constexpr std::array kStates{State::reclaim,  State::keeper, State::unknown,
                             State::receiver, State::donor,  State::streaming};

Labels labels_of(const Snapshot& s, const Row& row) {
  const Workload& w = *s.workloads[row.workload];
  return {{"workload", trace::percent_text(w.id)},          {"kind", w.kind},
          {"namespace", trace::percent_text(w.name_space)}, {"pod", trace::percent_text(w.pod)},
          {"container", trace::percent_text(w.name)},       {"cache_id", std::to_string(row.domain.value)}};
}

// One series a row; `value` tells an optional number of it.
template <class Value>
void each_row(const Snapshot& s, const FamilySink& sink, std::string_view name, const Value& value) {
  MetricFamily out = family(name);
  for (const Row& row : s.rows)
    if (const std::optional<double> number = value(row)) add(out, labels_of(s, row), *number);
  sink(std::move(out));
}

void event_families(const Snapshot& s, const FamilySink& sink) {
  static constexpr std::array<std::pair<Event, std::string_view>, kEventCount> kNames{{
      {Event::instructions, "dcat_workload_instructions_total"},
      {Event::cycles, "dcat_workload_cycles_total"},
      {Event::memory_accesses, "dcat_workload_memory_accesses_total"},
      {Event::llc_references, "dcat_workload_llc_references_total"},
      {Event::llc_misses, "dcat_workload_llc_misses_total"},
  }};
  for (const auto& [event, name] : kNames)
    each_row(s, sink, name,
             [event = event](const Row& row) { return row.totals.events[static_cast<std::size_t>(event)]; });
}

void state_family(const Snapshot& s, const FamilySink& sink) {
  MetricFamily out = family("dcat_workload_state");
  for (const Row& row : s.rows) {
    Labels labels = labels_of(s, row);
    labels.push_back({"state", ""});
    for (const State state : kStates) {
      labels.back().value = name_of(state);
      add(out, labels, row.decided.after == state ? 1 : 0);
    }
  }
  sink(std::move(out));
}

void mask_family(const Snapshot& s, const FamilySink& sink) {
  MetricFamily out = family("dcat_workload_mask_info");
  for (const Row& row : s.rows) {
    Labels labels = labels_of(s, row);
    labels.push_back({"class", row.group.empty() ? std::string() : directory_name(row.group)});
    labels.push_back({"mask", format_cbm(row.mask)});
    add(out, std::move(labels), 1);
  }
  sink(std::move(out));
}

void memory_family(const Snapshot& s, const FamilySink& sink) {
  MetricFamily out = family("dcat_workload_memory_bandwidth_bytes_total");
  for (const Row& row : s.rows) {
    if (!row.totals.memory_bytes) continue;
    Labels labels = labels_of(s, row);
    labels.push_back({"scope", "total"});
    add(out, std::move(labels), static_cast<double>(*row.totals.memory_bytes));
  }
  sink(std::move(out));
}

}  // namespace

MetricFamily family(std::string_view name) {
  const MetricText& known = metric(name);
  MetricFamily out;
  out.name = known.name;
  out.help = known.help;
  switch (known.type) {
    case MetricType::counter: out.type = prometheus::MetricType::Counter; break;
    case MetricType::gauge: out.type = prometheus::MetricType::Gauge; break;
    case MetricType::histogram: out.type = prometheus::MetricType::Histogram; break;
  }
  return out;
}

void node_families(const Snapshot& s, const FamilySink& sink) {
  const NodeFacts& facts = *s.facts;
  single(sink, "dcat_build_info",
         {{"version", facts.version},
          {"backend", facts.backend},
          {"counters", facts.counters},
          {"simulated", truth(facts.simulated)}},
         1);
  single(sink, "dcat_node_info",
         {{"node", trace::percent_text(facts.node)}, {"policy", facts.policy}, {"simulated", truth(facts.simulated)}},
         1);
  MetricFamily modes = family("dcat_mode");
  for (const Mode mode : {Mode::observe, Mode::advise, Mode::enforce})
    add(modes, {{"mode", std::string(name_of(mode))}}, s.mode == mode ? 1 : 0);
  sink(std::move(modes));
  single(sink, "dcat_period_seconds", {}, seconds(facts.interval));
  single(sink, "dcat_last_decision_timestamp_seconds", {}, s.unix_seconds);
  single(sink, "dcat_workloads", {}, static_cast<double>(s.workloads.size() + s.left_out));
  single(sink, "dcat_workloads_left_out", {}, static_cast<double>(s.left_out));
  domain_families(s, sink);
  closid_families(s, sink);
  count_families(s, sink);
}

void workload_families(const Snapshot& s, const FamilySink& sink) {
  using Number = std::optional<double>;
  each_row(s, sink, "dcat_workload_allocated_ways", [](const Row& r) { return Number(r.decided.ways_after.count); });
  each_row(s, sink, "dcat_workload_contract_ways", [](const Row& r) { return Number(r.decided.contract.count); });
  each_row(s, sink, "dcat_workload_dedicated", [](const Row& r) { return Number(r.decided.dedicated ? 1 : 0); });
  each_row(s, sink, "dcat_workload_baseline_ipc_ratio", [](const Row& r) { return r.decided.reason.normalised_ipc; });
  each_row(s, sink, "dcat_workload_perf_running_ratio", [](const Row& r) {
    return r.decided.metrics.valid() ? Number(r.decided.metrics.running_ratio) : std::nullopt;
  });
  each_row(s, sink, "dcat_workload_llc_occupancy_bytes", [](const Row& r) {
    const auto& held = r.decided.metrics.llc_occupancy_bytes;
    return held ? Number(static_cast<double>(*held)) : std::nullopt;
  });
  each_row(s, sink, "dcat_workload_guarantee_violations_total",
           [](const Row& r) { return Number(static_cast<double>(r.totals.guarantee_violations)); });
  event_families(s, sink);
  memory_family(s, sink);
  state_family(s, sink);
  mask_family(s, sink);
}

}  // namespace dcat::web
