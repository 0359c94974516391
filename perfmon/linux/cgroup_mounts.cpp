#include "perfmon/linux/cgroup_mounts.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

namespace dcat {

namespace {

struct Mount {
  std::string root;  // which part of the file system is mounted
  std::string point;
  std::string type;
  std::string super_options;
};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// Blanks, newlines and backslashes in paths are written \ooo.
std::string unescape(std::string_view text) {
  const auto octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool code =
        text[i] == '\\' && i + 3 < text.size() && octal(text[i + 1]) && octal(text[i + 2]) && octal(text[i + 3]);
    if (!code) {
      plain += text[i];
      continue;
    }
    plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
    i += 3;
  }
  return plain;
}

// id parent major:minor root point options [optional...] - type source super-options
std::optional<Mount> parse_line(std::string_view line) {
  const std::vector<std::string_view> fields = split(line, ' ');
  std::size_t dash = 6;
  while (dash < fields.size() && fields[dash] != "-") ++dash;
  if (dash + 3 >= fields.size()) return std::nullopt;
  return Mount{unescape(fields[3]), unescape(fields[4]), std::string(fields[dash + 1]), std::string(fields[dash + 3])};
}

bool has_option(std::string_view options, std::string_view wanted) {
  for (const std::string_view option : split(options, ','))
    if (option == wanted) return true;
  return false;
}

}  // namespace

Result<CgroupMounts> parse_cgroup_mounts(std::string_view mountinfo) {
  std::optional<Mount> unified;
  CgroupMounts mounts;
  for (const std::string_view line : split(mountinfo, '\n')) {
    const std::optional<Mount> mount = parse_line(line);
    if (!mount) continue;
    if (mount->type == "cgroup2" && (!unified || (unified->root != "/" && mount->root == "/"))) unified = mount;
    if (mount->type == "cgroup" && !mounts.perf_event_v1 && has_option(mount->super_options, "perf_event"))
      mounts.perf_event_v1 = mount->point;
  }
  if (!unified && !mounts.perf_event_v1)
    return Error{ErrorCode::unsupported, "find the cgroup tree",
                 "neither a cgroup2 file system nor the v1 perf_event hierarchy is mounted",
                 "mount cgroup2 (mount -t cgroup2 none /sys/fs/cgroup/unified)"};
  // Without cgroup2 the tree that events are opened in has every container too.
  mounts.unified = unified ? unified->point : *mounts.perf_event_v1;
  return mounts;
}

Result<CgroupMounts> read_cgroup_mounts(const std::string& mountinfo_path) {
  std::ifstream file(mountinfo_path);
  if (!file) {
    const int why = errno;
    return Error{ErrorCode::failed, "open " + mountinfo_path, std::strerror(why), "", why};
  }
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  Result<CgroupMounts> mounts = parse_cgroup_mounts(text);
  if (!mounts) return std::move(mounts).error().with_context(mountinfo_path);
  return mounts;
}

std::optional<std::string> find_v1_mount(std::string_view mountinfo, std::string_view controller) {
  std::optional<Mount> best;
  for (const std::string_view line : split(mountinfo, '\n')) {
    const std::optional<Mount> mount = parse_line(line);
    if (!mount || mount->type != "cgroup" || !has_option(mount->super_options, controller)) continue;
    if (!best || (best->root != "/" && mount->root == "/")) best = mount;
  }
  if (!best) return std::nullopt;
  return best->point;
}

}  // namespace dcat
