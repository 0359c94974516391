#include "perfmon/bpf/cgroup_program.h"

#include <cerrno>

#include "tests/support/catch.h"

using namespace dcat;

TEST_CASE("what keeps a kernel from loading the program is said, with what to do") {
  struct Case {
    int errno_value;
    bool has_types;
    const char* why;
    const char* todo;
  };
  for (const Case& refused : {Case{ENOSYS, true, "no bpf system call", "CONFIG_BPF_SYSCALL"},
                              Case{EPERM, true, "Operation not permitted", "CAP_BPF and CAP_PERFMON"},
                              Case{EPERM, true, "Operation not permitted", "LimitMEMLOCK"},
                              Case{EACCES, false, "Permission denied", "CAP_BPF and CAP_PERFMON"},
                              Case{ENOMEM, true, "no memory", "fewer containers"},
                              Case{ESRCH, false, "/sys/kernel/btf/vmlinux", "CONFIG_DEBUG_INFO_BTF"},
                              Case{ESRCH, true, "No such process", "Linux 5.18"}}) {
    const Error error = explain_load_failure("count with BPF: load", refused.errno_value, refused.has_types);
    CAPTURE(error.to_string());
    CHECK(error.code == ErrorCode::unsupported);
    CHECK(error.what == "count with BPF: load");
    CHECK(error.sys_errno == refused.errno_value);
    CHECK(error.why.find(refused.why) != std::string::npos);
    CHECK(error.todo.find(refused.todo) != std::string::npos);
  }
}
