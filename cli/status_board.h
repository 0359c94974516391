// What `dcat status` is told (docs/api.md): the node and its containers after the last decision. Threads are read when
// somebody asks.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "controller/door/door.h"
#include "controller/shell/announcements.h"
#include "controller/shell/daemon.h"
#include "perfmon/container_identity.h"

namespace dcat::cli {

struct ContainerStatus {
  ContainerInfo info;
  ContainerIdentity identity;
  std::string pod;      // its name, where it was announced
  std::string foreign;  // who else decides; empty: nobody is known
  GroupId group;
  struct Place {
    DomainId domain;
    State state = State::reclaim;
    Ways contract, ways;
    bool dedicated = false;
    std::string reason;
  };
  std::vector<Place> places;  // where it counts, ascending by domain; none: it has not run yet
};

struct NodeStatus {
  Mode mode = Mode::observe;
  bool simulated = false;
  std::string node, policy;
  std::uint64_t period = 0;
  struct Domain {
    DomainId id;
    Ways ways, shared, free;
  };
  std::vector<Domain> domains;
  std::vector<ContainerStatus> containers;  // ascending by id
};

// Absent: where a container is cannot be told (simulated).
using ThreadsOf = std::function<std::vector<int>(const ContainerId&)>;

// Groups are those that are planned where the mode enforces them, else those that the threads are in.
NodeStatus status_of(const Observation& observation, const Decision& decision, const Announcements& announcements,
                     Mode mode);
// One JSON object, one line.
std::string format_status(const NodeStatus& status, const ThreadsOf& threads_of);

// Whom people mean: a container's id, a name, a runtime's id or its first digits (4 at least). bad_input: nobody or
// more than one has it.
Result<const ContainerStatus*> find_container(const NodeStatus& status, const std::string& word);

// Publishes it after each decision.
class StatusBoard : public Listener {
 public:
  // REQUIRES: all outlive this. `general`: what stays the same (mode, names).
  StatusBoard(Door& door, const Announcements& announcements, NodeStatus general, ThreadsOf threads_of)
      : door_(door), announcements_(announcements), general_(std::move(general)), threads_of_(std::move(threads_of)) {}
  Status on_decision(const Observation& observation, const Decision& decision) override;
  void on_trouble(const Error&) override {}
  void on_mode(Mode mode, const std::string&) override { general_.mode = mode; }
  void on_settings(const DaemonOptions& options) override { general_.policy = name_of(options.parameters.policy); }

  // After the last decision; null before the first. From any thread.
  std::shared_ptr<const NodeStatus> latest() const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const NodeStatus> latest_;
  Door& door_;
  const Announcements& announcements_;
  NodeStatus general_;
  ThreadsOf threads_of_;
};

}  // namespace dcat::cli
