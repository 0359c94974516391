#include "emulator/linux/stopped_calls.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

// Newer than Debian 12's headers; kernels before 5.19 refuse it.
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#include "emulator/linux/small_files.h"

namespace dcat::emulator {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "the emulated node knows the system calls of x86-64 and arm64"
#endif

sock_filter statement(unsigned code, std::uint32_t k) {
  return {static_cast<std::uint16_t>(code), 0, 0, k};
}

sock_filter jump(unsigned code, std::uint32_t k, unsigned if_true, unsigned if_false) {
  return {static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(if_true), static_cast<std::uint8_t>(if_false), k};
}

std::uint32_t argument_offset(int argument) {  // of the low half; both architectures are little-endian
  return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + 8 * static_cast<unsigned>(argument));
}

std::vector<WriteCall> make_write_calls() {
  constexpr WriteCall::File kNone{};
  const auto on_fd = [=](int number, int fd) { return WriteCall{number, {{{fd, -1}, kNone}}, -1}; };
  const auto on_path = [=](int number, int dir, int path) { return WriteCall{number, {{{dir, path}, kNone}}, -1}; };
  std::vector<WriteCall> calls{
      on_fd(SYS_write, 0),
      on_fd(SYS_pwrite64, 0),
      on_fd(SYS_writev, 0),
      on_fd(SYS_pwritev, 0),
      on_fd(SYS_fsync, 0),
      on_fd(SYS_fdatasync, 0),
      on_fd(SYS_ftruncate, 0),
      on_fd(SYS_sendfile, 0),
      on_fd(SYS_copy_file_range, 2),
      on_path(SYS_truncate, -1, 0),
      on_path(SYS_mkdirat, 0, 1),
      on_path(SYS_unlinkat, 0, 1),
      {SYS_renameat2, {{{0, 1}, {2, 3}}}, -1},
      {SYS_openat, {{{0, 1}, kNone}}, 2},
#ifdef SYS_renameat
      {SYS_renameat, {{{0, 1}, {2, 3}}}, -1},
#endif
#ifdef SYS_open
      {SYS_open, {{{-1, 0}, kNone}}, 1},
      on_path(SYS_creat, -1, 0),
      on_path(SYS_mkdir, -1, 0),
      on_path(SYS_rmdir, -1, 0),
      on_path(SYS_unlink, -1, 0),
      {SYS_rename, {{{-1, 0}, {-1, 1}}}, -1},
#endif
  };
  return calls;
}

}  // namespace

const std::vector<WriteCall>& write_calls() {
  static const std::vector<WriteCall> kCalls = make_write_calls();
  return kCalls;
}

std::vector<sock_filter> build_filter(bool write_calls_too) {
  constexpr unsigned kLoad = BPF_LD | BPF_W | BPF_ABS, kEqual = BPF_JMP | BPF_JEQ | BPF_K;
  constexpr unsigned kAnyBit = BPF_JMP | BPF_JSET | BPF_K, kReturn = BPF_RET | BPF_K;
  std::vector<sock_filter> filter{
      statement(kLoad, offsetof(seccomp_data, arch)),
      jump(kEqual, kArchitecture, 1, 0),
      statement(kReturn, SECCOMP_RET_ALLOW),
      statement(kLoad, offsetof(seccomp_data, nr)),
  };
  const auto stop_at = [&](int number) {
    filter.push_back(jump(kEqual, static_cast<std::uint32_t>(number), 0, 1));
    filter.push_back(statement(kReturn, SECCOMP_RET_USER_NOTIF));
  };
  stop_at(SYS_mount);
  stop_at(SYS_fsopen);
  if (write_calls_too) {
    for (const WriteCall& call : write_calls()) {
      if (call.flags_argument < 0) {
        stop_at(call.number);
        continue;
      }
      filter.push_back(jump(kEqual, static_cast<std::uint32_t>(call.number), 0, 4));
      filter.push_back(statement(kLoad, argument_offset(call.flags_argument)));
      filter.push_back(jump(kAnyBit, O_CREAT | O_TRUNC, 0, 1));
      filter.push_back(statement(kReturn, SECCOMP_RET_USER_NOTIF));
      filter.push_back(statement(kReturn, SECCOMP_RET_ALLOW));
    }
  }
  filter.push_back(statement(kReturn, SECCOMP_RET_ALLOW));
  return filter;
}

Result<Descriptor> install_filter(const std::vector<sock_filter>& filter) {
  std::vector<sock_filter> code = filter;
  sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  const auto install = [&](unsigned long flags) {
    return static_cast<int>(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program));
  };
  // Signals that do not kill must not make a call stop twice, where the kernel can be told.
  int listener = install(SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
  if (listener < 0 && errno == EINVAL) listener = install(SECCOMP_FILTER_FLAG_NEW_LISTENER);
  if (listener < 0) return system_error("listen to the command's mount(2)");
  return Descriptor(listener);
}

StoppedCalls::StoppedCalls(Descriptor listener, Judge judge)
    : listener_(std::move(listener)), stop_(::eventfd(0, EFD_CLOEXEC)), judge_(std::move(judge)) {
  thread_ = std::thread([this] { serve(); });
}

StoppedCalls::~StoppedCalls() {
  ::eventfd_write(stop_.fd(), 1);
  thread_.join();
}

void StoppedCalls::serve() {
  for (;;) {
    std::array<pollfd, 2> fds{{{listener_.fd(), POLLIN, 0}, {stop_.fd(), POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return;
    if (fds[1].revents != 0) return;
    if ((fds[0].revents & POLLIN) != 0)
      answer_one();
    else if (fds[0].revents != 0)
      return;
  }
}

void StoppedCalls::answer_one() {
  seccomp_notif call{};
  if (::ioctl(listener_.fd(), SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) return;  // it died meanwhile
  const auto still_there = [&] { return ::ioctl(listener_.fd(), SECCOMP_IOCTL_NOTIF_ID_VALID, &call.id) == 0; };
  const Verdict verdict = judge_(call, still_there);
  seccomp_notif_resp response{};
  response.id = call.id;
  if (verdict.runs)
    response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  else
    response.error = -verdict.error;
  static_cast<void>(::ioctl(listener_.fd(), SECCOMP_IOCTL_NOTIF_SEND, &response));
}

std::optional<std::string> read_string(int tid, std::uint64_t address, std::size_t most) {
  constexpr std::uint64_t kPage = 4096;  // what lies behind a page's end may not be there
  std::string text;
  while (address != 0 && text.size() < most) {
    std::array<char, kPage> part;
    const std::size_t size = kPage - address % kPage;
    const iovec here{part.data(), size};
    const iovec there{reinterpret_cast<void*>(address), size};
    const ssize_t got = ::process_vm_readv(tid, &here, 1, &there, 1, 0);
    if (got <= 0) return std::nullopt;
    const char* const end = part.data() + got;
    const char* const zero = std::find(static_cast<const char*>(part.data()), end, '\0');
    text.append(static_cast<const char*>(part.data()), zero);
    if (zero != end) return text.size() <= most ? std::optional(text) : std::nullopt;
    address += static_cast<std::uint64_t>(got);
  }
  return std::nullopt;
}

}  // namespace dcat::emulator
