// Every metric that is exported: name, type, labels and meaning, once. docs/metrics.md says the same, and what rules
// and dashboards ask for has to stand here; tests compare them.
//
// Names and units as Prometheus wants them: base units, _total for what only grows, _ratio for 0..1 and the like. A
// container's labels are its workload (the cgroup below the root), kind, namespace, pod and container, and the L3's
// cache_id; never a process id.
#pragma once

#include <span>
#include <string_view>

namespace dcat::web {

enum class MetricType { counter, gauge, histogram };

struct MetricText {
  std::string_view name;
  MetricType type;
  std::string_view labels;  // comma-separated; "W" is short for the six of a container in an L3
  std::string_view help;
};

inline constexpr std::string_view kWorkloadLabels = "workload,kind,namespace,pod,container,cache_id";

// Ascending by name.
std::span<const MetricText> metric_table();
// REQUIRES: it is in the table.
const MetricText& metric(std::string_view name);
std::string_view name_of(MetricType type);

}  // namespace dcat::web
