#include "cli/privileges.h"

#include <fmt/format.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#ifdef DCAT_WITH_CAPNG
#include <cap-ng.h>
#endif

namespace dcat::cli {

namespace {

bool by_libpqos(const RunPlan& plan) {
  return plan.backend == Backend::pqos_os || plan.backend == Backend::pqos_msr;
}

// What both times keep. Groups are made in resctrl's directory, which has mode 0555, and cgroups that are somebody
// else's are read.
Capabilities of_backend(const RunPlan& plan) {
  Capabilities kept{"dac_override"};
  if (plan.backend == Backend::pqos_msr) kept.insert("sys_rawio");  // /dev/cpu/N/msr
  return kept;
}

}  // namespace

Capabilities needed_to_open(const RunPlan& plan) {
  Capabilities kept = of_backend(plan);
  // The socket's group; limits of descriptors and of locked memory.
  kept.insert({"chown", "sys_resource"});
  if (plan.counters == "sim") return kept;
  kept.insert({"perfmon", "bpf", "ipc_lock", "sys_ptrace"});
  // What libbpf looks for may need it, and kernels before 5.8. Its thread would keep it.
  if (!by_libpqos(plan)) kept.insert("sys_admin");
  return kept;
}

Capabilities needed_to_run(const RunPlan& plan, const std::string& counters, OldKernel kernel) {
  Capabilities kept = of_backend(plan);
  if (plan.simulated) return kept;
  kept.insert("perfmon");
  const bool bpf = counters.starts_with("bpf"), papi = counters.starts_with("papi");
  if (bpf) kept.insert("bpf");
  // A thread's counters (kernels before 5.11), and the page of each that PAPI maps.
  if (papi) kept.insert({"sys_ptrace", "ipc_lock"});
  if (kernel.perf || (bpf && kernel.bpf)) kept.insert("sys_admin");
  return kept;
}

#ifdef DCAT_WITH_CAPNG

namespace {

std::string spelled(const Capabilities& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

// Of those that this thread has.
Capabilities held() {
  Capabilities names;
  ::capng_get_caps_process();
  for (int i = 0; i <= CAP_LAST_CAP; ++i)
    if (::capng_have_capability(CAPNG_PERMITTED, static_cast<unsigned>(i)) == 1)
      names.insert(::capng_capability_to_name(static_cast<unsigned>(i)));
  return names;
}

Capabilities both(const Capabilities& a, const Capabilities& b) {
  Capabilities names;
  for (const std::string& name : a)
    if (b.contains(name)) names.insert(name);
  return names;
}

enum class Bounds { keep, empty };

// Effective and permitted become these, inheritable and ambient none. False: the kernel refuses.
bool keep_only(const Capabilities& names, Bounds bounds) {
  ::capng_get_caps_process();
  // Only who may give capabilities to files and heirs can take them from the bounding set.
  const bool can_bound = ::capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) == 1;
  ::capng_clear(CAPNG_SELECT_ALL);
  for (const std::string& name : names)
    ::capng_update(CAPNG_ADD, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED),
                   static_cast<unsigned>(::capng_name_to_capability(name.c_str())));
  if (bounds == Bounds::empty && can_bound && ::capng_apply(CAPNG_SELECT_BOUNDS) != 0) return false;
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  return ::capng_apply(CAPNG_SELECT_CAPS) == 0;
}

// With these in effect, and the others still permitted: does it work?
template <class Try>
bool works_with(const Capabilities& names, const Try& tried) {
  ::capng_get_caps_process();
  for (int i = 0; i <= CAP_LAST_CAP; ++i) {
    const char* const name = ::capng_capability_to_name(static_cast<unsigned>(i));
    const bool in = name != nullptr && names.contains(name);
    ::capng_update(in ? CAPNG_ADD : CAPNG_DROP, CAPNG_EFFECTIVE, static_cast<unsigned>(i));
  }
  ::capng_apply(CAPNG_SELECT_CAPS);
  const bool worked = tried();
  const int number = errno;
  ::capng_get_caps_process();
  for (int i = 0; i <= CAP_LAST_CAP; ++i)
    if (::capng_have_capability(CAPNG_PERMITTED, static_cast<unsigned>(i)) == 1)
      ::capng_update(CAPNG_ADD, CAPNG_EFFECTIVE, static_cast<unsigned>(i));
  ::capng_apply(CAPNG_SELECT_CAPS);
  return worked || (number != EPERM && number != EACCES);
}

bool opens_events() {
  perf_event_attr attr{};
  attr.type = PERF_TYPE_SOFTWARE;
  attr.size = sizeof attr;
  attr.config = PERF_COUNT_SW_CPU_CLOCK;
  attr.disabled = 1;
  const long fd = ::syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
  const int number = errno;
  if (fd >= 0) ::close(static_cast<int>(fd));
  errno = number;
  return fd >= 0;
}

bool makes_maps() {
  bpf_attr attr{};
  attr.map_type = BPF_MAP_TYPE_ARRAY;
  attr.key_size = attr.value_size = 4;
  attr.max_entries = 1;
  const long fd = ::syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof attr);
  const int number = errno;
  if (fd >= 0) ::close(static_cast<int>(fd));
  errno = number;
  return fd >= 0;
}

OldKernel ask_kernel(const Capabilities& had) {
  if (!had.contains("sys_admin")) return {};
  return {!works_with({"perfmon"}, opens_events), !works_with({"bpf"}, makes_maps)};
}

void keep_and_tell(const Capabilities& kept, const Capabilities& had, Bounds bounds) {
  if (!keep_only(kept, bounds)) {
    spdlog::warn("privileges: capabilities could not be dropped: {}", std::strerror(errno));
    return;
  }
  spdlog::debug("privileges: of {} capabilities kept {}", had.size(), spelled(kept));
}

}  // namespace

void drop_before_opening(const RunPlan& plan) {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const Capabilities had = held();
  if (had.empty()) return;  // nobody's but its user's
  // What it reads of others stays its own.
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  keep_and_tell(both(needed_to_open(plan), had), had, Bounds::empty);
}

void drop_after_opening(const RunPlan& plan, const std::string& counters) {
  const Capabilities had = held();
  if (had.empty()) return;
  // Files that are for others are given their modes where they are made.
  ::umask(077);
  const OldKernel kernel = plan.simulated ? OldKernel{} : ask_kernel(had);
  const Capabilities kept = both(needed_to_run(plan, counters, kernel), had);
  keep_and_tell(kept, had, Bounds::keep);
  // After the last change of capabilities, which may set it.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  spdlog::info("privileges: capabilities kept: {}{}", spelled(kept),
               kernel.perf || kernel.bpf ? " (this kernel asks for sys_admin where newer ones do not)" : "");
}

#else

void drop_before_opening(const RunPlan&) {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

void drop_after_opening(const RunPlan&, const std::string&) {
  if (::geteuid() != 0) return;
  ::umask(077);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  spdlog::warn(
      "privileges: built without libcap-ng, so that all capabilities are kept: let the service manager bound them");
}

#endif

}  // namespace dcat::cli
