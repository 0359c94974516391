#include "cli/stop.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

namespace dcat::cli {

namespace {

// The one global of the program: a signal handler can reach nothing else.
std::atomic<bool> stop_flag{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int) {
  stop_flag = true;
}

}  // namespace

const std::atomic<bool>& stop_on_signals(Hangup hangup) {
  struct sigaction action {};
  action.sa_handler = on_signal;  // without SA_RESTART: a wait ends at once
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // A terminal that closes is a stop too, unless whoever started us (nohup) wants it ignored.
  struct sigaction inherited {};
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGHUP);
  if (hangup == Hangup::wait)
    pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  else if (sigaction(SIGHUP, nullptr, &inherited) == 0 && inherited.sa_handler != SIG_IGN)
    sigaction(SIGHUP, &action, nullptr);
  // A closed pipe is an error of the write, not the end of the process: the node is put back first.
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
  return stop_flag;
}

bool at_a_terminal() {
  if (isatty(STDIN_FILENO) == 1 || isatty(STDOUT_FILENO) == 1) return true;
  const int terminal = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (terminal < 0) return false;
  close(terminal);
  return true;
}

void wait_for(Duration duration) {
  // In slices: a signal that comes between the look at the flag and the sleep costs a slice at most.
  constexpr Duration kSlice = std::chrono::milliseconds(100);
  while (duration.count() > 0 && !stop_flag) {
    const Duration part = duration < kSlice ? duration : kSlice;
    const timespec time{part.count() / 1'000'000'000, part.count() % 1'000'000'000};
    nanosleep(&time, nullptr);
    duration -= part;
  }
}

}  // namespace dcat::cli
