// The loop around the core: reads the ports, lets the core decide, applies what it says, period after period.
//
// Fail open: a source that cannot be read makes the period's metrics absent, a change that cannot be applied is seen
// as a difference in the next period, and at the end every group of ours goes and the shared region has all ways again.
// Where somebody else keeps undoing our changes (controller/shell/repairs.h), or what is done fails or breaks
// guarantees again and again (controller/shell/fallback.h), the node is given back and the run goes on in advise.
// Another mode and other settings can be ordered while it runs (controller/shell/orders.h).
//
// Who is announced while the loop waits (ContainerSource::news_fd) is let in at once: a decision without samples, in
// which everybody else holds what they have (decision 2), and then the period goes on. Policies other than dCat's take
// a step at every decision: under them who comes waits for the period's end.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "cat/cache_control.h"
#include "controller/decision.h"
#include "controller/observation.h"
#include "controller/shell/counting_schedule.h"
#include "controller/shell/fallback.h"
#include "controller/shell/orders.h"
#include "controller/step.h"
#include "core/clock.h"
#include "core/mode.h"
#include "core/parameters.h"
#include "core/result.h"
#include "perfmon/container_source.h"
#include "perfmon/counter_source.h"

namespace dcat {

struct Ports {
  Clock& clock;
  CounterSource& counters;
  ContainerSource& containers;
  CacheControl& cache;
};

struct DaemonOptions {
  Mode mode = Mode::observe;
  Parameters parameters;
  Duration interval = std::chrono::seconds(1);
  Duration sample_interval = std::chrono::milliseconds(100);
  std::uint64_t ticks = 0;                                  // 0 = until asked to stop
  Duration lock_patience = std::chrono::milliseconds(500);  // real time: how long a period waits for the node's lock
  std::optional<CountingWindows> counting{};                // absent: all the time
  FallbackSettings fallback{};
  Orders* orders = nullptr;  // outlives the run; null: nobody gives any
  Memory memory{};           // what the run begins with
};

// Is told what happened; writes traces, tables and logs.
class Listener {
 public:
  virtual ~Listener() = default;
  // After the decision and before it is applied. An error ends the run (a full disk under the trace).
  virtual Status on_decision(const Observation& observation, const Decision& decision) = 0;
  // Something could not be read, watched or applied; the run goes on.
  virtual void on_trouble(const Error& error) = 0;
  // What the core remembers after the decision: phases, baselines, tables.
  virtual void on_state(const ControllerState& state) { (void)state; }
  // The run is over, and the node was given back.
  virtual void on_end(const ControllerState& state) { (void)state; }
  // A change as it went; those after one that failed are not tried.
  virtual void on_applied(const Change& change, const Status& status) { (void)change, (void)status; }
  // A period is over, decided or not: how long deciding and applying took, of real time.
  virtual void on_period(Duration took) { (void)took; }
  // The loop is alive: when its first period begins, after each reading or look (every half second at least) and after
  // each period, whatever became of it.
  virtual void on_beat() {}
  // The run goes on in another mode, and why, in words.
  virtual void on_mode(Mode mode, const std::string& why) { (void)mode, (void)why; }
  // The run goes on with other settings, from the next period on.
  virtual void on_settings(const DaemonOptions& options) { (void)options; }
  // Something happened on the node that an operator wants to know; said once.
  virtual void on_news(const std::string& text) { (void)text; }
  // The last period is over; the node is given back next, if it was enforced.
  virtual void on_stopping() {}
};

// Runs until `ticks` are done or `stop` is set. An Error means that the run could not start or go on.
Status run_daemon(Ports ports, const DaemonOptions& options, const std::atomic<bool>& stop, Listener& listener);

// Reads -> Observation. `usage` goes with the last sample of its container and domain. `reads` are the period's
// sub-samples, oldest first; samples of containers that are not listed or of domains that the geometry does not have
// are left out.
Observation assemble(TimePoint at, Geometry geometry, Masks masks, std::vector<ContainerInfo> containers,
                     const std::vector<std::vector<ContainerSample>>& reads, const std::vector<CacheUsage>& usage = {});

}  // namespace dcat
