// A whole text file at once: configurations, scenarios, curves.
#pragma once

#include <string>

#include "core/result.h"

namespace dcat {

// bad_input, with the system's words: it is not there, may not be read or is a directory.
Result<std::string> read_text_file(const std::string& path);

}  // namespace dcat
