// Which files' writers can be killed, and that the filter's program is one that the kernel can run.
#include "emulator/linux/write_calls.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include <algorithm>

#include "tests/support/catch.h"

namespace dcat::emulator {

namespace {

// What the filter answers to a system call: the classic BPF that it uses, interpreted.
std::uint32_t run(const std::vector<sock_filter>& filter, const seccomp_data& data) {
  std::uint32_t a = 0;
  for (std::size_t pc = 0; pc < filter.size(); ++pc) {
    const sock_filter& f = filter[pc];
    switch (f.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::copy_n(reinterpret_cast<const char*>(&data) + f.k, sizeof a, reinterpret_cast<char*>(&a));
        break;
      case BPF_JMP | BPF_JEQ | BPF_K: pc += a == f.k ? f.jt : f.jf; break;
      case BPF_JMP | BPF_JSET | BPF_K: pc += (a & f.k) != 0 ? f.jt : f.jf; break;
      case BPF_RET | BPF_K: return f.k;
      default: FAIL("an instruction that is not expected");
    }
  }
  FAIL("the filter does not end");
  return 0;
}

seccomp_data call_of(int number, std::vector<std::uint64_t> arguments = {}) {
  seccomp_data data{};
  data.nr = number;
#if defined(__x86_64__)
  data.arch = 0xc000003e;  // AUDIT_ARCH_X86_64
#else
  data.arch = 0xc00000b7;  // AUDIT_ARCH_AARCH64
#endif
  for (std::size_t i = 0; i < arguments.size(); ++i) data.args[i] = arguments[i];
  return data;
}

}  // namespace

TEST_CASE("paths are tidied by their words") {
  CHECK(tidy_path("/") == "/");
  CHECK(tidy_path("/a//b/./c/") == "/a/b/c");
  CHECK(tidy_path("/a/../../b") == "/b");
  CHECK(tidy_path("/run/dcat/../x") == "/run/x");
}

TEST_CASE("the emulated resctrl and the runtime directory are watched and their neighbours are not") {
  for (const std::string path :
       {"/sys/fs/resctrl", "/sys/fs/resctrl/g/schemata", "/run/dcat/journal", "/var/run/dcat/x"})
    CHECK(is_watched(path));
  for (const std::string path : {"/sys/fs", "/sys/fs/resctrl2/x", "/run/dcatx", "/run", "/", "/tmp/run/dcat"})
    CHECK(!is_watched(path));
}

TEST_CASE("only mount and fsopen stop where writes are not counted") {
  const auto filter = build_filter(false);
  CHECK(run(filter, call_of(SYS_mount)) == SECCOMP_RET_USER_NOTIF);
  CHECK(run(filter, call_of(SYS_fsopen)) == SECCOMP_RET_USER_NOTIF);
  for (const int number : {SYS_write, SYS_openat, SYS_umount2, SYS_read, SYS_execve})
    CHECK(run(filter, call_of(number)) == SECCOMP_RET_ALLOW);
}

TEST_CASE("calls that write stop where they are counted") {
  const auto filter = build_filter(true);
  for (const WriteCall& call : write_calls())
    if (call.flags_argument < 0) CHECK(run(filter, call_of(call.number)) == SECCOMP_RET_USER_NOTIF);
  CHECK(run(filter, call_of(SYS_openat, {0, 0, O_WRONLY | O_CREAT})) == SECCOMP_RET_USER_NOTIF);
  CHECK(run(filter, call_of(SYS_openat, {0, 0, O_WRONLY | O_TRUNC})) == SECCOMP_RET_USER_NOTIF);
  CHECK(run(filter, call_of(SYS_openat, {0, 0, O_WRONLY})) == SECCOMP_RET_ALLOW);
  for (const int number : {SYS_read, SYS_close, SYS_execve, SYS_sendmsg, SYS_exit_group})
    CHECK(run(filter, call_of(number)) == SECCOMP_RET_ALLOW);
}

TEST_CASE("calls of another architecture run free") {
  seccomp_data data = call_of(SYS_mount);
  data.arch = 0x40000003;  // AUDIT_ARCH_I386
  CHECK(run(build_filter(true), data) == SECCOMP_RET_ALLOW);
}

}  // namespace dcat::emulator
