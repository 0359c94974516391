#include "cat/linux/resctrl_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <thread>

#include "cat/linux/kernel_file.h"
#include "core/linux/descriptor.h"

namespace dcat {

namespace {

std::string quoted_line(std::string_view text) {
  std::string shown(text);
  std::string quoted = "\"";
  while (!shown.empty() && shown.back() == '\n') shown.pop_back();
  for (const char c : shown) quoted += c == '\n' ? ' ' : c;
  return quoted + '"';
}

// Several messages may be there, a line each.
std::string status_words(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::ranges::replace(text, '\n', ';');
  return text == "ok" ? "" : text;
}

}  // namespace

std::string errno_text(int number) {
  const char* name = strerrorname_np(number);
  const char* words = strerrordesc_np(number);
  // A file system in user space may answer with any number.
  if (name == nullptr || words == nullptr) return "error: " + std::to_string(number);
  return std::string(name) + ": " + words;
}

bool ResctrlFiles::mounted() const {
  return exists("schemata") && exists("info");
}

bool ResctrlFiles::exists(const std::string& path) const {
  struct stat status {};
  return ::stat((root_ + '/' + path).c_str(), &status) == 0;
}

Error ResctrlFiles::refused(const std::string& what, int number, bool with_status) const {
  Error error{ErrorCode::failed, what, errno_text(number), "", number};
  if (!with_status) return error;
  const Result<std::string> status = read("info/last_cmd_status");
  const std::string words = status ? status_words(*status) : "";
  const char* name = strerrorname_np(number);
  if (!words.empty()) error.why = std::string(name != nullptr ? name : "error") + ": " + words;
  return error;
}

Result<std::string> ResctrlFiles::read(const std::string& path) const {
  const std::string full = root_ + '/' + path;
  std::string text;
  if (const int error = read_kernel_file(AT_FDCWD, full.c_str(), text); error != 0)
    return refused("read " + full, error, false);
  return text;
}

Result<std::vector<std::string>> ResctrlFiles::directories(const std::string& path) const {
  const std::string full = path.empty() ? root_ : root_ + '/' + path;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(full.c_str()), ::closedir);
  if (directory == nullptr) return refused("list " + full, errno, false);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    bool is_directory = entry->d_type == DT_DIR;
    if (entry->d_type == DT_UNKNOWN) {
      struct stat status {};
      is_directory = ::stat((full + '/' + name).c_str(), &status) == 0 && S_ISDIR(status.st_mode);
    }
    if (is_directory) names.push_back(name);
    errno = 0;
  }
  if (errno != 0) return refused("list " + full, errno, false);
  std::ranges::sort(names);
  return names;
}

Status ResctrlFiles::write(const std::string& path, std::string_view text) const {
  const std::string full = root_ + '/' + path;
  const std::string what = "write " + quoted_line(text) + " to " + full;
  const Descriptor fd(::open(full.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.open()) return refused(what, errno, false);
  ssize_t written = -1;
  do {
    written = ::write(fd.fd(), text.data(), text.size());
  } while (written < 0 && errno == EINTR);
  if (written < 0) return refused(what, errno, true);
  if (static_cast<std::size_t>(written) != text.size())
    return Error{ErrorCode::failed, what, "only " + std::to_string(written) + " bytes were taken", "", EIO};
  return {};
}

Status ResctrlFiles::make_group(const std::string& path) const {
  const std::string full = root_ + '/' + path;
  if (::mkdir(full.c_str(), 0755) != 0) return refused("make group " + full, errno, true);
  return {};
}

Status ResctrlFiles::remove_group(const std::string& path) const {
  const std::string full = root_ + '/' + path;
  // The kernel clears no status on rmdir: what is there was said of something else.
  if (::rmdir(full.c_str()) != 0) return refused("remove group " + full, errno, false);
  return {};
}

Status ResctrlFiles::rename_group(const std::string& from, const std::string& to) const {
  const std::string old_path = root_ + '/' + from;
  const std::string new_path = root_ + '/' + to;
  if (::rename(old_path.c_str(), new_path.c_str()) != 0)
    return refused("rename " + old_path + " to " + new_path, errno, true);
  return {};
}

Status ResctrlFiles::lock(Duration patience) {
  if (lock_fd_ >= 0) return {};
  const int fd = ::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return refused("lock " + root_, errno, false);
  const auto give_up = std::chrono::steady_clock::now() + patience;
  auto pause = std::chrono::milliseconds(1);
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    if ((error != EWOULDBLOCK && error != EINTR) || std::chrono::steady_clock::now() + pause > give_up) {
      ::close(fd);
      Error failure = refused("lock " + root_, error, false);
      if (error == EWOULDBLOCK) {
        failure.why = "another program holds the lock";
        failure.todo = "dCat tries again next period; `fuser -v " + root_ + "` shows who it is";
      }
      return failure;
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(20));
  }
  lock_fd_ = fd;
  return {};
}

void ResctrlFiles::unlock() {
  if (lock_fd_ >= 0) ::close(lock_fd_);  // the lock goes with its only descriptor
  lock_fd_ = -1;
}

}  // namespace dcat
