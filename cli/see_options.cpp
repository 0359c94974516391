#include "cli/see_options.h"

#include <cstdint>

namespace dcat::cli {

namespace {

void add_socket(CLI::App& app, std::string& socket) {
  app.add_option("--socket", socket, "The daemon's socket. Default: $DCAT_SOCKET, else /run/dcat/dcat.sock");
}

}  // namespace

SeeCommands describe_see(CLI::App& app, SeeArguments& a) {
  CLI::App* status = app.add_subcommand("status", "What the daemon does with whom: a table");
  status->add_flag("--json", a.status.json, "As JSON, one line (docs/api.md)");
  add_socket(*status, a.status.socket);

  CLI::App* top = app.add_subcommand("top", "The same, live, on a terminal; ? shows the keys");
  add_socket(*top, a.top.socket);

  CLI::App* explain = app.add_subcommand("explain", "What was decided of a container lately, and why");
  explain->add_option("container", a.explain.container, "Its id, its name, or the first digits of the runtime's id")
      ->required();
  explain->add_flag("--json", a.explain.json, "As JSON, one line (docs/api.md)");
  add_socket(*explain, a.explain.socket);

  CLI::App* events = app.add_subcommand("events", "What has happened: who came and went, states, modes, troubles");
  events->add_flag("--follow", a.events.follow, "Go on with what happens, until interrupted");
  events->add_flag("--json", a.events.json, "As JSON, one line an event (docs/api.md)");
  events->add_option("--after", a.events.after, "Only events with a greater number. Default: all that are kept")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 53));
  add_socket(*events, a.events.socket);
  return {status, top, explain, events};
}

}  // namespace dcat::cli
