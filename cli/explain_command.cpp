// `dcat explain CONTAINER`: what was decided of it lately, and why.
#include "cli/commands.h"
#include "cli/explanation.h"
#include "cli/terminal.h"
#include "hooks/ask.h"

namespace dcat::cli {

namespace {

constexpr Duration kPatience = std::chrono::seconds(2);

Status show(const ExplainArguments& a, const std::string& socket) {
  const Result<std::string> answer = ask_daemon(socket, AskExplain{a.container}, kPatience);
  if (!answer) return answer.error();
  if (a.json) return print_json(*answer);
  const auto json = parse_answer_object(*answer);
  if (!json) return json.error();
  return print_for_people(explanation_lines(Answer(*json), columns_to_fill()));
}

}  // namespace

int explain_command(const ExplainArguments& a) {
  if (a.container.empty())
    return report({ErrorCode::bad_input, "explain", "no container is named", "`dcat status` lists them"});
  const Status shown = show(a, a.socket.empty() ? default_socket() : a.socket);
  return shown ? 0 : report(shown.error());
}

}  // namespace dcat::cli
