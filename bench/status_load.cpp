// Asks a daemon's socket for the status so many times a second, as many `dcat status` would, and says how long answers
// took. Beside it, connections that say nothing.
// Usage: status_load SOCKET ASKS_A_SECOND SECONDS [SILENT_CONNECTIONS]
// Prints asked, answered, bytes of an answer and milliseconds; exit code 1 when an ask had no answer.
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kThreads = 4;
constexpr int kPatienceMs = 2000;

int connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  if (fd >= 0) ::close(fd);
  return -1;
}

// Bytes of the answer; 0: there was none.
std::size_t ask(const std::string& path) {
  const int fd = connect_to(path);
  if (fd < 0) return 0;
  const std::string line = "{\"dcat\":1,\"status\":{}}\n";
  std::size_t got = 0;
  bool whole = false;
  if (::send(fd, line.data(), line.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(line.size())) {
    std::array<char, 65536> part;
    pollfd ready{fd, POLLIN, 0};
    while (!whole && ::poll(&ready, 1, kPatienceMs) > 0) {
      const ssize_t read = ::recv(fd, part.data(), part.size(), 0);
      if (read <= 0) break;
      got += static_cast<std::size_t>(read);
      whole = part[static_cast<std::size_t>(read) - 1] == '\n';
    }
  }
  ::close(fd);
  return whole ? got : 0;
}

struct Asked {
  std::mutex mutex;
  std::vector<double> ms;  // of those that were answered
  std::size_t unanswered = 0, bytes = 0;
};

// Every `step` from `first` on, until `end`; one that is late asks at once.
void ask_on(const std::string& path, Clock::time_point first, Clock::duration step, Clock::time_point end,
            Asked& asked) {
  for (Clock::time_point due = first; due < end; due += step) {
    std::this_thread::sleep_until(due);
    const Clock::time_point begun = Clock::now();
    const std::size_t bytes = ask(path);
    const double ms = std::chrono::duration<double, std::milli>(Clock::now() - begun).count();
    const std::lock_guard lock(asked.mutex);
    asked.bytes = std::max(asked.bytes, bytes);
    if (bytes == 0)
      ++asked.unanswered;
    else
      asked.ms.push_back(ms);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: status_load SOCKET ASKS_A_SECOND SECONDS [SILENT_CONNECTIONS]\n");
    return 2;
  }
  const std::string path = argv[1];
  const int rate = std::max(1, std::atoi(argv[2])), length = std::atoi(argv[3]);
  const int silent = argc > 4 ? std::atoi(argv[4]) : 0;
  std::vector<int> quiet;
  for (int i = 0; i < silent; ++i) quiet.push_back(connect_to(path));
  Asked asked;
  const Clock::time_point now = Clock::now();
  const auto step = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1.0 * kThreads / rate));
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back(
        [&, i] { ask_on(path, now + step * i / kThreads, step, now + std::chrono::seconds(length), asked); });
  for (std::thread& thread : threads) thread.join();
  const double took = std::chrono::duration<double>(Clock::now() - now).count();
  for (const int fd : quiet)
    if (fd >= 0) ::close(fd);
  std::ranges::sort(asked.ms);
  const auto percentile = [&](double part) {
    return asked.ms.empty() ? 0 : asked.ms[static_cast<std::size_t>(part * static_cast<double>(asked.ms.size() - 1))];
  };
  std::printf(
      "%zu asks in %.1f s (%.0f a second) beside %d silent connections: %zu answered with %zu bytes, "
      "median %.2f ms, 99th percentile %.2f ms, longest %.2f ms\n",
      asked.ms.size() + asked.unanswered, took, static_cast<double>(asked.ms.size() + asked.unanswered) / took, silent,
      asked.ms.size(), asked.bytes, percentile(0.5), percentile(0.99), percentile(1));
  return asked.unanswered == 0 ? 0 : 1;
}
