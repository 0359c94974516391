#include "emulator/linux/tenant_processes.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

namespace dcat::emulator {
namespace {

using namespace std::chrono_literals;

constexpr const char* kPrefix = "dcat-emulated.";
constexpr auto kRemoveWithin = 2s;           // a killed process leaves its cgroup within milliseconds
constexpr int kStartWithinMs = 5000;         // of a process and its threads
constexpr std::size_t kThreadStack = 16384;  // bytes; a sleeping thread needs next to nothing

Error failure(const std::string& what, int number, std::string todo = "") {
  return {ErrorCode::failed, what, std::strerror(number), std::move(todo), number};
}

bool write_file(const std::string& path, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int number = errno;
  ::close(fd);
  errno = number;
  return written;
}

int sleep_for_ever(void*) {
  for (;;) ::syscall(SYS_pause);
}

// Threads straight from the kernel: between fork and exec of a program with many threads, the C library's own are not
// to be relied on. They share everything and never return.
bool make_threads(int count) {
  constexpr int kFlags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
  for (int i = 0; i < count; ++i) {
    void* stack = ::mmap(nullptr, kThreadStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED) return false;
    if (::clone(sleep_for_ever, static_cast<char*>(stack) + kThreadStack, kFlags, nullptr) < 0) return false;
  }
  return true;
}

// The tenant's process, after fork: system calls only. Nothing of the emulator's stays open, or the emulated file
// system would outlive it.
[[noreturn]] void be_tenant(int alive, int ready, int threads) {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::setsid();
  ::prctl(PR_SET_NAME, "dcat-tenant");
  constexpr int kAbove = 10;  // out of the way of 0 and 1, which the pipes may have got themselves
  alive = ::fcntl(alive, F_DUPFD, kAbove);
  ready = ::fcntl(ready, F_DUPFD, kAbove);
  if (::dup2(alive, 0) < 0 || ::dup2(ready, 1) < 0 || ::close_range(2, ~0U, 0) < 0) ::_exit(1);
  if (::chdir("/") < 0 || !make_threads(threads - 1)) ::_exit(1);
  if (::write(1, "r", 1) != 1) ::_exit(1);
  ::close(1);
  pollfd end{0, POLLIN, 0};
  while (::poll(&end, 1, -1) < 0 && errno == EINTR) {
  }
  ::_exit(0);
}

std::vector<int> threads_of_process(pid_t pid) {
  std::vector<int> threads;
  std::error_code broken;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", broken)) {
    const std::string name = entry.path().filename().string();
    int tid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), tid).ec == std::errc()) threads.push_back(tid);
  }
  std::sort(threads.begin(), threads.end());
  return threads;
}

// Removes a cgroup and those below it; errno, 0 when it is gone.
int remove_tree(const std::string& directory) {
  std::error_code broken;
  std::filesystem::directory_iterator entries(directory, broken);
  if (!broken)
    for (const auto& entry : entries)
      if (entry.is_directory(broken)) remove_tree(entry.path().string());
  if (::rmdir(directory.c_str()) == 0 || errno == ENOENT) return 0;
  return errno;
}

// The kernel lets go of a cgroup a little after the last process in it ended.
int remove_tree_soon(const std::string& directory) {
  const auto end = std::chrono::steady_clock::now() + kRemoveWithin;
  int number = remove_tree(directory);
  while (number == EBUSY && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(1ms);
    number = remove_tree(directory);
  }
  return number;
}

void end_process(pid_t pid, const std::string& cgroup) {
  // Whatever came to the tenant's process there ends with it, as in a container. Kernels before 5.14 cannot.
  write_file(cgroup + "/cgroup.kill", "1");
  if (pid <= 0) return;
  ::kill(pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void remove_leftovers(const std::string& root) {
  std::error_code broken;
  std::vector<std::string> dead;
  for (const auto& entry : std::filesystem::directory_iterator(root, broken)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    const std::string_view digits = std::string_view(name).substr(std::strlen(kPrefix));
    int pid = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
    if (read.ec != std::errc() || read.ptr != digits.data() + digits.size() || pid <= 0) continue;
    const bool gone = pid == ::getpid() || (::kill(pid, 0) < 0 && errno == ESRCH);
    if (gone) dead.push_back(entry.path().string());
  }
  for (const std::string& directory : dead) remove_tree_soon(directory);
}

}  // namespace

std::string cgroup_name(std::string_view tenant) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string name;
  for (const char c : tenant) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    const auto byte = static_cast<unsigned char>(c);
    if (plain)
      name += c;
    else
      (name += '%') += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return name;
}

