// A tenant that misses the cache: walks a 64 MiB array at random until it is killed, or for three minutes, one
// dependent load after another.
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

int main() {
  ::alarm(180);  // seconds; a test that is killed leaves no program behind
  constexpr std::size_t kLineWords = 64 / sizeof(std::size_t);
  constexpr std::size_t kLines = (std::size_t{64} << 20) / 64;
  // One cycle over all lines (Sattolo), so that no prefetcher can follow and every line is used.
  std::vector<std::size_t> order(kLines);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::mt19937_64 random(1);
  for (std::size_t i = kLines - 1; i > 0; --i) std::swap(order[i], order[random() % i]);
  std::vector<std::size_t> next(kLines * kLineWords);
  for (std::size_t i = 0; i < kLines; ++i) next[i * kLineWords] = order[i] * kLineWords;
  [[maybe_unused]] volatile std::size_t sink = 0;
  for (std::size_t at = 0;;) {
    for (int i = 0; i < 1'000'000; ++i) at = next[at];
    sink = at;
  }
}
