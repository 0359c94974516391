// A small file in the runtime directory that is replaced as a whole: written to a new file beside it, synced, then
// renamed over the old one, so that a reader, and whoever starts after a crash, finds the old text or the new, never a
// part.
#pragma once

#include <string>

#include "core/result.h"

namespace dcat {

// What is written first is NAME.new, or .NAME where others read every file of the directory.
enum class Hidden { no, yes };

// Makes the directory, but none above it; mode 0644. failed: what the system refuses.
Status replace_file(const std::string& directory, const std::string& name, const std::string& text,
                    Hidden hidden = Hidden::no);
// 0 or the errno. Appends to `text`.
int read_kept_file(const std::string& path, std::string& text);
// Makes a rename or removal in it last; what cannot be is left.
void sync_directory(const std::string& directory);
Status make_runtime_directory(const std::string& directory);

}  // namespace dcat
