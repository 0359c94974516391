// In a build without clang or libbpf.
#include "perfmon/bpf/cgroup_program.h"

namespace dcat {

Result<std::unique_ptr<CgroupProgram>> load_cgroup_program(std::size_t) {
  return Error{ErrorCode::unsupported, "count with BPF", "it is not built in",
               "install clang and libbpf-dev, then configure and build again; or count with --counters cgroup"};
}

}  // namespace dcat
