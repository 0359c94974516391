#include "cat/linux/kept_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "cat/linux/resctrl_files.h"

namespace dcat {

namespace {

Error refused(const std::string& what, int number, std::string todo = "") {
  return {ErrorCode::failed, what, errno_text(number), std::move(todo), number};
}

int write_and_sync(int fd, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t written = ::write(fd, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    done += static_cast<std::size_t>(written);
  }
  return ::fsync(fd) == 0 ? 0 : errno;
}

}  // namespace

// A rename is safe only when its directory has been written too.
void sync_directory(const std::string& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

Status make_runtime_directory(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST)
    return refused("make " + directory, errno,
                   "let it be made, or name another one (a run's own is its runtime_directory)");
  return {};
}

// A stream would throw where a directory stands in the file's place.
int read_kept_file(const std::string& path, std::string& text) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return errno;
  std::array<char, 4096> buffer;
  int error = 0;
  while (true) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) error = errno;
    if (got <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(fd);
  return error;
}

Status replace_file(const std::string& directory, const std::string& name, const std::string& text, Hidden hidden) {
  if (Status made = make_runtime_directory(directory); !made) return made;
  const std::string path = directory + "/" + name;
  const std::string fresh = directory + "/" + (hidden == Hidden::yes ? "." + name : name + ".new");
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return refused("write " + fresh, errno);
  int error = write_and_sync(fd, text);
  ::close(fd);
  if (error == 0 && ::rename(fresh.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(fresh.c_str());
    return refused("write " + path, error);
  }
  sync_directory(directory);
  return {};
}

}  // namespace dcat
