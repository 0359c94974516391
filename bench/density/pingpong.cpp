// pingpong: what a switch between two containers costs. Two processes in two cgroups on one CPU send a byte to and fro
// through pipes, so that each byte is a switch from one container to the other.
//
// Prints `ready`, then for each line of its standard input, a number of seconds, `MEAN MEDIAN` in microseconds a
// switch: the mean of that time, and the median of its slices of 50 ms, which shows what a switch costs outside of
// windows that are shorter than half of the time. Ends with its input; the cgroups are removed.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include "bench/density/box.h"
#include "bench/density/member.h"

namespace dcat::bench {
namespace {

constexpr Duration kSlice = std::chrono::milliseconds(50);
constexpr int kBetweenLooks = 8;  // round trips between looks at the clock

struct Times {
  double mean_us = 0, median_us = 0;
};

struct Pipe {
  int read_end = -1, write_end = -1;
};
Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Error{ErrorCode::failed, "pipe", std::strerror(errno), ""};
  return Pipe{ends[0], ends[1]};
}

template <class T>
bool send(int fd, const T& value) {
  return ::write(fd, &value, sizeof(value)) == static_cast<ssize_t>(sizeof(value));
}
template <class T>
bool receive(int fd, T& value) {
  return ::read(fd, &value, sizeof(value)) == static_cast<ssize_t>(sizeof(value));
}

void stay_on(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  if (::sched_setaffinity(0, sizeof(set), &set) != 0) ::_exit(1);
}

struct Pipes {
  Pipe ping, pong, order, answer;
};

void answer_bytes(const Pipes& pipes, int cpu) {
  stay_on(cpu);
  for (char byte = 0; receive(pipes.ping.read_end, byte) && send(pipes.pong.write_end, byte);) {
  }
}

double slice_us(const Pipes& pipes, TimePoint until, long& switches) {
  const TimePoint begin = monotonic_now();
  long here = 0;
  TimePoint at = begin;
  while (at < until) {
    char byte = 0;
    for (int i = 0; i < kBetweenLooks; ++i)
      if (!send(pipes.ping.write_end, byte) || !receive(pipes.pong.read_end, byte)) ::_exit(1);
    here += 2 * kBetweenLooks;
    at = monotonic_now();
  }
  switches += here;
  return seconds(at - begin) * 1e6 / static_cast<double>(here);
}

void serve_bytes(const Pipes& pipes, int cpu) {
  stay_on(cpu);
  for (double wanted_s = 0; receive(pipes.order.read_end, wanted_s);) {
    const TimePoint begin = monotonic_now();
    const TimePoint end = begin + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(wanted_s));
    std::vector<double> slices;
    long switches = 0;
    while (monotonic_now() < end) slices.push_back(slice_us(pipes, monotonic_now() + kSlice, switches));
    std::nth_element(slices.begin(), slices.begin() + static_cast<long>(slices.size() / 2), slices.end());
    const Times times{seconds(monotonic_now() - begin) * 1e6 / static_cast<double>(switches),
                      slices[slices.size() / 2]};
    if (!send(pipes.answer.write_end, times)) return;
  }
}

Status play(const Box& box, int cpu) {
  Pipes pipes;
  for (Pipe* pipe : {&pipes.ping, &pipes.pong, &pipes.order, &pipes.answer}) {
    Result<Pipe> made = make_pipe();
    if (!made) return std::move(made).error();
    *pipe = *made;
  }
  for (const auto& [member, body] : {std::pair("a", std::function<void()>([&] { serve_bytes(pipes, cpu); })),
                                     std::pair("b", std::function<void()>([&] { answer_bytes(pipes, cpu); }))})
    if (Result<pid_t> started = box.start(member, body); !started) return std::move(started).error();
  ::close(pipes.answer.write_end);  // so that the end of "a" is seen
  std::puts("ready");
  std::fflush(stdout);
  for (double wanted_s = 0; std::cin >> wanted_s && wanted_s > 0;) {
    Times times;
    if (!send(pipes.order.write_end, wanted_s) || !receive(pipes.answer.read_end, times))
      return Error{ErrorCode::failed, "ping-pong", "a player has ended", "is there a CPU of that number?"};
    std::printf("%.3f %.3f\n", times.mean_us, times.median_us);
    std::fflush(stdout);
  }
  return {};
}

Status run(const std::string& name, int cpu) {
  // A signal ends the wait for input, and what was made is removed.
  struct sigaction ending {};
  ending.sa_handler = [](int) { ::close(STDIN_FILENO); };
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaction(number, &ending, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  Result<Box> box = Box::make(name);
  if (!box) return std::move(box).error();
  Status played = play(*box, cpu);
  Status cleaned = clean(name);
  return played ? cleaned : played;
}

}  // namespace
}  // namespace dcat::bench

int main(int argc, char** argv) {
  std::string box;
  int cpu = 1;
  CLI::App app("Switches between two containers on one CPU");
  app.add_option("box", box, "Directory below the cgroup2 root, dcat-bench...")->required();
  app.add_option("--cpu", cpu, "Where both run")->check(CLI::Range(0, CPU_SETSIZE - 1));
  CLI11_PARSE(app, argc, argv);
  const dcat::Status done = dcat::bench::run(box, cpu);
  return done ? 0 : dcat::bench::report("pingpong", done.error());
}
