// `dcat mode`: how far the daemon goes, told or changed.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands.h"
#include "cli/explain.h"
#include "cli/screen.h"
#include "hooks/ask.h"

namespace dcat::cli {

namespace {

constexpr Duration kPatience = std::chrono::seconds(2);

// The answers are the daemon's own, of the same version (hooks/wire.h).
std::string text_of(const nlohmann::json& object, const char* key) {
  return object.value(key, std::string());
}

Status tell(const std::string& socket) {
  const Result<std::string> answer = ask_daemon(socket, AskStatus{}, kPatience);
  if (!answer) return answer.error();
  return print_lines({text_of(nlohmann::json::parse(*answer), "mode")});
}

Status change(const ModeArguments& a, const std::string& socket) {
  AskMode ask;
  ask.mode = parse_mode(a.mode);
  ask.container = a.container;
  if (!ask.mode && ask.container.empty())
    return Error{ErrorCode::bad_input, "mode default",
                 "only a container has one: what its owner and the configuration say",
                 "name it with --container, or say observe, advise or enforce"};
  const Result<std::string> answer = ask_daemon(socket, ask, kPatience);
  if (!answer) return answer.error();
  const nlohmann::json done = nlohmann::json::parse(*answer);
  if (!ask.container.empty()) return print_lines({fmt::format("{}: {}", text_of(done, "container"), a.mode)});
  return print_lines({text_of(done, "before") == a.mode ? fmt::format("{}, as before", a.mode)
                                                        : fmt::format("{}, was {}", a.mode, text_of(done, "before"))});
}

}  // namespace

int mode_command(const ModeArguments& a) {
  const std::string socket = a.socket.empty() ? default_socket() : a.socket;
  if (a.mode.empty() && !a.container.empty())
    return report({ErrorCode::bad_input, "--container " + printable(a.container), "no mode is given for it",
                   "say observe, advise, enforce or default; `dcat status` tells the modes"});
  const Status done = a.mode.empty() ? tell(socket) : change(a, socket);
  return done ? 0 : report(done.error());
}

}  // namespace dcat::cli
