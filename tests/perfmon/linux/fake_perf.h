// A kernel's perf events for tests: it refuses what it is told to, counts what it is told to, and keeps the
// rules that CgroupCounters promises (it looks at every call, not at the end).
#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "perfmon/linux/perf_event.h"

namespace dcat::test {

class FakePerf : public PerfApi {
 public:
  struct Event {
    PerfCode code;
    int leader = 0;
    bool enabled = false;
    ino_t target = 0;  // inode of the cgroup's directory; 0 = our own thread
    int cpu = -1;
    std::uint64_t value = 0, enabled_ns = 0, running_ns = 0;
    perf_event_attr attr{};
  };
  using Counts = std::function<std::uint64_t(const PerfCode&)>;

  // What the target did on a CPU: everything that is enabled there counts.
  void run(ino_t target, int cpu, std::uint64_t enabled_ns, std::uint64_t running_ns, const Counts& counts) {
    for (auto& [fd, event] : events) {
      if (event.target != target || event.cpu != cpu || !counts_now(event)) continue;
      event.value += counts(event.code);
      event.enabled_ns += enabled_ns;
      event.running_ns += running_ns;
    }
  }

  int open(perf_event_attr& attr, pid_t pid, int cpu, int group_fd, unsigned long flags) override {
    if (events.size() >= limit) return -EMFILE;
    Event event;
    event.attr = attr;
    event.enabled = attr.disabled == 0;
    event.code = {attr.type, attr.config};
    event.cpu = cpu;
    if ((flags & PERF_FLAG_PID_CGROUP) != 0) {
      struct stat info {};
      if (::fstat(pid, &info) != 0) return -EBADF;
      event.target = info.st_ino;
      if (cgroup_refusal != 0) return -cgroup_refusal;
    }
    if (const int refused = refuse ? refuse(event.code, cpu) : 0; refused != 0) return -refused;
    const int fd = next_fd++;
    event.leader = group_fd < 0 ? fd : group_fd;
    events[fd] = event;
    ++opened;
    most_in_group = std::max(most_in_group, group_size(event.leader));
    return fd;
  }

  int control(int fd, unsigned long request) override {
    if (control_errno != 0) return -control_errno;
    events.at(fd).enabled = request == PERF_EVENT_IOC_ENABLE;
    most_at_once = std::max(most_at_once, enabled_with(events.at(fd)));
    return 0;
  }

  int id_of(int fd, std::uint64_t& id) override {
    id = 1000 + static_cast<std::uint64_t>(fd);
    return 0;
  }

  ssize_t read(int fd, void* buffer, std::size_t size) override {
    if (read_errno != 0) return -read_errno;
    std::vector<std::uint64_t> data{0, events.at(fd).enabled_ns, events.at(fd).running_ns};
    for (const auto& [member, event] : events) {
      if (event.leader != fd) continue;
      ++data[0];
      data.push_back(event.value);
      data.push_back(1000 + static_cast<std::uint64_t>(member));
    }
    if (reverse_order)  // pairs of value and id, in another order than they were opened
      for (std::size_t a = 3, b = data.size() - 2; a < b; a += 2, b -= 2) {
        std::swap(data[a], data[b]);
        std::swap(data[a + 1], data[b + 1]);
      }
    const std::size_t bytes = std::min(size, data.size() * sizeof(data[0]) - short_by);
    std::memcpy(buffer, data.data(), bytes);
    return static_cast<ssize_t>(bytes);
  }

  void close(int fd) override { events.erase(fd); }
  std::uint64_t descriptor_limit() override { return limit; }

  std::map<int, Event> events;                          // open now
  std::function<int(const PerfCode&, int cpu)> refuse;  // errno, 0 = take it
  int cgroup_refusal = 0, control_errno = 0, read_errno = 0;
  std::size_t limit = 100'000, short_by = 0;
  bool reverse_order = false;
  int opened = 0;
  std::size_t most_in_group = 0, most_at_once = 0;

 private:
  bool counts_now(const Event& event) const { return event.enabled && events.at(event.leader).enabled; }
  std::size_t group_size(int leader) const {
    return static_cast<std::size_t>(
        std::count_if(events.begin(), events.end(), [leader](const auto& e) { return e.second.leader == leader; }));
  }
  // Events in use at once for one target and CPU.
  std::size_t enabled_with(const Event& like) const {
    std::size_t count = 0;
    for (const auto& [fd, event] : events)
      if (event.target == like.target && event.cpu == like.cpu && counts_now(event)) ++count;
    return count;
  }

  int next_fd = 100;
};

}  // namespace dcat::test
