// Snapshot -> Prometheus' text format, one metric family at a time, so that what is built at once stays small where
// there are thousands of containers. Names of containers may hold any byte: what is not well-formed UTF-8, and '%', is
// written as %XX, as everywhere (docs/api.md).
#pragma once

#include <prometheus/metric_family.h>

#include <functional>
#include <string>

#include "web/snapshot.h"

namespace dcat::web {

using FamilySink = std::function<void(prometheus::MetricFamily&&)>;

// What one decision tells: of the node, then of its containers.
void node_families(const Snapshot& snapshot, const FamilySink& sink);
void workload_families(const Snapshot& snapshot, const FamilySink& sink);

// A family of the table, without series.
prometheus::MetricFamily family(std::string_view name);

}  // namespace dcat::web
