// Reading and writing all of it through a descriptor, whatever pieces the kernel makes of that and whichever signals
// come.
#pragma once

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

namespace dcat {

// 0 or the errno, with a part written.
inline int write_whole(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

// 0 or the errno. Appends to `text`, and stops once that has more than `most` bytes.
inline int read_whole(int fd, std::string& text, std::size_t most = std::numeric_limits<std::size_t>::max()) {
  std::array<char, 16384> part;
  while (text.size() <= most) {
    const ssize_t got = ::read(fd, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    text.append(part.data(), static_cast<std::size_t>(got));
  }
  return 0;
}

}  // namespace dcat
