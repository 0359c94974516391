#include "controller/config/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace dcat {

namespace {

Error refused(const std::string& path, const std::string& why, int number = 0) {
  return {ErrorCode::bad_input, "read " + path, why, "name a file that can be read", number};
}

}  // namespace

Result<std::string> read_text_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  // An empty file sets failbit on the target: only the source tells whether it could be read.
  if (file) text << file.rdbuf();
  if (!file || std::filesystem::is_directory(path)) {
    const int number = errno != 0 ? errno : EISDIR;
    return Error{ErrorCode::bad_input, "read " + path, std::strerror(number), "name a file that can be read", number};
  }
  return text.str();
}

Result<std::string> read_regular_file(const std::string& path, std::size_t most) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return refused(path, std::strerror(errno), errno);
  struct stat status {};
  std::string text;
  int number = ::fstat(fd, &status) == 0 ? 0 : errno;
  const bool regular = S_ISREG(status.st_mode);
  while (number == 0 && regular && text.size() <= most) {
    char part[1 << 14];
    const ssize_t got = ::read(fd, part, sizeof part);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) number = errno;
    if (got <= 0) break;
    text.append(part, static_cast<std::size_t>(got));
  }
  ::close(fd);
  if (number != 0) return refused(path, std::strerror(number), number);
  if (!regular) return refused(path, S_ISDIR(status.st_mode) ? std::strerror(EISDIR) : "it is no regular file");
  if (text.size() > most) return refused(path, "it has more than " + std::to_string(most) + " bytes");
  if (text.empty()) return refused(path, "it is empty: perhaps somebody is writing it");
  return text;
}

}  // namespace dcat
