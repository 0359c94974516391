// BpfCounters: hardware counters per container by a BPF program at each task switch.
//
// Events are opened once per CPU and always on; the program charges what they counted to the container that leaves the
// CPU (count_cgroups.bpf.c). So descriptors are CPUs x events, whatever the number of containers, none of them holds a
// cgroup, and a switch costs the same with one container as with thousands. A container is its cgroup with everything
// below it; where one container lies in another, it is counted in the inner one only.
//
// More than four events take turns as in CgroupCounters (turns.h), and Samples mean the same: each read() gives the
// windows of all turns since the last, and begins the next turn, as does change_turns(). Sample::enabled is the time
// that the container was on CPUs while it was counted. Between pause() and resume() the events are off and the program
// returns at once.
//
// A task that is put into a container while it runs is charged to it from its next switch, or the next reading, on.
// What ran where the kernel did not report a switch is charged to nobody: unclear() says how much.
//
// A container that is not watched any more, or whose cgroup is gone, has nothing left in the kernel when watch()
// returns. A cgroup made anew under the same name goes on where the old one was: its sums do not fall.
//
// A CPU that goes offline is left out, with what it has counted; its events are opened anew when it is back. CPUs that
// were not given at construction are not counted.
//
// Cost of a call: about 10 us a CPU, and a read of the whole map.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "perfmon/bpf/cgroup_program.h"
#include "perfmon/bpf/raw_sums.h"
#include "perfmon/counter_source.h"
#include "perfmon/event_table.h"
#include "perfmon/linux/kept_totals.h"
#include "perfmon/linux/perf_event.h"
#include "perfmon/linux/self_check.h"
#include "perfmon/linux/turns.h"

namespace dcat {

class BpfCounters : public CounterSource {
 public:
  static constexpr std::size_t kMostSubSampledSums = 2048;

  struct Options {
    std::string cgroup_root;                // the cgroup2 tree, also where perf_event is a v1 hierarchy
    std::map<int, DomainId> domain_of_cpu;  // the online CPUs
    EventTable table;
    KnownWork known_work = load_flushed_lines;
    // The cgroup's id, which is its inode; 0, or no function: its directory is asked.
    std::function<std::uint64_t(const ContainerId&)> inode_of{};
    std::size_t most_containers = 8192;  // takes memory for those that there are
  };

  // unsupported: no event counts here, no permission, no cgroup2, or no BPF in this build or kernel; it says what to
  // do. REQUIRES: api and clock outlive the result.
  static Result<std::unique_ptr<BpfCounters>> open(Options options, PerfApi& api, Clock& clock);
  // The same with a program of the caller's.
  static Result<std::unique_ptr<BpfCounters>> open(Options options, PerfApi& api, Clock& clock,
                                                   std::unique_ptr<CgroupProgram> program);

  std::string name() const override { return "bpf"; }
  std::vector<EventChoice> events() const override;
  // A container that is gone is no error. One for which there is no room is.
  std::vector<Error> watch(const std::vector<ContainerId>& containers) override;
  std::size_t turns() const override { return turns_.size(); }
  // What the kernel refuses here and in pause() and resume() is told by the next read().
  void change_turns() override;
  // Reading costs as many sums as there are containers and CPUs.
  bool one_read_a_period() const override { return watched_.size() * cpus_.size() > kMostSubSampledSums; }
  void pause() override;
  void resume() override;
  Result<std::vector<ContainerSample>> read() override;
  FaultCounts faults() const override { return sums_.faults(); }
  // At most how long containers ran on CPUs without being charged, since open().
  Duration unclear() { return Duration(static_cast<Duration::rep>(program_->unclear().ns)); }

 private:
  struct Cpu {
    std::vector<PerfGroup> groups;  // one per turn; empty: offline
  };
  struct Counted {
    std::uint64_t cgroup = 0;
    std::vector<CgroupProgram::Sums> before;  // per CPU of cpu_list_
    std::map<DomainId, DomainTotals> totals;
  };

  BpfCounters(Options options, PerfApi& api, Clock& clock, CheckedEvents checked,
              std::unique_ptr<CgroupProgram> program);

  Status open_cpus();
  Status open_cpu(std::size_t index);
  Status order(std::size_t index, const ProgramOrder& order);
  Status start(std::size_t index);
  Status stop(std::size_t index, std::size_t turn);
  Status start_all();
  Status stop_all();
  Status refresh_all();
  Status begin_turn(std::size_t turn);
  Status reopen_idle(const std::vector<CpuUse>& use);
  Result<std::vector<CpuUse>> collect();
  bool let_go(const std::map<ContainerId, std::uint64_t>& wanted);
  Status add(const ContainerId& container, std::uint64_t cgroup);
  Error adding_error(const ContainerId& container, const Error& cause) const;
  void remember(Status status);

  Options options_;
  PerfApi& api_;
  Clock& clock_;
  CheckedEvents checked_;
  std::vector<Turn> turns_;
  RawSums sums_;
  std::vector<CountedCpu> cpu_list_;
  std::vector<Cpu> cpus_;  // as cpu_list_
  std::size_t active_ = 0;
  std::map<ContainerId, Counted> watched_;
  KeptTotals kept_;
  bool paused_ = false, ever_paused_ = false;
  TimePoint resumed_at_;
  Duration counting_{};                     // until resumed_at_, or until it paused
  std::optional<Error> refused_;            // since the last read
  std::unique_ptr<CgroupProgram> program_;  // goes before the events that it reads
};

}  // namespace dcat
