// churn: containers that come and go, `--rate` a second, each a cgroup with one process. Lives are log-normal with a
// median of 0.5 s, clipped to 0.1..10 s; with sigma 1.2 one in eight lives 2 s or more. The same seed gives the same
// lives. A process works a little, so that there is something to count.
//
// Writes a line `CONTAINER BORN_NS DIED_NS` for each to --log: CLOCK_MONOTONIC, from when its process was there to when
// it was killed, which is the clock and the names of a trace. Prints `done: ...` when the last has gone.
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "bench/density/box.h"
#include "bench/density/member.h"

namespace dcat::bench {
namespace {

constexpr double kMedian_s = 0.5, kSigma = 1.2, kShortest_s = 0.1, kLongest_s = 10;
constexpr Duration kAgain = std::chrono::milliseconds(5);  // a cgroup that could not be removed yet
constexpr Duration kLong = std::chrono::seconds(2);

struct Arguments {
  std::string box, log;
  double rate = 200;
  double seconds = 60;
  unsigned seed = 1;
};

struct Life {
  std::string name;
  pid_t process = 0;  // 0: it is dead, and its cgroup is still there
  TimePoint born, ends;
  bool operator<(const Life& other) const { return ends > other.ends; }  // the next to end is on top of a queue
};

Duration seconds_of(double s) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(s));
}

class Churn {
 public:
  Churn(const Arguments& a, const Box& box, std::FILE* log) : arguments_(a), box_(box), log_(log), random_(a.seed) {}

  // Until all have gone, or a signal.
  Status run(int signals) {
    const auto births = static_cast<long>(std::lround(arguments_.rate * arguments_.seconds));
    const TimePoint begin = monotonic_now();
    while (born_ < births || !alive_.empty()) {
      const TimePoint birth = begin + seconds_of(static_cast<double>(born_) / arguments_.rate);
      const bool is_birth = born_ < births && (alive_.empty() || birth <= alive_.top().ends);
      if (wait_until(is_birth ? birth : alive_.top().ends, signals))
        return Error{ErrorCode::failed, "churn", "a signal ended it", ""};
      if (Status done = is_birth ? give_birth(birth) : bury(); !done) return done;
    }
    std::printf("done: %ld containers, %ld lived 2 s or more, at most %zu at once, %.3f s late at most\n", born_, long_,
                most_, latest_s_);
    return {};
  }

 private:
  static bool wait_until(TimePoint until, int signals) {
    pollfd watched{signals, POLLIN, 0};
    const Duration left = std::max(until - monotonic_now(), Duration(0));
    const timespec time{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
    return ::ppoll(&watched, 1, &time, nullptr) > 0;
  }

  Status give_birth(TimePoint due) {
    latest_s_ = std::max(latest_s_, seconds(monotonic_now() - due));
    char name[16];
    std::snprintf(name, sizeof(name), "k%06ld", born_++);
    Result<pid_t> process = box_.start(name, [] {
      live({std::chrono::milliseconds(50), std::chrono::microseconds(50), 1}, Duration(0));
    });
    if (!process) return std::move(process).error();
    const TimePoint now = monotonic_now();
    const double life = std::clamp(lives_(random_), kShortest_s, kLongest_s);
    alive_.push({name, *process, now, now + seconds_of(life)});
    most_ = std::max(most_, alive_.size());
    return {};
  }

  Status bury() {
    Life life = alive_.top();
    alive_.pop();
    if (life.process != 0) {
      const TimePoint now = monotonic_now();
      ::kill(life.process, SIGKILL);
      ::waitpid(life.process, nullptr, 0);
      std::fprintf(log_, "%s/%s %lld %lld\n", box_.name().c_str(), life.name.c_str(),
                   static_cast<long long>(life.born.time_since_epoch().count()),
                   static_cast<long long>(now.time_since_epoch().count()));
      if (now - life.born >= kLong) ++long_;
      life.process = 0;
    }
    const Status removed = box_.remove(life.name);
    if (removed) return {};
    if (removed.error().sys_errno != EBUSY) return removed;
    life.ends = monotonic_now() + kAgain;
    alive_.push(life);
    return {};
  }

  const Arguments& arguments_;
  const Box& box_;
  std::FILE* log_;
  std::mt19937 random_;
  std::lognormal_distribution<double> lives_{std::log(kMedian_s), kSigma};
  std::priority_queue<Life> alive_;
  long born_ = 0, long_ = 0;
  std::size_t most_ = 0;
  double latest_s_ = 0;
};

Status run(const Arguments& a) {
  sigset_t ending;
  ::sigemptyset(&ending);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&ending, number);
  ::sigprocmask(SIG_BLOCK, &ending, nullptr);
  const int signals = ::signalfd(-1, &ending, SFD_CLOEXEC);
  std::FILE* const log = std::fopen(a.log.c_str(), "we");
  if (log == nullptr) return Error{ErrorCode::failed, "open " + a.log, std::strerror(errno), ""};
  Result<Box> box = Box::make(a.box);
  if (!box) return std::move(box).error();
  Status done = Churn(a, *box, log).run(signals);
  const bool written = std::fclose(log) == 0;
  Status cleaned = clean(a.box);
  if (!done) return done;
  if (!written) return Error{ErrorCode::failed, "write " + a.log, std::strerror(errno), ""};
  return cleaned;
}

}  // namespace
}  // namespace dcat::bench

int main(int argc, char** argv) {
  dcat::bench::Arguments a;
  CLI::App app("Containers that come and go");
  app.add_option("box", a.box, "Directory below the cgroup2 root, dcat-bench...")->required();
  app.add_option("--log", a.log, "Births and deaths")->required();
  app.add_option("--rate", a.rate, "Births a second")->check(CLI::Range(0.1, 10000.0));
  app.add_option("--seconds", a.seconds, "How long")->check(CLI::Range(0.1, 86400.0));
  app.add_option("--seed", a.seed, "Of the lives");
  CLI11_PARSE(app, argc, argv);
  const dcat::Status done = dcat::bench::run(a);
  return done ? 0 : dcat::bench::report("churn", done.error());
}
