#include "cli/private_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "core/linux/whole_file.h"

namespace dcat::cli {

namespace {

Error refused(const std::string& what, int number) {
  return {ErrorCode::failed, what, std::strerror(number), "", number};
}

bool is_ours(const struct stat& st) {
  return st.st_uid == ::geteuid() && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

std::string damaged(const std::string& name, int n) {
  return name + ".damaged-" + std::to_string(n);
}

}  // namespace

Result<std::optional<PrivateDirectory>> PrivateDirectory::open(const std::string& path, Make make) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  int fd = ::open(path.c_str(), kFlags);
  if (fd < 0 && errno == ENOENT && make == Make::no) return std::optional<PrivateDirectory>();
  if (fd < 0 && errno == ENOENT) {
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return refused("make " + path, errno);
    fd = ::open(path.c_str(), kFlags);
  }
  if (fd < 0) return refused("open " + path, errno);
  PrivateDirectory directory(fd, path);
  struct stat st {};
  if (::fstat(fd, &st) != 0) return refused("look at " + path, errno);
  if (!is_ours(st))
    return Error{ErrorCode::failed, "open " + path, "it belongs to another user, or others may write to it",
                 "give it to the user that dcat runs as, with mode 0700"};
  return std::optional(std::move(directory));
}

PrivateDirectory::PrivateDirectory(PrivateDirectory&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

PrivateDirectory::~PrivateDirectory() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::optional<std::string>> PrivateDirectory::read(const std::string& name, std::size_t most) const {
  const std::string path = path_ + "/" + name;
  const auto wrong = [&path](const std::string& why) { return Error{ErrorCode::bad_input, "read " + path, why, ""}; };
  const int fd = ::openat(fd_, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return std::optional<std::string>();
  if (fd < 0 && errno == ELOOP) return wrong("it is a symbolic link");
  if (fd < 0) return refused("read " + path, errno);
  struct stat st {};
  std::string text;
  int error = ::fstat(fd, &st) == 0 ? 0 : errno;
  const bool ours = error == 0 && S_ISREG(st.st_mode) && is_ours(st);
  if (ours) error = read_whole(fd, text, most);
  ::close(fd);
  if (error != 0) return refused("read " + path, error);
  if (!S_ISREG(st.st_mode)) return wrong("it is no file");
  if (!ours) return wrong("it belongs to another user, or others may write to it");
  if (text.size() > most) return wrong("it is larger than " + std::to_string(most) + " bytes");
  return std::optional(std::move(text));
}

Status PrivateDirectory::replace(const std::string& name, const std::string& text) const {
  const std::string path = path_ + "/" + name;
  const std::string fresh = name + ".new";
  ::unlinkat(fd_, fresh.c_str(), 0);  // of a crash
  const int fd = ::openat(fd_, fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return refused("write " + path + ".new", errno);
  int error = write_whole(fd, text);
  if (error == 0 && ::fsync(fd) != 0) error = errno;
  if (::close(fd) != 0 && error == 0) error = errno;
  if (error == 0 && ::renameat(fd_, fresh.c_str(), fd_, name.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlinkat(fd_, fresh.c_str(), 0);
    return refused("write " + path, error);
  }
  return ::fsync(fd_) == 0 ? Status() : refused("sync " + path_, errno);
}

Status PrivateDirectory::set_aside(const std::string& name) const {
  for (int n = kMostDamaged - 1; n >= 1; --n)
    ::renameat(fd_, damaged(name, n).c_str(), fd_, damaged(name, n + 1).c_str());
  if (::renameat(fd_, name.c_str(), fd_, damaged(name, 1).c_str()) != 0)
    return refused("set aside " + path_ + "/" + name, errno);
  ::fsync(fd_);
  return {};
}

Result<bool> PrivateDirectory::remove(const std::string& name) const {
  bool any = false;
  const auto remove_one = [&](const std::string& one) -> Status {
    if (::unlinkat(fd_, one.c_str(), 0) == 0) return any = true, Status();
    return errno == ENOENT ? Status() : Status(refused("remove " + path_ + "/" + one, errno));
  };
  for (int n = 1; n <= kMostDamaged; ++n)
    if (Status removed = remove_one(damaged(name, n)); !removed) return std::move(removed).error();
  for (const std::string& one : {name + ".new", name})
    if (Status removed = remove_one(one); !removed) return std::move(removed).error();
  ::fsync(fd_);
  return any;
}

}  // namespace dcat::cli
