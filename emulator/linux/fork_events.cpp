#include "emulator/linux/fork_events.h"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <sstream>

#include "core/linux/descriptor.h"
#include "emulator/linux/small_files.h"

namespace dcat::emulator {

namespace {

constexpr const char* kFork = "sched_process_fork";
constexpr const char* kExit = "sched_process_exit";
// Of each CPU's ring, without its head page. A record takes some 80 bytes: 1 MiB holds more than 13,000 events.
constexpr std::size_t kRingPages = 256;

struct TaskEventLayouts {
  RecordLayout fork;  // parent_pid, child_pid
  RecordLayout exit;  // pid
};

// One CPU's ring buffer, which both events write to.
class Ring {
 public:
  static Result<std::unique_ptr<Ring>> open(int cpu, const TaskEventLayouts& layouts);
  ~Ring() {
    if (memory_ != MAP_FAILED) ::munmap(memory_, length_);
  }
  void drain(const TaskEventLayouts& layouts, std::vector<TaskEvent>& events, bool& lost);
  int fd() const { return fork_.fd(); }

 private:
  void copy(std::uint64_t from, void* to, std::size_t size) const;
  void take_sample(std::uint64_t at, std::size_t size, const TaskEventLayouts& layouts,
                   std::vector<TaskEvent>& events) const;

  Descriptor fork_, exit_;
  void* memory_ = MAP_FAILED;
  std::size_t length_ = 0;
  perf_event_mmap_page* page_ = nullptr;
  const unsigned char* data_ = nullptr;
  std::uint64_t data_size_ = 0;
};

Result<Descriptor> open_tracepoint(const RecordLayout& layout, int cpu) {
  perf_event_attr attr{};
  attr.type = PERF_TYPE_TRACEPOINT;
  attr.size = sizeof attr;
  attr.config = layout.event_id;
  attr.sample_period = 1;
  attr.sample_type = PERF_SAMPLE_TIME | PERF_SAMPLE_RAW;
  attr.use_clockid = 1;
  attr.clockid = CLOCK_MONOTONIC;
  attr.watermark = 1;
  attr.wakeup_watermark =
      static_cast<std::uint32_t>(kRingPages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) / 4);
  Descriptor event(
      static_cast<int>(::syscall(SYS_perf_event_open, &attr, -1, cpu, -1, static_cast<long>(PERF_FLAG_FD_CLOEXEC))));
  if (!event.open()) return system_error(fmt::format("open the tracepoint {} on CPU {}", layout.event_id, cpu));
  return event;
}

Result<std::unique_ptr<Ring>> Ring::open(int cpu, const TaskEventLayouts& layouts) {
  Result<Descriptor> fork = open_tracepoint(layouts.fork, cpu);
  if (!fork) return std::move(fork).error();
  Result<Descriptor> exit = open_tracepoint(layouts.exit, cpu);
  if (!exit) return std::move(exit).error();
  auto ring = std::make_unique<Ring>();
  ring->fork_ = std::move(*fork);
  ring->exit_ = std::move(*exit);
  const auto page_size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  ring->length_ = (kRingPages + 1) * page_size;
  ring->memory_ = ::mmap(nullptr, ring->length_, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fork_.fd(), 0);
  if (ring->memory_ == MAP_FAILED) return system_error(fmt::format("map the ring buffer of CPU {}", cpu));
  if (::ioctl(ring->exit_.fd(), PERF_EVENT_IOC_SET_OUTPUT, ring->fork_.fd()) != 0)
    return system_error(fmt::format("share the ring buffer of CPU {}", cpu));
  ring->page_ = static_cast<perf_event_mmap_page*>(ring->memory_);
  ring->data_ = static_cast<const unsigned char*>(ring->memory_) + page_size;
  ring->data_size_ = kRingPages * page_size;
  return ring;
}

void Ring::copy(std::uint64_t from, void* to, std::size_t size) const {
  const std::size_t at = from % data_size_;
  const std::size_t first = std::min<std::size_t>(size, data_size_ - at);
  std::memcpy(to, data_ + at, first);
  std::memcpy(static_cast<unsigned char*>(to) + first, data_, size - first);
}

// { header; u64 time; u32 size; char data[size] }, in the order of the bits of sample_type; the data begins with the
// event's number in two bytes.
void Ring::take_sample(std::uint64_t at, std::size_t size, const TaskEventLayouts& layouts,
                       std::vector<TaskEvent>& events) const {
  constexpr std::size_t kRaw = sizeof(perf_event_header) + sizeof(std::uint64_t) + sizeof(std::uint32_t);
  std::uint64_t time = 0;
  std::uint16_t number = 0;
  const auto field = [&](std::size_t offset) {
    std::int32_t value = 0;
    if (kRaw + offset + sizeof value <= size) copy(at + kRaw + offset, &value, sizeof value);
    return value;
  };
  copy(at + sizeof(perf_event_header), &time, sizeof time);
  copy(at + kRaw, &number, sizeof number);
  const TimePoint when(Duration(static_cast<Duration::rep>(time)));
  if (number == layouts.fork.event_id)
    events.push_back({when, field(layouts.fork.offsets[1]), field(layouts.fork.offsets[0])});
  else if (number == layouts.exit.event_id)
    events.push_back({when, field(layouts.exit.offsets[0]), 0});
}

void Ring::drain(const TaskEventLayouts& layouts, std::vector<TaskEvent>& events, bool& lost) {
  const std::uint64_t head = std::atomic_ref(page_->data_head).load(std::memory_order_acquire);
  std::uint64_t tail = page_->data_tail;
  while (tail < head) {
    perf_event_header header{};
    copy(tail, &header, sizeof header);
    if (header.size < sizeof header) break;  // cannot be; and would never end
    if (header.type == PERF_RECORD_LOST) lost = true;
    if (header.type == PERF_RECORD_SAMPLE) take_sample(tail, header.size, layouts, events);
    tail += header.size;
  }
  std::atomic_ref(page_->data_tail).store(tail, std::memory_order_release);
}

class TracepointForks : public ForkEvents {
 public:
  TracepointForks(std::vector<std::unique_ptr<Ring>> rings, TaskEventLayouts layouts)
      : rings_(std::move(rings)), layouts_(std::move(layouts)) {}

