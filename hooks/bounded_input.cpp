#include "hooks/bounded_input.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <system_error>

namespace dcat {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBlock = 64 << 10;

enum class Got { bytes, end, late, error };

// Waits for bytes and takes some; `errno` says which error. A descriptor that others read too may block in read: stdin
// of a hook is ours alone.
Got read_some(int fd, char* to, std::size_t most, Clock::time_point deadline, std::size_t& size) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return Got::late;
    pollfd poll_fd{fd, POLLIN, 0};
    const int ready = ::poll(&poll_fd, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 1'000'000)));
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    if (ready < 0) return Got::error;
    const ssize_t got = ::read(fd, to, most);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return Got::error;
    size = static_cast<std::size_t>(got);
    return got == 0 ? Got::end : Got::bytes;
  }
}

bool is_file(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

bool drain_until(int fd, Clock::time_point deadline) {
  if (is_file(fd)) return true;
  std::array<char, kBlock> block;
  std::size_t size = 0;
  Got got = Got::bytes;
  while (got == Got::bytes) got = read_some(fd, block.data(), block.size(), deadline, size);
  return got == Got::end;
}

}  // namespace

Result<std::string> read_bounded(int fd, const InputBounds& bounds, const std::string& what) {
  const Clock::time_point deadline = Clock::now() + bounds.within;
  const std::string reading = "read " + what;
  std::string text;
  std::array<char, kBlock> block;
  while (true) {
    std::size_t size = 0;
    switch (read_some(fd, block.data(), block.size(), deadline, size)) {
      case Got::end: return text;
      case Got::late:
        return Error{ErrorCode::failed, reading,
                     "no end after " + std::to_string(text.size()) + " bytes and " +
                         std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(bounds.within).count()) +
                         " ms",
                     "close it behind the last byte", ETIMEDOUT};
      case Got::error: {
        const int number = errno;
        return Error{ErrorCode::failed, reading, std::generic_category().message(number), "", number};
      }
      case Got::bytes: break;
    }
    if (size > bounds.most - text.size()) {
      if (bounds.drain) drain_until(fd, deadline);
      return Error{ErrorCode::bad_input, reading, "it is longer than " + std::to_string(bounds.most) + " bytes", "", 0};
    }
    text.append(block.data(), size);
    if (bounds.is_whole && bounds.is_whole(text)) return text;
  }
}

bool drain_input(int fd, Duration within) {
  return drain_until(fd, Clock::now() + within);
}

}  // namespace dcat
