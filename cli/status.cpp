// `dcat status`: what the daemon says of itself and its containers.
#include <string>

#include "cli/commands.h"
#include "cli/node_table.h"
#include "cli/status_view.h"
#include "cli/terminal.h"
#include "hooks/ask.h"

namespace dcat::cli {

namespace {

// A person waits; a daemon in the middle of a period does not keep its socket waiting.
constexpr Duration kPatience = std::chrono::seconds(2);

Status show(const StatusArguments& a, const std::string& socket) {
  const Result<std::string> answer = ask_daemon(socket, AskStatus{}, kPatience);
  if (!answer) return answer.error();
  if (a.json) return print_json(*answer);
  const Result<StatusView> status = parse_status(*answer);
  if (!status) return status.error();
  return print_for_people(status_lines(*status, columns_to_fill()));
}

}  // namespace

int status_command(const StatusArguments& a) {
  const Status shown = show(a, a.socket.empty() ? default_socket() : a.socket);
  return shown ? 0 : report(shown.error());
}

}  // namespace dcat::cli
