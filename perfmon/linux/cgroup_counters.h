// CgroupCounters: hardware counters per container by perf_event_open(2) in its cgroup mode.
//
// For each container and CPU there is one group of events per turn (turns.h: at most four events, one turn
// enabled at any time). Each read() ends a window and begins the next turn, and so does change_turns(), which
// gives no Sample. A caller that only reads has the events of A in every second interval; one that changes
// turns half-way between two readings has all events in each, with ratios from the same time. Readings of the
// CPUs that share an L3 are summed; a window that cannot be true counts as time that was not counted.
//
// Descriptors: containers x CPUs x (events + 2 per further turn); they are the limit, not time. An open
// descriptor keeps a removed cgroup alive in the kernel, so a container that is not watched has none.
//
// How many events are counted, and how often, follows from how many containers there are (counting_plan.h); a change is
// told once. A container is counted on the CPUs that it may run on only; who may use others since is found within
// kCpuCheckEvery calls of watch(). Between pause() and resume() the descriptors stay open and every event is off, which
// costs a switch of tasks nothing (perf_event.h, GroupUse); a further descriptor per turn and CPU is the price. A
// caller that counts in windows begins with pause().
//
// The CPUs are those given at construction. One that went offline is not counted; for one that came online,
// make a new CgroupCounters. Time of each call: about 5 us a group to read in a virtual machine, 40 us with a
// change of turns.
//
// A container whose cgroup was made anew under the same name (a restart) goes on where it was: its sums do
// not fall.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "perfmon/counter_source.h"
#include "perfmon/event_table.h"
#include "perfmon/linux/counting_plan.h"
#include "perfmon/linux/kept_totals.h"
#include "perfmon/linux/perf_event.h"
#include "perfmon/linux/self_check.h"
#include "perfmon/linux/turns.h"

namespace dcat {

class CgroupCounters : public CounterSource {
 public:
  static constexpr std::size_t kCpuCheckEvery = 60;

  struct Options {
    std::string cgroup_root;  // directory of the hierarchy that has perf_event; container ids are paths below it
    std::map<int, DomainId> domain_of_cpu;  // the online CPUs
    EventTable table;
    KnownWork known_work = load_flushed_lines;
    std::size_t most_events = kMostEventsAtOnce;  // in use at once; 2 and up
    // The CPUs that a container may run on; empty = all.
    std::function<std::vector<int>(const ContainerId&)> cpus_of{};
    // Another number is another cgroup under the same name; 0, or no function: its directory is asked.
    std::function<std::uint64_t(const ContainerId&)> incarnation_of{};
  };

  // unsupported: no event counts here, no permission, or the hierarchy is not perf_event's; it says what to
  // do. REQUIRES: api and clock outlive the result.
  static Result<std::unique_ptr<CgroupCounters>> open(Options options, PerfApi& api, Clock& clock);

  std::string name() const override { return "cgroup"; }
  std::vector<EventChoice> events() const override;
  // A container that is gone is no error. EMFILE says how many descriptors would do.
  std::vector<Error> watch(const std::vector<ContainerId>& containers) override;
  // Where there is one read a period, a container's first Sample of a domain comes with the one before it, which is all
  // zeros, of when it was last known not to have run: else who lives for two periods and begins asleep would have one
  // Sample in its life, and no metrics.
  // Never fails. A container that could not be read on one of its CPUs is let go, missing here, and reported
  // and counted anew by the next watch(): part of a sum is no sum.
  Result<std::vector<ContainerSample>> read() override;

  // Ends a window, as read() does; nothing where there is one turn. Call it half-way between two
  // readings.
  void change_turns() override;
  std::size_t turns() const override { return plan_.turns.size(); }
  bool one_read_a_period() const override { return plan_.one_read; }
  void pause() override;
  void resume() override;
  std::size_t descriptors() const;
  FaultCounts faults() const override { return faults_; }

 private:
  struct CpuGroups {
    int cpu = 0;
    DomainId domain;
    std::vector<PerfGroup> groups;     // one per turn
    std::vector<GroupReading> latest;  // of each
  };
  struct Counted {
    ino_t inode = 0;
    std::uint64_t incarnation = 0;  // as told by Options::incarnation_of
    std::vector<int> allowed;       // the CPUs it may run on; empty = all
    std::vector<CpuGroups> cpus;
    std::map<DomainId, DomainTotals> totals;
    TimePoint read_at;
    TimePoint zero_at;  // a domain that has no counts yet had none then
  };

  CgroupCounters(Options options, PerfApi& api, Clock& clock, CheckedEvents checked);

  std::optional<Error> choose_plan(const std::vector<ContainerId>& containers);
  void use_plan(CountingPlan plan);
  CountingLimits limits() const;
  GroupUse use() const;
  Error plan_news() const;
  Status watch_one(const ContainerId& container);
  bool is_as_it_was(const ContainerId& container, std::uint64_t incarnation) const;
  bool cpus_have_changed(const ContainerId& container, const Counted& counted) const;
  void switch_all(bool on);
  Status switch_cpu(CpuGroups& cpu, bool on);
  Result<std::vector<CpuGroups>> open_groups(const ContainerId& container, int cgroup_fd,
                                             const std::vector<int>& allowed);
  Result<CpuGroups> open_cpu(int cgroup_fd, int cpu, DomainId domain);
  Error opening_error(const ContainerId& container, const Error& cause) const;
  void end_windows();
  Status end_window(Counted& counted);
  Status end_window(CpuGroups& cpu, std::map<DomainId, Window>& windows);

  Options options_;
  PerfApi& api_;
  Clock& clock_;
  CheckedEvents checked_;
  CountingPlan plan_;
  std::vector<std::vector<PerfCode>> codes_;  // of each turn
  CountBounds bounds_;
  FaultCounts faults_;
  std::size_t active_ = 0;  // which turn is enabled, of every container
  std::map<ContainerId, Counted> watched_;
  KeptTotals kept_;
  std::map<ContainerId, Error> lost_;  // since the last watch()
  std::size_t wanted_containers_ = 0;
  std::size_t watches_ = 0;  // calls of watch()
  bool on_ = true;
  bool windows_ = false;       // pause() was called: Samples tell how long counting was on
  Duration counted_before_{};  // wall time, up to the last pause
  TimePoint resumed_at_;
};

}  // namespace dcat