  std::vector<TaskEvent> drain(bool& lost) override {
    std::vector<TaskEvent> events;
    for (const auto& ring : rings_) ring->drain(layouts_, events, lost);
    std::stable_sort(events.begin(), events.end(),
                     [](const TaskEvent& a, const TaskEvent& b) { return a.time < b.time; });
    return events;
  }
  std::vector<int> wake_up_descriptors() const override {
    std::vector<int> fds;
    for (const auto& ring : rings_) fds.push_back(ring->fd());
    return fds;
  }
  std::string name() const override { return "the tracepoint sched:sched_process_fork"; }

 private:
  std::vector<std::unique_ptr<Ring>> rings_;
  TaskEventLayouts layouts_;
};

}  // namespace

Result<RecordLayout> parse_trace_format(const std::string& format, const std::vector<std::string>& fields) {
  RecordLayout layout;
  layout.offsets.resize(fields.size());
  const auto number_after = [](const std::string& line, const char* key) -> std::size_t {
    const std::size_t at = line.find(key);
    return at == std::string::npos ? 0 : std::strtoul(line.c_str() + at + std::strlen(key), nullptr, 10);
  };
  std::istringstream lines(format);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("ID:")) layout.event_id = number_after(line, "ID:");
    for (std::size_t i = 0; i < fields.size(); ++i)
      if (line.find(" " + fields[i] + ";") != std::string::npos && number_after(line, "size:") == sizeof(std::int32_t))
        layout.offsets[i] = number_after(line, "offset:");
  }
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (layout.offsets[i] == 0)
      return Error{ErrorCode::unsupported, "format of a tracepoint", "it has no " + fields[i] + " of four bytes", ""};
  if (layout.event_id == 0) return Error{ErrorCode::unsupported, "format of a tracepoint", "it has no ID", ""};
  return layout;
}

Result<std::unique_ptr<ForkEvents>> follow_forks_by_tracepoint(const std::string& tracefs,
                                                               const std::vector<int>& cpus) {
  const auto layout_of = [&](const char* event, const std::vector<std::string>& fields) -> Result<RecordLayout> {
    const std::string path = fmt::format("{}/events/sched/{}/format", tracefs, event);
    const std::optional<std::string> format = read_file(path);
    if (!format) return system_error("read " + path);
    return parse_trace_format(*format, fields);
  };
  Result<RecordLayout> fork = layout_of(kFork, {"parent_pid", "child_pid"});
  if (!fork) return std::move(fork).error();
  Result<RecordLayout> exit = layout_of(kExit, {"pid"});
  if (!exit) return std::move(exit).error();
  const TaskEventLayouts layouts{std::move(*fork), std::move(*exit)};
  std::vector<std::unique_ptr<Ring>> rings;
  for (const int cpu : cpus) {
    Result<std::unique_ptr<Ring>> ring = Ring::open(cpu, layouts);
    if (!ring) return std::move(ring).error();
    rings.push_back(std::move(*ring));
  }
  return std::unique_ptr<ForkEvents>(std::make_unique<TracepointForks>(std::move(rings), layouts));
}

}  // namespace dcat::emulator
