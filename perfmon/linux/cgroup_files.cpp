#include "perfmon/linux/cgroup_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace dcat {

namespace {

constexpr std::size_t kPage = 4096;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

// Of a file system that does not say in its listing.
bool is_directory_at(int directory, const char* name) {
  struct stat status {};
  return ::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace

bool is_absence(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
    case ENODEV:  // what the kernel says of a cgroup that was removed while its file was open
    case ELOOP:
    case ENAMETOOLONG:
    case EACCES:
    case EPERM:
    case EOPNOTSUPP: return true;
    default: return false;
  }
}

std::optional<std::string> read_cgroup_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  char text[kPage];
  ssize_t size = 0;
  do size = ::read(fd, text, sizeof(text));
  while (size < 0 && errno == EINTR);
  const int why = errno;
  ::close(fd);
  errno = why;
  if (size < 0) return std::nullopt;
  return std::string(text, static_cast<std::size_t>(size));
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

Result<std::vector<SubDirectory>> sub_directories(const std::string& directory) {
  const std::unique_ptr<DIR, CloseDirectory> opened(::opendir(directory.c_str()));
  if (!opened) {
    const int why = errno;
    return Error{ErrorCode::failed, "list the cgroups below " + directory, std::strerror(why), "", why};
  }
  std::vector<SubDirectory> found;
  while (const dirent* const entry = ::readdir(opened.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    const bool is_directory = entry->d_type == DT_DIR ||
                              (entry->d_type == DT_UNKNOWN && is_directory_at(::dirfd(opened.get()), entry->d_name));
    if (is_directory) found.push_back({std::string(name), entry->d_ino});
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return found;
}

std::optional<std::int64_t> file_system_of(const std::string& path) {
  struct statfs info {};
  if (::statfs(path.c_str(), &info) != 0) return std::nullopt;
  return static_cast<std::int64_t>(info.f_type);
}

std::optional<std::uint64_t> inode_of_directory(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return std::nullopt;
  return status.st_ino;
}

std::optional<bool> is_populated(const std::string& directory) {
  if (const std::optional<std::string> events = read_cgroup_file(directory + "/cgroup.events"))
    return events->starts_with("populated 1") || events->find("\npopulated 1") != std::string::npos;
  if (!is_absence(errno)) return std::nullopt;
  const std::optional<std::string> processes = read_cgroup_file(directory + "/cgroup.procs");
  if (!processes) return is_absence(errno) ? std::optional(false) : std::nullopt;
  if (!processes->empty()) return true;
  const auto below = sub_directories(directory);
  if (!below) return is_absence(below.error().sys_errno) ? std::optional(false) : std::nullopt;
  for (const SubDirectory& sub : *below)
    if (const std::optional<bool> populated = is_populated(directory + "/" + sub.name); populated != false)
      return populated;
  return false;
}

bool is_threaded(const std::string& directory) {
  const std::optional<std::string> type = read_cgroup_file(directory + "/cgroup.type");
  return type && first_line(*type) == "threaded";
}

}  // namespace dcat
