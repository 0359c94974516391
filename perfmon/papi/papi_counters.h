// PapiCounters: hardware counters per container by PAPI, which knows threads and CPUs but no cgroups.
//
// A container that has CPUs of its own (container_places.h; a VM with pinned vCPUs and a cpuset, dCat's own setting) is
// counted by its CPUs: one set a CPU and turn, whatever its number of threads. Any other is counted by its threads,
// those of all cgroups below it, looked for at every read(): at most kMostThreads of them, for each costs about 1 ms to
// attach and 120 KiB; a container with more is not counted and that is an error each time it is watched. What a thread
// does before the read() that finds it, and a thread that lives between two, is not counted.
//
// Sums never fall: what a thread counted last stays in its container's sum. Threads are charged to the L3 domain of the
// CPU that they ran on last.
//
// Time: PAPI tells how long a set was on counters, and for a thread not how long it was not: `enabled` is the same
// then, so that a thread whose events found no counter leaves no trace, and its container has no metrics. Of a CPU
// `enabled` is wall time, and a CPU that counted nothing at all was idle: that window is left out.
//
// Not thread safe. Thread numbers are taken to be used again only after a while (pid_max), not between two reads.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/clock.h"
#include "perfmon/counter_source.h"
#include "perfmon/event_table.h"
#include "perfmon/linux/self_check.h"
#include "perfmon/linux/turns.h"
#include "perfmon/papi/papi_api.h"

namespace dcat {

class PapiCounters : public CounterSource {
 public:
  static constexpr std::size_t kMostThreads = 32;  // of one container

  struct Options {
    std::string cgroup_root;                // container ids are paths below it
    std::vector<std::string> cpuset_roots;  // where cpusets are looked for, in this order
    std::string proc_root = "/proc";
    std::map<int, DomainId> domain_of_cpu;  // the online CPUs
    EventTable table;
    KnownWork known_work = load_flushed_lines;
    std::size_t most_events = kMostEventsAtOnce;
    CacheWalks walks = cache_walks();
  };

  // unsupported: PAPI counts nothing here; it says why. REQUIRES: clock outlives the result.
  static Result<std::unique_ptr<PapiCounters>> open(Options options, std::unique_ptr<PapiApi> api, Clock& clock);

  std::string name() const override { return "papi"; }
  std::vector<EventChoice> events() const override;
  // A container that is gone is no error.
  std::vector<Error> watch(const std::vector<ContainerId>& containers) override;
  std::size_t turns() const override { return turns_.size(); }
  void change_turns() override;
  void pause() override;
  void resume() override;
  // Never fails. A container that could not be read is let go, missing here, and reported and counted anew by the
  // next watch(): part of a sum is no sum.
  Result<std::vector<ContainerSample>> read() override;
  FaultCounts faults() const override { return faults_; }

 private:
  // One thread or CPU.
  struct Followed {
    PapiTarget target;
    DomainId domain;
    std::vector<PapiSet> sets;  // one per turn
    GroupReading latest;        // of the active turn's set
    TimePoint since;            // of `latest`
  };
  struct Counted {
    std::vector<Followed> followed;
    std::map<DomainId, DomainTotals> totals;
    TimePoint read_at;
  };

  PapiCounters(Options options, std::unique_ptr<PapiApi> api, Clock& clock, CheckedEvents checked);

  void follow_all();
  Result<std::vector<PapiTarget>> targets_of(const ContainerId& container) const;
  Status release_all_but(Counted& counted, const std::vector<PapiTarget>& targets);
  Status follow(Counted& counted, const std::vector<PapiTarget>& targets);
  template <class Step>
  void each_or_let_go(Step step);
  Result<Followed> open_one(const PapiTarget& target);
  DomainId domain_of(const PapiTarget& target, DomainId otherwise) const;
  Status start(Followed& followed);
  void end_windows(std::size_t next);
  Status end_window(Counted& counted, bool restart, std::size_t next);
  Status end_window(Followed& followed, Counted& counted);

  Options options_;
  std::unique_ptr<PapiApi> api_;
  Clock& clock_;
  CheckedEvents checked_;
  std::vector<Turn> turns_;
  std::vector<std::vector<PerfCode>> codes_;  // of each turn
  CountBounds bounds_;
  FaultCounts faults_;
  std::size_t active_ = 0;
  bool is_paused_ = false, ever_paused_ = false;
  TimePoint counting_since_;
  Duration counting_{};                       // before counting_since_
  std::map<ContainerId, std::set<int>> own_;  // CPUs of those that are counted by CPUs
  std::map<ContainerId, Counted> watched_;
  std::map<ContainerId, Error> lost_;  // since the last watch()
};

}  // namespace dcat
