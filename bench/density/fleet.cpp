// fleet: cgroups with a process each, some asleep and some busy a little, until its standard input closes or a signal
// asks it to end. Then, and with --clean after a crash, everything is removed.
// Prints `ready N containers, B busy, S s` when all are there, and `gone in S s` at the end.
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/density/box.h"
#include "bench/density/limits.h"
#include "bench/density/member.h"

namespace dcat::bench {
namespace {

struct Arguments {
  std::string box;
  bool clean = false;
  int containers = 10;
  int busy = 0;
  double every_ms = 10;
  double work_ms = 0.1;
  std::size_t pages = 1;
  int quota_pct = 0;
  bool own_cpus = false;
  std::string cpus;
};

Duration milliseconds_of(double ms) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(ms));
}

double seconds_since(TimePoint begin) {
  return std::chrono::duration<double>(monotonic_now() - begin).count();
}

Status start_member(const Arguments& a, const Box& box, int index) {
  // Spread over the fleet, not the first ones: names sort, and nothing may depend on their order.
  const bool busy =
      static_cast<long>(index) * a.busy / a.containers != static_cast<long>(index + 1) * a.busy / a.containers;
  const Duty duty = busy ? Duty{milliseconds_of(a.every_ms), milliseconds_of(a.work_ms), a.pages} : Duty{};
  const Duration phase = duty.every * index / a.containers;
  char member[16];
  std::snprintf(member, sizeof(member), "c%05d", index);
  Result<pid_t> started = box.start(member, [&] { live(duty, phase); });
  if (!started) return std::move(started).error();
  Limits limits{a.quota_pct, a.cpus};
  if (a.own_cpus) limits.cpus = std::to_string(index % static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)));
  return limits.any() ? limit(box.name() + "/" + member, limits, *started) : Status();
}

Status remove_all(const std::string& box) {
  Status cleaned = clean(box);
  Status freed = unlimit(box);
  return cleaned ? freed : cleaned;
}

// Until the end of standard input or SIGTERM, SIGINT, SIGHUP; children that end are reaped by clean().
void wait_for_the_end(int signals) {
  pollfd watched[] = {{STDIN_FILENO, POLLIN, 0}, {signals, POLLIN, 0}};
  for (;;) {
    if (::poll(watched, 2, -1) < 0) continue;
    if (watched[1].revents != 0) return;
    if (watched[0].revents == 0) continue;
    char ignored[256];
    if (::read(STDIN_FILENO, ignored, sizeof(ignored)) <= 0) return;
  }
}

Status run(const Arguments& a) {
  if (a.clean) return remove_all(a.box);
  sigset_t ending;
  ::sigemptyset(&ending);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&ending, number);
  ::sigprocmask(SIG_BLOCK, &ending, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  const int signals = ::signalfd(-1, &ending, SFD_CLOEXEC);

  const TimePoint begin = monotonic_now();
  if (a.own_cpus || a.quota_pct > 0 || !a.cpus.empty())
    if (Status started = start_limits(); !started) return started;
  Result<Box> box = Box::make(a.box);
  if (!box) return std::move(box).error();
  Status made;
  for (int i = 0; i < a.containers && made; ++i) made = start_member(a, *box, i);
  if (made) {
    std::printf("ready %d containers, %d busy, %.3f s\n", a.containers, a.busy, seconds_since(begin));
    std::fflush(stdout);
    wait_for_the_end(signals);
  }
  const TimePoint end = monotonic_now();
  Status removed = remove_all(a.box);
  if (made && removed) std::printf("gone in %.3f s\n", seconds_since(end));
  return made ? removed : made;
}

}  // namespace
}  // namespace dcat::bench

int main(int argc, char** argv) {
  dcat::bench::Arguments a;
  CLI::App app("Cgroups with a process each, until standard input closes");
  app.add_option("box", a.box, "Directory below the cgroup2 root, dcat-bench...")->required();
  app.add_flag("--clean", a.clean, "Only kill and remove what is there");
  app.add_option("--containers", a.containers, "How many")->check(CLI::Range(1, 99999));
  app.add_option("--busy", a.busy, "How many of them work, the others sleep")->check(CLI::Range(0, 99999));
  app.add_option("--every", a.every_ms, "The busy ones wake every so many ms")->check(CLI::Range(0.1, 1e6));
  app.add_option("--work", a.work_ms, "... for so many ms of CPU time")->check(CLI::Range(0.0, 1e6));
  app.add_option("--pages", a.pages, "... and so many page faults")->check(CLI::Range(0, 100000));
  app.add_option("--quota", a.quota_pct, "v1 cpu quota of each, % of a CPU")->check(CLI::Range(1, 100000));
  app.add_option("--cpus", a.cpus, "v1 cpuset of each");
  app.add_flag("--own-cpus", a.own_cpus, "v1 cpuset: container i on CPU i only");
  CLI11_PARSE(app, argc, argv);
  if (a.busy > a.containers) a.busy = a.containers;
  const dcat::Status done = dcat::bench::run(a);
  return done ? 0 : dcat::bench::report("fleet", done.error());
}
