// What `dcat status` is told (docs/api.md): the node and its containers after the last decision. Threads are read when
// somebody asks.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cli/advice_board.h"
#include "cli/wall_time.h"
#include "controller/door/door.h"
#include "controller/shell/announcements.h"
#include "controller/shell/daemon.h"
#include "controller/trace_writer.h"
#include "perfmon/container_identity.h"

namespace dcat::cli {

struct ContainerStatus {
  ContainerInfo info;
  ContainerIdentity identity;
  std::string pod;      // its name, where it was announced
  std::string foreign;  // who else decides; empty: nobody is known
  GroupId group;
  // What was measured in the last period that could be judged.
  struct Measured {
    std::uint64_t period = 0;
    Metrics metrics;
    std::optional<double> normalised_ipc;  // against its phase's baseline
  };
  struct Place {
    DomainId domain;
    State state = State::reclaim;
    Ways contract, ways;
    bool dedicated = false;
    std::string reason;
    int phase = 0;  // 0: none yet
    Cbm mask;       // of its group, as in its schemata
    std::optional<Measured> measured;
    std::optional<double> baseline_ipc;                // its phase's, where that is known
    std::optional<std::uint64_t> llc_occupancy_bytes;  // of this period, as what follows
    std::optional<double> memory_bytes_per_sec;
    std::optional<Advice> advice;  // of the period before; absent: nothing is advised in this mode
  };
  std::vector<Place> places;  // where it counts, ascending by domain; none: it has not run yet
};

struct NodeStatus {
  Mode mode = Mode::observe;
  std::string mode_reason;             // in words; empty: it is the mode that the run began in
  std::optional<WallTime> mode_since;  // with a reason, where it is known
  bool simulated = false;
  std::string node, policy;
  std::uint64_t period = 0;
  Duration interval{};
  WallTime decided{};     // when
  TimePoint node_time{};  // the same by the node's own clock
  struct Domain {
    DomainId id;
    Ways ways, shared, free;
    Cbm mask, shared_mask;  // all that is handed out; the shared region's
    std::uint64_t way_bytes = 0;
  };
  std::vector<Domain> domains;
  std::vector<ContainerStatus> containers;  // ascending by id
};

// Absent: where a container is cannot be told (simulated).
using ThreadsOf = std::function<std::vector<int>(const ContainerId&)>;

// Groups are those that are planned where the mode enforces them, else those that the threads are in.
NodeStatus status_of(const Observation& observation, const Decision& decision, const Announcements& announcements,
                     Mode mode);
// What `now` does not know of a container it has from the status before: what was measured last, its phase's baseline.
void carry_over(const NodeStatus& before, NodeStatus& now);

// What was advised after the decision that `before` is of.
void add_advice(const AdviceRows& advice, const NodeStatus& before, NodeStatus& now);

// A JSON object in one line. Without `threads_of` there are no threads in it.
void write_container(trace::Writer& writer, const ContainerStatus& container, const ThreadsOf& threads_of);
std::string format_status(const NodeStatus& status, const ThreadsOf& threads_of);

// Whom people mean: a container's id, a name, a runtime's id or its first digits (4 at least). bad_input: nobody or
// more than one has it.
Result<const ContainerStatus*> find_container(const NodeStatus& status, const std::string& word);

// Publishes it after each decision.
class StatusBoard : public Listener {
 public:
  // REQUIRES: all outlive this. `general`: what no decision tells (mode, names, interval).
  StatusBoard(Door& door, const Announcements& announcements, NodeStatus general, ThreadsOf threads_of, WallClock clock)
      : door_(door),
        announcements_(announcements),
        general_(std::move(general)),
        threads_of_(std::move(threads_of)),
        clock_(std::move(clock)) {}
  Status on_decision(const Observation& observation, const Decision& decision) override;
  void on_trouble(const Error&) override {}
  void on_mode(Mode mode, const std::string& why) override;
  void on_settings(const DaemonOptions& options) override;

  // From now on the status has what is advised. REQUIRES: `advice` outlives this.
  void show(const AdviceBoard& advice) { advice_ = &advice; }

  // After the last decision; null before the first. From any thread.
  std::shared_ptr<const NodeStatus> latest() const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const NodeStatus> latest_;
  Door& door_;
  const AdviceBoard* advice_ = nullptr;
  const Announcements& announcements_;
  NodeStatus general_;
  ThreadsOf threads_of_;
  WallClock clock_;
};

}  // namespace dcat::cli
