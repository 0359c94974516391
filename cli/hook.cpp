// `dcat hook libvirt` and `dcat hook oci`: what a runtime calls when somebody comes or goes (docs/hooks.md). Whatever
// happens, the exit code is 0, stdout stays empty and all is over within kHookPatience: a hook that fails would keep a
// VM or a container from starting.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "core/linux/descriptor.h"
#include "hooks/ask.h"
#include "hooks/bounded_input.h"
#include "hooks/libvirt/domain.h"
#include "hooks/oci/state.h"

namespace dcat::cli {

namespace {

using Clock = std::chrono::steady_clock;

class Deadline {
 public:
  explicit Deadline(Duration within) : end_(Clock::now() + within) {}
  Duration left() const { return std::max<Duration>(end_ - Clock::now(), Duration(0)); }

 private:
  Clock::time_point end_;
};

void say(const char* hook, const std::string& text) {
  std::fprintf(stderr, "dcat: hook %s: %s\n", hook, text.c_str());
}

// Where the text ends, but for white space.
std::string_view trimmed(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

// A regular file only: a path that a container's owner chose may be a pipe that never ends.
Result<std::string> read_file(const std::string& path, std::size_t most) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.open()) return Error{ErrorCode::failed, "read " + path, "it cannot be opened", "", errno};
  return read_bounded(file.fd(), {most, kHookPatience / 2, false}, path);
}

// What came of it is told on stderr; the scan finds whom the daemon was not told of.
void tell(const char* hook, const Announcement& announcement, const std::vector<std::string>& mistakes,
          const HookArguments& arguments, const Deadline& deadline) {
  for (const std::string& mistake : mistakes) say(hook, mistake);
  if (announcement.id.empty()) return say(hook, "its id cannot be used; the daemon finds it by its cgroup");
  const Result<std::string> answer = ask_daemon(arguments.socket, announcement, deadline.left());
  if (!answer) say(hook, answer.error().to_string() + "; the daemon finds it when it looks at the cgroups next");
}

void libvirt_hook(const HookArguments& arguments, const Deadline& deadline) {
  constexpr const char* kHook = "libvirt";
  const DomainOperation operation =
      arguments.words.size() > 1 ? operation_of(arguments.words[1]) : DomainOperation::nothing;
  if (operation == DomainOperation::nothing) {
    drain_input(STDIN_FILENO, deadline.left());
    return;
  }
  const auto is_whole = [](std::string_view text) { return trimmed(text).ends_with("</domain>"); };
  const Result<std::string> xml =
      read_bounded(STDIN_FILENO, {kMostXmlBytes, deadline.left() / 2, true, is_whole}, "stdin");
  if (!xml) return say(kHook, xml.error().to_string());
  const bool systemd = std::filesystem::exists("/run/systemd/system");
  Result<ReadDomain> domain = read_domain(*xml, operation, systemd);
  if (!domain) return say(kHook, domain.error().to_string());
  tell(kHook, domain->announcement, domain->mistakes, arguments, deadline);
}

void oci_hook(const HookArguments& arguments, const Deadline& deadline) {
  constexpr const char* kHook = "oci";
  // A state that is whole has been read by then: it is not read twice.
  std::optional<OciState> state;
  const auto is_whole = [&state](std::string_view text) {
    if (!trimmed(text).ends_with('}')) return false;
    Result<OciState> read = parse_oci_state(text);
    if (read) state = std::move(*read);
    return state.has_value();
  };
  const Result<std::string> text =
      read_bounded(STDIN_FILENO, {kMostStateBytes, deadline.left() / 2, false, is_whole}, "stdin");
  if (!text) return say(kHook, text.error().to_string());
  if (!state) {  // its end came first: it may still be one, and what is wrong with it is to be said
    Result<OciState> read = parse_oci_state(*text);
    if (!read) return say(kHook, read.error().to_string());
    state = std::move(*read);
  }
  const ReadContainer container = read_container(*state, state->status == "stopped", read_file);
  tell(kHook, container.announcement, container.mistakes, arguments, deadline);
}

constexpr const char* kUsage =
    "dcat hook libvirt GUEST OPERATION SUBOPERATION EXTRA < DOMAIN.XML\n"
    "dcat hook oci [STAGE] < STATE.JSON\n"
    "  --socket PATH   The daemon's socket. Default: $DCAT_SOCKET, else /run/dcat/dcat.sock\n"
    "What libvirt and OCI runtimes call (docs/hooks.md); dcat-hook is the same, and starts sooner. Ends within 200 "
    "ms,\n"
    "with exit code 0, whatever happens.\n";

}  // namespace

std::string default_socket() {
  const char* const socket = std::getenv("DCAT_SOCKET");
  return socket != nullptr && *socket != '\0' ? socket : "/run/dcat/dcat.sock";
}

int hook_command(const std::vector<std::string>& words) {
  const Deadline deadline(kHookPatience);
  HookArguments arguments{default_socket(), {}};
  std::string hook;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (hook.empty() && (words[i] == "--help" || words[i] == "-h")) return std::fputs(kUsage, stdout) < 0 ? 1 : 0;
    // A VM may be called so: libvirt's four words are never an option's.
    const bool is_libvirts = hook == "libvirt" && words.size() - i <= 4;
    if (words[i] == "--socket" && i + 1 < words.size() && arguments.words.empty() && !is_libvirts)
      arguments.socket = words[++i];
    else if (hook.empty())
      hook = words[i];
    else
      arguments.words.push_back(words[i]);
  }
  if (hook == "libvirt") {
    libvirt_hook(arguments, deadline);
  } else if (hook == "oci") {
    oci_hook(arguments, deadline);
  } else {
    say(hook.c_str(), std::string(hook.empty() ? "none is named" : "there is no such hook") +
                          ", want libvirt or oci; see dcat hook --help");
    drain_input(STDIN_FILENO, deadline.left());
  }
  return 0;
}

}  // namespace dcat::cli
