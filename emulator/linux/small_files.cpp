#include "emulator/linux/small_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/linux/descriptor.h"

namespace dcat::emulator {

Error system_error(std::string what, std::string todo) {
  const int error = errno;
  return {ErrorCode::failed, std::move(what), std::strerror(error), std::move(todo), error};
}

std::optional<std::string> read_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.open()) return std::nullopt;
  std::string text;
  std::array<char, 16384> part;
  for (;;) {
    const ssize_t got = ::read(file.fd(), part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(got));
  }
}

Status write_file(const std::string& path, const std::string& text) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file.open()) return system_error("make " + path);
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t put = ::write(file.fd(), text.data() + done, text.size() - done);
    if (put < 0 && errno != EINTR) return system_error("write " + path);
    if (put > 0) done += static_cast<std::size_t>(put);
  }
  return {};
}

}  // namespace dcat::emulator
