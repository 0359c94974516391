#include "web/metrics.h"

#include <prometheus/text_serializer.h>

#include <cstring>
#include <sstream>
#include <utility>
#include <vector>

#include "web/families.h"
#include "web/metric_table.h"

namespace dcat::web {

namespace {

// From a millisecond, a small node's period, to what a period of the shortest interval worth having takes.
const prometheus::Histogram::BucketBoundaries kBuckets{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                       0.1,    0.25,  0.5,    1,     2.5,  5,     10};

template <class Builder>
auto& registered(Builder builder, std::string_view name, prometheus::Registry& registry) {
  const MetricText& text = metric(name);
  return builder.Name(std::string(text.name)).Help(std::string(text.help)).Register(registry);
}

std::string op_of(const Change& change) {
  static constexpr const char* kWords[] = {"create_group", "write_masks", "move_container", "remove_group"};
  static_assert(std::variant_size_v<Change> == std::size(kWords));
  return kWords[change.index()];
}

std::string word_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::bad_input: return "bad_input";
    case ErrorCode::unsupported: return "unsupported";
    case ErrorCode::failed: return "failed";
  }
  return "";
}

void add_events(prometheus::MetricFamily& out, const char* source, const std::optional<Live::Events>& events) {
  if (!events) return;
  for (const auto& [result, count] : {std::pair{"taken", events->taken}, std::pair{"refused", events->refused}}) {
    prometheus::ClientMetric metric;
    metric.label = {{"source", source}, {"result", result}};
    metric.counter.value = static_cast<double>(count);
    out.metric.push_back(std::move(metric));
  }
}

void gauge(const FamilySink& sink, std::string_view name, double value) {
  prometheus::MetricFamily out = family(name);
  out.metric.emplace_back().gauge.value = value;
  sink(std::move(out));
}

void live_families(const Live& live, const FamilySink& sink) {
  prometheus::MetricFamily events = family("dcat_hook_events_total");
  add_events(events, "socket", live.socket);
  add_events(events, "nri", live.nri);
  sink(std::move(events));
  if (live.nri) gauge(sink, "dcat_nri_connected", live.nri_connected ? 1 : 0);
  if (live.last_beat) gauge(sink, "dcat_last_beat_timestamp_seconds", *live.last_beat);
}

}  // namespace

Metrics::Metrics()
    : tick_duration_(
          registered(prometheus::BuildHistogram(), "dcat_tick_duration_seconds", registry_).Add({}, kBuckets)),
      applied_(registered(prometheus::BuildCounter(), "dcat_applied_changes_total", registry_).Add({})),
      errors_(registered(prometheus::BuildCounter(), "dcat_resctrl_errors_total", registry_)),
      troubles_(registered(prometheus::BuildCounter(), "dcat_troubles_total", registry_)),
      mode_changes_(registered(prometheus::BuildCounter(), "dcat_mode_changes_total", registry_)) {
  for (const ErrorCode code : {ErrorCode::bad_input, ErrorCode::unsupported, ErrorCode::failed})
    troubles_.Add({{"code", word_of(code)}});
  for (const Mode mode : {Mode::observe, Mode::advise, Mode::enforce})
    mode_changes_.Add({{"to", std::string(name_of(mode))}});
}

void Metrics::change_done(const Change& change, const Status& status) {
  if (status)
    applied_.Increment();
  else
    errors_.Add({{"op", op_of(change)}, {"errno", errno_name(status.error().sys_errno)}}).Increment();
}

void Metrics::trouble(const Error& error) {
  troubles_.Add({{"code", word_of(error.code)}}).Increment();
}

void Metrics::mode_changed(Mode mode) {
  mode_changes_.Add({{"to", std::string(name_of(mode))}}).Increment();
}

std::string Metrics::write(const Snapshot* snapshot, const Live& live) const {
  const prometheus::TextSerializer serializer;
  std::ostringstream out;
  const FamilySink sink = [&](prometheus::MetricFamily&& family) {
    if (family.metric.empty()) return;
    std::vector<prometheus::MetricFamily> one;
    one.push_back(std::move(family));
    serializer.Serialize(out, one);
  };
  for (prometheus::MetricFamily& family : registry_.Collect()) sink(std::move(family));
  live_families(live, sink);
  if (snapshot != nullptr) {
    node_families(*snapshot, sink);
    workload_families(*snapshot, sink);
  }
  return std::move(out).str();
}

std::string errno_name(int number) {
  const char* const name = number == 0 ? "none" : ::strerrorname_np(number);
  return name != nullptr ? name : std::to_string(number);
}

}  // namespace dcat::web
