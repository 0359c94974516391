#include "emulator/linux/emulate.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <mutex>

#include "core/cpu_list.h"
#include "emulator/linux/control_client.h"
#include "emulator/linux/control_server.h"
#include "emulator/linux/fuse_server.h"
#include "emulator/linux/mount_calls.h"
#include "emulator/linux/namespace.h"
#include "emulator/linux/small_files.h"
#include "emulator/linux/supervisor.h"
#include "emulator/linux/world.h"
#include "emulator/linux/write_calls.h"
#include "perfmon/linux/cgroup_mounts.h"

namespace dcat::emulator {

namespace {

const std::string kControlSocket = std::string(kRuntimeDirectory) + "/emulator.sock";

Error unsupported(const std::string& why, const std::string& todo) {
  return {ErrorCode::unsupported, "emulate a node", why, todo};
}

Result<std::vector<int>> online_cpus() {
  const std::string path = "/sys/devices/system/cpu/online";
  const std::optional<std::string> online = read_file(path);
  if (!online) return system_error("read " + path);
  return parse_cpu_list(online->substr(0, online->find('\n')));
}

Status check_host() {
  if (::geteuid() != 0) return unsupported("this is not root", "run it as root");
  if (::access("/dev/fuse", R_OK | W_OK) != 0)
    return unsupported(std::string("/dev/fuse: ") + std::strerror(errno), "load the kernel's module: modprobe fuse");
  return {};
}

// REQUIRES: a private namespace.
Result<std::unique_ptr<ForkEvents>> follow_forks(const std::vector<int>& cpus, const EmulateOptions& options) {
  const MountedTracefs tracefs;
  Result<std::unique_ptr<ForkEvents>> forks =
      tracefs.status() ? follow_forks_by_tracepoint(MountedTracefs::kDirectory, cpus) : tracefs.status().error();
  if (forks) return forks;
  const std::string why = forks.error().to_string();
  forks = follow_forks_by_connector();
  if (!forks) return std::move(forks).error().with_context(why);
  options.note(why + "; following forks by " + (*forks)->name());
  return forks;
}

// All parts of a node that runs; they end in the reverse order.
class RunningNode {
 public:
  static Result<std::unique_ptr<RunningNode>> start(const EmulateOptions& options, const Machine& machine,
                                                    const std::vector<int>& cpus);
  // Runs the command to its end.
  Result<int> run(Supervisor& supervisor);

 private:
  explicit RunningNode(const EmulateOptions& options)
      : options_(options), counter_(options.faults.kill_at_write_call) {}
  Status start_simulation();
  Verdict judge(const seccomp_notif& call, const std::function<bool()>& still_there);
  void wait_for_end(const Supervisor& supervisor);

