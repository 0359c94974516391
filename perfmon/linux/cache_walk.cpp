#include "perfmon/linux/cache_walk.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace dcat {

namespace {

constexpr std::size_t kLineBytes = 64;
// More than any L2 has: a size beyond it is a slip of whoever told it (hypervisors make caches up).
constexpr std::uint64_t kMostL2Bytes = std::uint64_t{16} << 20;
constexpr int kMemoryPasses = 3;
constexpr std::uint64_t kAgainPasses = 4;
// Loads that are timed together: 0.1 ms from memory, shorter than a time slice.
constexpr std::uint64_t kPartLoads = 1024;

struct alignas(kLineBytes) Line {
  std::uint32_t next = 0;
};

// One cycle through all lines, in random order (Sattolo's shuffle). The seed is fixed: the order is the same each time.
std::vector<Line> lay_out(std::size_t count) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  std::mt19937 random(1);
  for (std::size_t i = count - 1; i > 0; --i) std::swap(order[i], order[random() % i]);
  std::vector<Line> lines(count);
  for (std::size_t i = 0; i < count; ++i) lines[i].next = order[i];
  return lines;
}

// Walks on from `at`.
void walk(const std::vector<Line>& lines, std::uint64_t loads, std::uint32_t& at) {
  const volatile Line* all = lines.data();
  std::uint32_t here = at;
  for (std::uint64_t i = 0; i < loads; ++i) here = all[here].next;
  at = here;
}

Duration thread_cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// In CPU time: being preempted is no latency.
Walk walk_again(const std::vector<Line>& lines) {
  Walk result;
  result.loads = kAgainPasses * lines.size();
  std::uint32_t at = 0;
  const Duration start = thread_cpu_time();
  walk(lines, result.loads, at);
  result.time = thread_cpu_time() - start;
  return result;
}

// False: this CPU has no instruction for it that we know.
bool flush(const std::vector<Line>& lines) {
#if defined(__x86_64__)
  for (const Line& line : lines) _mm_clflush(&line);
  _mm_mfence();
  return true;
#else
  return lines.empty();
#endif
}

// The median part's time stands for all, so that neither preemption nor a hypervisor makes memory look slow.
std::optional<Walk> walk_from_memory(const std::vector<Line>& lines) {
  const std::uint64_t parts = lines.size() / kPartLoads;
  std::vector<Duration> times;
  for (int pass = 0; pass < kMemoryPasses; ++pass) {
    if (!flush(lines)) return std::nullopt;
    std::uint32_t at = 0;
    for (std::uint64_t part = 0; part < parts; ++part) {
      const auto start = std::chrono::steady_clock::now();
      walk(lines, kPartLoads, at);
      times.push_back(std::chrono::steady_clock::now() - start);
    }
  }
  if (times.empty()) return std::nullopt;
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return Walk{parts * kPartLoads, static_cast<Duration::rep>(parts) * *middle};
}

}  // namespace

std::optional<std::uint64_t> l2_bytes(const std::string& cpu_directory) {
  for (int index = 0; index < 8; ++index) {
    const std::string directory = cpu_directory + "/cache/index" + std::to_string(index);
    int level = 0;
    std::uint64_t kib = 0;
    char unit = ' ';
    std::ifstream(directory + "/level") >> level;
    std::ifstream(directory + "/size") >> kib >> unit;
    if (level == 2 && unit == 'K' && kib > 0 && kib <= kMostL2Bytes / 1024) return kib * 1024;
  }
  return std::nullopt;
}

CacheWalks cache_walks(const std::string& cpu_directory) {
  auto lines = std::make_shared<std::vector<Line>>();
  CacheWalks walks;
  walks.from_memory = [lines, cpu_directory](double l2_sizes) -> std::optional<Walk> {
    const std::optional<std::uint64_t> l2 = l2_bytes(cpu_directory);
    if (!l2) return std::nullopt;
    *lines = lay_out(static_cast<std::size_t>(l2_sizes * static_cast<double>(*l2)) / kLineBytes);
    const std::optional<Walk> from_memory = walk_from_memory(*lines);
    std::uint32_t at = 0;
    if (from_memory) walk(*lines, lines->size(), at);
    return from_memory;
  };
  walks.again = [lines] { return walk_again(*lines); };
  return walks;
}

}  // namespace dcat
