// Which capabilities a run keeps, by what it works with.
#include "cli/privileges.h"

#include "tests/support/catch.h"

namespace dcat::cli {
namespace {

RunPlan plan_of(Backend backend, const std::string& counters) {
  RunPlan plan;
  plan.backend = backend;
  plan.counters = counters;
  return plan;
}

TEST_CASE("a run keeps what its counters and its back end need, and nothing for opening") {
  struct Case {
    Backend backend;
    const char* counters;
    Capabilities kept;
  };
  for (const Case& c : {Case{Backend::resctrl, "cgroup", {"dac_override", "perfmon"}},
                        Case{Backend::none, "cgroup", {"dac_override", "perfmon"}},
                        Case{Backend::resctrl, "bpf", {"dac_override", "perfmon", "bpf"}},
                        Case{Backend::resctrl, "papi", {"dac_override", "perfmon", "sys_ptrace", "ipc_lock"}},
                        Case{Backend::pqos_os, "cgroup", {"dac_override", "perfmon"}},
                        Case{Backend::pqos_msr, "cgroup", {"dac_override", "perfmon", "sys_rawio"}}}) {
    INFO(c.counters);
    CHECK(needed_to_run(plan_of(c.backend, "auto"), c.counters, {}) == c.kept);
  }
}

TEST_CASE("simulated counts need no counters") {
  RunPlan plan = plan_of(Backend::resctrl, "sim");
  plan.simulated = true;
  CHECK(needed_to_run(plan, "simulated", {true, true}) == Capabilities{"dac_override"});
}

TEST_CASE("a kernel that wants sys_admin for what is used leaves it, and for what is not used does not") {
  const RunPlan plan = plan_of(Backend::resctrl, "auto");
  CHECK(needed_to_run(plan, "cgroup", {true, true}).contains("sys_admin"));
  CHECK(needed_to_run(plan, "bpf", {false, true}).contains("sys_admin"));
  CHECK_FALSE(needed_to_run(plan, "cgroup", {false, true}).contains("sys_admin"));
}

TEST_CASE("what is kept to run was kept to open, but for what an old kernel asks for on libpqos' node") {
  for (const Backend backend : {Backend::none, Backend::resctrl, Backend::pqos_os, Backend::pqos_msr})
    for (const char* counters : {"cgroup", "bpf", "papi"}) {
      const Capabilities open = needed_to_open(plan_of(backend, "auto"));
      for (const std::string& name : needed_to_run(plan_of(backend, "auto"), counters, {})) CHECK(open.contains(name));
      const bool by_libpqos = backend == Backend::pqos_os || backend == Backend::pqos_msr;
      CHECK(open.contains("sys_admin") == !by_libpqos);
      for (const char* never : {"sys_module", "net_admin", "setuid", "setgid", "setpcap", "fowner", "kill"})
        CHECK_FALSE(open.contains(never));
    }
}

}  // namespace
}  // namespace dcat::cli
