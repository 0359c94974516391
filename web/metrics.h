// What `/metrics` answers: the families of the last Snapshot (web/families.h) and what happens between decisions, which
// a prometheus-cpp registry counts. Names, labels and meanings: web/metric_table.h.
//
// Thread safety: any thread may count; write() is the server's.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <cstdint>
#include <optional>
#include <string>

#include "cat/changes.h"
#include "core/result.h"
#include "core/units.h"
#include "web/snapshot.h"

namespace dcat::web {

// Read when somebody asks, from any thread.
struct Live {
  struct Events {
    std::uint64_t taken = 0, refused = 0;
  };
  std::optional<Events> socket, nri;  // absent: it is off
  bool nri_connected = false;
  std::optional<double> last_beat;  // Unix seconds
};

class Metrics {
 public:
  Metrics();

  void period_took(Duration took) { tick_duration_.Observe(seconds(took)); }
  void change_done(const Change& change, const Status& status);
  void trouble(const Error& error);
  void mode_changed(Mode mode);

  // Prometheus' text format 0.0.4. `snapshot` null: nothing has been decided yet.
  std::string write(const Snapshot* snapshot, const Live& live) const;

 private:
  prometheus::Registry registry_;
  prometheus::Histogram& tick_duration_;
  prometheus::Counter& applied_;
  prometheus::Family<prometheus::Counter>& errors_;
  prometheus::Family<prometheus::Counter>& troubles_;
  prometheus::Family<prometheus::Counter>& mode_changes_;
};

// "ENOSPC"; "none" for 0.
std::string errno_name(int number);

}  // namespace dcat::web
