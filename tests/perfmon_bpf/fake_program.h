// The program of the kernel for tests: a container's run on a CPU adds to its sums what FakePerf's events count there.
// It looks at every order that what is counted is on, and nothing else.
#pragma once

#include <cerrno>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "perfmon/bpf/cgroup_program.h"
#include "tests/perfmon/linux/fake_perf.h"

namespace dcat::test {

struct FakeKernel {
  explicit FakeKernel(FakePerf& of) : perf(of) {}

  struct Cpu {
    bool online = true;
    std::size_t turn = 0, events = 0;  // events 0: stopped
    int refreshed = 0;
    std::map<std::size_t, int> fds;  // by turn * DCAT_BPF_SLOTS + slot
  };

  // `ns` of one container on a CPU, of which `on_counter` on counters.
  void run(std::uint64_t cgroup, int number, std::uint64_t ns, const FakePerf::Counts& counts, double on_counter = 1) {
    Cpu& cpu = cpus[number];
    if (cpu.events == 0 || !cpu.online || !sums.contains(cgroup)) return;
    dcat_bpf_sums& to = sums.at(cgroup)[static_cast<std::size_t>(number)];
    to.ran_ns[cpu.turn] += ns;
    bool counted = true;
    for (std::size_t slot = 0; slot < cpu.events; ++slot) {
      const auto event = perf.events.find(cpu.fds.at(cpu.turn * DCAT_BPF_SLOTS + slot));
      const bool on = event != perf.events.end() && perf.events.at(event->second.leader).enabled;
      counted = counted && on && !dead.contains(event->first);
      if (counted) to.counts[cpu.turn][slot] += counts(event->second.code);
    }
    if (counted) to.running_ns[cpu.turn] += static_cast<std::uint64_t>(on_counter * static_cast<double>(ns));
  }
  // Events that are open on a CPU and enabled.
  std::size_t enabled_on(int cpu) const {
    std::size_t count = 0;
    for (const auto& [fd, event] : perf.events)
      if (event.cpu == cpu && perf.events.at(event.leader).enabled) ++count;
    return count;
  }

  FakePerf& perf;
  std::map<int, Cpu> cpus;
  std::map<std::uint64_t, std::vector<dcat_bpf_sums>> sums;
  std::set<int> dead;  // descriptors of events that count nothing any more
  std::size_t room = 100, possible_cpus = 4;
  int read_errno = 0;
  dcat_bpf_unclear unclear{};
  std::vector<std::string> mistakes;  // orders that make no sense, and the order of things
  std::vector<std::string> log;
};

class FakeProgram : public CgroupProgram {
 public:
  explicit FakeProgram(FakeKernel& kernel) : kernel_(kernel) {}

  Status set_event(int cpu, std::size_t turn, std::size_t slot, int perf_fd) override {
    kernel_.cpus[cpu].fds[turn * DCAT_BPF_SLOTS + slot] = perf_fd;
    return {};
  }
  Status add(std::uint64_t cgroup) override {
    kernel_.log.push_back("add");
    if (kernel_.sums.size() >= kernel_.room) return Error{ErrorCode::failed, "add", "full", "", E2BIG};
    kernel_.sums[cgroup].assign(kernel_.possible_cpus, {});
    return {};
  }
  void remove(std::uint64_t cgroup) override {
    kernel_.log.push_back("remove");
    if (kernel_.sums.erase(cgroup) != 1) kernel_.mistakes.push_back("removed what is not there");
  }
  Status order(int number, const ProgramOrder& order) override {
    FakeKernel::Cpu& cpu = kernel_.cpus[number];
    if (!cpu.online) return Error{ErrorCode::failed, "order", "offline", "", ENXIO};
    if (number == 0) kernel_.log.push_back("order");
    ++cpu.refreshed;
    if (order.kind == ProgramOrder::Kind::stop) cpu.events = 0;
    if (order.kind == ProgramOrder::Kind::start) {
      cpu.turn = order.turn;
      cpu.events = order.events;
    }
    if (kernel_.enabled_on(number) > kMostEventsAtOnce) kernel_.mistakes.push_back("too many events at once");
    if (cpu.events > 0 && kernel_.enabled_on(number) != cpu.events) kernel_.mistakes.push_back("counts what is off");
    return {};
  }
  Status read(const Take& take) override {
    if (kernel_.read_errno != 0) return Error{ErrorCode::failed, "read", "no", "", kernel_.read_errno};
    for (const auto& [cgroup, by_cpu] : kernel_.sums) take(cgroup, by_cpu);
    return {};
  }
  dcat_bpf_unclear unclear() override { return kernel_.unclear; }

 private:
  FakeKernel& kernel_;
};

}  // namespace dcat::test
