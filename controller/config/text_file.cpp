#include "controller/config/text_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace dcat {

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

}  // namespace dcat
