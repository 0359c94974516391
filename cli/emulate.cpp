// `dcat emulate`: a command on an emulated RDT machine; arguments in, the emulator's options out.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "cli/commands.h"

#ifdef DCAT_HAS_EMULATOR
#include "emulator/linux/control_client.h"
#include "emulator/linux/emulate.h"
#include "sim/scenario.h"
#endif

namespace dcat::cli {

#ifdef DCAT_HAS_EMULATOR

namespace {

Result<emulator::EmulateOptions> read_arguments(const EmulateArguments& a) {
  emulator::EmulateOptions options;
  if (a.command.empty())
    return Error{ErrorCode::bad_input, "emulate", "there is no command", "write it after --: dcat emulate -- pqos -s"};
  options.node = {a.ways,         a.way_bytes,      a.closids, a.mb_closids, a.rmids, a.domains, a.domain_ids, a.cpus,
                  a.min_cbm_bits, a.shareable_bits, a.kernel,  a.sparse,     a.mba,   a.cdp,     a.tied_ways};
  Result<emulator::FaultPlan> faults = emulator::parse_faults(a.fail);
  if (!faults) return std::move(faults).error();
  options.faults = std::move(*faults);
  for (const std::string& name : a.foreign) {
    const std::optional<emulator::Foreign> foreign = emulator::parse_foreign(name);
    if (!foreign)
      return Error{ErrorCode::bad_input, "--foreign " + name, fmt::format("it is none of {}", emulator::kForeignNames),
                   ""};
    options.foreign.push_back(*foreign);
  }
  if (!a.scenario_file.empty()) {
    Result<sim::Scenario> scenario = sim::read_scenario(a.scenario_file);
    if (!scenario) return std::move(scenario).error();
    // The command inherits it.
    ::setenv(emulator::kScenarioVariable, std::filesystem::absolute(a.scenario_file).c_str(), 1);
    options.scenario = std::move(*scenario);
  }
  const char* const count = std::getenv("DCAT_EMULATE_COUNT_WRITES");
  options.count_write_calls = a.count_writes || (count != nullptr && std::string_view(count) == "1");
  options.mount = !a.no_mount;
  options.command = a.command;
  options.note = [](const std::string& text) { spdlog::info("emulate: {}", text); };
  return options;
}

}  // namespace

int emulate_command(const EmulateArguments& arguments) {
  const Result<emulator::EmulateOptions> options = read_arguments(arguments);
  if (!options) return report(options.error());
  Result<int> code = emulator::emulate(*options);
  if (!code) return report(std::move(code).error().with_context("emulate"));
  return *code;
}

#else

int emulate_command(const EmulateArguments&) {
  return report({ErrorCode::unsupported, "emulate", "it is not built in: libfuse3 was not found",
                 "install libfuse3-dev and build again"});
}

#endif

}  // namespace dcat::cli
