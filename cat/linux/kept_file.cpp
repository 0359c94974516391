#include "cat/linux/kept_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "cat/linux/resctrl_files.h"
#include "core/linux/whole_file.h"

namespace dcat {

namespace {

Error refused(const std::string& what, int number, std::string todo = "") {
  return {ErrorCode::failed, what, errno_text(number), std::move(todo), number};
}

}  // namespace

// A rename is safe only when its directory has been written too.
void sync_directory(const std::string& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

Status check_runtime_directory(const std::string& directory) {
  const std::string what = "use " + directory,
                    todo = "make it a directory of root's own, mode 0755, or name another one";
  struct stat status {};
  if (::lstat(directory.c_str(), &status) != 0) return errno == ENOENT ? Status() : Status(refused(what, errno));
  const auto bad = [&](const std::string& why) { return Error{ErrorCode::failed, what, why, todo}; };
  if (S_ISLNK(status.st_mode)) return bad("it is a symbolic link");
  if (!S_ISDIR(status.st_mode)) return refused(what, ENOTDIR, todo);
  if (status.st_uid != 0 && status.st_uid != ::geteuid())
    return bad("it belongs to user " + std::to_string(status.st_uid) + ", who could replace what is kept there");
  // A group of one's own is oneself.
  const bool others = (status.st_mode & S_IWOTH) != 0;
  if (others || ((status.st_mode & S_IWGRP) != 0 && status.st_gid != ::getegid()))
    return bad(std::string(others ? "everybody" : "its group") + " may write in it, and replace what is kept there");
  return {};
}

Status make_runtime_directory(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0755) == 0) {
    ::chmod(directory.c_str(), 0755);  // a umask must not hide the socket in it
  } else if (errno != EEXIST) {
    return refused("make " + directory, errno,
                   "let it be made, or name another one (a run's own is its runtime_directory)");
  }
  return check_runtime_directory(directory);
}

// A stream would throw where a directory stands in the file's place.
int read_kept_file(const std::string& path, std::string& text) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return errno;
  const int error = read_whole(fd, text);
  ::close(fd);
  return error;
}

Status replace_file(const std::string& directory, const std::string& name, const std::string& text, Kept kept,
                    Outlives outlives) {
  if (kept == Kept::for_others)
    ::mkdir(directory.c_str(), 0755);  // where it cannot be, the file tells
  else if (Status made = make_runtime_directory(directory); !made)
    return made;
  const std::string path = directory + "/" + name;
  const std::string fresh = directory + "/" + (kept == Kept::for_others ? "." + name : name + ".new");
  const mode_t mode = kept == Kept::own ? 0600 : 0644;
  // Never what somebody has put there, nor what it points to.
  const auto open_fresh = [&] {
    return ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  };
  int fd = open_fresh();
  if (fd < 0 && errno == EEXIST && ::unlink(fresh.c_str()) == 0) fd = open_fresh();  // of one that was killed
  if (fd < 0) return refused("write " + fresh, errno);
  if (kept != Kept::own) ::fchmod(fd, mode);  // whatever the umask
  int error = write_whole(fd, text);
  if (error == 0 && outlives == Outlives::machine && ::fsync(fd) != 0) error = errno;
  ::close(fd);
  if (error == 0 && ::rename(fresh.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(fresh.c_str());
    return refused("write " + path, error);
  }
  if (outlives == Outlives::machine) sync_directory(directory);
  return {};
}

}  // namespace dcat
