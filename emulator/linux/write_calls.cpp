#include "emulator/linux/write_calls.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <csignal>
#include <string_view>
#include <vector>

#include "emulator/linux/namespace.h"

namespace dcat::emulator {

namespace {

std::string link_target(const std::string& link) {
  std::array<char, PATH_MAX> target;
  const ssize_t length = ::readlink(link.c_str(), target.data(), target.size());
  return length <= 0 ? "" : std::string(target.data(), static_cast<std::size_t>(length));
}

int as_descriptor(std::uint64_t argument) {
  return static_cast<int>(static_cast<std::uint32_t>(argument));
}

// Where the call writes to; "" where that cannot be said.
std::string path_of(const seccomp_notif& call, const WriteCall::File& file) {
  const int tid = static_cast<int>(call.pid);
  const auto argument = [&](int index) { return call.data.args[static_cast<std::size_t>(index)]; };
  const int descriptor = file.descriptor_argument < 0 ? AT_FDCWD : as_descriptor(argument(file.descriptor_argument));
  std::string name;
  if (file.path_argument >= 0) {
    name = read_string(tid, argument(file.path_argument), PATH_MAX).value_or("");
    if (name.empty()) return "";
    if (name.front() == '/') return tidy_path(name);
  }
  const std::string base = descriptor == AT_FDCWD ? link_target(fmt::format("/proc/{}/cwd", tid))
                                                  : link_target(fmt::format("/proc/{}/fd/{}", tid, descriptor));
  if (base.empty() || base.front() != '/') return "";  // a pipe, a socket
  return tidy_path(base + "/" + name);
}

}  // namespace

Verdict WriteCallCounter::judge(const seccomp_notif& call, const std::function<bool()>& still_there) {
  for (const WriteCall& known : write_calls()) {
    if (known.number != call.data.nr) continue;
    bool watched = false;
    for (const WriteCall::File& file : known.files)
      if (file.descriptor_argument >= 0 || file.path_argument >= 0) watched |= is_watched(path_of(call, file));
    if (!watched || !still_there()) return {};
    if (++counted_ != kill_at_) return {};
    ::kill(static_cast<pid_t>(call.pid), SIGKILL);
    return {false, EINTR};
  }
  return {};
}

std::string tidy_path(const std::string& path) {
  std::vector<std::string_view> parts;
  for (std::string_view rest = path; !rest.empty();) {
    const std::size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else {
      parts.push_back(part);
    }
  }
  std::string tidy;
  for (const std::string_view part : parts) tidy += "/" + std::string(part);
  return tidy.empty() ? "/" : tidy;
}

bool is_watched(const std::string& path) {
  constexpr std::string_view kLinked = "/var/run/";
  const std::string real = path.starts_with(kLinked) ? "/run/" + path.substr(kLinked.size()) : path;
  for (const std::string root : {kResctrlMountPoint, kRuntimeDirectory})
    if (real == root || real.starts_with(root + "/")) return true;
  return false;
}

}  // namespace dcat::emulator
