// A small file in the runtime directory that is replaced as a whole: written to a new file beside it, then renamed over
// the old one, so that a reader, and whoever starts after a crash, finds the old text or the new, never a part. The
// directory is its owner's and root's alone to write: whoever could put a file or a link there would be written or
// believed in their place.
#pragma once

#include <string>

#include "core/result.h"

namespace dcat {

// own: mode 0600. shown: 0644, nothing in it is anybody's secret. for_others: the same in a directory that is not ours,
// where others read every file: what is written first is hidden, .NAME instead of NAME.new.
enum class Kept { own, shown, for_others };

// What the text has to outlive. A machine that stops as well: it is synced, for which a busy disk takes its time (tens
// of milliseconds and more), so not while somebody waits.
enum class Outlives { daemon, machine };

// Makes the directory, but none above it. failed: what the system refuses, or make_runtime_directory does.
Status replace_file(const std::string& directory, const std::string& name, const std::string& text,
                    Kept kept = Kept::own, Outlives outlives = Outlives::machine);
// 0 or the errno. Appends to `text`.
int read_kept_file(const std::string& path, std::string& text);
// Makes a rename or removal in it last; what cannot be is left.
void sync_directory(const std::string& directory);
// Mode 0755. failed also where one is there that others than its user and root could write in: it is a link, somebody
// else's, or its mode allows it.
Status make_runtime_directory(const std::string& directory);
// The same of one that is there; one that is not is good.
Status check_runtime_directory(const std::string& directory);

}  // namespace dcat
