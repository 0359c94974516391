#include "perfmon/bpf/cgroup_program.h"

#include <cerrno>
#include <cstring>

namespace dcat {

Error explain_load_failure(const char* doing, int errno_value, bool has_types) {
  Error error{ErrorCode::unsupported, doing, std::strerror(errno_value), "", errno_value};
  switch (errno_value) {
    case ENOSYS:
      error.why = "the kernel has no bpf system call";
      error.todo =
          "use a kernel with CONFIG_BPF_SYSCALL, allow the call in the sandbox if there is one, or count with "
          "--counters cgroup";
      return error;
    case EPERM:
    case EACCES:
      error.todo =
          "run as root or with CAP_BPF and CAP_PERFMON; before Linux 5.11, raise the limit of locked memory "
          "(LimitMEMLOCK=infinity); a kernel locked down for confidentiality never allows it";
      return error;
    case ENOMEM:
      error.why = "no memory for the program's maps";
      error.todo =
          "count fewer containers, or before Linux 5.11 raise the limit of locked memory "
          "(LimitMEMLOCK=infinity)";
      return error;
    default: break;
  }
  if (!has_types) {
    error.why = "the kernel does not describe its types (there is no /sys/kernel/btf/vmlinux)";
    error.todo = "use a kernel with CONFIG_DEBUG_INFO_BTF, or count with --counters cgroup";
  } else {
    error.todo = "Linux 5.18 or later is needed; count with --counters cgroup";
  }
  return error;
}

}  // namespace dcat
