// What arguments, configuration and scenario come to together, before anything is started.
#include "cli/run_plan.h"

#include <cstdlib>

#include "emulator/linux/control_client.h"
#include "tests/cli/program.h"
#include "tests/support/catch.h"

namespace dcat::cli {
namespace {

using test::Folder;
using test::write_file;

RunPlan planned(const RunArguments& a, bool terminal = false) {
  Result<RunPlan> plan = plan_run(a, terminal);
  if (!plan) FAIL(plan.error().to_string());
  return *std::move(plan);
}
std::string refused(const RunArguments& a) {
  const Result<RunPlan> plan = plan_run(a, false);
  return plan ? "no error" : plan.error().to_string();
}
RunArguments simulated() {
  RunArguments a;
  a.scenario_file = DCAT_SOURCE_DIR "/configs/scenarios/paper-6x3.yaml";
  return a;
}

// The emulated node's control socket is told through the environment.
class Emulated {
 public:
  explicit Emulated(const char* socket) { ::setenv(emulator::kControlVariable, socket, 1); }
  ~Emulated() { ::unsetenv(emulator::kControlVariable); }
  Emulated(const Emulated&) = delete;
  Emulated& operator=(const Emulated&) = delete;
};

TEST_CASE("a scenario is enforced on the simulated node for as long as it says") {
  const RunPlan plan = planned(simulated());
  CHECK((plan.backend == Backend::sim && plan.mode == Mode::enforce && plan.simulated && plan.emulator.empty()));
  CHECK(plan.ticks == 60);
  CHECK(plan.pace == 0);
  CHECK(planned(simulated(), true).pace == 1);
  REQUIRE(plan.scenario.has_value());
}

TEST_CASE("arguments go before the scenario and the configuration") {
  RunArguments a = simulated();
  a.mode = "advise";
  a.ticks = 7;
  a.pace = 2;
  a.interval = "500ms";
  a.policy = "max_performance";
  const RunPlan plan = planned(a, true);
  CHECK((plan.mode == Mode::advise && plan.ticks == 7 && plan.pace == 2));
  CHECK(plan.config.interval == std::chrono::milliseconds(500));
  CHECK(plan.config.parameters.policy == PolicyKind::max_performance);
}

TEST_CASE("without a scenario nothing is simulated, observed is what there is, and no end is set") {
  RunArguments a;
  a.backend = "none";
  const RunPlan plan = planned(a);
  CHECK((plan.backend == Backend::none && plan.mode == Mode::observe && !plan.simulated && plan.ticks == 0));
}

TEST_CASE("the back end is the one that was asked for, and resctrl by itself only where it is mounted") {
  RunArguments a;
  const bool mounted = std::filesystem::exists(std::string(kResctrlRoot) + "/schemata");
  if (!mounted) CHECK(planned(a).backend == Backend::none);
  a.backend = "resctrl";
  CHECK(planned(a).backend == Backend::resctrl);
  a.mode = "enforce";
  CHECK(planned(a).mode == Mode::enforce);
  a.backend = "pqos-os";
  CHECK(planned(a).backend == Backend::pqos_os);
  a.backend = "pqos-msr";
  CHECK(planned(a).backend == Backend::pqos_msr);
}

TEST_CASE("the configuration's mode holds where none is given, and enforce needs something to enforce with") {
  const Folder folder;
  write_file(folder / "c.yaml", "mode: enforce\nroot: keep\nadopt_within: 5s\nruntime_directory: /run/other\n");
  RunArguments a;
  a.config_file = folder / "c.yaml";
  a.backend = "resctrl";
  const RunPlan plan = planned(a);
  CHECK(plan.mode == Mode::enforce);
  CHECK(plan.config.node == NodeSettings{NodeSettings::Root::keep, std::chrono::seconds(5), "/run/other"});
  a.backend = "none";
  const Result<RunPlan> none = plan_run(a, false);
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().code == ErrorCode::unsupported);
  CHECK(none.error().to_string().starts_with("mode enforce: back end none cannot allocate cache ways; `dcat doctor`"));
  a.mode = "observe";
  CHECK(planned(a).mode == Mode::observe);
}

TEST_CASE("under the emulated node its counts and time are used, unless the machine's are asked for") {
  const Emulated node("/tmp/control");
  RunArguments a;
  a.backend = "resctrl";
  RunPlan plan = planned(a);
  CHECK((plan.simulated && plan.emulator == "/tmp/control" && plan.backend == Backend::resctrl));
  a.pace = 0;
  CHECK(planned(a).pace == 0);
  a.pace.reset();
  a.counters = "sim";
  CHECK(planned(a).simulated);
  a.counters = "cgroup";
  plan = planned(a);
  CHECK((!plan.simulated && plan.emulator.empty()));
  CHECK(planned(simulated()).emulator.empty());  // a scenario of its own is another node
}

TEST_CASE("an empty control socket is none") {
  const Emulated node("");
  RunArguments a;
  a.backend = "none";
  CHECK_FALSE(planned(a).simulated);
}

TEST_CASE("what does not go together is refused with what to do") {
  struct Row {
    std::string backend, counters;
    bool with_scenario, all_cgroups;
    std::optional<double> pace;
    std::string says;
  };
  for (const Row& row : {Row{"sim", "auto", false, false, {}, "--backend sim: needs a simulated node"},
                         Row{"none", "auto", true, false, {}, "--backend none: a scenario is a simulated node"},
                         Row{"resctrl", "auto", true, false, {}, "--backend resctrl: a scenario is a simulated node"},
                         Row{"pqos-os", "auto", true, false, {}, "--backend pqos-os: a scenario is a simulated node"},
                         Row{"auto", "sim", false, false, {}, "--counters sim: needs a simulated node"},
                         Row{"auto", "cgroup", true, false, {}, "--counters cgroup: a simulated node has no cgroups"},
                         Row{"auto", "bpf", true, false, {}, "--counters bpf: a simulated node has no cgroups"},
                         Row{"auto", "papi", true, false, {}, "--counters papi: a simulated node has no cgroups"},
                         Row{"auto", "auto", true, true, {}, "--all-cgroups: the tenants of a scenario"},
                         Row{"auto", "auto", false, false, 1, "--pace: only simulated time has a pace"},
                         Row{"auto", "auto", true, false, 0.0001, "--pace: want 0 or 0.001..1000000"},
                         Row{"auto", "auto", true, false, -1, "--pace: want 0 or 0.001..1000000"}}) {
    RunArguments a = row.with_scenario ? simulated() : RunArguments{};
    a.backend = row.backend;
    a.counters = row.counters;
    a.all_cgroups = row.all_cgroups;
    a.pace = row.pace;
    INFO(row.says);
    CHECK(refused(a).starts_with(row.says));
  }
}

TEST_CASE("files that are read are not written over") {
  const Folder folder;
  write_file(folder / "c.yaml", "");
  RunArguments a = simulated();
  a.config_file = folder / "c.yaml";
  a.record_file = folder / "c.yaml";
  CHECK(refused(a).find("is read by this run and would be replaced") != std::string::npos);
  a.record_file = folder / "trace.jsonl";
  CHECK(planned(a).backend == Backend::sim);
}

}  // namespace
}  // namespace dcat::cli
