// The command line of `dcat simulate`.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/commands.h"

namespace dcat::cli {

CLI::App* describe_simulate(CLI::App& app, SimulateArguments& arguments);

}  // namespace dcat::cli
