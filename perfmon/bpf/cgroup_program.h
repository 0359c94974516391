// Port: the program in the kernel that charges per-CPU events to cgroups (count_cgroups.bpf.c), its maps and orders.
// Tests put a program of their own behind it; nothing here decides what is counted when.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "core/result.h"
#include "perfmon/bpf/count_cgroups.h"

namespace dcat {

// An order to the program on one CPU; done when the call returns. Each also charges the slice that is running and
// forgets which cgroup belongs to which container.
struct ProgramOrder {
  enum class Kind { refresh, stop, start };
  Kind kind = Kind::refresh;
  std::size_t turn = 0;    // with start
  std::size_t events = 0;  // of this turn, with start
};

class CgroupProgram {
 public:
  using Sums = dcat_bpf_sums;
  using Take = std::function<void(std::uint64_t cgroup, std::span<const Sums> by_cpu)>;

  virtual ~CgroupProgram() = default;
  // Which perf event is this CPU's `slot`th of `turn`.
  virtual Status set_event(int cpu, std::size_t turn, std::size_t slot, int perf_fd) = 0;
  // Cgroups are named by id, the inode number of their directory. sys_errno E2BIG: there is no room for one more.
  virtual Status add(std::uint64_t cgroup) = 0;
  virtual void remove(std::uint64_t cgroup) = 0;
  // sys_errno ENXIO: the CPU is offline.
  virtual Status order(int cpu, const ProgramOrder& order) = 0;
  // Gives every cgroup once; the index of a span is the CPU's number.
  virtual Status read(const Take& take) = 0;
  // What was charged to nobody on all CPUs so far, because the kernel did not report whose it was.
  virtual dcat_bpf_unclear unclear() = 0;
};

// Loads and attaches it; it is gone with the object. unsupported: this build or this kernel cannot; says why and what
// to do.
Result<std::unique_ptr<CgroupProgram>> load_cgroup_program(std::size_t most_containers);

// What an errno of loading means. `has_types`: the kernel describes its types (BTF).
Error explain_load_failure(const char* doing, int errno_value, bool has_types);

}  // namespace dcat
