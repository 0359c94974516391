// A whole text file at once: configurations, scenarios, curves.
#pragma once

#include <cstddef>
#include <string>

#include "core/result.h"

namespace dcat {

// bad_input, with the system's words: it is not there, may not be read or is a directory.
Result<std::string> read_text_file(const std::string& path);
// Of a running daemon, which must not wait and has not been looked at by whoever started it: bad_input also where it is
// no regular file, is empty, or has more than `most` bytes.
Result<std::string> read_regular_file(const std::string& path, std::size_t most);

}  // namespace dcat
