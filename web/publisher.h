// Publisher: the listener that keeps what the web side shows. The loop's thread hands over an immutable Snapshot after
// each decision and never formats a byte; the server's thread takes the last one and formats it when somebody asks.
//
// Alive: the loop has shown itself within kBeatPeriods control periods (kLeastPatience at least). Ready: it has
// decided, not longer ago than that, and since its last
// decision nothing went wrong.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "cat/cache_control.h"
#include "controller/shell/daemon.h"
#include "web/history.h"
#include "web/ledger.h"
#include "web/metrics.h"

namespace dcat::web {

// What it asks of the rest, each on the loop's thread but for `live`, `explain` and the clocks.
struct Sources {
  std::function<FaultCounts()> faults;                           // of the counters
  std::function<Neighbours()> neighbours;                        // of the back end
  std::function<Live()> live;                                    // of hooks and NRI; from any thread
  std::function<std::string(const ContainerDecision&)> explain;  // a reason in words; from any thread
  std::function<Duration()> steady;      // real time, whatever the node's clock says; from any thread
  std::function<double()> unix_seconds;  // so here
};

struct Health {
  bool alive = false, ready = false;
  std::string why;  // what is wrong, a line; empty: nothing
};

class Publisher : public Listener {
 public:
  static constexpr int kBeatPeriods = 3;
  static constexpr Duration kLeastPatience = std::chrono::seconds(10);

  // REQUIRES: `announcements`, where it is not null, and what the sources ask outlive this.
  Publisher(NodeFacts facts, Mode mode, Sources sources, const Announcements* announcements = nullptr);

  Status on_decision(const Observation& observation, const Decision& decision) override;
  void on_trouble(const Error& error) override;
  void on_applied(const Change& change, const Status& status) override;
  void on_period(Duration took) override { metrics_.period_took(took); }
  void on_beat() override;
  void on_mode(Mode mode, const std::string& why) override;
  void on_settings(const DaemonOptions& options) override;

  // From any thread. Null: nothing has been decided yet.
  std::shared_ptr<const Snapshot> last() const;
  std::string metrics() const;
  Health health() const;
  const History& history() const { return history_; }
  std::shared_ptr<const NodeFacts> facts() const;
  std::string explain(const ContainerDecision& decided) const { return sources_.explain(decided); }
  double unix_seconds() const { return sources_.unix_seconds(); }

 private:
  Duration patience() const { return std::max(kLeastPatience, kBeatPeriods * facts()->interval); }

  Sources sources_;
  Mode mode_;
  Ledger ledger_;
  History history_;
  Metrics metrics_;
  mutable std::mutex mutex_;  // held to swap or copy pointers, no longer
  std::shared_ptr<const NodeFacts> facts_;
  std::shared_ptr<const Snapshot> last_;
  std::atomic<Duration::rep> beat_at_, decided_at_ = 0;  // by sources_.steady
  std::atomic<double> beat_unix_ = 0;
  std::atomic<bool> failing_ = false;  // something was told to be wrong since the last decision
};

}  // namespace dcat::web
