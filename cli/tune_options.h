// The command line of `dcat tune`.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/commands.h"

namespace dcat::cli {

CLI::App* describe_tune(CLI::App& app, TuneArguments& arguments);

}  // namespace dcat::cli
