#include "emulator/linux/small_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/linux/descriptor.h"
#include "core/linux/whole_file.h"

namespace dcat::emulator {

Error system_error(std::string what, std::string todo) {
  const int error = errno;
  return {ErrorCode::failed, std::move(what), std::strerror(error), std::move(todo), error};
}

std::optional<std::string> read_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.open()) return std::nullopt;
  std::string text;
  if (read_whole(file.fd(), text) != 0) return std::nullopt;
  return text;
}

Status write_file(const std::string& path, const std::string& text) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file.open()) return system_error("make " + path);
  if (write_whole(file.fd(), text) != 0) return system_error("write " + path);
  return {};
}

}  // namespace dcat::emulator
