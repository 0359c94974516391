// A thin layer over perf_event_open(2): descriptors that close themselves and groups that are read at once.
//
// PerfApi is the only door to the kernel; tests put refusals and readings behind it. Nothing here decides
// what is counted. Facts of the interface: perf_event_open(2); tools/include/uapi/linux/perf_event.h,
// PERF_FORMAT_*.
#pragma once

#include <linux/perf_event.h>
#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/result.h"
#include "core/units.h"
#include "perfmon/event_table.h"

namespace dcat {

// Calls answer 0 or more, or -errno.
class PerfApi {
 public:
  virtual ~PerfApi() = default;
  virtual int open(perf_event_attr& attr, pid_t pid, int cpu, int group_fd, unsigned long flags) = 0;
  // PERF_EVENT_IOC_ENABLE or _DISABLE of one event. A group counts while its leader is on, those of it that are on.
  virtual int control(int fd, unsigned long request) = 0;
  virtual int id_of(int fd, std::uint64_t& id) = 0;  // PERF_EVENT_IOC_ID
  virtual ssize_t read(int fd, void* buffer, std::size_t size) = 0;
  virtual void close(int fd) = 0;
  // How many descriptors this process may hold (RLIMIT_NOFILE, soft).
  virtual std::uint64_t descriptor_limit() = 0;
};

// The running kernel.
class KernelPerf : public PerfApi {
 public:
  int open(perf_event_attr& attr, pid_t pid, int cpu, int group_fd, unsigned long flags) override;
  int control(int fd, unsigned long request) override;
  int id_of(int fd, std::uint64_t& id) override;
  ssize_t read(int fd, void* buffer, std::size_t size) override;
  void close(int fd) override;
  std::uint64_t descriptor_limit() override;
};

// Lifts this process's soft limit of descriptors to its hard one: a node of 64 CPUs needs 448 descriptors for
// one container, and the soft limit is 1024 by default. To be called once by the program, before any
// counting.
Status raise_descriptor_limit();

// One descriptor of an event; closed with the object.
class PerfEvent {
 public:
  PerfEvent(PerfApi& api, int fd) : api_(&api), fd_(fd) {}
  PerfEvent(PerfEvent&& other) noexcept;
  PerfEvent& operator=(PerfEvent&& other) noexcept;
  PerfEvent(const PerfEvent&) = delete;
  PerfEvent& operator=(const PerfEvent&) = delete;
  ~PerfEvent();
  int fd() const { return fd_; }

 private:
  PerfApi* api_;
  int fd_;
};

// What is counted: one thread wherever it runs (cpu -1), or a cgroup on one CPU (pid is then the descriptor
// of its directory and flags has PERF_FLAG_PID_CGROUP).
struct PerfTarget {
  pid_t pid = 0;
  int cpu = -1;
  unsigned long flags = 0;
};

// More events in use at once than this on a CPU and some of them read 0 without an error: a machine with six
// counters has been seen to count with five, and the NMI watchdog or another user may hold one.
inline constexpr std::size_t kMostEventsAtOnce = 4;

// What a group is opened for. always: it counts, or another one of the same cgroup and CPU does. windows: there are
// times when nothing is to count and nothing to be paid for. The kernel (perf_cgroup_event_enable(),
// kernel/events/core.c) works at every switch between cgroups while any cgroup event of the CPU is on, a follower of a
// leader that is off among them: between windows each event of the group has to be off.
//
// Where no such event was on, the kernel's clock of a cgroup starts with the first switch to it, and a container that
// runs on without one would have counts and no time (seen on Linux 6.18). A group for windows has a clock of its own,
// the software event task-clock, which is no counter, and its time is never less than that.
enum class GroupUse { always, windows };

// Cumulative; values in the order the group was opened with.
struct GroupReading {
  std::array<std::uint64_t, kMostEventsAtOnce> values{};
  Duration enabled{};  // the target ran on the CPU while the group was enabled
  Duration running{};  // and the group was on counters
  bool operator==(const GroupReading&) const = default;
};

// Events that are on counters together or not at all. Not pinned: a pinned group that finds no counter is in
// error for ever, and it would starve the counters of virtual machines. Opened disabled; for windows, unarmed too.
class PerfGroup {
 public:
  // REQUIRES: 1 to kMostEventsAtOnce codes. The error's sys_errno is the kernel's.
  static Result<PerfGroup> open(PerfApi& api, std::span<const PerfCode> codes, const PerfTarget& target,
                                GroupUse use = GroupUse::always);

  // By the leader: the others are on counters with it, if the group is armed.
  Status enable() { return control(events_.front(), PERF_EVENT_IOC_ENABLE, "enable"); }
  Status disable() { return control(events_.front(), PERF_EVENT_IOC_DISABLE, "disable"); }
  // Switches the events that follow the leader, of a group for windows; others are always armed. REQUIRES: the group is
  // disabled.
  Status arm() { return control_followers(PERF_EVENT_IOC_ENABLE, "arm"); }
  Status disarm() { return control_followers(PERF_EVENT_IOC_DISABLE, "disarm"); }
  Result<GroupReading> read();
  std::size_t size() const { return events_.size(); }              // descriptors
  int fd(std::size_t index) const { return events_[index].fd(); }  // of the event opened with codes[index]

 private:
  PerfGroup(PerfApi& api, GroupUse use) : api_(&api), use_(use) {}
  Status add(const PerfCode& code, const PerfTarget& target);
  Status control(const PerfEvent& event, unsigned long request, const char* verb);
  Status control_followers(unsigned long request, const char* verb);
  void add_lost_time(GroupReading& reading, Duration clock);

  PerfApi* api_;
  GroupUse use_;
  std::vector<PerfEvent> events_;  // the leader first; of a group for windows the clock last
  std::vector<std::uint64_t> ids_;
  Duration clock_{}, running_{};  // as the kernel gave them last, of a group for windows
  Duration lost_{};               // that the kernel's time was short of the clock's so far
};

}  // namespace dcat
