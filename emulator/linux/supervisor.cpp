#include "emulator/linux/supervisor.h"

#include <dirent.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "emulator/linux/small_files.h"
#include "emulator/linux/stopped_calls.h"

namespace dcat::emulator {

namespace {

constexpr int kParentDied = SIGUSR1;               // we ask the kernel for it
constexpr int kNotFound = 127, kNotStarted = 126;  // as shells say it

// What goes over the channel, one message each.
enum class Kind : int { go, listener, failed, ended };
struct Message {
  Kind kind = Kind::go;
  int value = 0;  // errno; what waitpid(2) said
};

bool send(int channel, Message message, int descriptor = -1) {
  iovec data{&message, sizeof message};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  if (descriptor >= 0) {
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* const part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(part), &descriptor, sizeof descriptor);
  }
  return ::sendmsg(channel, &header, MSG_NOSIGNAL) >= 0;
}

// nullopt: the other side is gone.
std::optional<Message> receive(int channel, Descriptor* descriptor = nullptr) {
  Message message;
  iovec data{&message, sizeof message};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  ssize_t got = 0;
  do got = ::recvmsg(channel, &header, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  if (got != sizeof message) return std::nullopt;
  const cmsghdr* const part = CMSG_FIRSTHDR(&header);
  if (part != nullptr && part->cmsg_type == SCM_RIGHTS && descriptor != nullptr) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(part), sizeof fd);
    *descriptor = Descriptor(fd);
  }
  return message;
}

sigset_t handled_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGCHLD, kParentDied}) ::sigaddset(&set, signal);
  return set;
}

// ---- the command

[[noreturn]] void become_command(const CommandPlan& plan, int channel, const sigset_t& original_mask) {
  Result<Descriptor> listener = install_filter(build_filter(plan.write_calls_stop));
  if (!listener) {
    send(channel, {Kind::failed, listener.error().sys_errno});
    ::_exit(kNotStarted);
  }
  send(channel, {Kind::listener, 0}, listener->fd());
  listener->reset();
  for (const auto& [name, value] : plan.environment) ::setenv(name.c_str(), value.c_str(), 1);
  ::sigprocmask(SIG_SETMASK, &original_mask, nullptr);
  std::vector<char*> argv;
  for (const std::string& argument : plan.arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  const int error = errno;
  std::fprintf(stderr, "dcat: emulate: run %s: %s\n", argv[0], std::strerror(error));
  ::_exit(error == ENOENT ? kNotFound : kNotStarted);
}

// ---- the supervisor

// What the command's processes left without a parent is our child.
void kill_children() {
  DIR* proc = ::opendir("/proc");
  if (proc == nullptr) return;
  while (const dirent* entry = ::readdir(proc)) {
    if (std::isdigit(static_cast<unsigned char>(entry->d_name[0])) == 0) continue;
    const std::string stat = read_file(fmt::format("/proc/{}/stat", entry->d_name)).value_or("");
    const std::size_t name_end = stat.rfind(')');  // PID (NAME) STATE PPID
    if (name_end == std::string::npos || name_end + 4 > stat.size()) continue;
    if (std::atoi(stat.c_str() + name_end + 4) == ::getpid()) ::kill(std::atoi(entry->d_name), SIGKILL);
  }
  ::closedir(proc);
}

void kill_everybody() {
  do kill_children();
  while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR);
}

void start_foreign(Foreign foreign) {
  std::array<int, 2> ready{};
  if (::pipe(ready.data()) != 0) return;
  if (::fork() == 0) play_foreign(foreign, ready[1]);
  ::close(ready[1]);
  char byte = 0;
  static_cast<void>(!::read(ready[0], &byte, 1));
  ::close(ready[0]);
}

// Waits for the command; returns what waitpid(2) said, -1 when we are to give up.
int wait_for(pid_t command, int signals) {
  for (;;) {
    signalfd_siginfo info{};
    if (::read(signals, &info, sizeof info) != sizeof info) {
      if (errno == EINTR) continue;
      return -1;
    }
    const int signal = static_cast<int>(info.ssi_signo);
    if (signal == kParentDied) return -1;
    if (signal == SIGTERM || signal == SIGHUP) ::kill(command, signal);
    if (signal != SIGCHLD) continue;
    for (;;) {
      int status = 0;
      const pid_t ended = ::waitpid(-1, &status, WNOHANG);
      if (ended <= 0) break;
      if (ended == command) return status;
    }
  }
}

[[noreturn]] void supervise(const CommandPlan& plan, int channel, pid_t parent, const sigset_t& original_mask) {
  ::prctl(PR_SET_PDEATHSIG, kParentDied);
  if (::getppid() != parent) ::_exit(1);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const sigset_t handled = handled_signals();
  ::sigprocmask(SIG_BLOCK, &handled, nullptr);
  const Descriptor signals(::signalfd(-1, &handled, SFD_CLOEXEC));
  std::array<pollfd, 2> first{{{channel, POLLIN, 0}, {signals.fd(), POLLIN, 0}}};
  ::poll(first.data(), first.size(), -1);
  if (first[1].revents != 0 || !receive(channel)) ::_exit(1);
  for (const Foreign foreign : plan.foreign) start_foreign(foreign);
  const pid_t command = ::fork();
  if (command == 0) become_command(plan, channel, original_mask);
  if (command < 0) {
    send(channel, {Kind::failed, errno});
    ::_exit(1);
  }
  const int status = wait_for(command, signals.fd());
  kill_everybody();
  send(channel, {Kind::ended, status});
  ::_exit(0);
}

}  // namespace

Result<Supervisor> Supervisor::fork_off(const CommandPlan& plan) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return system_error("make a socket");
  Descriptor ours(ends[0]), theirs(ends[1]);
  sigset_t original_mask, blocked;
  ::sigemptyset(&blocked);
  for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP}) ::sigaddset(&blocked, signal);
  ::sigprocmask(SIG_BLOCK, &blocked, &original_mask);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return system_error("start a process");
  if (pid == 0) {
    ours.reset();
    supervise(plan, theirs.fd(), parent, original_mask);
  }
  return Supervisor(pid, std::move(ours));
}

Supervisor::~Supervisor() {
  if (pid_.value <= 0) return;
  ::kill(pid_.value, kParentDied);
  ::waitpid(pid_.value, nullptr, 0);
}

Result<Descriptor> Supervisor::start() {
  if (!send(channel_.fd(), {Kind::go, 0})) return system_error("start the command");
  Descriptor listener;
  const std::optional<Message> answer = receive(channel_.fd(), &listener);
  if (answer && answer->kind == Kind::listener && listener.open()) return listener;
  const int error = answer && answer->kind == Kind::failed ? answer->value : 0;
  return Error{ErrorCode::unsupported, "listen to the command's mount(2)",
               error == 0 ? "the command did not start" : std::strerror(error),
               error == EBUSY ? "an emulated node does not run inside another" : "it takes seccomp and Linux 5.5",
               error};
}

Result<int> Supervisor::exit_code() {
  const std::optional<Message> ended = receive(channel_.fd());
  if (!ended || ended->kind != Kind::ended || ended->value == -1)
    return Error{ErrorCode::failed, "run the command", "the process that waits for it died", ""};
  const int status = ended->value;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void Supervisor::forward(int signal) const {
  ::kill(pid_.value, signal);
}

}  // namespace dcat::emulator
