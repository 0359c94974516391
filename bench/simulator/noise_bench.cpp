// How much the speed of steady programs varies from one tenth of a second of CPU time to the next: the noise that a
// controller's sub-samples have. Without hardware counters, work done per CPU time stands for IPC: a loop that always
// does the same retires instructions in proportion to its rounds, and at a steady clock CPU time is cycles.
//
// Prints, for each kernel, the median and the 95th percentile over windows of |rate / median rate - 1|, and the
// standard deviation estimated from the median (x 1.4826, which a few windows with a busy neighbour do not move).
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace {

double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

volatile std::uint64_t sink;

// One chase through all of a random cycle over so many bytes.
class Chase {
 public:
  explicit Chase(std::size_t bytes) : next_(bytes / sizeof(std::uint64_t) / 8 * 8) {
    std::vector<std::uint32_t> lines(next_.size() / 8);
    std::iota(lines.begin(), lines.end(), 0U);
    std::mt19937 random(1);
    std::shuffle(lines.begin(), lines.end(), random);
    for (std::size_t i = 0; i < lines.size(); ++i) next_[lines[i] * 8ULL] = lines[(i + 1) % lines.size()] * 8ULL;
  }
  void round() {
    for (int i = 0; i < 20000; ++i) at_ = next_[at_];
    sink = at_;
  }

 private:
  std::vector<std::uint64_t> next_;
  std::uint64_t at_ = 0;
};

class Stream {
 public:
  explicit Stream(std::size_t bytes) : data_(bytes / sizeof(std::uint64_t), 1) {}
  void round() {
    const std::size_t part = data_.size() / 64;
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < part; ++i) sum += data_[(from_ + i) % data_.size()];
    from_ = (from_ + part) % data_.size();
    sink = sum;
  }

 private:
  std::vector<std::uint64_t> data_;
  std::size_t from_ = 0;
};

class Arithmetic {
 public:
  void round() {
    for (int i = 0; i < 50000; ++i) x_ = x_ * 6364136223846793005ULL + 1442695040888963407ULL;
    sink = x_;
  }

 private:
  std::uint64_t x_ = 1;
};

template <class Kernel>
void measure(const char* name, Kernel kernel, int windows, double window_sec) {
  for (const double until = cpu_seconds() + 0.5; cpu_seconds() < until;) kernel.round();
  std::vector<double> rates;
  for (int w = 0; w < windows; ++w) {
    const double start = cpu_seconds();
    double now = start;
    int rounds = 0;
    while (now - start < window_sec) {
      kernel.round();
      ++rounds;
      now = cpu_seconds();
    }
    rates.push_back(rounds / (now - start));
  }
  std::vector<double> sorted = rates;
  std::sort(sorted.begin(), sorted.end());
  const double median = sorted[sorted.size() / 2];
  std::vector<double> off;
  for (const double rate : rates) off.push_back(std::abs(rate / median - 1));
  std::sort(off.begin(), off.end());
  const double middle = off[off.size() / 2];
  std::printf("%-22s median %.4f  95th percentile %.4f  deviation %.4f\n", name, middle, off[off.size() * 95 / 100],
              1.4826 * middle);
}

}  // namespace

int main(int argc, char** argv) {
  const int windows = argc > 1 ? std::atoi(argv[1]) : 200;
  const double window_sec = 0.1;
  std::printf("%d windows of %.1f s of CPU time each\n", windows, window_sec);
  measure("arithmetic", Arithmetic(), windows, window_sec);
  measure("chase over 256 KiB", Chase(256 << 10), windows, window_sec);
  measure("chase over 4 MiB", Chase(4 << 20), windows, window_sec);
  measure("chase over 64 MiB", Chase(64 << 20), windows, window_sec);
  measure("stream over 256 MiB", Stream(256 << 20), windows, window_sec);
  return 0;
}