  const EmulateOptions& options_;
  std::mutex lock_;
  LinuxProcesses processes_;
  std::unique_ptr<TaskClasses> tasks_;
  NoUsage no_usage_;
  std::unique_ptr<Simulation> simulation_;
  std::unique_ptr<Faults> faults_;
  std::unique_ptr<ResctrlTree> tree_;
  std::unique_ptr<FuseServer> server_;
  std::unique_ptr<ControlServer> control_;
  WriteCallCounter counter_;
  std::unique_ptr<StoppedCalls> stopped_;
};

Status RunningNode::start_simulation() {
  if (!options_.scenario) return {};
  Result<CgroupMounts> mounts = read_cgroup_mounts("/proc/self/mountinfo");
  if (!mounts) return std::move(mounts).error().with_context("--scenario makes cgroups for its tenants");
  Result<std::unique_ptr<Simulation>> simulation = Simulation::start({*options_.scenario, mounts->unified}, *tasks_);
  if (!simulation) return std::move(simulation).error();
  simulation_ = std::move(*simulation);
  return {};
}

Result<std::unique_ptr<RunningNode>> RunningNode::start(const EmulateOptions& options, const Machine& machine,
                                                        const std::vector<int>& cpus) {
  std::unique_ptr<RunningNode> node(new RunningNode(options));
  Result<std::unique_ptr<ForkEvents>> forks = follow_forks(cpus, options);
  if (!forks) return std::move(forks).error();
  node->tasks_ = std::make_unique<TaskClasses>(std::move(*forks), node->processes_, options.note);
  if (Status started = node->start_simulation(); !started) return std::move(started).error();
  Usage& usage = node->simulation_ ? static_cast<Usage&>(*node->simulation_) : node->no_usage_;
  node->faults_ = std::make_unique<Faults>(options.faults.specs);
  node->tree_ = std::make_unique<ResctrlTree>(machine, *node->tasks_, usage);
  node->server_ = std::make_unique<FuseServer>(
      World{node->lock_, *node->tasks_, *node->tree_, *node->faults_, node->simulation_.get()});
  if (node->simulation_) {
    node->simulation_->follow(*node->tree_);
    auto control = ControlServer::start(kControlSocket, *node->simulation_, *node->tree_, node->lock_);
    if (!control) return std::move(control).error();
    node->control_ = std::move(*control);
  }
  if (options.mount) {
    const int error = node->server_->mount("", [](int fd) { return mount_fuse(fd, kResctrlMountPoint, 0); });
    if (error != 0) return unsupported(std::string("mount FUSE: ") + std::strerror(error), "see /proc/filesystems");
  }
  return node;
}

Verdict RunningNode::judge(const seccomp_notif& call, const std::function<bool()>& still_there) {
  if (call.data.nr == SYS_mount || call.data.nr == SYS_fsopen) return judge_mount(*server_, call, still_there);
  return counter_.judge(call, still_there);
}

// Forks are read while nobody asks, too, so that their buffers never overflow.
void RunningNode::wait_for_end(const Supervisor& supervisor) {
  sigset_t handed_on;
  ::sigemptyset(&handed_on);
  ::sigaddset(&handed_on, SIGTERM);
  ::sigaddset(&handed_on, SIGHUP);
  const Descriptor signals(::signalfd(-1, &handed_on, SFD_CLOEXEC));
  std::vector<pollfd> fds{{supervisor.descriptor(), POLLIN, 0}, {signals.fd(), POLLIN, 0}};
  for (const int fd : tasks_->wake_up_descriptors()) fds.push_back({fd, POLLIN, 0});
  while (::poll(fds.data(), fds.size(), -1) >= 0 || errno == EINTR) {
    if (fds[0].revents != 0) return;
    signalfd_siginfo info{};
    if (fds[1].revents != 0 && ::read(signals.fd(), &info, sizeof info) == sizeof info)
      supervisor.forward(static_cast<int>(info.ssi_signo));
    for (std::size_t i = 2; i < fds.size(); ++i)
      if ((fds[i].revents & (POLLHUP | POLLERR)) != 0) fds[i].fd = -1;  // its CPU went
    const std::lock_guard guard(lock_);
    tasks_->catch_up();
  }
}

Result<int> RunningNode::run(Supervisor& supervisor) {
  Result<Descriptor> listener = supervisor.start();
  if (!listener) return std::move(listener).error();
  stopped_ = std::make_unique<StoppedCalls>(
      std::move(*listener), [this](const seccomp_notif& call, const auto& there) { return judge(call, there); });
  wait_for_end(supervisor);
  Result<int> code = supervisor.exit_code();
  stopped_.reset();
  if (options_.count_write_calls) options_.note(fmt::format("write calls: {}", counter_.counted()));
  return code;
}

}  // namespace

Result<int> emulate(const EmulateOptions& options) {
  Result<std::vector<int>> cpus = online_cpus();
  if (!cpus) return std::move(cpus).error();
  Result<Machine> machine =
      plan_machine(options.node, options.scenario ? &*options.scenario : nullptr, static_cast<int>(cpus->size()));
  if (!machine) return std::move(machine).error();
  if (Status can = check_host(); !can) return std::move(can).error();
  if (Status entered = enter_private_namespace(*machine); !entered) return std::move(entered).error();

  CommandPlan plan{options.command, {}, options.foreign, false};
  plan.write_calls_stop = options.count_write_calls || options.faults.kill_at_write_call != 0;
  if (options.scenario) plan.environment.emplace_back(kControlVariable, kControlSocket);
  Result<Supervisor> supervisor = Supervisor::fork_off(plan);
  if (!supervisor) return std::move(supervisor).error();
  Result<std::unique_ptr<RunningNode>> node = RunningNode::start(options, *machine, *cpus);
  if (!node) return std::move(node).error();
  return (*node)->run(*supervisor);
}

}  // namespace dcat::emulator
