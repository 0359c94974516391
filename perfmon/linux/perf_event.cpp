#include "perfmon/linux/perf_event.h"

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace dcat {

namespace {

// What a group's read(2) answers with the read_format of open_attr().
struct GroupData {
  std::uint64_t count;
  std::uint64_t time_enabled_ns;
  std::uint64_t time_running_ns;
  struct {
    std::uint64_t value;
    std::uint64_t id;
  } events[kMostEventsAtOnce + 1];  // and the clock
};

constexpr PerfCode kClock{PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK};

perf_event_attr open_attr(const PerfCode& code, bool disabled) {
  perf_event_attr attr{};
  attr.size = sizeof(attr);
  attr.type = code.type;
  attr.config = code.config;
  // exclude_guest, _host, _user, _kernel and _hv stay 0: a virtual machine's work is what its vCPU threads do in guest
  // mode, and it is charged to the cgroup of those threads as the host's part is.
  attr.disabled = disabled ? 1 : 0;
  attr.read_format =
      PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING | PERF_FORMAT_ID;
  return attr;
}

Error system_error(std::string what, int errno_value) {
  return {ErrorCode::failed, std::move(what), std::strerror(errno_value), "", errno_value};
}

int or_errno(int result) {
  return result < 0 ? -errno : result;
}

}  // namespace

int KernelPerf::open(perf_event_attr& attr, pid_t pid, int cpu, int group_fd, unsigned long flags) {
  return or_errno(static_cast<int>(::syscall(SYS_perf_event_open, &attr, pid, cpu, group_fd, flags)));
}
int KernelPerf::control(int fd, unsigned long request) {
  // Never with PERF_IOC_FLAG_GROUP: Linux 6.18 leaves the siblings of a group on a CPU off when it is enabled again by
  // that, while its time goes on.
  return or_errno(::ioctl(fd, request, 0));
}
int KernelPerf::id_of(int fd, std::uint64_t& id) {
  return or_errno(::ioctl(fd, PERF_EVENT_IOC_ID, &id));
}
ssize_t KernelPerf::read(int fd, void* buffer, std::size_t size) {
  const ssize_t got = ::read(fd, buffer, size);
  return got < 0 ? -errno : got;
}
void KernelPerf::close(int fd) {
  ::close(fd);
}
std::uint64_t KernelPerf::descriptor_limit() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

Status raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return system_error("getrlimit RLIMIT_NOFILE", errno);
  if (limit.rlim_cur == limit.rlim_max) return {};
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return system_error("setrlimit RLIMIT_NOFILE", errno);
  return {};
}

PerfEvent::PerfEvent(PerfEvent&& other) noexcept : api_(other.api_), fd_(std::exchange(other.fd_, -1)) {}

PerfEvent& PerfEvent::operator=(PerfEvent&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) api_->close(fd_);
    api_ = other.api_;
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

PerfEvent::~PerfEvent() {
  if (fd_ >= 0) api_->close(fd_);
}

Result<PerfGroup> PerfGroup::open(PerfApi& api, std::span<const PerfCode> codes, const PerfTarget& target,
                                  GroupUse use) {
  assert(!codes.empty() && codes.size() <= kMostEventsAtOnce);
  PerfGroup group(api, use);
  for (const PerfCode& code : codes)
    if (Status added = group.add(code, target); !added) return std::move(added).error();
  if (use == GroupUse::windows)
    if (Status added = group.add(kClock, target); !added) return std::move(added).error();
  return group;
}

Status PerfGroup::add(const PerfCode& code, const PerfTarget& target) {
  perf_event_attr attr = open_attr(code, events_.empty() || use_ == GroupUse::windows);
  const int leader = events_.empty() ? -1 : events_.front().fd();
  const int fd = api_->open(attr, target.pid, target.cpu, leader, target.flags | PERF_FLAG_FD_CLOEXEC);
  if (fd < 0)
    return system_error("perf_event_open type " + std::to_string(code.type) + " config " + std::to_string(code.config) +
                            " cpu " + std::to_string(target.cpu),
                        -fd);
  events_.emplace_back(*api_, fd);
  std::uint64_t id = 0;
  if (const int refused = api_->id_of(fd, id); refused < 0) return system_error("id of a perf event", -refused);
  ids_.push_back(id);
  return {};
}

Status PerfGroup::control(const PerfEvent& event, unsigned long request, const char* verb) {
  const int refused = api_->control(event.fd(), request);
  if (refused < 0) return system_error(std::string(verb) + " perf events", -refused);
  return {};
}

Status PerfGroup::control_followers(unsigned long request, const char* verb) {
  if (use_ == GroupUse::always) return {};
  for (std::size_t i = 1; i < events_.size(); ++i)
    if (Status done = control(events_[i], request, verb); !done) return done;
  return {};
}

// Reading by reading: over the whole life the clock is short of the kernel's time by some nanoseconds a switch, which
// would hide what was lost.
void PerfGroup::add_lost_time(GroupReading& reading, Duration clock) {
  const Duration short_of = (clock - clock_) - (reading.running - running_);
  lost_ += std::max(short_of, Duration(0));
  clock_ = clock;
  running_ = reading.running;
  reading.enabled += lost_;
  reading.running += lost_;
}

Result<GroupReading> PerfGroup::read() {
  GroupData data{};
  const ssize_t got = api_->read(events_.front().fd(), &data, sizeof(data));
  if (got < 0) return system_error("read perf events", static_cast<int>(-got));
  const std::size_t wanted = 3 * sizeof(std::uint64_t) + events_.size() * sizeof(data.events[0]);
  if (static_cast<std::size_t>(got) != wanted || data.count != events_.size())
    return Error{ErrorCode::failed, "read perf events",
                 "the kernel gave " + std::to_string(got) + " bytes, " + std::to_string(wanted) + " were due", ""};
  GroupReading reading;
  Duration clock{};
  reading.enabled = Duration(static_cast<Duration::rep>(data.time_enabled_ns));
  reading.running = Duration(static_cast<Duration::rep>(data.time_running_ns));
  for (std::size_t i = 0; i < events_.size(); ++i) {
    const auto at = std::find(ids_.begin(), ids_.end(), data.events[i].id);
    if (at == ids_.end()) return Error{ErrorCode::failed, "read perf events", "an event that is not of this group", ""};
    const auto index = static_cast<std::size_t>(at - ids_.begin());
    if (use_ == GroupUse::windows && index + 1 == events_.size())
      clock = Duration(static_cast<Duration::rep>(data.events[i].value));
    else
      reading.values[index] = data.events[i].value;
  }
  if (use_ == GroupUse::windows) add_lost_time(reading, clock);
  return reading;
}

}  // namespace dcat
