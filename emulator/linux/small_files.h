// Whole small files, and the system's errors as values.
#pragma once

#include <optional>
#include <string>

#include "core/result.h"

namespace dcat::emulator {

// `what`: why (the errno's words); todo. To be called before errno changes.
Error system_error(std::string what, std::string todo = "");

// For files of /proc and /sys, whose size is not known before they are read.
std::optional<std::string> read_file(const std::string& path);
// Makes or replaces the file.
Status write_file(const std::string& path, const std::string& text);

}  // namespace dcat::emulator
