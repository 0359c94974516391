// A tenant that needs no cache: computes in registers until it is killed, or for three minutes.
#include <unistd.h>

#include <cstdint>

int main() {
  ::alarm(180);  // seconds; a test that is killed leaves no program behind
  [[maybe_unused]] volatile std::uint64_t sink = 0;
  for (std::uint64_t x = 88172645463325252u;;) {
    for (int i = 0; i < 1'000'000; ++i) {  // xorshift64
      x ^= x << 13;
      x ^= x >> 7;
      x ^= x << 17;
    }
    sink = x;
  }
}
