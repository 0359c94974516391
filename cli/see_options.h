// The options of `dcat status`, `top`, `explain` and `events`.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/commands.h"

namespace dcat::cli {

struct SeeArguments {
  StatusArguments status;
  TopArguments top;
  ExplainArguments explain;
  EventsArguments events;
};

struct SeeCommands {
  CLI::App *status, *top, *explain, *events;
};

// Adds the subcommands to `app`; what is parsed goes to `arguments`, which has to outlive it.
SeeCommands describe_see(CLI::App& app, SeeArguments& arguments);

}  // namespace dcat::cli
