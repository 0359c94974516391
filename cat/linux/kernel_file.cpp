#include "cat/linux/kernel_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace dcat {

namespace {

// A file that has more to say fills a page but for one record (the kernel's seq_file.c, seq_read_iter): what is shorter
// than half of one was all. It saves a call, and on an emulated node a round trip, for nearly every file.
constexpr ssize_t kSurelyAll = 2048;

}  // namespace

int reread_kernel_file(int fd, std::string& text) {
  std::array<char, 16384> buffer;
  off_t from = 0;
  while (true) {
    const ssize_t got = ::pread(fd, buffer.data(), buffer.size(), from);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    from += got;
    if (got < kSurelyAll) return 0;
  }
}

int read_kernel_file(int directory, const char* path, std::string& text) {
  const int fd = ::openat(directory, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  const int error = reread_kernel_file(fd, text);
  ::close(fd);
  return error;
}

}  // namespace dcat
