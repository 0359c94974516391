// meter: what a command that does something every second (dcat run, perf stat -I 1000) costs, as one JSON line.
//
// The command's first output on its standard output ends its set-up and its first interval. From half an interval after
// `--skip` further ones, so between two ticks, its CPU time is counted over `--ticks` intervals (of the whole process,
// user and kernel, in nanoseconds: CLOCK_PROCESS_CPUTIME_ID of another process), then its memory and descriptors are
// looked at (/proc/PID/status, fd), and it is told to end. Its output is read and thrown away, or kept in `--output`.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/density/box.h"
#include "bench/density/member.h"

namespace dcat::bench {
namespace {

struct Arguments {
  double interval_s = 1;
  int skip = 3;
  int ticks = 10;
  double patience_s = 60;
  int end_signal = SIGTERM;
  std::string output;
  std::vector<std::string> command;
};

struct Reading {
  double cpu_s = 0;
  long rss_kib = 0, peak_kib = 0;
  std::size_t descriptors = 0;
};

Duration seconds_of(double s) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(s));
}

long status_kib(pid_t process, const char* key) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(key)) return std::stol(line.substr(std::strlen(key)));
  return 0;
}

Result<double> cpu_seconds(pid_t process) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &time) != 0)
    return Error{ErrorCode::failed, "read the CPU time of the command", "it is gone", ""};
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

Result<Reading> look_at(pid_t process) {
  Result<double> cpu = cpu_seconds(process);
  if (!cpu) return std::move(cpu).error();
  std::error_code gone;
  const auto fds = std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/fd", gone);
  return Reading{*cpu, status_kib(process, "VmRSS:"), status_kib(process, "VmHWM:"),
                 gone ? 0 : static_cast<std::size_t>(std::distance(begin(fds), end(fds)))};
}

// A command, its output and its end. Killed when this goes.
class Command {
 public:
  static Result<Command> start(const std::vector<std::string>& words, const std::string& output) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Error{ErrorCode::failed, "pipe", std::strerror(errno), ""};
    const int file =
        ::open(output.empty() ? "/dev/null" : output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) return Error{ErrorCode::failed, "open " + output, std::strerror(errno), ""};
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(ends[1], STDOUT_FILENO);
      std::vector<char*> argv;
      for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
      argv.push_back(nullptr);
      ::execvp(argv.front(), argv.data());
      std::perror(argv.front());
      ::_exit(127);
    }
    ::close(ends[1]);
    return Command(pid, ends[0], file);
  }
  Command(Command&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)),
        output_(std::exchange(other.output_, -1)),
        file_(std::exchange(other.file_, -1)) {}
  Command& operator=(Command&&) = delete;
  ~Command() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    if (output_ >= 0) ::close(output_);
    if (file_ >= 0) ::close(file_);
  }

  pid_t pid() const { return pid_; }
  void signal(int number) const { ::kill(pid_, number); }

  enum class News { output, nothing, end };
  // Takes the output until `until`, or, if asked to, until there is some.
  News drain(TimePoint until, bool first_only) {
    for (;;) {
      const Duration left = until - monotonic_now();
      if (left <= Duration(0)) return News::nothing;
      pollfd watched{output_, POLLIN, 0};
      const int ms = static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(left).count());
      if (::poll(&watched, 1, std::clamp(ms, 1, 1000)) <= 0) continue;
      const ssize_t got = ::read(output_, buffer_.data(), buffer_.size());
      if (got <= 0) return News::end;
      if (::write(file_, buffer_.data(), static_cast<std::size_t>(got)) < 0) return News::end;
      if (first_only) return News::output;
    }
  }
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  Command(pid_t pid, int output, int file) : pid_(pid), output_(output), file_(file) {}
  pid_t pid_;
  int output_;
  int file_;
  std::array<char, 65536> buffer_{};
};

Error ended_early(Command& command, const std::string& when) {
  return {ErrorCode::failed, "the measured command", "ended " + when + ", exit code " + std::to_string(command.wait()),
          "its own messages say why"};
}

Status measure(const Arguments& a) {
  const TimePoint start = monotonic_now();
  Result<Command> command = Command::start(a.command, a.output);
  if (!command) return std::move(command).error();
  const auto first = command->drain(start + seconds_of(a.patience_s), true);
  if (first == Command::News::end) return ended_early(*command, "before its first output");
  if (first == Command::News::nothing)
    return Error{ErrorCode::failed, "the measured command", "printed nothing in time", "raise --patience"};
  const TimePoint ready = monotonic_now();
  Result<double> set_up_cpu = cpu_seconds(command->pid());
  const TimePoint begin = ready + seconds_of(a.interval_s * (a.skip + 0.5));
  if (command->drain(begin, false) == Command::News::end) return ended_early(*command, "before it was measured");
  Result<Reading> before = look_at(command->pid());
  if (command->drain(begin + seconds_of(a.interval_s * a.ticks), false) == Command::News::end)
    return ended_early(*command, "while it was measured");
  Result<Reading> after = look_at(command->pid());
  if (!set_up_cpu || !before || !after) return ended_early(*command, "while it was measured");

  const TimePoint told = monotonic_now();
  command->signal(a.end_signal);
  if (command->drain(told + seconds_of(a.patience_s), false) != Command::News::end)
    return Error{ErrorCode::failed, "the measured command", "did not end in time when told to", ""};
  const int code = command->wait();
  std::printf(
      "{\"set_up_s\":%.3f,\"set_up_cpu_s\":%.3f,\"cpu_ms_per_tick\":%.3f,\"rss_kib\":%ld,\"peak_kib\":%ld,"
      "\"descriptors\":%zu,\"tear_down_s\":%.3f,\"ticks\":%d,\"exit_code\":%d}\n",
      seconds(ready - start) - a.interval_s, *set_up_cpu, (after->cpu_s - before->cpu_s) * 1e3 / a.ticks,
      after->rss_kib, after->peak_kib, after->descriptors, seconds(monotonic_now() - told), a.ticks, code);
  return {};
}

}  // namespace
}  // namespace dcat::bench

int main(int argc, char** argv) {
  dcat::bench::Arguments a;
  CLI::App app("What a command that does something every interval costs");
  app.add_option("--interval", a.interval_s, "Seconds")->check(CLI::Range(0.01, 3600.0));
  app.add_option("--skip", a.skip, "Intervals after the first that are not measured")->check(CLI::Range(0, 1000));
  app.add_option("--ticks", a.ticks, "Intervals that are")->check(CLI::Range(1, 100000));
  app.add_option("--patience", a.patience_s, "Seconds that set-up and end may take");
  app.add_option("--end-signal", a.end_signal, "15 is SIGTERM, 2 is SIGINT");
  app.add_option("--output", a.output, "Keep the command's output here");
  app.add_option("command", a.command, "After --")->required();
  CLI11_PARSE(app, argc, argv);
  const dcat::Status done = dcat::bench::measure(a);
  return done ? 0 : dcat::bench::report("meter", done.error());
}
