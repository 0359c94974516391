// `dcat status`: what the daemon says of itself and its containers.
#include <cstdio>
#include <string>

#include "cli/commands.h"
#include "cli/screen.h"
#include "hooks/ask.h"

namespace dcat::cli {

namespace {
// A person waits; a daemon in the middle of a period does not keep its socket waiting.
constexpr Duration kPatience = std::chrono::seconds(2);
}  // namespace

int status_command(const StatusArguments& arguments) {
  const std::string socket = arguments.socket.empty() ? default_socket() : arguments.socket;
  Result<std::string> status = ask_daemon(socket, AskStatus{}, kPatience);
  if (!status) return report(status.error());
  if (Status printed = print_lines({*status}); !printed) return report(printed.error());
  return 0;
}

}  // namespace dcat::cli
