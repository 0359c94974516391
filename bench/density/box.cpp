#include "bench/density/box.h"

#include <fcntl.h>
#include <ftw.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <thread>
#include <utility>

#include "perfmon/linux/cgroup_mounts.h"

namespace dcat::bench {

namespace {

constexpr const char* kMark = "dcat-bench";
// A killed process leaves its cgroup when it has exited: thousands of them take a while on two CPUs.
constexpr std::chrono::seconds kRemovalPatience{30};
constexpr std::chrono::milliseconds kRemovalPause{5};
constexpr int kWalkDescriptors = 16;

Error system_error(std::string what, int errno_value) {
  return {ErrorCode::failed, std::move(what), std::strerror(errno_value), "", errno_value};
}

Result<std::string> path_of(const std::string& name) {
  if (!name.starts_with(kMark) || name.find("..", std::strlen(kMark)) != std::string::npos || name.ends_with('/'))
    return Error{ErrorCode::bad_input, "cgroup \"" + name + "\"", "this is not one of the measurements' own",
                 "name one that starts with dcat-bench, such as dcat-bench.1/fleet"};
  Result<std::string> root = cgroup_root();
  if (!root) return root;
  return *root + "/" + name;
}

std::vector<std::string> prefixes_of(const std::string& name) {
  std::vector<std::string> prefixes;
  for (std::size_t at = name.find('/'); at != std::string::npos; at = name.find('/', at + 1))
    prefixes.push_back(name.substr(0, at));
  prefixes.push_back(name);
  return prefixes;
}

pid_t clone_into(int cgroup_fd) {
  clone_args args{};
  args.flags = CLONE_INTO_CGROUP;
  args.exit_signal = SIGCHLD;
  args.cgroup = static_cast<std::uint64_t>(cgroup_fd);
  return static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof(args)));
}

[[noreturn]] void run_child(pid_t parent, const std::function<void()>& body) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);  // it ended before the line above
  ::signal(SIGTERM, SIG_DFL);
  ::signal(SIGINT, SIG_IGN);  // Ctrl-C is for the parent, which kills its children in order
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  body();
  ::_exit(0);
}

int remove_entry(const char* path, const struct stat*, int kind, struct FTW*) {
  if (kind == FTW_DP) ::rmdir(path);  // whether it is gone is looked at afterwards
  return 0;
}

bool exists(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0;
}

}  // namespace

Result<std::string> cgroup_root() {
  Result<CgroupMounts> mounts = read_cgroup_mounts("/proc/self/mountinfo");
  if (!mounts) return std::move(mounts).error();
  return mounts->unified;
}

Result<Box> Box::make(const std::string& name) {
  Result<std::string> path = path_of(name);
  if (!path) return std::move(path).error();
  const std::string root = path->substr(0, path->size() - name.size());
  for (const std::string& prefix : prefixes_of(name))
    if (::mkdir((root + prefix).c_str(), 0755) != 0 && errno != EEXIST)
      return system_error("mkdir " + root + prefix, errno);
  return Box(name, *path);
}

Result<pid_t> Box::start(const std::string& member, const std::function<void()>& body) const {
  const std::string path = path_ + "/" + member;
  if (::mkdir(path.c_str(), 0755) != 0) return system_error("mkdir " + path, errno);
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const pid_t parent = ::getpid();
  const pid_t pid = fd < 0 ? -1 : clone_into(fd);
  if (pid == 0) {
    ::close(fd);
    run_child(parent, body);
  }
  const int reason = errno;
  if (fd >= 0) ::close(fd);
  if (pid > 0) return pid;
  ::rmdir(path.c_str());
  return system_error("start a process in " + path, reason);
}

Status Box::remove(const std::string& member) const {
  const std::string path = path_ + "/" + member;
  if (::rmdir(path.c_str()) == 0 || errno == ENOENT) return {};
  return system_error("rmdir " + path, errno);
}

Status clean(const std::string& name) {
  Result<std::string> path = path_of(name);
  if (!path) return std::move(path).error();
  const auto patience = std::chrono::steady_clock::now() + kRemovalPatience;
  while (exists(*path)) {
    std::ofstream(*path + "/cgroup.kill") << "1\n";
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    ::nftw(path->c_str(), remove_entry, kWalkDescriptors, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    if (!exists(*path)) break;
    if (std::chrono::steady_clock::now() > patience)
      return Error{ErrorCode::failed, "remove " + *path, "there are still processes or cgroups in it",
                   "look at its cgroup.procs"};
    std::this_thread::sleep_for(kRemovalPause);
  }
  const std::string root = path->substr(0, path->size() - name.size());
  std::vector<std::string> above = prefixes_of(name);
  above.pop_back();
  while (!above.empty() && ::rmdir((root + above.back()).c_str()) == 0) above.pop_back();
  return {};
}

int report(const char* program, const Error& error) {
  std::fprintf(stderr, "%s: %s\n", program, error.to_string().c_str());
  return exit_code(error.code);
}

}  // namespace dcat::bench
