// What the arguments, the configuration file and the scenario come to together, before anything is started.
#pragma once

#include <optional>
#include <string>

#include "cli/commands.h"
#include "controller/config/config.h"
#include "controller/shell/daemon.h"
#include "core/result.h"
#include "sim/curves.h"
#include "sim/spec.h"

namespace dcat::cli {

enum class Backend { sim, none, resctrl, pqos_os, pqos_msr };

struct RunPlan {
  Config config;
  Mode mode = Mode::observe;
  Mode configured = Mode::observe;  // by the arguments and the configuration alone, whatever a run before was told
  Backend backend = Backend::none;
  std::string counters = "auto";  // of this machine: auto, cgroup, bpf or papi
  bool simulated = false;         // its counts and its time are simulated: the simulated node, or the emulated one
  std::string emulator;           // the emulated node's control socket; "" elsewhere
  std::uint64_t ticks = 0;        // 0 = until asked to stop
  double pace = 0;
  std::optional<sim::Scenario> scenario;  // of the simulated node
  sim::CurveTable curves;                 // of the configuration's `curves`
};

// Reads the files. Nothing is started. bad_input with every mistake; unsupported where the mode or backend cannot be
// had.
Result<RunPlan> plan_run(const RunArguments& arguments, bool terminal);

// The configuration's file once more, with these arguments, for a run that goes on: what the arguments say still holds,
// back end and simulation stay. The mode that it comes to is `configured`; `mode` stays. Errors as above.
Result<RunPlan> plan_again(const RunArguments& arguments, const RunPlan& in_force);
// The mode of a configuration that names none.
Mode default_mode(const RunPlan& plan);
// What the loop runs with, but for what only the run knows: orders and memory.
DaemonOptions daemon_options(const RunPlan& plan);

// Where this machine's resctrl file system is mounted, if it is.
inline constexpr const char* kResctrlRoot = "/sys/fs/resctrl";
inline constexpr const char* kCpuRoot = "/sys/devices/system/cpu";

}  // namespace dcat::cli
