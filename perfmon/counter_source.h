// Port: hardware counters per container and L3 domain. Implementations: perf_event_open per cgroup (linux/), simulated.
#pragma once

#include <string>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "perfmon/counting_fault.h"
#include "perfmon/sample.h"

namespace dcat {

// One Sample of each of a container's domains.
struct ContainerSample {
  ContainerId container;
  DomainId domain;
  Sample sample;
  bool operator==(const ContainerSample&) const = default;
};

// How an event is counted on this node, for people: said once at start.
struct EventChoice {
  Event event;
  bool available = false;
  std::string name;  // "cpu/event=0x44,umask=0x48/", "PERF_COUNT_HW_INSTRUCTIONS", "simulated"
  std::string note;  // how good a stand-in it is, or why it is missing
};

class CounterSource {
 public:
  virtual ~CounterSource() = default;
  virtual std::string name() const = 0;  // "cgroup", "sim", "none"
  virtual std::vector<EventChoice> events() const = 0;
  // From now on exactly these containers are counted (ascending). Those that are new start to be counted, those that
  // are not listed are let go at once. What could not be counted comes back, one error per container; the others are.
  virtual std::vector<Error> watch(const std::vector<ContainerId>& containers) = 0;
  // How many sets of events take turns on the machine's few counters. Between two reads each set is to be counted for a
  // while: the caller divides the time into as many parts and calls change_turns() between them.
  virtual std::size_t turns() const { return 1; }
  virtual void change_turns() {}
  // So many containers are counted that they are to be read once a period, without sub-samples and windows.
  virtual bool one_read_a_period() const { return false; }
  // Counting in windows: between pause() and resume() nothing is counted and nothing is paid for. A source that
  // pauses says in Sample::counting how long it counted.
  virtual void pause() {}
  virtual void resume() {}
  // One Sample per watched container and domain, ascending by container, then domain. A container that has not run
  // yet in a domain may be missing there.
  virtual Result<std::vector<ContainerSample>> read() = 0;
  // What was left out so far because it cannot be true.
  virtual FaultCounts faults() const { return {}; }
};

}  // namespace dcat