Result<std::unique_ptr<TenantProcesses>> TenantProcesses::open(const std::string& cgroup_root, int threads) {
  remove_leftovers(cgroup_root);
  const std::string directory = cgroup_root + "/" + kPrefix + std::to_string(::getpid());
  if (::mkdir(directory.c_str(), 0755) < 0)
    return failure("make the cgroup " + directory, errno, "tenants need a writable cgroup2 tree and root");
  std::unique_ptr<TenantProcesses> processes(new TenantProcesses(directory, std::max(threads, 1)));
  if (::access((directory + "/cgroup.procs").c_str(), W_OK) < 0)
    return failure("use " + cgroup_root + " as a cgroup2 tree", errno, "name the place where cgroup2 is mounted");
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0) return failure("make a pipe", errno);
  processes->alive_read_ = ends[0];
  processes->alive_write_ = ends[1];
  return processes;
}

TenantProcesses::~TenantProcesses() {
  // All are told before the first is waited for.
  for (const auto& [tenant, process] : processes_)
    if (process.pid > 0) ::kill(process.pid, SIGKILL);
  for (const auto& [tenant, process] : processes_) end_process(process.pid, process.cgroup);
  if (alive_write_ >= 0) ::close(alive_write_);
  if (alive_read_ >= 0) ::close(alive_read_);
  remove_tree_soon(directory_);
}

Status TenantProcesses::add(const std::vector<ContainerId>& tenants) {
  Status first;
  std::map<ContainerId, Process> started;
  for (const ContainerId& tenant : tenants) started[tenant].cgroup = directory_ + "/" + cgroup_name(tenant.value);
  // All are on their way before the first is waited for.
  for (auto& [tenant, process] : started) process.state = start(process);
  for (auto& [tenant, process] : started) {
    if (process.state) process.state = wait_until_ready(process);
    if (process.ready >= 0) ::close(std::exchange(process.ready, -1));
    if (process.state) {
      processes_.insert_or_assign(tenant, std::move(process));
      continue;
    }
    if (first) first = std::move(process.state).error().with_context("start tenant " + tenant.value);
    end_process(process.pid, process.cgroup);
    remove_tree_soon(process.cgroup);
  }
  return first;
}

Status TenantProcesses::start(Process& process) const {
  if (::mkdir(process.cgroup.c_str(), 0755) < 0 && errno != EEXIST)
    return failure("make the cgroup " + process.cgroup, errno);
  int ready[2];
  if (::pipe2(ready, O_CLOEXEC) < 0) return failure("make a pipe", errno);
  process.pid = ::fork();
  if (process.pid == 0) be_tenant(alive_read_, ready[1], threads_);
  const int number = errno;
  ::close(ready[1]);
  process.ready = ready[0];
  if (process.pid < 0) return failure("fork", number);
  if (!write_file(process.cgroup + "/cgroup.procs", std::to_string(process.pid)))
    return failure("move process " + std::to_string(process.pid) + " to " + process.cgroup, errno);
  return {};
}

Status TenantProcesses::wait_until_ready(Process& process) const {
  pollfd told{process.ready, POLLIN, 0};
  int polled = 0;
  while ((polled = ::poll(&told, 1, kStartWithinMs)) < 0 && errno == EINTR) {
  }
  char byte = 0;
  if (polled <= 0 || ::read(process.ready, &byte, 1) != 1)
    return Error{ErrorCode::failed, "wait for its " + std::to_string(threads_) + " threads", "they did not come",
                 "see the limits of processes (ulimit -u, pids.max)", 0};
  process.threads = threads_of_process(process.pid);
  return {};
}

Status TenantProcesses::remove(const ContainerId& tenant) {
  const auto found = processes_.find(tenant);
  if (found == processes_.end()) return {};
  const Process process = std::move(found->second);
  processes_.erase(found);
  end_process(process.pid, process.cgroup);
  const int number = remove_tree_soon(process.cgroup);
  if (number != 0) return failure("remove the cgroup " + process.cgroup, number);
  return {};
}

std::vector<ContainerId> TenantProcesses::tenants() const {
  std::vector<ContainerId> ids;
  for (const auto& [tenant, process] : processes_) ids.push_back(tenant);
  return ids;
}

const std::vector<int>& TenantProcesses::threads_of(const ContainerId& tenant) const {
  static const std::vector<int> kNone;
  const auto found = processes_.find(tenant);
  return found == processes_.end() ? kNone : found->second.threads;
}

std::string TenantProcesses::cgroup_of(const ContainerId& tenant) const {
  const auto found = processes_.find(tenant);
  return found == processes_.end() ? "" : found->second.cgroup;
}

}  // namespace dcat::emulator
